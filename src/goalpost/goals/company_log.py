"""The audit log of a company as one: what was done to settings, people and rights, and what to goals."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import TypeVar

from django.db.models import Model, QuerySet

from goalpost.companies.audit import Area, Deed, SubjectKind
from goalpost.companies.checks import require_admin
from goalpost.companies.models import AuditEntry
from goalpost.domain.permissions import Actor
from goalpost.goals.history import DetailChange, GoalEvent
from goalpost.goals.models import Goal, GoalChange, GoalDeed
from goalpost.goals.queries import Named

_Row = TypeVar("_Row", bound=Model)


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which lines are wanted: of one person, of one kind, of the moments [start, end)."""

    person_id: int | None = None
    area: Area | None = None
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line. `actor` is none for whoever runs the server and for somebody who is not signed in.

    `changes` holds what was and became by name; for a goal they are in `event`, with the `goal` as it is now.
    """

    at: datetime
    actor: Named | None
    address: str
    area: Area
    deed: str
    subject_kind: SubjectKind
    subject_name: str
    changes: dict[str, list[object]]
    event: GoalEvent | None = None
    goal: Goal | None = None


def log_lines(
    actor: Actor, wanted: LogFilter, *, offset: int = 0, limit: int | None = None
) -> Iterator[LogLine]:
    """Return the lines, latest first, for an admin. Without a limit they are read as they are asked for.

    Raises NotAllowed.
    """
    require_admin(actor)
    until = None if limit is None else offset + limit
    entries: Iterator[LogLine] = iter(())
    goals: Iterator[LogLine] = iter(())
    if wanted.area is not Area.GOALS:
        own = _narrowed(AuditEntry.objects.filter(company_id=actor.company_id), wanted)
        if wanted.area is not None:
            own = own.filter(area=wanted.area)
        entries = map(_of_entry, own.select_related("actor")[:until].iterator())
    if wanted.area in {None, Area.GOALS}:
        changes = _narrowed(GoalChange.objects.filter(company_id=actor.company_id), wanted)
        goals = map(_of_goal, changes.select_related("actor", "goal")[:until].iterator())
    lines = merge(entries, goals, key=lambda line: line.at, reverse=True)
    return islice(lines, offset, until)


def _narrowed(rows: QuerySet[_Row], wanted: LogFilter) -> QuerySet[_Row]:
    if wanted.person_id is not None:
        rows = rows.filter(actor_id=wanted.person_id)
    if wanted.start is not None:
        rows = rows.filter(at__gte=wanted.start)
    if wanted.end is not None:
        rows = rows.filter(at__lt=wanted.end)
    return rows.order_by("-at", "-id")


def _of_entry(row: AuditEntry) -> LogLine:
    return LogLine(
        at=row.at,
        actor=None if row.actor is None else Named(row.actor.pk, row.actor.name),
        address=row.address,
        area=Area(row.area),
        deed=str(Deed(row.deed).label),
        subject_kind=SubjectKind(row.subject_kind),
        subject_name=row.subject_name,
        changes=row.changes,
    )


def _of_goal(row: GoalChange) -> LogLine:
    who = Named(row.actor.pk, row.actor.name)
    details = tuple(DetailChange(name, *values) for name, values in row.details.items())
    return LogLine(
        at=row.at,
        actor=who,
        address=row.address,
        area=Area.GOALS,
        deed=str(Deed(row.deed).label),
        subject_kind=SubjectKind.GOAL,
        subject_name=row.goal.title,
        changes={},
        event=GoalEvent(row.at, who, GoalDeed(row.deed), details),
        goal=row.goal,
    )
