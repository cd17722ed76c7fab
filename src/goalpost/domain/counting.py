"""The counting rules behind every number: what a deal or an activity counts towards, when, for whom.

Pure functions from the facts of one record to its set of contributions. The ledger holds the net of these; an
edit, an import and a rebuild all compute them here. A bulk import runs this once per record, so the code
avoids needless objects.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from goalpost.domain.measures import Measure
from goalpost.domain.money import LARGEST_VALUE, divide_half_even, weigh

_STARTED = Measure.DEALS_STARTED
_PROGRESSED = Measure.DEALS_PROGRESSED
_WON = Measure.DEALS_WON
_ADDED = Measure.ACTIVITIES_ADDED
_COMPLETED = Measure.ACTIVITIES_COMPLETED
_FORECAST = Measure.REVENUE_FORECAST
_OPEN_VALUE = Measure.OPEN_VALUE

Moment = datetime | date
"""A moment with its time zone, or a day without a time, which is that day in every time zone."""

NO_DAY = date.max
"""The day of a record without a date: outside every period."""


class DealStatus(StrEnum):
    """The status of a deal."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


_IS_OPEN = DealStatus.OPEN
_IS_WON = DealStatus.WON


class Contribution(NamedTuple):
    """What one record adds to one measure on one day.

    `amount` is in minor units of the company's currency, `native_amount` in those of the record's own
    `currency`, which is empty for activities. `pipeline_id` is 0 for none; `item_id` is the stage or the
    activity type, else 0. `unvalued` is 1 when the deal's value is unknown in the company's currency: it
    counts as a deal, and its amount is 0.
    """

    measure: Measure
    day: date
    owner_id: int
    pipeline_id: int
    item_id: int
    currency: str = ""
    count: int = 1  # type: ignore[assignment]  # hides tuple.count(), which nobody asks a contribution
    amount: int = 0
    native_amount: int = 0
    unvalued: int = 0


@dataclass(frozen=True, slots=True)
class DealFacts:
    """The details of a deal that decide where it counts. `value` is in minor units of `currency`."""

    id: int
    owner_id: int
    pipeline_id: int
    stage_id: int | None
    status: DealStatus
    value: int
    currency: str
    probability: int | None
    add_time: Moment | None
    won_time: Moment | None
    expected_close_date: date | None
    is_deleted: bool


@dataclass(frozen=True, slots=True)
class StageMove:
    """A deal's arrival in a stage; `moved_at` is None when the moment is unknown."""

    stage_id: int
    moved_at: Moment | None


@dataclass(frozen=True, slots=True)
class ActivityFacts:
    """The details of an activity that decide where it counts.

    `pipeline_id` is its deal's, 0 without a deal.
    """

    id: int
    owner_id: int
    type_id: int
    pipeline_id: int
    add_time: Moment | None
    is_done: bool
    marked_as_done_time: Moment | None
    is_deleted: bool


@dataclass(frozen=True, slots=True)
class StageRule:
    """A stage's place in its pipeline and its probability in percent, None when it has none."""

    pipeline_id: int
    position: int
    probability: int | None


class Rates:
    """Exchange rates to the company's currency by day, for one unit (major) of the other currency."""

    __slots__ = ("_by_currency",)

    def __init__(self, rates: Mapping[str, Iterable[tuple[date, Decimal]]]) -> None:
        """Raise ValueError for a rate that is no positive number, and for two rates on one day."""
        self._by_currency: dict[str, tuple[list[date], list[Decimal]]] = {}
        for currency, known in rates.items():
            in_order = sorted(known)
            days = [day for day, _ in in_order]
            if len(set(days)) != len(days):
                raise ValueError(f"{currency} has two rates on one day. Keep one rate a day.")
            for day, rate in in_order:
                if not (rate.is_finite() and rate > 0):
                    raise ValueError(f"The {currency} rate of {day} is {rate}: it must be above zero.")
            if days:
                self._by_currency[currency] = (days, [rate for _, rate in in_order])

    def on(self, currency: str, day: date) -> Decimal | None:
        """Return the last rate known on or before the day; before the first, the first; None without any."""
        known = self._by_currency.get(currency)
        if known is None:
            return None
        days, rates = known
        return rates[max(bisect_right(days, day) - 1, 0)]


@dataclass(frozen=True, slots=True)
class Rules:
    """A company's settings that decide where its records count.

    `digits` are the minor digits of each known currency; the value of a deal in any other is unknown.
    """

    time_zone: ZoneInfo
    currency: str
    stages: Mapping[int, StageRule]
    rates: Rates
    digits: Mapping[str, int]

    def day(self, moment: Moment) -> date:
        """Return the company's day of a moment; a day without a time is itself, in every time zone.

        Raises ValueError for a moment without a time zone.
        """
        if not isinstance(moment, datetime):
            return moment
        if moment.tzinfo is None:
            raise ValueError(f"{moment} has no time zone: give timestamps in UTC.")
        try:
            return moment.astimezone(self.time_zone).date()
        except OverflowError:
            raise ValueError(f"{moment} has no day in {self.time_zone}: its year is out of range.") from None


