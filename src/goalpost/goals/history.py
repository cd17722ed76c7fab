"""The history of goals: each change of a detail or a target, who made it and when.

Every action increments the goal's version, so the actions after version n are all but the first n.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from heapq import merge
from itertools import islice
from typing import TypeVar

from django.db.models import Model, QuerySet

from goalpost.companies.audit import Area, AuditAction, SubjectKind
from goalpost.companies.checks import require_admin
from goalpost.companies.models import AuditEntry, Team, User
from goalpost.crm.models import ActivityType, Pipeline, Stage
from goalpost.crm.queries import Named
from goalpost.domain.calendar import Interval
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import Actor, Assignee, AssigneeKind, may_see_goals_of
from goalpost.goals.models import Goal, GoalAction, GoalChange
from goalpost.goals.queries import GoalView
from goalpost.goals.terms import GoalTerms

# A detail as JSON in the history: a value, a list of ids, or targets by the first day of their period.
DetailValue = str | int | list[int] | dict[str, int] | None


@dataclass(frozen=True, slots=True)
class DetailChange:
    """One detail of a goal (a field of GoalTerms) and what it was and became."""

    name: str
    old: DetailValue
    new: DetailValue


@dataclass(frozen=True, slots=True)
class GoalEvent:
    """One line of a goal's history."""

    at: datetime
    actor: Named
    action: GoalAction
    details: tuple[DetailChange, ...]


def record_event(
    goal: Goal,
    actor: Actor,
    action: GoalAction,
    now: datetime,
    details: Mapping[str, list[DetailValue]] | None = None,
) -> None:
    """Append to the goal's history, in the transaction that changes the goal."""
    event_of(actor, goal.pk, goal.version, action, now, details).save()


def event_of(
    actor: Actor,
    goal_id: int,
    version: int,
    action: GoalAction,
    now: datetime,
    details: Mapping[str, list[DetailValue]] | None = None,
) -> GoalChange:
    """Return a line of a goal's history, to be stored in the transaction that makes it that version."""
    return GoalChange(
        company_id=actor.company_id,
        goal_id=goal_id,
        number=version,
        actor_id=actor.user_id,
        at=now,
        address=actor.address,
        action=action,
        details=dict(details or {}),
    )


def differing_details(before: GoalTerms, after: GoalTerms) -> dict[str, list[DetailValue]]:
    """Return each detail that differs, as [old, new] in the form the history keeps."""
    return {
        field.name: [_plain(getattr(before, field.name)), _plain(getattr(after, field.name))]
        for field in fields(GoalTerms)
        if getattr(before, field.name) != getattr(after, field.name)
    }


def goal_history(goal: GoalView, actor: Actor, *, limit: int, offset: int = 0) -> list[GoalEvent]:
    """Return what was done to a goal the actor sees, latest first, in one query.

    Former names and targets are shown to whoever sees the goal now. A former assignee is None for those who
    may not see that assignee's goals.
    """
    rows = (
        GoalChange.objects.filter(company_id=actor.company_id, goal_id=goal.id)
        .order_by("-number")
        .values_list("at", "actor_id", "actor__name", "action", "details")[offset : offset + limit]
    )
    return [
        GoalEvent(
            at,
            Named(actor_id, who),
            GoalAction(action),
            tuple(
                _seen_by(actor, DetailChange(name, *details[name])) for name in _DETAILS if name in details
            ),
        )
        for at, actor_id, who, action, details in rows
    ]


def events_since(goal: GoalView, actor: Actor, version: int) -> list[GoalEvent]:
    """Return what was done to the goal after it had this version, latest first; at most a hundred actions."""
    newer = goal.version - max(version, 0)
    return goal_history(goal, actor, limit=min(newer, _MOST_SINCE)) if newer > 0 else []


def former_terms(terms: GoalTerms, details: Mapping[str, list[DetailValue]]) -> GoalTerms:
    """Return the terms as they were before a change with these details."""
    return _with(terms, **{name: _read(name, old) for name, (old, _new) in details.items()})


def parse_assignee(value: DetailValue) -> Assignee | None:
    """Return the assignee stored in the history, None for none."""
    if not isinstance(value, str):
        return None
    kind, _, number = value.partition(":")
    return Assignee(AssigneeKind(kind), int(number))


_MOST_SINCE = 100

# In the order of the terms: PostgreSQL does not keep the order of a JSON object.
_DETAILS = tuple(field.name for field in fields(GoalTerms))


def _seen_by(actor: Actor, change: DetailChange) -> DetailChange:
    if change.name != "assignee":
        return change

    def seen(value: DetailValue) -> DetailValue:
        assignee = parse_assignee(value)
        return value if assignee and may_see_goals_of(actor, assignee) else None

    return DetailChange(change.name, seen(change.old), seen(change.new))


