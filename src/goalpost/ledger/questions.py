"""What the ledger is asked, and what it answers with."""

from dataclasses import dataclass
from typing import NamedTuple

from goalpost.domain.calendar import Period
from goalpost.domain.measures import Measure


class Total(NamedTuple):
    """Sums over the records that count.

    How many they are, what they are worth (minor units of the company's currency), and how many of them have
    an unknown value, which `amount` lacks.
    """

    count: int = 0  # type: ignore[assignment]  # hides tuple.count(), which nobody asks a total
    amount: int = 0
    unvalued: int = 0

    def plus(self, count: int, amount: int, unvalued: int) -> "Total":
        return Total(self.count + count, self.amount + amount, self.unvalued + unvalued)


NOTHING = Total()


@dataclass(frozen=True, slots=True)
class Selection:
    """What is counted. None means all: everybody ever, every pipeline and none, any item."""

    measure: Measure
    owners: frozenset[int] | None = None
    pipelines: frozenset[int] | None = None
    items: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """The totals of one selection over several half-open ranges of days."""

    selection: Selection
    ranges: tuple[Period, ...]
