"""Pipelines and stages: names, order, probability, rotting days, and what a change moves before it counts.

Nothing is saved while it is edited: the page sends all it shows. What moves results is shown first.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from goalpost.companies.errors import Changed, InvalidInput
from goalpost.crm.actions.pipelines import (
    PipelineSettings,
    StageSettings,
    change_pipelines,
    rules_changed,
    settings_of,
    state_of,
)
from goalpost.crm.actions.setup import add_pipeline, add_stage
from goalpost.crm.checks import require_admin
from goalpost.crm.queries import PipelineRow, pipelines_of_company
from goalpost.crm.rule_changes import recounts_under_way
from goalpost.domain.permissions import may_administer
from goalpost.goals.queries import visible_to
from goalpost.web.settings.operation import progress_of, title_of
from goalpost.web.settings.rule_review import Review, review_of
from goalpost.web.settings.team_members import effect_shown
from goalpost.web.shell.toasts import toast
from goalpost.web.shell.typed import id_in
from goalpost.web.shell.viewer import Viewer, for_viewer

_CHANGED = gettext_lazy(
    "Somebody else changed the pipelines while you had them open. Nothing was saved, and what you entered is"
    " still here: look at the page in another tab, then save again to replace it."
)


@dataclass(frozen=True, slots=True)
class _Form:
    """What the page sent, in its order, with what is wrong by field. `texts` are the fields as typed."""

    wanted: tuple[PipelineSettings, ...]
    texts: Mapping[str, str]
    errors: Mapping[str, str]

    @classmethod
    def of(cls, pipelines: Sequence[PipelineRow], sent: QueryDict | None = None) -> "_Form":
        sent = QueryDict() if sent is None else sent
        order = {id_in(text): place for place, text in enumerate(sent.getlist("order"))}
        errors: dict[str, str] = {}
        texts: dict[str, str] = {}
        wanted = []

        def typed(field: str, stored: str | int | None) -> str:
            texts[field] = sent.get(field, "" if stored is None else str(stored)).strip()
            return texts[field]

        def number(field: str, stored: int | None, most: int, least: int) -> int | None:
            text = typed(field, stored)
            if not text:
                return None
            if text.isdecimal() and len(text) < len("00000") and least <= int(text) <= most:
                return int(text)
            refusal = _("Probability: 0 to 100") if most == _PERCENT else _("Days: 1 to %(most)d")
            errors[field] = refusal % {"most": most} if "%" in refusal else refusal
            return stored

        for pipeline in settings_of(pipelines):
            stages = [
                StageSettings(
                    stage.id,
                    typed(f"name-{stage.id}", stage.name),
                    number(f"probability-{stage.id}", stage.probability, _PERCENT, 0),
                    number(f"rots-{stage.id}", stage.rotting_days, _MOST_DAYS, 1),
                )
                for stage in pipeline.stages
            ]
            stages.sort(key=lambda stage: order.get(stage.id, len(order)))
            name = typed(f"pipeline-{pipeline.id}", pipeline.name)
            wanted.append(PipelineSettings(pipeline.id, name, tuple(stages)))
        return cls(tuple(wanted), texts, errors)

    def moved(self, stage_id: int, by: int) -> "_Form":
        """Return the form with a stage one place up or down in its pipeline."""
        wanted = []
        for pipeline in self.wanted:
            stages = list(pipeline.stages)
            for place, stage in enumerate(pipeline.stages):
                if stage.id == stage_id and 0 <= place + by < len(stages):
                    stages[place], stages[place + by] = stages[place + by], stage
            wanted.append(replace(pipeline, stages=tuple(stages)))
        return replace(self, wanted=tuple(wanted))

    def refused(self, refusal: InvalidInput) -> "_Form":
        return replace(self, errors={**self.errors, **refusal.errors})


_PERCENT = 100
_MOST_DAYS = 3650


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def pipelines(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the page; on POST move a stage in it, show what the changes move, or save them."""
    stored = pipelines_of_company(viewer.actor)
    if request.method != "POST":
        return _page(request, viewer, stored, _Form.of(stored))
    require_admin(viewer.actor)
    form = _Form.of(stored, request.POST)
    verb, _dash, which = request.POST.get("do", "").partition("-")
    if verb in {"up", "down"}:
        return _page(request, viewer, stored, form.moved(id_in(which) or 0, -1 if verb == "up" else 1))
    if form.errors:
        return _page(request, viewer, stored, form)
    try:
        return _save(request, viewer, stored, form)
    except InvalidInput as refusal:
        return _page(request, viewer, stored, form.refused(refusal))
    except Changed:
        return _page(request, viewer, stored, form, is_changed=True)


