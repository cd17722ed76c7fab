"""When things happen: working days and hours, and the seasons of a sales year."""

from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

HISTORY_MONTHS = 25

_SATURDAY = 5
_MORNING_BEGINS, _MORNING_ENDS = 6, 8
_QUARTER_ENDS = {3, 6, 9, 12}
_JULY, _AUGUST, _DECEMBER, _JANUARY = 7, 8, 12, 1
_SEASON = {
    1: 0.85,
    2: 0.95,
    3: 1.1,
    4: 1.0,
    5: 1.05,
    6: 1.05,
    7: 0.4,
    8: 0.8,
    9: 1.1,
    10: 1.15,
    11: 1.15,
    12: 0.95,
}


class Workdays:
    """The company's working days from the first of its history up to and including the last: today.

    While today's early morning is not over, the last is the day before: nothing lies ahead of the clock.
    """

    def __init__(self, now: datetime, zone: ZoneInfo) -> None:
        local = now.astimezone(zone)
        self.today = local.date()
        self.last = self.today - timedelta(days=local.hour < _MORNING_ENDS)
        self.zone = zone
        self.first = months_before(self.today, HISTORY_MONTHS)
        span = (self.last - self.first).days + 1
        self.days = [day for ahead in range(span) if _is_workday(day := self.first + timedelta(ahead))]
        self._weights = list(accumulate(self.season(day) for day in self.days))

    def season(self, day: date) -> float:
        """Return how busy a day is; a usual one of the first year is 1."""
        growth = 1 + 0.2 * (day - self.first).days / 365
        is_festive = (day.month, day.day) >= (_DECEMBER, 23) or (day.month, day.day) <= (_JANUARY, 4)
        return _SEASON[day.month] * growth * (0.3 if is_festive else 1.0)

    def draw(self, random: Random, how_many: int) -> list[date]:
        """Return that many days in order, more of them in busy times."""
        return sorted(random.choices(self.days, cum_weights=self._weights, k=how_many))

    def ago(self, how_many: int) -> date:
        """Return the day that lies this many working days back from the latest one."""
        return self.days[-1 - how_many]

    def after(self, day: date, calendar_days: float) -> date:
        """Return the first working day at least that many days later, in the future too; one at the least."""
        later = day + timedelta(days=max(1, round(calendar_days)))
        return later + timedelta(days=7 - later.weekday() if later.weekday() >= _SATURDAY else 0)

    def between(self, start: date, end: date) -> list[date]:
        """Return the working days of the half-open range [start, end), the last at most."""
        return self.days[bisect_left(self.days, start) : bisect_left(self.days, end)]

    def latest(self, day: date) -> date:
        """Return the last working day on or before the day."""
        return self.days[max(bisect_right(self.days, day) - 1, 0)]

    def closing_day(self, random: Random, day: date) -> date:
        """Return when a deal ripe on `day` is signed: rarely in July, and rather before a quarter ends."""
        if day.month == _JULY and random.random() < 0.6:  # noqa: PLR2004  chances are read where they fall
            return self.after(date(day.year, _AUGUST, 6), random.randrange(20))
        if day.month in _QUARTER_ENDS and 5 < day.day < 22 and random.random() < 0.4:  # noqa: PLR2004
            deadline = day.replace(day=20 if day.month == _DECEMBER else 29)
            return max(day, _workday_on_or_before(deadline - timedelta(days=random.randrange(7))))
        return day

    def moment(self, random: Random, day: date) -> datetime:
        """Return a moment of the working hours, in UTC. Of today only the early morning has passed."""
        minutes = (
            random.randrange(_MORNING_BEGINS * 60, _MORNING_ENDS * 60)
            if day >= self.today
            else random.randrange(8 * 60, 17 * 60 + 30)
        )
        at = time(minutes // 60, minutes % 60, random.randrange(60))
        return datetime.combine(day, at, self.zone).astimezone(UTC)

    def start_of(self, day: date) -> datetime:
        """Return midnight at the start of the day, in UTC."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)


def months_before(day: date, months: int) -> date:
    """Return the first day of the month that many months back (ahead, when negative)."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, 1)


def _workday_on_or_before(day: date) -> date:
    return day - timedelta(days=max(0, day.weekday() - _SATURDAY + 1))


def _is_workday(day: date) -> bool:
    return day.weekday() < _SATURDAY
