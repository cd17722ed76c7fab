"""Which days count for pace: the work week, without holidays, with the days that a company says itself."""

from bisect import bisect_left
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from goalpost.domain.calendar import Weekday

MONDAY_TO_FRIDAY = frozenset(
    {Weekday.MONDAY, Weekday.TUESDAY, Weekday.WEDNESDAY, Weekday.THURSDAY, Weekday.FRIDAY}
)


class PaceDays(StrEnum):
    """Which days a company's pace goes by."""

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
