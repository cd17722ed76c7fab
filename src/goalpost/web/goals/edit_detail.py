"""Editing one detail of a goal where it stands; without scripts on a small page of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from goalpost.companies.errors import Changed, InvalidInput, NotFound
from goalpost.domain.calendar import period_of
from goalpost.domain.measures import Measure, allowed_metrics
from goalpost.goals.actions import change_goal
from goalpost.goals.history import events_since
from goalpost.goals.queries import GoalChoices, GoalView, goal_choices, goal_seen_by, require_change
from goalpost.goals.terms import GoalTerms, Refit, periods_of, refit_targets
from goalpost.insights import formats
from goalpost.insights.formats import day, period_name
from goalpost.web.goals.deletion import UNDOES
from goalpost.web.goals.details import DETAIL_WORDS, RECOUNTING, Detail, fields_of, has_detail, terms_set_by
from goalpost.web.goals.forms import GoalForm
from goalpost.web.goals.goal_form import form_context, goal_data
from goalpost.web.goals.history import HistoryLine, history_since, tells_when_gone, told_in_one
from goalpost.web.goals.kinds import kind_groups
from goalpost.web.goals.look import redrawn_goal_page
from goalpost.web.goals.panel_goals import panel_of
from goalpost.web.goals.typed_goal import PERIOD_PREFIX
from goalpost.web.shell.kept_form import forget, keeps_typed, kept, tell_it_is_back, typed_by
from goalpost.web.shell.typed import written_amount
from goalpost.web.shell.viewer import Viewer, for_viewer

_MOST_NAMED = 12
_KINDS = {measure.wire: measure for measure in Measure}


@dataclass(frozen=True, slots=True)
class DroppedTarget:
    """A period's own target that saving would drop, in words."""

    period: str
    amount: str


@dataclass(frozen=True, slots=True)
class DropQuestion:
    """What is asked before individual targets are dropped. `key` stands for exactly these."""

    key: str
    named: tuple[DroppedTarget, ...]
    count: int
    kept: int

    @property
    def more(self) -> int:
        return self.count - len(self.named)


@dataclass(frozen=True, slots=True)
class DetailForm:
    """The form, and what to ask before it is saved, if anything."""

    form: GoalForm
    question: DropQuestion | None = None


def detail_form(viewer: Viewer, goal: GoalView, detail: Detail, typed: QueryDict | None = None) -> DetailForm:
    """Return the detail's form as the goal stands, or as typed.

    Targets of single periods that still fit a changed frequency or duration are kept, new periods get the
    target typed for them; without any that fits there is one target for all periods.
    """
    choices = goal_choices(viewer.actor, viewer.company, also=goal.terms.assignee)
    data = goal_data(viewer, goal)
    if typed is None:
        return DetailForm(_form(viewer, goal, choices, data))
    for name in fields_of(goal.terms, detail):
        data.setlist(name, typed.getlist(name))
    if detail is Detail.TARGET:
        for name in data:
            if name.startswith(PERIOD_PREFIX) and name in typed:
                data.setlist(name, typed.getlist(name))
    kind = _KINDS.get(data.get("kind", ""))
    if kind and goal.terms.metric not in allowed_metrics(kind):
        data["metric"] = next(iter(allowed_metrics(kind))).value
    # The proposed name is for goals that have none yet.
    form = _form(viewer, goal, choices, data, kind)
    question = None
    if detail is not Detail.TARGET and goal.terms.period_targets:
        refit = _refit(viewer, goal.terms, form)
        if refit is not None:
            form = _form(viewer, goal, choices, _with_targets(viewer, form, refit), kind)
            question = _question(viewer, goal.terms, refit)
    if detail is Detail.KIND:
        _check_kind(viewer, goal.terms, form, kind)
    return DetailForm(form, question)


