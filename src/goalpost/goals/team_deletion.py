"""Deleting a team together with what becomes of its goals, and bringing both back. One transaction each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext as _

from goalpost.companies.actors import existing_teams
from goalpost.companies.audit import AuditValue
from goalpost.companies.calendar import today_in
from goalpost.companies.checks import require_admin
from goalpost.companies.errors import Changed, InvalidInput, NotAllowed, NotFound
from goalpost.companies.models import Company, Team
from goalpost.companies.teams import bring_back, locked_deleted_team, locked_team, take_away
from goalpost.domain.permissions import Actor, Assignee, AssigneeKind
from goalpost.goals.actions import delete_goal, reassign_goals, restore_goal, undo_change
from goalpost.goals.history import assignee_told
from goalpost.goals.models import GoalAction, GoalChange
from goalpost.goals.queries import GoalView, goals_seen_by, visible_to


class TeamGoalsOutcome(StrEnum):
    """What becomes of goals whose team goes."""

    TEAM = "team"
    """Another team takes them over."""
    COMPANY = "company"
    DELETE = "delete"
    KEEP = "keep"
    """They stay with the deleted team, read-only."""


@dataclass(frozen=True, slots=True)
class TeamGoals:
    """The goals of a team, by what can become of them.

    Those under way or to come go over to somebody or are deleted. Past ones stay as they ended, or are
    deleted: with another team they would tell another result. Those that the plan keeps read-only stay.
    """

    ongoing: tuple[GoalView, ...]
    past: tuple[GoalView, ...]
    locked: tuple[GoalView, ...]

    @property
    def count(self) -> int:
        return len(self.ongoing) + len(self.past) + len(self.locked)

    @property
    def marks(self) -> frozenset[str]:
        """What tells whether these are the goals, in the state, that somebody was asked about."""
        groups = (("ongoing", self.ongoing), ("past", self.past), ("locked", self.locked))
        return frozenset(mark_of(goal, name) for name, goals in groups for goal in goals)


def mark_of(goal: GoalView, group: str) -> str:
    return f"{goal.public_id}.{goal.version}.{group}"


def goals_of_team(actor: Actor, team_id: int, *, now: datetime) -> TeamGoals:
    """Return the goals of a team in a constant number of queries. Raises NotAllowed."""
    require_admin(actor)
    today = today_in(Company.objects.get(pk=actor.company_id), now)
    own = visible_to(actor).filter(assignee_kind=AssigneeKind.TEAM, assignee_team_id=team_id)
    goals = goals_seen_by(actor, own.order_by("starts_on", "id"))
    open_ones = [goal for goal in goals if goal.may_change]
    return TeamGoals(
        ongoing=tuple(goal for goal in open_ones if goal.is_active(today)),
        past=tuple(goal for goal in open_ones if not goal.is_active(today)),
        locked=tuple(goal for goal in goals if not goal.may_change),
    )


def delete_team(
    *,
    actor: Actor,
    team_id: int,
    ongoing: TeamGoalsOutcome | None,
    to_team_id: int | None,
    past: TeamGoalsOutcome,
    asked: Collection[str],
    now: datetime,
) -> TeamGoals:
    """Delete a team and do with its goals what was answered: all of it or, after a refusal, nothing.

    `asked` are the marks of the goals as they stood when the question was put. Each goal's history tells what
    became of it. Returns the goals as they were. Raises NotAllowed, NotFound (also for a team that is deleted
    already), InvalidInput, and Changed when the goals are not those that were asked about.
    """
    require_admin(actor)
    with transaction.atomic():
        team = locked_team(actor, team_id)
        heir = _heir(team, to_team_id)
        goals = goals_of_team(actor, team_id, now=now)
        if goals.marks != frozenset(asked):
            raise Changed
        _check(goals, ongoing, past)
        if goals.ongoing and ongoing is TeamGoalsOutcome.DELETE:
            _delete(actor, goals.ongoing, now)
        elif goals.ongoing:
            successor = _successor(actor, ongoing, heir)
            reassign_goals(actor=actor, goals=goals.ongoing, assignee=successor, now=now, field="ongoing")
        if past is TeamGoalsOutcome.DELETE:
            _delete(actor, goals.past, now)
        went_to = heir.name if heir and ongoing is TeamGoalsOutcome.TEAM else team.company.name
        take_away(team, by=actor, now=now, also=_told(goals, ongoing, past, went_to))
    return goals


def _heir(team: Team, to_team_id: int | None) -> Team | None:
    if to_team_id is None:
        return None
    heir = existing_teams(team.company_id).filter(pk=to_team_id).exclude(pk=team.pk).first()
    if heir is None:
        raise InvalidInput(_("Choose an existing team."), field="to_team")
    return heir


def _check(goals: TeamGoals, ongoing: TeamGoalsOutcome | None, past: TeamGoalsOutcome) -> None:
    if goals.ongoing and ongoing not in {
        TeamGoalsOutcome.TEAM,
        TeamGoalsOutcome.COMPANY,
        TeamGoalsOutcome.DELETE,
    }:
        raise InvalidInput(_("Choose what becomes of these goals."), field="ongoing")
    if past not in {TeamGoalsOutcome.KEEP, TeamGoalsOutcome.DELETE}:
        raise InvalidInput(_("Choose what becomes of these goals."), field="past")


def _successor(actor: Actor, ongoing: TeamGoalsOutcome | None, heir: Team | None) -> Assignee:
    if ongoing is TeamGoalsOutcome.COMPANY:
        return Assignee(AssigneeKind.COMPANY, actor.company_id)
    if heir is None:
        raise InvalidInput(_("Choose the team that takes them over."), field="to_team")
    return Assignee(AssigneeKind.TEAM, heir.pk)


def _delete(actor: Actor, goals: Sequence[GoalView], now: datetime) -> None:
    for goal in goals:
        delete_goal(actor=actor, public_id=goal.public_id, now=now)


def _told(
    goals: TeamGoals, ongoing: TeamGoalsOutcome | None, past: TeamGoalsOutcome, successor: str
) -> dict[str, tuple[AuditValue, AuditValue]]:
    """Return what the log tells of the goals: how many went where."""
    moved = 0 if ongoing is TeamGoalsOutcome.DELETE else len(goals.ongoing)
    gone = (len(goals.ongoing) - moved) + (len(goals.past) if past is TeamGoalsOutcome.DELETE else 0)
    told: dict[str, tuple[AuditValue, AuditValue]] = {
        "goals_handed_over": (moved, successor),
        "goals_deleted": (None, gone),
        "goals_kept": (None, goals.count - moved - gone),
    }
    counts = {"goals_handed_over": moved, "goals_deleted": gone, "goals_kept": goals.count - moved - gone}
    return {name: values for name, values in told.items() if counts[name]}


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
    return [
        each for each in changes.select_related("goal").order_by("goal_id", "number") if _is_of(team, each)
    ]


def _is_of(team: Team, change: GoalChange) -> bool:
    if change.action == GoalAction.DELETED:
        return change.goal.assignee_team_id == team.pk
    was, _became = change.details.get("assignee", (None, None))
    return assignee_told(was) == Assignee(AssigneeKind.TEAM, team.pk)


def _is_back(actor: Actor, change: GoalChange, now: datetime) -> bool:
    """Undo the change to a goal, if it is the goal's latest and nothing stands against it."""
    goal = change.goal
    own = GoalChange.objects.filter(company_id=goal.company_id, goal=goal)
    if own.latest("number").pk != change.pk:
        return False
    try:
        if change.action == GoalAction.DELETED:
            restore_goal(actor=actor, public_id=goal.public_id, now=now)
        else:
            undo_change(actor=actor, public_id=goal.public_id, version=goal.version, now=now)
    except (InvalidInput, NotAllowed, NotFound):
        return False
    return True
