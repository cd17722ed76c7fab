"""Editing one detail of a goal where it stands; without scripts on a small page of its own."""

from collections.abc import Sequence
from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from goalpost.companies.errors import Changed, InvalidInput, NotFound
from goalpost.goals.actions import change_goal
from goalpost.goals.history import events_since
from goalpost.goals.queries import GoalView, goal_seen_by
from goalpost.web.goals.detail_form import DetailForm, detail_form
from goalpost.web.goals.details import DETAIL_WORDS, Detail, fields_of, has_detail, terms_set_by
from goalpost.web.goals.goal_form import form_context
from goalpost.web.goals.gone import tells_when_gone
from goalpost.web.goals.history import HistoryLine, history_since, told_in_one
from goalpost.web.goals.kept_form import forget, keeps_typed, kept, tell_it_is_back, typed_by
from goalpost.web.goals.kinds import kind_groups
from goalpost.web.goals.panel_goals import panel_of
from goalpost.web.goals.recounting import what_is_recounted
from goalpost.web.goals.redrawn import redrawn_goal_page
from goalpost.web.goals.rights import require_change
from goalpost.web.goals.undo import UNDOES
from goalpost.web.viewer import Viewer, for_viewer

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