def _check_kind(viewer: Viewer, terms: GoalTerms, form: GoalForm, kind: Measure | None) -> None:
    """Refuse what is no kind, and a target left as it was that was an amount and would be a count, or so."""
    if kind is None:
        form.add_error(None, _("Choose what the goal counts."))
    elif (form.chosen_metric(), form.chosen_currency()) != (terms.metric, terms.currency):
        before = written_amount(terms.target, terms.currency, viewer.language)
        if form.typed.get("target", "").strip() == before:
            form.add_error("target", _("Enter the target anew: the goal will count something else."))


def _form(
    viewer: Viewer, goal: GoalView, choices: GoalChoices, data: QueryDict, kind: Measure | None = None
) -> GoalForm:
    form = GoalForm(
        data,
        measure=kind or goal.terms.measure,
        company=viewer.company,
        choices=choices,
        language=viewer.language,
    )
    # Beside the whole form, which may stand open over the page, its fields have ids of their own.
    form.auto_id = "edit_%s"
    return form


def _refit(viewer: Viewer, terms: GoalTerms, form: GoalForm) -> Refit | None:
    """Return what becomes of the individual targets; None while the dates typed are none."""
    start, last = form.chosen_days()
    runs_on = not form.typed.get("ends_on", "").strip()
    if start is None or (last is None and not runs_on):
        return None
    metric, currency = form.chosen_metric(), form.chosen_currency()
    if (terms.metric, terms.currency) != (metric, currency) or form.measure is Measure.REVENUE_FORECAST:
        # An amount is no count, nor an amount of another currency, and a forecast has one target: none fits.
        return Refit(dropped=terms.period_targets)
    after = replace(terms, interval=form.chosen_interval(), starts_on=start, ends_on=last)
    try:
        return refit_targets(terms, after, viewer.company)
    except InvalidInput:
        return None


def _with_targets(viewer: Viewer, form: GoalForm, refit: Refit) -> QueryDict:
    data = form.typed.copy()
    if not refit.kept:
        data.pop("is_seasonal", None)
        return data
    currency = form.chosen_currency()
    for start, target in refit.kept.items():
        data[f"{PERIOD_PREFIX}{start}"] = written_amount(target, currency, viewer.language)
    for period in refit.missing:
        data[f"{PERIOD_PREFIX}{period.start}"] = data.get("target", "")
    return data


def _question(viewer: Viewer, terms: GoalTerms, refit: Refit) -> DropQuestion | None:
    if not refit.dropped:
        return None
    named = tuple(
        DroppedTarget(
            _period_name(viewer, terms, start),
            formats.amount(target, terms.currency, viewer.language),
        )
        for start, target in list(refit.dropped.items())[:_MOST_NAMED]
    )
    key = " ".join(start.isoformat() for start in refit.dropped)
    return DropQuestion(key, named, len(refit.dropped), len(refit.kept))


def _period_name(viewer: Viewer, terms: GoalTerms, start: date) -> str:
    whole = period_of(start, terms.interval, viewer.calendar)
    return period_name(whole, terms.interval, viewer.calendar, viewer.language)


def what_is_recounted(viewer: Viewer, goal: GoalView, detail: Detail) -> str:
    """Return the sentence, empty for a detail that nothing is counted by."""
    if detail not in RECOUNTING:
        return ""
    if goal.terms.ends_on is None:
        start = day(goal.terms.starts_on, viewer.language)
        return _("Saving recounts every period since %(start)s. The history keeps what was set before.") % {
            "start": start
        }
    count = len(periods_of(goal.terms, viewer.company, today=viewer.today))
    return ngettext(
        "Saving recounts the goal's one period. The history keeps what was set before.",
        "Saving recounts all %(count)s periods. The history keeps what was set before.",
        count,
    ) % {"count": formats.number(count, viewer.language)}


_TRIES = 3


