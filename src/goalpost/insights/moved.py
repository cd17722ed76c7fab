"""Which results of activity goals an act moves: reports before and after it."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db.models import Q

from goalpost.domain.measures import Measure
from goalpost.domain.permissions import AssigneeKind
from goalpost.goals.periods import active
from goalpost.goals.queries import GoalView, goals_seen_by, visible_to
from goalpost.insights.goal_report import Effect, GoalQuestion, GoalReport, goal_reports
from goalpost.insights.report import Reader

_Done = TypeVar("_Done")


def activity_goals(reader: Reader, owners: Sequence[int], *measures: Measure) -> list[GoalView]:
    """Return the goals the reader may see that may count activities of these people today.

    Those of the people themselves come first, then those of teams and of the company.
    """
    goals = active(visible_to(reader.actor), reader.today).filter(
        ~Q(assignee_kind=AssigneeKind.PERSON) | Q(assignee_user_id__in=owners),
        measure__in=measures,
        starts_on__lte=reader.today,
    )
    found = goals_seen_by(reader.actor, goals.order_by("title", "public_id"))
    order = {AssigneeKind.PERSON: 0, AssigneeKind.TEAM: 1, AssigneeKind.COMPANY: 2}
    of_them = {*owners}
    return sorted(
        (
            goal
            for goal in found
            if goal.terms.assignee.kind is not AssigneeKind.TEAM
            or of_them & {member.id for member in goal.members}
        ),
        key=lambda goal: order[goal.terms.assignee.kind],
    )


def latest_reports(reader: Reader, goals: Sequence[GoalView]) -> list[GoalReport]:
    """Return the reports of the goals' current periods."""
    return goal_reports(reader, [GoalQuestion(goal, latest=1) for goal in goals])


def moved_by(
    reader: Reader, goals: Sequence[GoalView], act: Callable[[], _Done]
) -> tuple[_Done, tuple[Effect, ...]]:
    """Do it, and return the results of the current periods that it moved."""
    before = latest_reports(reader, goals) if goals else []
    done = act()
    after = latest_reports(reader, goals) if goals else []
    moved = tuple(
        Effect(was.goal, was.currency, was.latest[-1], becomes.latest[-1])
        for was, becomes in zip(before, after, strict=True)
        if was.latest[-1].result != becomes.latest[-1].result
    )
    return done, moved
