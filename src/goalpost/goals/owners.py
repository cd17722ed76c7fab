"""Whose records are behind a total, and how much of it each of them brings."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from goalpost.companies.models import User
from goalpost.domain.calendar import Period
from goalpost.domain.permissions import Actor, visible_record_owners
from goalpost.goals.queries import GoalView, Named
from goalpost.goals.results import selection_of
from goalpost.ledger import read
from goalpost.ledger.read import Question, Selection, Total


@dataclass(frozen=True, slots=True)
class OwnerPart:
    """What one person's records bring to a total."""

    owner: Named
    part: Total


@dataclass(frozen=True, slots=True)
class OwnersBehind:
    """Who brings what to a total, as far as the actor may see, and what all others bring together."""

    parts: tuple[OwnerPart, ...]
    total: Total
    hidden: Total


def selection_seen_by(actor: Actor, selection: Selection) -> Selection:
    """Narrow a selection to the owners whose records the actor may see."""
    visible = visible_record_owners(actor)
    if visible is None:
        return selection
    return replace(selection, owners=visible if selection.owners is None else selection.owners & visible)


def owners_behind(actor: Actor, goal: GoalView, period: Period) -> OwnersBehind:
    """Return who brings what to a goal's period, by name. Hidden people are one sum, and not counted."""
    selection = selection_of(goal)
    total = read.total(actor.company_id, selection, period)
    parts = owner_parts(actor.company_id, selection_seen_by(actor, selection), period)
    shown = sum_of(each.part for each in parts)
    return OwnersBehind(parts, total, total.plus(-shown.count, -shown.amount, -shown.unvalued))


def owner_parts(company_id: int, selection: Selection, period: Period) -> tuple[OwnerPart, ...]:
    """Return what each owner's records bring, by name and without those who bring none, in four queries."""
    people = User.objects.filter(company_id=company_id)
    if selection.owners is not None:
        people = people.filter(pk__in=selection.owners)
    named = sorted(people.values_list("pk", "name"), key=lambda person: (person[1].casefold(), person[0]))
    ranges = (period,)
    questions = [Question(replace(selection, owners=frozenset({pk})), ranges) for pk, _ in named]
    totals = read.totals(company_id, questions)
    return tuple(
        OwnerPart(Named(pk, name), part)
        for (pk, name), (part,) in zip(named, totals, strict=True)
        if any(part)
    )


def sum_of(parts: Iterable[Total]) -> Total:
    whole = Total()
    for part in parts:
        whole = whole.plus(*part)
    return whole