@require_http_methods(["GET", "HEAD", "POST"])
@keeps_typed
@for_viewer
@tells_when_gone(typed_in="form[data-edit-form]")
def edit_detail(request: HttpRequest, viewer: Viewer, public_id: str, detail: str) -> HttpResponse:
    """Show the detail's form on GET, save it on POST.

    Somebody else's change of the same detail since the form was opened is told, and nothing saved; of another
    detail it is kept, and told once this one is saved.
    """
    if detail not in set(Detail):
        raise Http404
    which = Detail(detail)
    goal = _goal_to_change(viewer, public_id, which)
    if request.method != "POST":
        back = kept(request, viewer.actor.user_id)
        filled = detail_form(viewer, goal, which, back)
        if back is None:
            return _show(request, viewer, goal, which, filled)
        tell_it_is_back(request)
        return _show(request, viewer, goal, which, filled, conflict=_conflict(viewer, goal, which, back))
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
    """Save what was typed or show why not. Raises Changed when the goal was changed in this very moment."""
    filled = detail_form(viewer, goal, detail, request.POST)
    meanwhile = history_since(viewer, goal, _version(request.POST, goal))
    if conflict := _conflict(viewer, goal, detail, request.POST):
        return _show(request, viewer, goal, detail, filled, conflict=conflict, is_refused=True)
    if not filled.form.is_valid():
        return _show(request, viewer, goal, detail, filled, is_refused=True)
    if filled.question and request.POST.get("drops") != filled.question.key:
        return _show(request, viewer, goal, detail, filled, is_refused=True)
    try:
        changed = change_goal(
            actor=viewer.actor,
            public_id=goal.public_id,
            terms=filled.form.terms,
            now=viewer.now,
            version=goal.version,
        )
    except InvalidInput as refusal:
        filled.form.add_refusal(refusal)
        return _show(request, viewer, goal, detail, filled, is_refused=True)
    forget(request)
    if changed.version != goal.version:
        words = ". ".join([str(DETAIL_WORDS[detail].saved), *map(told_in_one, meanwhile)])
        messages.success(request, words, extra_tags=f"{UNDOES}{goal.public_id}:{changed.version}")
    if "HX-Request" in request.headers:
        return redrawn_goal_page(request, viewer, changed)
    return redirect("web:goal", goal.public_id)


def _conflict(viewer: Viewer, goal: GoalView, detail: Detail, sent: QueryDict) -> tuple[HistoryLine, ...]:
    """Return what others did since the form was opened, if it touched what the detail's form sets."""
    opened_at = _version(sent, goal)
    events = events_since(goal, viewer.actor, opened_at)
    changed = {change.name for event in events for change in event.details}
    return history_since(viewer, goal, opened_at) if terms_set_by(goal.terms, detail) & changed else ()


def _version(sent: QueryDict, goal: GoalView) -> int:
    """Return the version that the form was opened with; one that never was counts as the first."""
    typed = sent.get("version", "")
    known = typed.isdecimal() and len(typed) <= len(str(goal.version)) and int(typed) <= goal.version
    return int(typed) if known else 0


def _show(
    request: HttpRequest,
    viewer: Viewer,
    goal: GoalView,
    detail: Detail,
    filled: DetailForm,
    *,
    conflict: Sequence[HistoryLine] = (),
    is_refused: bool = False,
) -> HttpResponse:
    form = filled.form
    # A name that was emptied stays empty: only a new goal gets one proposed.
    form.typed["proposed"] = form.typed.get("title", "") + "."
    has_faults = is_refused and not conflict
    context = form_context(viewer, form, shows_faults=has_faults)
    shown = fields_of(goal.terms, detail)
    context |= {
        "goal": goal,
        "detail": detail.value,
        "words": DETAIL_WORDS[detail],
        "shown": shown,
        "kinds": kind_groups(viewer.company) if detail is Detail.KIND else (),
        "conflict": conflict,
        "question": None if conflict or form.errors or form.period_errors else filled.question,
        "elsewhere": [
            message
            for name, found in form.errors.items()
            if has_faults and name not in shown
            for message in found
        ],
        "recounts": what_is_recounted(viewer, goal, detail),
        "is_in_place": "HX-Request" in request.headers,
        "typed_by": typed_by(viewer.actor.user_id, request.path),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if is_refused else HTTPStatus.OK
    if context["is_in_place"]:
        return render(request, "goals/edit_detail.html", context, status=status)
    context["panel"] = panel_of(viewer, current=goal)
    return render(request, "goals/edit_detail_page.html", context, status=status)