_READERS: Mapping[str, Callable[[str], object]] = {
    "measure": lambda text: Measure(int(text)),
    "interval": Interval,
    "metric": Metric,
    "assignee": parse_assignee,
    "starts_on": date.fromisoformat,
    "ends_on": date.fromisoformat,
}
# Typed by its result: `replace` cannot check values from JSON.
_with: Callable[..., GoalTerms] = replace


def _read(name: str, value: DetailValue) -> object:
    """Return the value of a field of GoalTerms from its JSON in the history."""
    match value:
        case list():
            return frozenset(value)
        case dict():
            return {date.fromisoformat(day): target for day, target in value.items()}
        case None:
            return None
        case _:
            return _READERS[name](str(value)) if name in _READERS else value


def _plain(value: object) -> DetailValue:
    match value:
        case frozenset():
            return sorted(value)
        case Mapping():
            return {day.isoformat(): target for day, target in sorted(value.items())}
        case Assignee(kind, number):
            return f"{kind.value}:{number}"
        case date():
            return value.isoformat()
        case int() | str():
            return getattr(value, "value", value)
        case _:
            return None


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
    """One line.

    `actor` is None for the server operator and somebody who is not signed in. `changes` holds former and new
    values by name; for a goal they are in `event`, with the current `goal`.
    """

    at: datetime
    actor: Named | None
    address: str
    area: Area
    action: str
    subject_kind: SubjectKind
    subject_name: str
    changes: dict[str, list[object]]
    event: GoalEvent | None = None
    goal: Goal | None = None


def log_lines(
    actor: Actor, wanted: LogFilter, *, offset: int = 0, limit: int | None = None
) -> Iterator[LogLine]:
    """Return the lines, latest first, for an admin. Without a limit they are read lazily.

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
        own = own.select_related("actor").order_by("-at", "-number")
        entries = map(_of_entry, own[:until].iterator())
    if wanted.area in {None, Area.GOALS}:
        changes = _narrowed(GoalChange.objects.filter(company_id=actor.company_id), wanted)
        changes = changes.select_related("actor", "goal").order_by("-at", "-goal_id", "-number")
        goals = map(_of_goal, changes[:until].iterator())
    lines = merge(entries, goals, key=lambda line: line.at, reverse=True)
    return islice(lines, offset, until)


def _narrowed(rows: QuerySet[_Row], wanted: LogFilter) -> QuerySet[_Row]:
    if wanted.person_id is not None:
        rows = rows.filter(actor_id=wanted.person_id)
    if wanted.start is not None:
        rows = rows.filter(at__gte=wanted.start)
    if wanted.end is not None:
        rows = rows.filter(at__lt=wanted.end)
    return rows


def _of_entry(row: AuditEntry) -> LogLine:
    return LogLine(
        at=row.at,
        actor=None if row.actor is None else Named(row.actor.pk, row.actor.name),
        address=row.address,
        area=Area(row.area),
        action=str(AuditAction(row.action).label),
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
        action=str(AuditAction(row.action).label),
        subject_kind=SubjectKind.GOAL,
        subject_name=row.goal.title,
        changes={},
        event=GoalEvent(row.at, who, GoalAction(row.action), details),
        goal=row.goal,
    )


_MODELS: dict[str, type[Model]] = {
    AssigneeKind.PERSON: User,
    AssigneeKind.TEAM: Team,
    "pipelines": Pipeline,
    "stage_id": Stage,
    "activity_types": ActivityType,
}


@dataclass(frozen=True, slots=True)
class HistoryNames:
    """Names by kind (of assignee, or the field of GoalTerms) and id."""

    names: Mapping[str, Mapping[int, str]]

    def of(self, kind: str, number: int) -> str:
        """Return the name, empty when the row no longer exists."""
        return self.names.get(kind, {}).get(number, "")


def names_in(company_id: int, events: Iterable[GoalEvent]) -> HistoryNames:
    """Return the names that the events need, in a query for each kind of thing they name."""
    wanted: dict[str, set[int]] = {}
    for event in events:
        for change in event.details:
            for kind, number in _ids_in(change):
                wanted.setdefault(kind, set()).add(number)
    return HistoryNames(
        {
            kind: dict(
                _MODELS[kind]
                ._default_manager.filter(company_id=company_id, pk__in=ids)
                .values_list("pk", "name")
            )
            for kind, ids in wanted.items()
        }
    )


def _ids_in(change: DetailChange) -> Iterator[tuple[str, int]]:
    for value in (change.old, change.new):
        yield from _ids_of(change.name, value)


def _ids_of(name: str, value: DetailValue) -> Iterator[tuple[str, int]]:
    match name, value:
        case "assignee", _:
            assignee = parse_assignee(value)
            if assignee and assignee.kind in _MODELS:
                yield assignee.kind, assignee.id
        case "pipelines" | "activity_types", list():
            yield from ((name, number) for number in value)
        case "stage_id", int():
            yield name, value
