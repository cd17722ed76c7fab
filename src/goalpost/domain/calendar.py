"""Weeks, months, quarters and years of a company, and the periods of a goal. Ranges are half-open."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum, StrEnum
from typing import NamedTuple

# The most periods of a goal (57 years of weeks): more is a typing error.
MAX_PERIODS = 3_000


class TooManyPeriods(ValueError):
    """A duration has more periods than a goal may have."""


_ONE_DAY = timedelta(days=1)
_ONE_WEEK = timedelta(days=7)


class Interval(StrEnum):
    """How long a goal's periods are."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"


class Weekday(IntEnum):
    """Numbered as `date.weekday()` does."""

    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6


_MONTHS_IN = {Interval.MONTHLY: 1, Interval.QUARTERLY: 3, Interval.YEARLY: 12}


@dataclass(frozen=True, slots=True)
class CompanyCalendar:
    """Which day a week starts on (Monday is 0) and which month a fiscal year starts in (January is 1)."""

    week_start: int = 0
    fiscal_month: int = 1

    def __post_init__(self) -> None:
        if self.week_start not in range(7):
            raise ValueError(f"A week starts on a day from 0 (Monday) to 6 (Sunday), not {self.week_start}.")
        if self.fiscal_month not in range(1, 13):
            raise ValueError(f"A fiscal year starts in a month from 1 to 12, not {self.fiscal_month}.")


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The days from `start` up to, not including, `end`; at least one. Ordered by start, then end."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError(f"A period has at least one day: {self.start} to {self.end} has none.")

    @property
    def last_day(self) -> date:
        return self.end - _ONE_DAY

    def contains(self, day: date) -> bool:
        return self.start <= day < self.end


# Any half-open run of days has the shape of a period.
Range = Period


class WholeMonths(NamedTuple):
    """A range in three: what comes before its whole months, those months, and what comes after."""

    head: Range | None
    months: Range | None
    tail: Range | None


def period_of(day: date, interval: Interval, calendar: CompanyCalendar) -> Period:
    """Return the whole calendar period a day is in; quarters and years follow the fiscal year.

    Raises ValueError when the period reaches outside the years 1 to 9999.
    """
    try:
        if interval is Interval.WEEKLY:
            start = day - timedelta(days=(day.weekday() - calendar.week_start) % 7)
            return Period(start, start + _ONE_WEEK)
        length = _MONTHS_IN[interval]
        start = _add_months(day, -((day.month - calendar.fiscal_month) % length))
        return Period(start, _add_months(start, length))
    except (OverflowError, ValueError):
        raise ValueError(
            f"The {interval} period of {day} reaches outside the years 1 to 9999. Choose another date."
        ) from None


def periods(
    duration_start: date,
    duration_end: date | None,
    interval: Interval,
    calendar: CompanyCalendar,
    *,
    today: date,
    horizon: int = 12,
) -> tuple[Period, ...]:
    """Return the calendar periods that meet a duration, clipped to it, in order.

    `duration_end` is exclusive; None runs on: up to the period of today (of the start, when that is later)
    and `horizon` further ones. Raises ValueError for an empty duration, TooManyPeriods for more than
    MAX_PERIODS.
    """
    if duration_end is not None and duration_end <= duration_start:
        raise ValueError(f"A duration must end after its start: {duration_start} to {duration_end} is empty.")
    if horizon < 0:
        raise ValueError(f"The horizon is a number of periods from 0, not {horizon}.")
    found: list[Period] = []
    whole = period_of(duration_start, interval, calendar)
    # Of a goal that starts later every period counts as ahead, its first as the current one.
    current_start = period_of(today, interval, calendar).start
    ahead = 0
    while True:
        end = whole.end if duration_end is None else min(whole.end, duration_end)
        found.append(Period(max(whole.start, duration_start), end))
        if duration_end is None:
            ahead += whole.start >= current_start
            if ahead > horizon:
                return tuple(found)
        elif whole.end >= duration_end:
            return tuple(found)
        if len(found) == MAX_PERIODS:
            raise TooManyPeriods(
                f"From {duration_start}, {interval} makes more than {MAX_PERIODS:,} periods. "
                "Choose a longer frequency or a shorter duration."
            )
        whole = period_of(whole.end, interval, calendar)


def is_clipped(period: Period, interval: Interval, calendar: CompanyCalendar) -> bool:
    """Whether the period is only part of its calendar period, as at the ends of a duration."""
    return period != period_of(period.start, interval, calendar)


def joined(periods: Iterable[Period]) -> tuple[Period, ...]:
    """Return the same days in as few periods as possible, in order."""
    found: list[Period] = []
    for period in sorted(periods, key=lambda each: each.start):
        if found and period.start <= found[-1].end:
            found[-1] = Period(found[-1].start, max(found[-1].end, period.end))
        else:
            found.append(period)
    return tuple(found)


def split_whole_months(start: date, end: date) -> WholeMonths:
    """Split the half-open range into its whole months (Gregorian, not fiscal) and the days around them.

    A range without a whole month is all head; an empty one has no part. Raises ValueError when it ends before
    it starts.
    """
    if start > end:
        raise ValueError(f"A range cannot end before it starts: {start} to {end}.")
    if start == end:
        return WholeMonths(None, None, None)
    to = end.replace(day=1)
    first = start.replace(day=1)
    # `to` is a later month's first day whenever there is a month to step to, so this never leaves year 9999.
    if first < start and first < to:
        first = _add_months(first, 1)
    if first >= to:
        return WholeMonths(Range(start, end), None, None)
    return WholeMonths(
        Range(start, first) if start < first else None,
        Range(first, to),
        Range(to, end) if to < end else None,
    )


def _add_months(day: date, months: int) -> date:
    """Return the first day of the month that many months away. Raises ValueError outside 1 to 9999."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)
