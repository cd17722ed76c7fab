"""Questions to the ledger and their answers. A range is split into whole months and the days around them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from goalpost.domain.calendar import Period, split_whole_months
from goalpost.domain.conversion import Conversion
from goalpost.domain.counting import Contribution
from goalpost.domain.measures import Measure


class Total(NamedTuple):
    """Sums over the records that count.

    How many they are, what they are worth (minor units of the company's currency, or of the one the selection
    converts to), and how many of them have an unknown value, which `amount` lacks. `converted` counts those
    that the selection's conversion was needed for.
    """

    count: int = 0  # type: ignore[assignment]  # hides tuple.count(), which nobody asks a total
    amount: int = 0
    unvalued: int = 0
    converted: int = 0

    def plus(self, count: int, amount: int, unvalued: int, converted: int = 0) -> "Total":
        return Total(
            self.count + count,
            self.amount + amount,
            self.unvalued + unvalued,
            self.converted + converted,
        )

    def minus(self, other: "Total") -> "Total":
        return self.plus(*(-figure for figure in other))


NOTHING = Total()


def sum_of(totals: Iterable[Total]) -> Total:
    whole = NOTHING
    for total in totals:
        whole = whole.plus(*total)
    return whole


def converted(conversion: Conversion, day: date, amount: int, count: int, number: int = 1) -> Total:
    """Return what lines that a total counts, but not the amounts of, add to it: `number` of them, all alike.

    `count` is 1 for a line that comes, minus 1 for one that is taken away, and `amount` what it says then.
    """
    worth = conversion.of(amount, day)
    return Total(0, 0, count * number) if worth is None else Total(0, worth * number)


class OwnerSpan(NamedTuple):
    """The records of one person on the half-open days [start, end); None is open on that side."""

    owner_id: int
    start: date | None = None
    end: date | None = None

    def holds(self, day: date) -> bool:
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)

    def within(self, period: Period) -> Period | None:
        """Return the days of the period within the span, None for no day."""
        start = period.start if self.start is None else max(period.start, self.start)
        end = period.end if self.end is None else min(period.end, self.end)
        return Period(start, end) if start < end else None


@dataclass(frozen=True, slots=True)
class Selection:
    """What is counted. None means all: everybody ever, every pipeline and none, any item.

    `owners` count on every day; `spans` are those of others who count on some days only, each day once.
    `conversion` is to a currency other than the company's: records in it count at face value, the amounts of
    others are converted one by one.
    """

    measure: Measure
    owners: frozenset[int] | None = None
    pipelines: frozenset[int] | None = None
    items: frozenset[int] | None = None
    spans: tuple[OwnerSpan, ...] = ()
    conversion: Conversion | None = None

    @property
    def currency(self) -> str:
        """The currency whose records count at face value; empty for the company's, which all are told in."""
        return self.conversion.currency if self.conversion else ""

    @property
    def people(self) -> frozenset[int] | None:
        """Whose records count, on whatever day; None for everybody's."""
        return None if self.owners is None else self.owners | {span.owner_id for span in self.spans}

    def excludes(self, line: "Contribution") -> "Dimension | None":
        """Return the first dimension by which a line of the measure is not counted, None for one that is.

        In the order pipeline, stage or type, person. Whether its day is in a range asked about is not told.
        """
        if self.pipelines is not None and line.pipeline_id not in self.pipelines:
            return Dimension.PIPELINE
        if self.items is not None and line.item_id not in self.items:
            return Dimension.ITEM
        if self.owners is None or line.owner_id in self.owners:
            return None
        own = [span for span in self.spans if span.owner_id == line.owner_id]
        return None if any(span.holds(line.day) for span in own) else Dimension.OWNER

    def narrowed_to(self, people: AbstractSet[int]) -> "Selection":
        """Return what is counted of these people's records."""
        if self.owners is None:
            return replace(self, owners=frozenset(people))
        spans = tuple(span for span in self.spans if span.owner_id in people)
        return replace(self, owners=self.owners & people, spans=spans)


