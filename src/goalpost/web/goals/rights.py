"""Saying no to whoever would change a goal, with the reason that stands against it."""

from goalpost.companies.errors import NotAllowed
from goalpost.goals.queries import GoalView
from goalpost.goals.terms import read_only


def require_change(goal: GoalView, refusal: str) -> None:
    """Raise NotAllowed for a goal that this viewer, or nobody, may change. `refusal` is for the former."""
    if not goal.may_change:
        raise NotAllowed(read_only(goal.lacks, is_team_deleted=goal.is_team_deleted) or refusal)
