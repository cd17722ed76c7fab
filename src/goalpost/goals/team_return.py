"""Bringing a deleted team back, with the goals that went with it as far as nobody touched them since."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from goalpost.companies.checks import require_admin
from goalpost.companies.deleted_teams import bring_back, locked_deleted_team
from goalpost.companies.errors import InvalidInput, NotAllowed, NotFound
from goalpost.companies.models import Team
from goalpost.domain.permissions import Actor, Assignee, AssigneeKind
from goalpost.goals.actions import restore_goal, undo_change
from goalpost.goals.history import assignee_told
from goalpost.goals.models import GoalChange, GoalDeed


@dataclass(frozen=True, slots=True)
class Returned:
    """A team that is back; how many goals came with it, and how many stay where they went."""

    name: str
    goals: int
    left: int


def restore_team(*, actor: Actor, team_id: int, now: datetime) -> Returned:
    """Bring a team back with manager and members, and the goals that were handed over or deleted with it.

    A goal that was touched since, or that the company's plan keeps read-only by now, stays as it is. Raises
    NotAllowed, NotFound (also for a team that is not deleted), and InvalidInput when another has the name.
    """
    require_admin(actor)
    with transaction.atomic():
        team, at = locked_deleted_team(actor, team_id)
        went = _went_with(team, at)
        # The team first: no goal can be set for one that is deleted.
        bring_back(team, by=actor, now=now)
        back = sum(_is_back(actor, change, now) for change in went)
    return Returned(team.name, back, len(went) - back)


def _went_with(team: Team, at: datetime) -> list[GoalChange]:
    """Return what the deletion of the team did to its goals: it bears the deletion's moment."""
    changes = GoalChange.objects.filter(company_id=team.company_id, at=at, actor_id=team.deleted_by_id)
    return [each for each in changes.select_related("goal").order_by("id") if _is_of(team, each)]


def _is_of(team: Team, change: GoalChange) -> bool:
    if change.deed == GoalDeed.DELETED:
        return change.goal.assignee_team_id == team.pk
    was, _became = change.details.get("assignee", (None, None))
    return assignee_told(was) == Assignee(AssigneeKind.TEAM, team.pk)


def _is_back(actor: Actor, change: GoalChange, now: datetime) -> bool:
    """Undo the change to a goal, if it is the goal's latest and nothing stands against it."""
    goal = change.goal
    own = GoalChange.objects.filter(company_id=goal.company_id, goal=goal)
    if own.latest("id").pk != change.pk:
        return False
    try:
        if change.deed == GoalDeed.DELETED:
            restore_goal(actor=actor, public_id=goal.public_id, now=now)
        else:
            undo_change(actor=actor, public_id=goal.public_id, version=goal.version, now=now)
    except (InvalidInput, NotAllowed, NotFound):
        return False
    return True
