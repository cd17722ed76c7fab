"""Editing one detail of a goal where it stands; without scripts on a small page of its own."""

from collections.abc import Sequence
from datetime import date
from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from goalpost.companies.errors import Changed, InvalidInput, NotFound
from goalpost.domain.calendar import period_of
from goalpost.domain.measures import Measure
from goalpost.goals.actions import change_goal
from goalpost.goals.draft import Refit
from goalpost.goals.history import events_since
from goalpost.goals.queries import GoalView, goal_seen_by, require_change
from goalpost.goals.terms import GoalTerms, periods_of
from goalpost.insights import formats
from goalpost.insights.formats import day, period_name
from goalpost.web.goals.deletion import back_to_page, change_saved, version_in
from goalpost.web.goals.details import DETAIL_WORDS, RECOUNTING, Detail, fields_of, has_detail, terms_set_by
from goalpost.web.goals.form import PERIOD_PREFIX, GoalForm, measure_named
from goalpost.web.goals.form_page import (
    DropQuestion,
    NamedTarget,
    goal_data,
    kind_groups,
    period_fields,
    shared_context,
)
from goalpost.web.goals.history import HistoryLine, history_since, one_line, tells_when_gone
from goalpost.web.goals.panel_goals import panel_of
from goalpost.web.shell.kept_form import forget, keeps_typed, kept, tell_it_is_back, typed_by
from goalpost.web.shell.typed import written_amount
from goalpost.web.shell.viewer import Viewer, for_viewer

_MOST_NAMED = 12
_TRIES = 3


def detail_form(viewer: Viewer, goal: GoalView, detail: Detail, typed: QueryDict | None = None) -> GoalForm:
    """Return the detail's form as the goal stands, or as typed.

    Targets of single periods that still fit a changed frequency or duration are kept, new periods get the
    target typed for them; without any that fits there is one target for all periods.
    """
    terms = goal.terms
    shown = fields_of(terms, detail)
    data = goal_data(viewer, terms)
    for name in [*shown, *(name for name in data if name.startswith(PERIOD_PREFIX))]:
        if typed is not None and (name in shown or name in typed):
            data.setlist(name, typed.getlist(name))
    kind = measure_named(data.get("kind", ""))
    form = GoalForm(data, viewer, kind or terms.measure, current=terms, shown=shown)
    if detail is Detail.KIND and typed is not None:
        _check_kind(form, terms, kind)
    return form


def _check_kind(form: GoalForm, terms: GoalTerms, kind: Measure | None) -> None:
    """Refuse what is no kind, and a target left as it was that was an amount and would be a count, or so."""
    draft = form.draft
    if kind is None:
        form.add_error(None, _("Choose what the goal counts."))
    elif (draft.metric, draft.currency) != (terms.metric, terms.currency):
        before = written_amount(terms.target, terms.currency, form.viewer.language)
        if form.typed.get("target", "").strip() == before:
            form.add_error("target", _("Enter the target anew: the goal will count something else."))


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
        "Saving recounts the goal’s one period. The history keeps what was set before.",
        "Saving recounts all %(count)s periods. The history keeps what was set before.",
        count,
    ) % {"count": formats.number(count, viewer.language)}


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
    """Save what was typed or show why not. Raises Changed when the goal was changed in this very moment."""
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
    """Return what others did since the form was opened, if it touched what the detail's form sets."""
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
