"""What the ledger is asked, and what it answers with."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from goalpost.domain.calendar import Period
from goalpost.domain.measures import Measure


class Total(NamedTuple):
    """Sums over the records that count.

    How many they are, what they are worth (minor units of the company's currency), and how many of them have
    an unknown value, which `amount` lacks. Where the selection names a currency, the records in it are worth
    `native`, in its own minor units, and neither `amount` nor `unvalued` holds them.
    """

    count: int = 0  # type: ignore[assignment]  # hides tuple.count(), which nobody asks a total
    amount: int = 0
    unvalued: int = 0
    native: int = 0

    def plus(self, count: int, amount: int, unvalued: int, native: int = 0) -> "Total":
        return Total(self.count + count, self.amount + amount, self.unvalued + unvalued, self.native + native)

    def minus(self, other: "Total") -> "Total":
        return self.plus(*(-figure for figure in other))


NOTHING = Total()


class OwnerSpan(NamedTuple):
    """The records of one person on the half-open days [start, end); None is open on that side."""

    owner_id: int
    start: date | None = None
    end: date | None = None

    def holds(self, day: date) -> bool:
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)

    def within(self, period: Period) -> Period | None:
        """Return the days of the period that the span holds, None for no day."""
        start = period.start if self.start is None else max(period.start, self.start)
        end = period.end if self.end is None else min(period.end, self.end)
        return Period(start, end) if start < end else None


@dataclass(frozen=True, slots=True)
class Selection:
    """What is counted. None means all: everybody ever, every pipeline and none, any item.

    `owners` count on every day; `spans` are those of others who count on some days only, each day once.
    `currency` is one whose records count at face value (`Total.native`); empty for none.
    """

    measure: Measure
    owners: frozenset[int] | None = None
    pipelines: frozenset[int] | None = None
    items: frozenset[int] | None = None
    spans: tuple[OwnerSpan, ...] = ()
    currency: str = ""

    @property
    def people(self) -> frozenset[int] | None:
        """Whose records count, on whatever day; None for everybody's."""
        return None if self.owners is None else self.owners | {span.owner_id for span in self.spans}

    def narrowed_to(self, people: AbstractSet[int]) -> "Selection":
        """Return what is counted of these people's records."""
        if self.owners is None:
            return replace(self, owners=frozenset(people))
        spans = tuple(span for span in self.spans if span.owner_id in people)
        return replace(self, owners=self.owners & people, spans=spans)


@dataclass(frozen=True, slots=True)
class Question:
    """The totals of one selection over several half-open ranges of days."""

    selection: Selection
    ranges: tuple[Period, ...]


class Split(StrEnum):
    """What a total can be parted by: the columns of the ledger's dimensions. An item is a stage or a type."""

    OWNER = "owner_id"
    PIPELINE = "pipeline_id"
    ITEM = "item_id"
