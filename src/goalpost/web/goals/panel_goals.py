"""The goals beside the page: which the Insights panel names, and how many there are."""

from collections.abc import Sequence
from heapq import nsmallest

from goalpost.goals.latest import active, latest_results, past
from goalpost.goals.past import past_results
from goalpost.goals.queries import GoalView, goals_seen_by, visible_to
from goalpost.goals.results import GoalResults
from goalpost.web.goals.addresses import goal_address
from goalpost.web.goals.list_filter import by_title, name_of
from goalpost.web.panel import Panel, PanelGoal
from goalpost.web.viewer import Viewer

_MOST = 7


def panel_of(viewer: Viewer, *, is_past: bool = False, current: GoalView | None = None) -> Panel:
    """Return the panel beside a page that is not a list. The goal the page shows is always named."""
    visible = visible_to(viewer.actor)
    pick = past if is_past else active
    titles = dict(pick(visible, viewer.today).values_list("pk", "title"))
    first = nsmallest(_MOST, titles, key=lambda pk: by_title(titles[pk], pk))
    if current is not None and current.id not in first:
        first = [*first[: _MOST - 1], current.id]
    goals = goals_seen_by(viewer.actor, visible.filter(pk__in=first))
    results = (past_results if is_past else latest_results)(viewer.company, goals, today=viewer.today)
    return _panel(viewer, results, is_past=is_past, current=current)


def panel_beside_list(viewer: Viewer, goals: Sequence[GoalResults], *, is_past: bool) -> Panel:
    """Return the panel beside the list of these goals."""
    first = nsmallest(_MOST, goals, key=name_of)
    return _panel(viewer, first, is_past=is_past, current=None)


def _panel(viewer: Viewer, goals: Sequence[GoalResults], *, is_past: bool, current: GoalView | None) -> Panel:
    visible = visible_to(viewer.actor)
    active_count = active(visible, viewer.today).count()
    past_count = past(visible, viewer.today).count()
    return Panel(
        is_past=is_past,
        active_count=active_count,
        past_count=past_count,
        goals=tuple(
            PanelGoal(
                title=results.goal.terms.title,
                url=goal_address(results.goal.public_id),
                progress=results.standing.progress,
                is_current=current is not None and current.id == results.goal.id,
            )
            for results in sorted(goals, key=name_of)
        ),
        more=max((past_count if is_past else active_count) - len(goals), 0),
        is_list_current=current is None,
        # Everybody may set goals for themselves.
        may_create=True,
    )
