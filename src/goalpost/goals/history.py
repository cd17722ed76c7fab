"""What people did to a goal: each change of a detail or a target, by whom, when, from what to what."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime

from goalpost.domain.permissions import Actor, Assignee
from goalpost.goals.models import Goal, GoalChange, GoalDeed
from goalpost.goals.queries import GoalView, Named
from goalpost.goals.terms import GoalTerms

# A detail as the history keeps it: a value, a list of ids, or targets by the first day of their period.
Told = str | int | list[int] | dict[str, int] | None


@dataclass(frozen=True, slots=True)
class DetailChange:
    """One detail of a goal (a field of GoalTerms) and what it was and became."""

    name: str
    old: Told
    new: Told


@dataclass(frozen=True, slots=True)
class GoalEvent:
    """One line of a goal's history."""

    at: datetime
    actor: Named
    deed: GoalDeed
    details: tuple[DetailChange, ...]


def record_event(
    goal: Goal, actor: Actor, deed: GoalDeed, now: datetime, details: Mapping[str, list[Told]] | None = None
) -> None:
    """Append to the goal's history, in the transaction that changes the goal."""
    GoalChange.objects.create(
        company_id=goal.company_id,
        goal=goal,
        actor_id=actor.user_id,
        at=now,
        deed=deed,
        details=dict(details or {}),
    )


def differing_details(before: GoalTerms, after: GoalTerms) -> dict[str, list[Told]]:
    """Return each detail that differs, as [old, new] in the form the history keeps."""
    return {
        field.name: [_told(getattr(before, field.name)), _told(getattr(after, field.name))]
        for field in fields(GoalTerms)
        if getattr(before, field.name) != getattr(after, field.name)
    }


def goal_history(goal: GoalView, actor: Actor, *, limit: int, offset: int = 0) -> list[GoalEvent]:
    """Return what was done to a goal the actor sees, latest first, in one query."""
    rows = (
        GoalChange.objects.filter(company_id=actor.company_id, goal_id=goal.id)
        .order_by("-id")
        .values_list("at", "actor_id", "actor__name", "deed", "details")[offset : offset + limit]
    )
    return [
        GoalEvent(
            at,
            Named(actor_id, name),
            GoalDeed(deed),
            tuple(DetailChange(detail, *values) for detail, values in details.items()),
        )
        for at, actor_id, name, deed, details in rows
    ]


def _told(value: object) -> Told:
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