def deal_contributions(deal: DealFacts, moves: Sequence[StageMove], rules: Rules) -> set[Contribution]:
    """Return everything the deal counts towards. `moves` are in chronological order, its creation first.

    Raises KeyError for a stage the rules do not know.
    """
    found: set[Contribution] = set()
    if deal.is_deleted:
        return found
    day_of = rules.day
    owner_id, pipeline_id, currency = deal.owner_id, deal.pipeline_id, deal.currency
    if deal.add_time is not None:
        day = day_of(deal.add_time)
        value = _value(deal, day, rules)
        found.add(Contribution(_STARTED, day, owner_id, pipeline_id, 0, currency, 1, *value))
    if deal.status == _IS_WON:
        if deal.won_time is not None:
            day = day_of(deal.won_time)
            value = _value(deal, day, rules)
            found.add(Contribution(_WON, day, owner_id, pipeline_id, 0, currency, 1, *value))
            found.add(Contribution(_FORECAST, day, owner_id, pipeline_id, 0, currency, 1, *value))
    elif deal.status == _IS_OPEN:
        day = deal.expected_close_date or NO_DAY
        value = _value(deal, day, rules)
        found.add(
            Contribution(_OPEN_VALUE, day, owner_id, pipeline_id, deal.stage_id or 0, currency, 1, *value)
        )
        if day is not NO_DAY:
            weighted = _value(deal, day, rules, _probability(deal, rules))
            found.add(Contribution(_FORECAST, day, owner_id, pipeline_id, 0, currency, 1, *weighted))
    stages = rules.stages
    for stage_id, entered_at in stage_entries(moves, stages).items():
        if entered_at is not None:
            day = day_of(entered_at)
            of_stage = stages[stage_id].pipeline_id
            value = _value(deal, day, rules)
            found.add(Contribution(_PROGRESSED, day, owner_id, of_stage, stage_id, currency, 1, *value))
    return found


def activity_contributions(activity: ActivityFacts, rules: Rules) -> set[Contribution]:
    """Return everything the activity counts towards."""
    found: set[Contribution] = set()
    if activity.is_deleted:
        return found
    where = (activity.owner_id, activity.pipeline_id, activity.type_id)
    if activity.add_time is not None:
        found.add(Contribution(_ADDED, rules.day(activity.add_time), *where))
    if activity.is_done and activity.marked_as_done_time is not None:
        found.add(Contribution(_COMPLETED, rules.day(activity.marked_as_done_time), *where))
    return found


def stage_entries(moves: Sequence[StageMove], stages: Mapping[int, StageRule]) -> dict[int, Moment | None]:
    """Return when a deal last entered each stage it counts in; None where the moment is unknown.

    Source: Pipedrive's deal progress report. Moving forward enters the skipped stages at the same moment;
    moving back takes the later stages of the pipeline away and enters the stage arrived at again. Arriving
    from another pipeline enters only the stage arrived at, and takes later ones there away. Raises KeyError
    for a stage that is not in `stages`.
    """
    entries: dict[int, Moment | None] = {}
    here: int | None = None
    for move in moves:
        there, moment = move.stage_id, move.moved_at
        if there == here:
            continue
        arrived = stages[there]
        place = (arrived.position, there)
        left = None if here is None else stages[here]
        if left is not None and here is not None and left.pipeline_id == arrived.pipeline_id:
            start = (left.position, here)
            for stage_id, stage in stages.items():
                if stage.pipeline_id == arrived.pipeline_id and start < (stage.position, stage_id) < place:
                    entries[stage_id] = moment
        for stage_id in [*entries]:
            stage = stages[stage_id]
            if stage.pipeline_id == arrived.pipeline_id and (stage.position, stage_id) > place:
                del entries[stage_id]
        entries[there] = moment
        here = there
    return entries


def _probability(deal: DealFacts, rules: Rules) -> int:
    """Return the deal's own probability in percent, else its stage's, else 100."""
    if deal.probability is not None:
        return deal.probability
    of_stage = None if deal.stage_id is None else rules.stages[deal.stage_id].probability
    return 100 if of_stage is None else of_stage


def _value(deal: DealFacts, day: date, rules: Rules, percent: int = 100) -> tuple[int, int, int]:
    """Return (amount, native amount, unvalued): this percentage of the value, each rounded half-even once."""
    # The whole value needs no arithmetic.
    native = deal.value if percent == 100 else divide_half_even(deal.value * percent, 100)  # noqa: PLR2004
    if deal.currency == rules.currency:
        return native, native, 0
    rate = rules.rates.on(deal.currency, day)
    from_digits = rules.digits.get(deal.currency)
    to_digits = rules.digits.get(rules.currency)
    if rate is None or from_digits is None or to_digits is None:
        return 0, native, 1
    amount = weigh(deal.value, percent, 100, from_digits=from_digits, to_digits=to_digits, rate=rate)
    # A rate must not push an amount beyond what clients can represent: the value is unknown then.
    return (amount, native, 0) if abs(amount) <= LARGEST_VALUE else (0, native, 1)
