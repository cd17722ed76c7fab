"""Which goal results an import or its undo moves: it is made in a transaction that is rolled back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.db import transaction

from goalpost.goals.periods import active
from goalpost.goals.queries import goals_seen_by, visible_to
from goalpost.insights import formats
from goalpost.insights.goal_report import GoalQuestion, GoalReport, goal_reports
from goalpost.web.shell.viewer import Viewer

AT_MOST = 5_000
"""Of so many records a page waits for the answer, and others for the page."""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class MovedGoal:
    title: str
    url: str
    whose: str
    before: str
    after: str
    by: str
    pace_before: str
    pace_after: str


def moved_by(viewer: Viewer, make: Callable[[], _T]) -> tuple[_T, list[MovedGoal], int]:
    """Return what `make` returned, the goals that it moves and how many there are. It is not kept."""
    with transaction.atomic():
        before = _reports(viewer)
        made = make()
        after = _reports(viewer)
        transaction.set_rollback(True)
    moved = [
        _moved(viewer, was, now)
        for key, was in before.items()
        if (now := after.get(key)) is not None and now.headline.result != was.headline.result
    ]
    return made, moved, len(before)


def _reports(viewer: Viewer) -> dict[int, GoalReport]:
    goals = goals_seen_by(viewer.actor, active(visible_to(viewer.actor), viewer.today))
    reports = goal_reports(viewer, [GoalQuestion(goal, latest=1) for goal in goals])
    return {one.goal.id: one for one in reports}


def _moved(viewer: Viewer, was: GoalReport, now: GoalReport) -> MovedGoal:
    before, after = was.headline, now.headline

    def amount(value: int) -> str:
        return formats.amount(value, was.currency, viewer.language)

    return MovedGoal(
        title=was.goal.terms.title,
        url=was.goal.public_id,
        whose=was.goal.assignee_name,
        before=amount(before.result),
        after=amount(after.result),
        by=formats.signed_amount(after.result - before.result, was.currency, viewer.language),
        pace_before=before.pace.status.value,
        pace_after=after.pace.status.value,
    )
