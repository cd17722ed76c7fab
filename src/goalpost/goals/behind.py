"""The records behind a period's result: as many as it counts, whatever of them one may see."""

from collections.abc import Iterator
from dataclasses import dataclass

from goalpost.domain.calendar import Period
from goalpost.domain.permissions import Actor
from goalpost.goals.owners import selection_seen_by
from goalpost.goals.queries import GoalView
from goalpost.goals.record_order import LATEST, Sorting, all_in_order, records_in_order
from goalpost.goals.records import RecordLine, describe_records
from goalpost.goals.results import selection_of
from goalpost.ledger import read
from goalpost.ledger.read import CountedRecord, Total

_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class RecordsBehind:
    """The records that make up a total, as far as this actor may see them, and what is hidden."""

    records: tuple[CountedRecord, ...]
    total: Total
    shown: Total
    """All that the actor may see, of which `records` is one page."""
    next: str
    """Where the next page begins, empty when this is the last."""

    @property
    def hidden(self) -> Total:
        return Total(
            self.total.count - self.shown.count,
            self.total.amount - self.shown.amount,
            self.total.unvalued - self.shown.unvalued,
        )


def records_behind(
    actor: Actor,
    goal: GoalView,
    period: Period,
    *,
    limit: int,
    sorting: Sorting = LATEST,
    after: str = "",
) -> RecordsBehind:
    """Return a page of the records behind a total, none for a limit of 0. Hidden ones are only summed."""
    company_id, selection = actor.company_id, selection_of(goal)
    total = read.total(company_id, selection, period)
    seen = selection_seen_by(actor, selection)
    shown = total if seen == selection else read.total(company_id, seen, period)
    if limit == 0:
        return RecordsBehind((), total, shown, "")
    found = records_in_order(
        company_id, seen, period, sorting, how_many=shown.count, limit=limit, after=after
    )
    return RecordsBehind(found.page.records, total, shown, found.next)


def all_records_behind(
    actor: Actor, goal: GoalView, period: Period, *, sorting: Sorting, how_many: int
) -> Iterator[RecordLine]:
    """Yield every record behind a total that the actor may see, in order, some thousands at a time.

    To be read in one snapshot; `how_many` there are decides how the ledger goes about it.
    """
    seen = selection_seen_by(actor, selection_of(goal))
    for some in all_in_order(actor.company_id, seen, period, sorting, how_many=how_many, at_once=_AT_ONCE):
        yield from describe_records(actor, goal.terms.measure, some)