class Dimension(StrEnum):
    """What decides, beside its measure and its day, whether a selection counts a line."""

    PIPELINE = "pipeline"
    ITEM = "item"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Question:
    """The totals of one selection over several half-open ranges of days."""

    selection: Selection
    ranges: tuple[Period, ...]


class Split(StrEnum):
    """The ledger's dimensions that a total can be split by. An item is a stage or an activity type."""

    OWNER = "owner_id"
    PIPELINE = "pipeline_id"
    ITEM = "item_id"


ANY = -1
Range = tuple[int, int, date, date]
"""A place in an answer, whose days (any of those asked about), and the first of them and the one after."""


class Spans:
    """The whole months and single days that a question's ranges consist of, with the indexes of the ranges.

    `months` are keyed by their first day as text (2026-11-01). `first_month` and `last_month` are None when
    there is no whole month.
    """

    __slots__ = ("days", "ends", "first_month", "last_month", "months")

    def __init__(self, ranges: Iterable[tuple[int, Period]]) -> None:
        found: dict[date, list[int]] = defaultdict(list)
        self.days: list[tuple[int, Period]] = []
        for place, span in ranges:
            whole = split_whole_months(span.start, span.end)
            self.days.extend((place, part) for part in (whole.head, whole.tail) if part is not None)
            if whole.months is not None:
                month = whole.months.start
                while month < whole.months.end:
                    found[month].append(place)
                    month = _next_month(month)
        self.ends = tuple((place, ANY, days.start, days.end) for place, days in self.days)
        self.months = {month.isoformat(): places for month, places in found.items()}
        self.first_month = min(found, default=None)
        self.last_month = max(found, default=None)


class SpansOf:
    """Takes equal ranges apart once: goals of one calendar share theirs."""

    def __init__(self) -> None:
        self._by_identity: dict[int, Spans] = {}
        self._by_value: dict[tuple[Period, ...], Spans] = {}

    def __call__(self, ranges: tuple[Period, ...]) -> Spans:
        """Return the parts of the ranges. The caller keeps the ranges alive: they are cached by identity."""
        # Hashing some hundred dates takes longer than comparing identities.
        spans = self._by_identity.get(id(ranges)) or self._by_value.get(ranges)
        if spans is None:
            spans = self._by_value[ranges] = Spans(enumerate(ranges))
        self._by_identity[id(ranges)] = spans
        return spans


def _next_month(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def ends_of(stay: OwnerSpan, spans: Spans) -> Iterator[Range]:
    """Yield the days of a member's stay that no whole month of it holds, as place, person, start and end."""
    for place, period in spans.days:
        if (days := stay.within(period)) is not None:
            yield place, stay.owner_id, days.start, days.end
    for month in {day.replace(day=1) for day in stay[1:] if day is not None and day.day > 1}:
        places = spans.months.get(month.isoformat(), ())
        if places and (days := stay.within(Period(month, _next_month(month)))) is not None:
            yield from ((place, stay.owner_id, days.start, days.end) for place in places)


class CountedRecord(NamedTuple):
    """A record behind a total: a deal or an activity, by the selection's measure."""

    source_id: int
    day: date
    owner_id: int
    pipeline_id: int
    item_id: int
    amount: int
    unvalued: int
    currency: str
    native_amount: int


def told_in(conversion: Conversion | None, records: Iterable[CountedRecord]) -> Iterator[CountedRecord]:
    """Yield records with their amounts as a total with this conversion holds them."""
    if conversion is None:
        yield from records
        return
    for record in records:
        if record.currency == conversion.currency:
            yield record._replace(amount=record.native_amount, unvalued=0)
        elif record.unvalued:
            yield record
        else:
            worth = conversion.of(record.amount, record.day)
            yield record._replace(amount=worth or 0, unvalued=int(worth is None))
