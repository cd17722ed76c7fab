"""Editing one detail of a goal in place; without JavaScript on a page of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.template import Library
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods
from django_stubs_ext import StrOrPromise

from goalpost.companies.errors import Changed, InvalidInput, NotFound
from goalpost.domain.calendar import period_of
from goalpost.domain.measures import Measure, allowed_metrics
from goalpost.goals.actions import change_goal
from goalpost.goals.draft import Refit
from goalpost.goals.history import events_since
from goalpost.goals.queries import GoalView, goal_seen_by, require_change
from goalpost.goals.terms import GoalTerms, periods_of
from goalpost.insights import formats
from goalpost.insights.formats import day, period_name
from goalpost.web.goals.deletion import back_to_page, change_saved, version_in
from goalpost.web.goals.form import PERIOD_PREFIX, GoalForm
from goalpost.web.goals.form_page import (
    DropQuestion,
    NamedTarget,
    goal_data,
    kind_groups,
    period_fields,
    shared_context,
)
from goalpost.web.goals.history import HistoryLine, history_since, one_line, tells_when_gone
from goalpost.web.shell.insights_panel import panel_of
from goalpost.web.shell.kept_form import forget, keeps_typed, kept, tell_it_is_back, typed_by
from goalpost.web.shell.templatetags.parts import icon
from goalpost.web.shell.typed import written_amount
from goalpost.web.shell.viewer import Viewer, for_viewer

register = Library()


class Detail(StrEnum):
    """A detail, as its address names it."""

    TITLE = "title"
    KIND = "kind"
    ASSIGNEE = "assignee"
    PIPELINES = "pipelines"
    STAGE = "stage"
    ACTIVITY_TYPES = "activity-types"
    FREQUENCY = "frequency"
    DURATION = "duration"
    METRIC = "metric"
    TARGET = "target"


@dataclass(frozen=True, slots=True)
class DetailWords:
    """The labels of a detail's pencil, form and button, and its toast."""

    change: StrOrPromise
    save: StrOrPromise
    saved: StrOrPromise


DETAIL_WORDS: dict[Detail, DetailWords] = {
    Detail.TITLE: DetailWords(
        gettext_lazy("Rename goal"), gettext_lazy("Save name"), gettext_lazy("Name saved")
    ),
    Detail.KIND: DetailWords(
        gettext_lazy("Change type"), gettext_lazy("Save type"), gettext_lazy("Type saved")
    ),
    Detail.ASSIGNEE: DetailWords(
        gettext_lazy("Change assignee"), gettext_lazy("Save assignee"), gettext_lazy("Assignee saved")
    ),
    Detail.PIPELINES: DetailWords(
        gettext_lazy("Change pipelines"), gettext_lazy("Save pipelines"), gettext_lazy("Pipelines saved")
    ),
    Detail.STAGE: DetailWords(
        gettext_lazy("Change stage"), gettext_lazy("Save stage"), gettext_lazy("Stage saved")
    ),
    Detail.ACTIVITY_TYPES: DetailWords(
        gettext_lazy("Change activity types"),
        gettext_lazy("Save activity types"),
        gettext_lazy("Activity types saved"),
    ),
    Detail.FREQUENCY: DetailWords(
        gettext_lazy("Change frequency"), gettext_lazy("Save frequency"), gettext_lazy("Frequency saved")
    ),
    Detail.DURATION: DetailWords(
        gettext_lazy("Change duration"), gettext_lazy("Save duration"), gettext_lazy("Duration saved")
    ),
    Detail.METRIC: DetailWords(
        gettext_lazy("Change tracking metric"),
        gettext_lazy("Save tracking metric"),
        gettext_lazy("Tracking metric saved"),
    ),
    Detail.TARGET: DetailWords(
        gettext_lazy("Change target"), gettext_lazy("Save target"), gettext_lazy("Target saved")
    ),
}

# The fields of the goal form that each detail's own form has. A stage and the pipelines it is in go together.
_FIELDS: dict[Detail, tuple[str, ...]] = {
    Detail.TITLE: ("title",),
    Detail.KIND: ("kind", "stage", "target"),
    Detail.ASSIGNEE: ("assignee_kind", "person", "team"),
    Detail.PIPELINES: ("pipelines",),
    Detail.STAGE: ("pipelines", "stage"),
    Detail.ACTIVITY_TYPES: ("activity_types",),
    Detail.FREQUENCY: ("interval", "target"),
    Detail.DURATION: ("starts_on", "ends_on"),
    Detail.METRIC: ("metric", "currency", "target"),
    Detail.TARGET: ("target",),
}

# The fields of GoalTerms that saving a form field may change.
_SETS: dict[str, tuple[str, ...]] = {
    "kind": ("measure", "metric", "currency", "activity_types"),
    "assignee_kind": ("assignee",),
    "person": ("assignee",),
    "team": ("assignee",),
    "stage": ("stage_id",),
    "target": ("target", "period_targets"),
    "periods": ("period_targets",),
    "starts_on": ("starts_on", "period_targets"),
    "ends_on": ("ends_on", "period_targets"),
}

