"""Handing over the goals and records of a person, and of a team that is deleted."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from goalpost.companies.actors import existing_teams
from goalpost.companies.audit import AuditAction, AuditValue, Subject, record
from goalpost.companies.calendar import today_in
from goalpost.companies.checks import require_admin
from goalpost.companies.errors import Changed, InvalidInput, NotAllowed, NotFound
from goalpost.companies.models import Company, CompanyLock, Team, User
from goalpost.companies.teams import bring_back, locked_deleted_team, locked_team, take_away
from goalpost.crm.actions.handover import Belongings, Extent, belongings_of, hand_over_records
from goalpost.domain.permissions import Actor, Assignee, AssigneeKind
from goalpost.goals.actions import delete_goal, reassign_goals, restore_goal, undo_change
from goalpost.goals.history import parse_assignee
from goalpost.goals.models import GoalAction, GoalChange
from goalpost.goals.queries import GoalView, goals_seen_by, visible_to


@dataclass(frozen=True, slots=True)
class Possessions:
    """What a person has that can be handed over."""

    records: Belongings
    goals: tuple[GoalView, ...]
    """Current and upcoming goals. Past ones stay with the person, as do those that are read-only on the
    company's plan.
    """


def possessions_of(actor: Actor, user_id: int, *, now: datetime) -> Possessions:
    """Return what could be handed over, without changing anything. Raises NotAllowed, InvalidInput."""
    records = belongings_of(actor, user_id)
    return Possessions(records, tuple(_ongoing_goals(actor, user_id, now)))


def hand_over(
    *, actor: Actor, user_id: int, successor_id: int, extent: Extent, with_goals: bool, now: datetime
) -> tuple[Belongings, int]:
    """Hand what one person has over to another, in one transaction.

    Returns the numbers of records and goals. The ledger and each goal's history record it. Raises NotAllowed,
    InvalidInput.
    """
    require_admin(actor)
    with transaction.atomic():
        # Locked before the book, in the same order as a change of the calendar.
        CompanyLock.hold(actor.company_id)
        moved = hand_over_records(
            actor=actor, user_id=user_id, successor_id=successor_id, extent=extent, now=now
        )
        goals = _ongoing_goals(actor, user_id, now) if with_goals else []
        successor = Assignee(AssigneeKind.PERSON, successor_id)
        reassign_goals(actor=actor, goals=goals, assignee=successor, now=now)
        _record(actor, user_id, successor_id, moved, len(goals), now)
    return moved, len(goals)


def _record(
    actor: Actor, user_id: int, successor_id: int, moved: Belongings, goals: int, now: datetime
) -> None:
    people = User.objects.filter(company_id=actor.company_id, pk__in=[user_id, successor_id]).in_bulk()
    leaver, successor = people[user_id], people[successor_id]
    record(
        actor=actor,
        action=AuditAction.HANDED_OVER,
        on=Subject.of(leaver),
        now=now,
        changes={
            "owner": (leaver.name, successor.name),
            "deals": (None, moved.open_deals + moved.closed_deals),
            "activities": (None, moved.open_activities),
            "goals": (None, goals),
        },
    )


def _ongoing_goals(actor: Actor, user_id: int, now: datetime) -> list[GoalView]:
    today = today_in(Company.objects.get(pk=actor.company_id), now)
    ongoing = (
        visible_to(actor)
        .filter(assignee_kind=AssigneeKind.PERSON, assignee_user_id=user_id)
        .filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today))
        .order_by("starts_on", "created_at", "public_id")
    )
    return [goal for goal in goals_seen_by(actor, ongoing) if goal.may_change]


class TeamGoalsOutcome(StrEnum):
    """What happens to the goals of a deleted team."""

    TEAM = "team"
    """Another team takes them over."""
    COMPANY = "company"
    DELETE = "delete"
    KEEP = "keep"
    """They stay with the deleted team, read-only."""


@dataclass(frozen=True, slots=True)
class TeamGoals:
    """The goals of a team, by what can happen to them.

    Current and upcoming ones are handed over or deleted. Past ones are kept or deleted: with another team
    they would have other results. Those that are read-only on the company's plan are kept.
    """

    ongoing: tuple[GoalView, ...]
    past: tuple[GoalView, ...]
    locked: tuple[GoalView, ...]

    @property
    def count(self) -> int:
        return len(self.ongoing) + len(self.past) + len(self.locked)

    @property
    def marks(self) -> frozenset[str]:
        """The ids and versions of the goals, to detect that they changed since the question was shown."""
        groups = (("ongoing", self.ongoing), ("past", self.past), ("locked", self.locked))
        return frozenset(mark_of(goal, name) for name, goals in groups for goal in goals)


def mark_of(goal: GoalView, group: str) -> str:
    return f"{goal.public_id}.{goal.version}.{group}"


def goals_of_team(actor: Actor, team_id: int, *, now: datetime) -> TeamGoals:
    """Return the goals of a team in a constant number of queries. Raises NotAllowed."""
    require_admin(actor)
    today = today_in(Company.objects.get(pk=actor.company_id), now)
    own = visible_to(actor).filter(assignee_kind=AssigneeKind.TEAM, assignee_team_id=team_id)
    goals = goals_seen_by(actor, own.order_by("starts_on", "created_at", "public_id"))
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
    """Delete a team and apply the chosen outcome to its goals, in one transaction.

    `asked` are the marks of the goals when the question was shown. Each goal's history records the outcome.
    Returns the former goals. Raises NotAllowed, NotFound (also for a deleted team), InvalidInput, and Changed
    when the goals changed since the question.
    """
    require_admin(actor)
    with transaction.atomic():
        team = locked_team(actor, team_id)
        replacement = _replacement(team, to_team_id)
        goals = goals_of_team(actor, team_id, now=now)
        if goals.marks != frozenset(asked):
            raise Changed
        _check(goals, ongoing, past)
        if goals.ongoing and ongoing is TeamGoalsOutcome.DELETE:
            _delete(actor, goals.ongoing, now)
        elif goals.ongoing:
            successor = _successor(actor, ongoing, replacement)
            reassign_goals(actor=actor, goals=goals.ongoing, assignee=successor, now=now, field="ongoing")
        if past is TeamGoalsOutcome.DELETE:
            _delete(actor, goals.past, now)
        went_to = replacement.name if replacement and ongoing is TeamGoalsOutcome.TEAM else team.company.name
        take_away(team, by=actor, now=now, also=_audit_details(goals, ongoing, past, went_to))
    return goals


def _replacement(team: Team, to_team_id: int | None) -> Team | None:
    if to_team_id is None:
        return None
    replacement = existing_teams(team.company_id).filter(pk=to_team_id).exclude(pk=team.pk).first()
    if replacement is None:
        raise InvalidInput(_("Choose an existing team."), field="to_team")
    return replacement


def _check(goals: TeamGoals, ongoing: TeamGoalsOutcome | None, past: TeamGoalsOutcome) -> None:
    if goals.ongoing and ongoing not in {
        TeamGoalsOutcome.TEAM,
        TeamGoalsOutcome.COMPANY,
        TeamGoalsOutcome.DELETE,
    }:
        raise InvalidInput(_("Choose what happens to these goals."), field="ongoing")
    if past not in {TeamGoalsOutcome.KEEP, TeamGoalsOutcome.DELETE}:
        raise InvalidInput(_("Choose what happens to these goals."), field="past")


def _successor(actor: Actor, ongoing: TeamGoalsOutcome | None, replacement: Team | None) -> Assignee:
    if ongoing is TeamGoalsOutcome.COMPANY:
        return Assignee(AssigneeKind.COMPANY, actor.company_id)
    if replacement is None:
        raise InvalidInput(_("Choose the team that takes them over."), field="to_team")
    return Assignee(AssigneeKind.TEAM, replacement.pk)


def _delete(actor: Actor, goals: Sequence[GoalView], now: datetime) -> None:
    for goal in goals:
        delete_goal(actor=actor, public_id=goal.public_id, now=now)


def _audit_details(
    goals: TeamGoals, ongoing: TeamGoalsOutcome | None, past: TeamGoalsOutcome, successor: str
) -> dict[str, tuple[AuditValue, AuditValue]]:
    """Return the numbers of goals by outcome for the audit log."""
    moved = 0 if ongoing is TeamGoalsOutcome.DELETE else len(goals.ongoing)
    deleted = (len(goals.ongoing) - moved) + (len(goals.past) if past is TeamGoalsOutcome.DELETE else 0)
    numbers: dict[str, tuple[AuditValue, AuditValue]] = {
        "goals_handed_over": (moved, successor),
        "goals_deleted": (None, deleted),
        "goals_kept": (None, goals.count - moved - deleted),
    }
    counts = {
        "goals_handed_over": moved,
        "goals_deleted": deleted,
        "goals_kept": goals.count - moved - deleted,
    }
    return {name: values for name, values in numbers.items() if counts[name]}


@dataclass(frozen=True, slots=True)
class Returned:
    """A restored team; how many goals were returned to it, and how many were not."""

    name: str
    goals: int
    left: int


def restore_team(*, actor: Actor, team_id: int, now: datetime) -> Returned:
    """Restore a team with manager and members, and the goals that were handed over or deleted with it.

    A goal that changed since, or is read-only on the company's plan, is not returned. Raises NotAllowed,
    NotFound (also for a team that is not deleted), and InvalidInput when another has the name.
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
    """Return the changes to goals that the team's deletion made: they have the same moment."""
    changes = GoalChange.objects.filter(company_id=team.company_id, at=at, actor_id=team.deleted_by_id)
    return [
        each for each in changes.select_related("goal").order_by("goal_id", "number") if _is_of(team, each)
    ]


def _is_of(team: Team, change: GoalChange) -> bool:
    if change.action == GoalAction.DELETED:
        return change.goal.assignee_team_id == team.pk
    was, _became = change.details.get("assignee", (None, None))
    return parse_assignee(was) == Assignee(AssigneeKind.TEAM, team.pk)


def _is_back(actor: Actor, change: GoalChange, now: datetime) -> bool:
    """Undo the change to a goal, if it is the latest and undoing it is valid. Returns whether it did."""
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
