"""The history of a goal as sentences, news while its page is open, and the notice of its deletion."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django_htmx.http import reswap, retarget

from goalpost.companies.errors import NotFound
from goalpost.companies.memberships import membership_events
from goalpost.domain.permissions import AssigneeKind
from goalpost.goals.history import GoalEvent, events_since, goal_history, names_in
from goalpost.goals.queries import GoalView, goal_seen_by, goals_seen_by, visible_to
from goalpost.insights import formats
from goalpost.insights.history_words import GoalUnits, HistoryWords
from goalpost.web.goals.changes import membership_shown
from goalpost.web.shell.insights_panel import panel_of
from goalpost.web.shell.viewer import Viewer, for_viewer, go_to

MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One action: what was done or which details changed, by whom, when."""

    at: datetime
    who: str
    words: str
    when: str


def history_of(viewer: Viewer, goal: GoalView, *, limit: int = MOST_SHOWN) -> tuple[HistoryLine, ...]:
    """Return the latest lines of the goal's history."""
    return _lines(viewer, goal, goal_history(goal, viewer.actor, limit=limit))


def history_with_team(viewer: Viewer, goal: GoalView, *, limit: int = MOST_SHOWN) -> tuple[HistoryLine, ...]:
    """Return the latest lines of the goal's history, with those of who joined and left its team."""
    lines = [*history_of(viewer, goal, limit=limit)]
    if goal.terms.assignee.kind is AssigneeKind.TEAM:
        events = membership_events(viewer.company.pk, goal.terms.assignee.id, since=goal.created_at)
        shown = [membership_shown(viewer, event) for event in events[:limit]]
        lines += [HistoryLine(each.at, each.who, each.words, each.when) for each in shown]
    return tuple(sorted(lines, key=lambda line: line.at, reverse=True)[:limit])


def history_since(viewer: Viewer, goal: GoalView, version: int) -> tuple[HistoryLine, ...]:
    """Return what was done to the goal after it had this version."""
    return _lines(viewer, goal, events_since(goal, viewer.actor, version))


def one_line(line: HistoryLine) -> str:
    """Return who did what when as one sentence."""
    return _("%(who)s, %(when)s: %(what)s") % {"who": line.who, "when": line.when, "what": line.words}


def _lines(viewer: Viewer, goal: GoalView, events: Sequence[GoalEvent]) -> tuple[HistoryLine, ...]:
    words = HistoryWords(names_in(viewer.company.pk, events), viewer.language, viewer.calendar)
    # From the current goal backwards: an amount is shown in its currency at that moment.
    units = GoalUnits(goal.terms.measure, goal.terms.interval, goal.terms.metric, goal.terms.currency)
    lines: list[HistoryLine] = []
    for event in events:
        former = units.before(event)
        lines.append(
            HistoryLine(
                at=event.at,
                who=event.actor.name,
                words=words.of(event, former=former, later=units),
                when=formats.moment(
                    event.at, viewer.company.time_zone, viewer.language, this_year=viewer.today.year
                ),
            )
        )
        units = former
    return tuple(lines)


_P = ParamSpec("_P")
_View = Callable[Concatenate[HttpRequest, Viewer, _P], HttpResponse]


def tells_when_gone(*, typed_in: str = "") -> Callable[[_View[_P]], _View[_P]]:
    """Let a view of one goal show a notice when it was deleted; unknown or hidden goals stay a 404.

    `typed_in` selects where the notice goes in a form, so that its input stays.
    """

    def wrapped(view: _View[_P]) -> _View[_P]:
        @wraps(view)
        def answer(
            request: HttpRequest, viewer: Viewer, /, *args: _P.args, **kwargs: _P.kwargs
        ) -> HttpResponse:
            try:
                return view(request, viewer, *args, **kwargs)
            except NotFound:
                public_id = request.resolver_match.kwargs["public_id"] if request.resolver_match else ""
                goal = deleted_goal(viewer, public_id)
                if "HX-Request" not in request.headers:
                    return _page(request, viewer, goal)
                if request.method == "POST" and typed_in:
                    return retarget(
                        reswap(deleted_notice(request, viewer, goal, is_typed=True), "afterbegin"), typed_in
                    )
                return go_to(request, "web:goal", public_id)

        return answer

    return wrapped


def deleted_goal(viewer: Viewer, public_id: str) -> GoalView:
    """Return a deleted goal that the viewer would otherwise see. Raises NotFound."""
    found = goals_seen_by(viewer.actor, visible_to(viewer.actor, is_deleted=True).filter(public_id=public_id))
    if not found:
        raise NotFound
    return found[0]


def deleted_notice(
    request: HttpRequest, viewer: Viewer, goal: GoalView, *, is_typed: bool = False
) -> HttpResponse:
    """Answer a request for a region of a deleted goal."""
    (deletion,) = history_of(viewer, goal, limit=1)
    context = {"goal": goal, "deletion": deletion, "is_typed": is_typed}
    return render(request, "goals/gone.html", context, status=HTTPStatus.CONFLICT)


def _page(request: HttpRequest, viewer: Viewer, goal: GoalView) -> HttpResponse:
    (deletion,) = history_of(viewer, goal, limit=1)
    context = {"goal": goal, "deletion": deletion, "panel": panel_of(viewer)}
    return render(request, "goals/gone_page.html", context, status=HTTPStatus.NOT_FOUND)


MOST_ON_PAGE = 500


@require_safe
@for_viewer
@tells_when_gone()
def goal_history_page(request: HttpRequest, viewer: Viewer, public_id: str) -> HttpResponse:
    """List the latest actions on the goal."""
    goal = goal_seen_by(viewer.actor, public_id)
    context = {
        "goal": goal,
        "lines": history_with_team(viewer, goal, limit=MOST_ON_PAGE),
        "panel": panel_of(viewer, is_past=not goal.is_active(viewer.today), current=goal),
    }
    return render(request, "goals/history_page.html", context)


@require_safe
@for_viewer
def goal_news(request: HttpRequest, viewer: Viewer, public_id: str) -> HttpResponse:
    """Answer with what was done to the goal after the `version` shown, or with nothing."""
    try:
        goal = goal_seen_by(viewer.actor, public_id)
    except NotFound:
        return deleted_notice(request, viewer, deleted_goal(viewer, public_id))
    typed = request.GET.get("version", "")
    shown = int(typed) if typed.isdecimal() and len(typed) <= len(str(goal.version)) else 0
    lines = history_since(viewer, goal, shown)
    if not lines:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return render(request, "goals/news.html", {"goal": goal, "lines": lines})
