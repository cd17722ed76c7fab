"""Handing over all that somebody leaves behind, goals and records, in one transaction."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from goalpost.accounts.people import lock_people
from goalpost.companies.audit import AuditAction, Subject, record
from goalpost.companies.calendar import today_in
from goalpost.companies.checks import require_admin
from goalpost.companies.models import Company, User
from goalpost.crm.actions.handover import Belongings, Extent, belongings_of, hand_over_records
from goalpost.domain.permissions import Actor, Assignee, AssigneeKind
from goalpost.goals.actions import reassign_goals
from goalpost.goals.queries import GoalView, goals_seen_by, visible_to


@dataclass(frozen=True, slots=True)
class Possessions:
    """What somebody has that could go over to another."""

    records: Belongings
    goals: tuple[GoalView, ...]
    """The goals that run or are still to begin. Past ones stay: what was reached was reached.

    So do those that the company's plan lacks something for: they are read-only.
    """


def estate_of(actor: Actor, user_id: int, *, now: datetime) -> Possessions:
    """Return what could be handed over, without changing anything. Raises NotAllowed, InvalidInput."""
    records = belongings_of(actor, user_id)
    return Possessions(records, tuple(_ongoing_goals(actor, user_id, now)))


def hand_over(
    *, actor: Actor, user_id: int, successor_id: int, extent: Extent, with_goals: bool, now: datetime
) -> tuple[Belongings, int]:
    """Give what one person has to another: all of it or, after a refusal, nothing.

    Returns the records and the number of goals that went over. The ledger and each goal's history tell of it.
    Raises NotAllowed, InvalidInput.
    """
    require_admin(actor)
    with transaction.atomic():
        # Before the book of the ledger, as whoever changes the calendar takes the two.
        lock_people(actor)
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
        .order_by("starts_on", "id")
    )
    return [goal for goal in goals_seen_by(actor, ongoing) if goal.may_change]