def _save(request: HttpRequest, viewer: Viewer, stored: Sequence[PipelineRow], form: "_Form") -> HttpResponse:
    """Save what moves no result, or what was seen; otherwise show what it moves."""
    state = request.POST.get("state", "")
    if state != state_of(stored):
        raise Changed
    if changes := rules_changed(settings_of(stored), form.wanted):
        make = partial(change_pipelines, actor=viewer.actor, wanted=form.wanted, now=viewer.now)
        review = review_of(viewer, changes, make)
        if review.is_asked and request.POST.get("seen") != review.seen:
            return _page(request, viewer, stored, form, review=review)
    change_pipelines(actor=viewer.actor, wanted=form.wanted, now=viewer.now, state=state)
    toast(request, _("Pipelines saved"))
    return redirect("web:pipelines")


@require_POST
@for_viewer
def add(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Add a pipeline, or a stage to the `pipeline` named: neither moves a result."""
    require_admin(viewer.actor)
    name, pipeline = request.POST.get("name", ""), request.POST.get("pipeline", "")
    try:
        if pipeline:
            add_stage(actor=viewer.actor, pipeline_id=id_in(pipeline) or 0, name=name, now=viewer.now)
        else:
            add_pipeline(actor=viewer.actor, name=name, now=viewer.now)
    except InvalidInput as refusal:
        stored = pipelines_of_company(viewer.actor)
        form = replace(_Form.of(stored), errors={f"new-{pipeline}": refusal.message})
        return _page(request, viewer, stored, form)
    toast(request, _("“%(name)s” added") % {"name": name.strip()})
    return redirect("web:pipelines")


@dataclass(frozen=True, slots=True)
class _StageShown:
    """A stage's row, with the fields as typed and what was stored."""

    id: int
    name: str
    probability: str
    rots: str
    was: StageSettings
    goals: int
    errors: tuple[str, ...]
    is_changed: bool


def _page(
    request: HttpRequest,
    viewer: Viewer,
    stored: Sequence[PipelineRow],
    form: _Form,
    *,
    review: Review | None = None,
    is_changed: bool = False,
) -> HttpResponse:
    counted = visible_to(viewer.actor).filter(stage__isnull=False).values_list("stage_id", flat=True)
    goals = Counter(counted)
    was = {stage.id: stage for pipeline in settings_of(stored) for stage in pipeline.stages}
    recounts = recounts_under_way(viewer.company.pk)
    context = {
        "may_change": may_administer(viewer.actor) and not recounts,
        "is_admin": may_administer(viewer.actor),
        "pipelines": [
            (
                pipeline,
                [_shown(stage, was[stage.id], form, goals[stage.id]) for stage in pipeline.stages],
                form.errors.get(f"pipeline-{pipeline.id}", ""),
                form.errors.get(f"new-{pipeline.id}", ""),
            )
            for pipeline in form.wanted
        ],
        "new_error": form.errors.get("new-", ""),
        "other_error": form.errors.get("stages", "") or form.errors.get("pipeline", ""),
        "state": state_of(stored),
        "is_dirty": form.wanted != settings_of(stored) or bool(form.errors),
        "review": review,
        "effect": effect_shown(viewer, review.effect, most=len(review.effect)) if review else None,
        "changed": _CHANGED if is_changed else "",
        "recounts": [(title_of(job), progress_of(job, viewer)) for job in recounts],
    }
    status = HTTPStatus.OK
    if is_changed:
        status = HTTPStatus.CONFLICT
    elif form.errors:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    return render(request, "settings/pipelines.html", context, status=status)


def _shown(stage: StageSettings, was: StageSettings, form: _Form, goals: int) -> _StageShown:
    fields = [f"{field}-{stage.id}" for field in ("name", "probability", "rots")]
    name, probability, rots = (form.texts[field] for field in fields)
    errors = tuple(form.errors[field] for field in fields if field in form.errors)
    return _StageShown(stage.id, name, probability, rots, was, goals, errors, stage != was)
