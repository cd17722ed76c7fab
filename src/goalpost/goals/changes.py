"""What changed a result lately: which record, by whom, when, from what to what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from goalpost.companies.models import User
from goalpost.domain.calendar import Period
from goalpost.domain.permissions import Actor
from goalpost.goals.queries import GoalView
from goalpost.goals.records import record_titles
from goalpost.goals.results import selection_of, selection_seen_by
from goalpost.ledger import read
from goalpost.ledger.models import Reason
from goalpost.ledger.read import Change, Selection, Total


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """What one posting did to one record's part in a result.

    `before` and `after` are what the record brought to it, all zero where it did not count. `actor` is empty
    when no person of the company did it, `title` when the record now belongs to somebody whose records the
    viewer may not see.
    """

    at: datetime
    actor: str
    reason: Reason
    note: str
    record_id: int
    title: str
    before: Total
    after: Total

    @property
    def by(self) -> Total:
        return _minus(self.after, self.before)


@dataclass(frozen=True, slots=True)
class ChangesBehind:
    """The changes since a moment that the actor may see, the latest first, and the sum of those hidden."""

    lines: tuple[ChangeLine, ...]
    is_more: bool
    hidden: Total


def changes_behind(
    actor: Actor, goal: GoalView, period: Period, *, since: datetime, limit: int
) -> ChangesBehind:
    """Return what changed the goal's result of a period after `since`, at most `limit` lines."""
    company_id, selection = actor.company_id, selection_of(goal)
    seen = selection_seen_by(actor, selection)
    changes = read.changes_since(company_id, seen, period, since, limit=limit + 1)
    hidden = Total()
    if seen != selection:
        hidden = _minus(_grown(company_id, selection, period, since), _grown(company_id, seen, period, since))
    return ChangesBehind(
        lines=_lines(actor, seen, period, changes[:limit]),
        is_more=len(changes) > limit,
        hidden=hidden,
    )


def _lines(
    actor: Actor, selection: Selection, period: Period, changes: Sequence[Change]
) -> tuple[ChangeLine, ...]:
    company_id = actor.company_id
    ids = {change.source_id for change in changes}
    titles = record_titles(actor, selection.measure, ids)
    people = dict(
        User.objects.filter(
            company_id=company_id, pk__in={change.actor_id for change in changes if change.actor_id}
        ).values_list("pk", "name")
    )
    # From the latest back: what a record brought after a change is what it brought before the next one.
    now = read.totals_by_record(company_id, selection, period, ids)
    lines: list[ChangeLine] = []
    for change in changes:
        after = now.get(change.source_id, Total())
        before = after.plus(-change.count, -change.amount, -change.unvalued)
        now[change.source_id] = before
        lines.append(
            ChangeLine(
                at=change.at,
                actor=people.get(change.actor_id or 0, ""),
                reason=Reason(change.reason),
                note=change.note,
                record_id=change.source_id,
                title=titles.get(change.source_id, ""),
                before=before,
                after=after,
            )
        )
    return tuple(lines)


def _grown(company_id: int, selection: Selection, period: Period, since: datetime) -> Total:
    """Return by how much a total grew since a moment."""
    now = read.total(company_id, selection, period)
    return _minus(now, read.total_as_known_at(company_id, selection, period, since))


def _minus(one: Total, other: Total) -> Total:
    return one.plus(-other.count, -other.amount, -other.unvalued)