# Changing these recounts every period.
RECOUNTING = frozenset(Detail) - {Detail.TITLE, Detail.TARGET}


def has_detail(terms: GoalTerms, detail: Detail) -> bool:
    """Whether a goal of this kind has the detail."""
    match detail:
        case Detail.STAGE:
            return terms.measure is Measure.DEALS_PROGRESSED
        case Detail.ACTIVITY_TYPES:
            return terms.measure.counts_activities
        case Detail.METRIC:
            return len(allowed_metrics(terms.measure)) > 1
        case _:
            return True


def fields_of(terms: GoalTerms, detail: Detail) -> tuple[str, ...]:
    """Return the fields of the goal form that the detail's own form has for this goal."""
    if detail is Detail.PIPELINES and terms.measure is Measure.DEALS_PROGRESSED:
        return _FIELDS[Detail.STAGE]
    if detail is Detail.DURATION and terms.period_targets:
        return (*_FIELDS[detail], "target")
    if detail is Detail.TARGET and terms.period_targets:
        return (*_FIELDS[detail], "periods")
    return _FIELDS[detail]


def terms_set_by(terms: GoalTerms, detail: Detail) -> frozenset[str]:
    """Return the fields of GoalTerms that saving the detail may change."""
    return frozenset(each for name in fields_of(terms, detail) for each in _SETS.get(name, (name,)))


@register.simple_block_tag
def editable(content: SafeString, goal: GoalView, detail: str) -> SafeString:
    """`{% editable goal "pipelines" %}New business{% endeditable %}`: with a pencil and its form's place."""
    if not goal.may_change:
        return content
    link = format_html(
        '<a class="editable" href="{address}" data-edits="{detail}" hx-get="{address}" '
        'hx-target="#edit-{detail}" hx-swap="innerHTML" aria-expanded="false" title="{words}">'
        "{content}{pencil}</a>",
        address=reverse("web:edit-detail", args=[goal.public_id, detail]),
        detail=detail,
        content=content,
        words=DETAIL_WORDS[Detail(detail)].change,
        pencil=icon("pencil"),
    )
    # No form inside a heading: the page has the title's form beside it.
    if detail == Detail.TITLE:
        return link
    return format_html('<div class="menu">{}<div class="editslot" id="edit-{}"></div></div>', link, detail)


_MOST_NAMED = 12
_TRIES = 3


def detail_form(viewer: Viewer, goal: GoalView, detail: Detail, typed: QueryDict | None = None) -> GoalForm:
    """Return the detail's form with the goal's values, or the typed ones.

    Targets of single periods that still fit a changed frequency or duration are kept, new periods get the
    target typed for them; without any that fits there is one target for all periods.
    """
    terms = goal.terms
    shown = fields_of(terms, detail)
    data = goal_data(viewer, terms)
    for name in [*shown, *(name for name in data if name.startswith(PERIOD_PREFIX))]:
        if typed is not None and (name in shown or name in typed):
            data.setlist(name, typed.getlist(name))
    kind = Measure.named(data.get("kind", ""))
    form = GoalForm(data, viewer, kind or terms.measure, current=terms, shown=shown)
    if detail is Detail.KIND and typed is not None:
        _check_kind(form, terms, kind)
    return form


def _check_kind(form: GoalForm, terms: GoalTerms, kind: Measure | None) -> None:
    """Refuse an invalid kind, and an unchanged target whose unit changes."""
    draft = form.draft
    if kind is None:
        form.add_error(None, _("Choose what the goal counts."))
    elif (draft.metric, draft.currency) != (terms.metric, terms.currency):
        before = written_amount(terms.target, terms.currency, form.viewer.language)
        if form.typed.get("target", "").strip() == before:
            form.add_error("target", _("Enter the target again: the goal will count something else."))


def _question(viewer: Viewer, terms: GoalTerms, refit: Refit[int]) -> DropQuestion | None:
    if not refit.dropped:
        return None
    named = tuple(
        NamedTarget(
            _period_name(viewer, terms, start),
            formats.amount(target, terms.currency, viewer.language),
        )
        for start, target in list(refit.dropped.items())[:_MOST_NAMED]
    )
    drops = " ".join(start.isoformat() for start in refit.dropped)
    return DropQuestion(drops, named, len(refit.dropped), len(refit.kept))


def _period_name(viewer: Viewer, terms: GoalTerms, start: date) -> str:
    whole = period_of(start, terms.interval, viewer.calendar)
    return period_name(whole, terms.interval, viewer.calendar, viewer.language)


