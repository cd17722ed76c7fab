"""Pace: working days, the expected result of today, the projection, and the need per day.

Source: the product's design, "Rules of the numbers". Integer arithmetic throughout: comparisons are exact,
and displayed whole numbers are rounded half up once.
"""

from bisect import bisect_left
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol

from goalpost.domain.calendar import Period, Weekday
from goalpost.domain.money import divide_half_up

_ONE_DAY = timedelta(days=1)

_AHEAD_FROM_PERCENT = 105
_ON_TRACK_FROM_PERCENT = 95
_EARLY_PART = 10


class WorkingDays(Protocol):
    """Counts the working days of the half-open range [start, end), as `WorkingCalendar.between` does."""

    def __call__(self, start: date, end: date, /) -> int: ...


class PaceStatus(StrEnum):
    """The verdict on a period. One with a target of zero, such as a month of holidays, has none."""

    REACHED = "reached"
    AHEAD = "ahead"
    ON_TRACK = "on_track"
    BEHIND = "behind"
    MISSED = "missed"
    UPCOMING = "upcoming"
    NO_TARGET = "no_target"


@dataclass(frozen=True, slots=True)
class Pace:
    """The pace of a period today. Amounts are minor units or counts; days are the company's working days.

    `expected` is where the result should be by tonight, the pace mark; `expected_last_night` where it should
    have been by then. `projection` is the result at the period's end if it goes on as so far,
    `needed_per_day` what each day after today must bring. All are None for a forecast goal, whose result
    includes the future, and without a target; the projection is None before the first day is over, the need
    without days left.
    """

    status: PaceStatus
    expected: int | None
    expected_last_night: int | None
    projection: int | None
    needed_per_day: int | None
    days_elapsed: int
    days_total: int
    days_left: int

    @property
    def is_early(self) -> bool:
        """Whether it is the period's first tenth."""
        return self.days_elapsed * _EARLY_PART <= self.days_total


def pace(
    period: Period,
    target: int,
    result: int,
    *,
    today: date,
    working_days: WorkingDays,
    is_forecast: bool,
) -> Pace:
    """Judge a period's result today.

    Today counts as elapsed, except for being behind, which is judged by last night.

    Raises ValueError for a target below zero.
    """
    if target < 0:
        raise ValueError(f"A target is zero or more, not {target}.")
    total = working_days(period.start, period.end)
    morning = min(max(today, period.start), period.end)
    night = morning + _ONE_DAY if period.contains(today) else morning
    elapsed, before = working_days(period.start, night), working_days(period.start, morning)
    left = total - elapsed
    if not target and not is_forecast:
        status = PaceStatus.NO_TARGET
    elif today < period.start:
        status = PaceStatus.UPCOMING
    elif today >= period.end:
        status = PaceStatus.REACHED if result >= target else PaceStatus.MISSED
    elif is_forecast:
        status = _against(result, by_tonight=target, by_last_night=target)
    elif result >= target:
        status = PaceStatus.REACHED
    elif not elapsed:
        status = PaceStatus.ON_TRACK
    else:
        status = _against(result * total, by_tonight=target * elapsed, by_last_night=target * before)
    if is_forecast or status is PaceStatus.NO_TARGET:
        return Pace(status, None, None, None, None, elapsed, total, left)
    return Pace(
        status,
        expected=_expected(period, target, today=today, elapsed=elapsed, total=total),
        expected_last_night=_expected(period, target, today=today, elapsed=before, total=total),
        projection=divide_half_up(result * total, elapsed) if elapsed else None,
        needed_per_day=divide_half_up(max(target - result, 0), left) if left else None,
        days_elapsed=elapsed,
        days_total=total,
        days_left=left,
    )


def _expected(period: Period, target: int, *, today: date, elapsed: int, total: int) -> int:
    if today >= period.end:
        return target
    return divide_half_up(target * elapsed, total) if total else 0


def _against(result: int, *, by_tonight: int, by_last_night: int) -> PaceStatus:
    """Compare exactly with what was expected: all three may be scaled by the same number.

    So nobody is behind in the morning for that day, nor on the first day.
    """
    if 100 * result >= _AHEAD_FROM_PERCENT * by_tonight:
        return PaceStatus.AHEAD
    if by_last_night and 100 * result < _ON_TRACK_FROM_PERCENT * by_last_night:
        return PaceStatus.BEHIND
    return PaceStatus.ON_TRACK


MONDAY_TO_FRIDAY = frozenset(
    {Weekday.MONDAY, Weekday.TUESDAY, Weekday.WEDNESDAY, Weekday.THURSDAY, Weekday.FRIDAY}
)


class PaceDays(StrEnum):
    """Which days a company's pace counts."""

    WORKING = "working"
    CALENDAR = "calendar"


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """The working days of a company as data. Without anything: Monday to Friday, no holidays.

    `off` are the days of the work week that are free, `extra` the worked days outside it; both in order, each
    day once. `working_calendar` makes sure of that.
    """

    weekdays: frozenset[int] = MONDAY_TO_FRIDAY
    off: tuple[date, ...] = ()
    extra: tuple[date, ...] = ()

    def between(self, start: date, end: date, /) -> int:
        """Count the working days of the half-open range [start, end); none when it ends before it starts."""
        if end <= start:
            return 0
        weeks, rest = divmod((end - start).days, 7)
        in_rest = sum((start.weekday() + ahead) % 7 in self.weekdays for ahead in range(rest))
        off = bisect_left(self.off, end) - bisect_left(self.off, start)
        extra = bisect_left(self.extra, end) - bisect_left(self.extra, start)
        return weeks * len(self.weekdays) + in_rest - off + extra

    def is_working(self, day: date) -> bool:
        at = bisect_left(self.off, day)
        if at < len(self.off) and self.off[at] == day:
            return False
        at = bisect_left(self.extra, day)
        return day.weekday() in self.weekdays or (at < len(self.extra) and self.extra[at] == day)


EVERY_DAY = WorkingCalendar(frozenset(Weekday))
"""For a company whose pace goes by calendar days."""


def working_calendar(
    weekdays: AbstractSet[int], *, holidays: AbstractSet[date], own_days: Mapping[date, bool]
) -> WorkingCalendar:
    """Return the calendar of a work week and its holidays.

    `own_days` says of single days whether they are worked, and goes before both.
    """
    free = {day for day in holidays if own_days.get(day) is not True}
    free |= {day for day, is_working in own_days.items() if not is_working}
    extra = {day for day, is_working in own_days.items() if is_working and day.weekday() not in weekdays}
    return WorkingCalendar(
        frozenset(weekdays),
        tuple(sorted(day for day in free if day.weekday() in weekdays)),
        tuple(sorted(extra)),
    )
