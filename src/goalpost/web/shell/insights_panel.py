"""The goals in the Insights panel, and how many there are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from heapq import nsmallest

from django.urls import reverse

from goalpost.domain.alphabet import by_name
from goalpost.goals.periods import active, past
from goalpost.goals.queries import GoalView, goals_seen_by, visible_to
from goalpost.insights.goal_report import GoalQuestion, GoalReport, goal_reports
from goalpost.web.shell.viewer import Viewer


@dataclass(frozen=True, slots=True)
class PanelGoal:
    """A goal by name. `progress` is that of its current period in per cent; none without one."""

    title: str
    url: str
    progress: int | None
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """The active or the past goals, the first of them by name, and how many `more` there are."""

    is_past: bool
    active_count: int
    past_count: int
    goals: tuple[PanelGoal, ...]
    more: int
    is_list_current: bool
    may_create: bool

    @property
    def in_all(self) -> int:
        return self.past_count if self.is_past else self.active_count


_MOST = 7


@dataclass(frozen=True, slots=True)
class PanelGoals:
    """The goals to be named beside a page, whose results are still to be read, and how many there are.

    `goals` begins with the page's own, where it shows one.
    """

    is_past: bool
    goals: tuple[GoalView, ...]
    current: GoalView | None
    here_count: int
    """How many there are of the active or of the past, whichever is shown."""
    other_count: int


def panel_of(
    viewer: Viewer, *, is_past: bool = False, current: GoalView | None = None, is_of_goals: bool = True
) -> Panel:
    """Return the panel beside a page that is not a list. The goal the page shows is always named.

    `is_of_goals` is false beside a page of something else, which stands for no list of goals.
    """
    beside = goals_beside(viewer, is_past=is_past, current=current)
    reports = goal_reports(viewer, [GoalQuestion(goal, latest=1) for goal in beside.goals])
    panel = panel_with(beside, reports)
    return panel if is_of_goals else replace(panel, is_list_current=False)


def goals_beside(viewer: Viewer, *, is_past: bool, current: GoalView | None) -> PanelGoals:
    """Choose the goals in the panel: the first by name, and the page's own."""
    visible = visible_to(viewer.actor)
    here, other = (past, active) if is_past else (active, past)
    titles = dict(here(visible, viewer.today).values_list("pk", "title"))
    first = nsmallest(_MOST, titles, key=lambda pk: by_name(titles[pk], pk))
    if current is not None:
        first = [pk for pk in first if pk != current.id][: _MOST - 1]
    found = goals_seen_by(viewer.actor, visible.filter(pk__in=first)) if first else []
    return PanelGoals(
        is_past=is_past,
        goals=tuple(found if current is None else [current, *found]),
        current=current,
        here_count=len(titles),
        other_count=other(visible, viewer.today).count(),
    )


def panel_with(beside: PanelGoals, goals: Sequence[GoalReport]) -> Panel:
    """Return the panel with the progress of its goals."""
    return _panel(
        goals,
        is_past=beside.is_past,
        current=beside.current,
        here_count=beside.here_count,
        other_count=beside.other_count,
    )


def panel_beside_list(viewer: Viewer, goals: Sequence[GoalReport], *, is_past: bool) -> Panel:
    """Return the panel beside the list of these goals."""
    other = active if is_past else past
    return _panel(
        nsmallest(_MOST, goals, key=lambda each: each.by_name),
        is_past=is_past,
        current=None,
        here_count=len(goals),
        other_count=other(visible_to(viewer.actor), viewer.today).count(),
    )


def _panel(
    goals: Sequence[GoalReport],
    *,
    is_past: bool,
    current: GoalView | None,
    here_count: int,
    other_count: int,
) -> Panel:
    return Panel(
        is_past=is_past,
        active_count=other_count if is_past else here_count,
        past_count=here_count if is_past else other_count,
        goals=tuple(
            PanelGoal(
                title=results.goal.terms.title,
                url=reverse("web:goal", args=[results.goal.public_id]),
                progress=results.headline.progress,
                is_current=current is not None and current.id == results.goal.id,
            )
            for results in sorted(goals, key=lambda each: each.by_name)
        ),
        more=max(here_count - len(goals), 0),
        is_list_current=current is None,
        # Everybody may set goals for themselves.
        may_create=True,
    )