def what_is_recounted(viewer: Viewer, goal: GoalView, detail: Detail) -> str:
    """Return the sentence, empty for a detail that does not affect counting."""
    if detail not in RECOUNTING:
        return ""
    if goal.terms.ends_on is None:
        start = day(goal.terms.starts_on, viewer.language)
        return _("Saving recounts every period since %(start)s. The history keeps the earlier settings.") % {
            "start": start
        }
    count = len(periods_of(goal.terms, viewer.company, today=viewer.today))
    return ngettext(
        "Saving recounts the goal’s only period. The history keeps the earlier settings.",
        "Saving recounts all %(count)s periods. The history keeps the earlier settings.",
        count,
    ) % {"count": formats.number(count, viewer.language)}


@require_http_methods(["GET", "HEAD", "POST"])
@keeps_typed
@for_viewer
@tells_when_gone(typed_in="form[data-edit-form]")
def edit_detail(request: HttpRequest, viewer: Viewer, public_id: str, detail: str) -> HttpResponse:
    """Show the detail's form on GET, save it on POST.

    If somebody else changed the same detail since the form was opened, nothing is saved and the form says so;
    changes of other details are kept and shown after saving.
    """
    if detail not in set(Detail):
        raise Http404
    which = Detail(detail)
    goal = _goal_to_change(viewer, public_id, which)
    if request.method != "POST":
        back = kept(request, viewer.actor.user_id)
        form = detail_form(viewer, goal, which, back)
        if back is None:
            return _show(request, form, goal, which)
        tell_it_is_back(request)
        return _show(request, form, goal, which, conflict=_conflict(viewer, goal, which, back))
    for _try in range(_TRIES):
        try:
            return _save(request, viewer, goal, which)
        except Changed:
            goal = _goal_to_change(viewer, public_id, which)
    raise NotFound


def _goal_to_change(viewer: Viewer, public_id: str, detail: Detail) -> GoalView:
    goal = goal_seen_by(viewer.actor, public_id)
    require_change(goal, _("You may see this goal, but not change it."))
    if not has_detail(goal.terms, detail):
        raise Http404
    return goal


def _save(request: HttpRequest, viewer: Viewer, goal: GoalView, detail: Detail) -> HttpResponse:
    """Save what was typed or show the errors. Raises Changed when the goal was changed concurrently."""
    form = detail_form(viewer, goal, detail, request.POST)
    meanwhile = history_since(viewer, goal, version_in(request.POST, goal))
    if conflict := _conflict(viewer, goal, detail, request.POST):
        return _show(request, form, goal, detail, conflict=conflict, is_refused=True)
    question = _question(viewer, goal.terms, form.refit)
    if not form.is_valid() or (question and request.POST.get("drops") != question.drops):
        return _show(request, form, goal, detail, is_refused=True)
    try:
        changed = change_goal(
            actor=viewer.actor,
            public_id=goal.public_id,
            terms=form.draft.terms(),
            now=viewer.now,
            version=goal.version,
        )
    except InvalidInput as refusal:
        form.add_faults(refusal.errors)
        return _show(request, form, goal, detail, is_refused=True)
    forget(request)
    if changed.version != goal.version:
        words = ". ".join([str(DETAIL_WORDS[detail].saved), *map(one_line, meanwhile)])
        change_saved(request, words, changed)
    return back_to_page(request, goal.public_id)


def _conflict(viewer: Viewer, goal: GoalView, detail: Detail, sent: QueryDict) -> tuple[HistoryLine, ...]:
    """Return changes by others since the form was opened that affect the detail's fields."""
    opened_at = version_in(sent, goal)
    events = events_since(goal, viewer.actor, opened_at)
    changed = {change.name for event in events for change in event.details}
    return history_since(viewer, goal, opened_at) if terms_set_by(goal.terms, detail) & changed else ()


def _show(
    request: HttpRequest,
    form: GoalForm,
    goal: GoalView,
    detail: Detail,
    *,
    conflict: Sequence[HistoryLine] = (),
    is_refused: bool = False,
) -> HttpResponse:
    viewer, shown = form.viewer, fields_of(goal.terms, detail)
    has_faults = is_refused and not conflict
    is_faulty = bool(conflict or form.errors or form.period_errors)
    context = shared_context(form, shows_faults=has_faults) | {
        "goal": goal,
        "detail": detail.value,
        "words": DETAIL_WORDS[detail],
        "shown": shown,
        "is_seasonal": form.draft.has_period_targets,
        "season": period_fields(form),
        "kinds": kind_groups(viewer.company) if detail is Detail.KIND else (),
        "conflict": conflict,
        "question": None if is_faulty else _question(viewer, goal.terms, form.refit),
        "elsewhere": form.non_field_errors() if has_faults else (),
        "recounts": what_is_recounted(viewer, goal, detail),
        "is_in_place": "HX-Request" in request.headers,
        "typed_by": typed_by(viewer.actor.user_id, request.path),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if is_refused else HTTPStatus.OK
    if context["is_in_place"]:
        return render(request, "goals/edit_detail.html", context, status=status)
    context["panel"] = panel_of(viewer, current=goal)
    return render(request, "goals/edit_detail_page.html", context, status=status)
