"""Targets against results, and targets of single periods when periods change. All figures are integers."""

from collections.abc import Sequence
from datetime import date, timedelta

from goalpost.domain.calendar import CompanyCalendar, Interval, Period, period_of
from goalpost.domain.money import divide_half_up

_JUST_BELOW = 99


def difference(result: int, target: int) -> int:
    """Return the result minus the target: below zero is what is missing, above zero what is more."""
    return result - target


def progress_percent(result: int, target: int) -> int | None:
    """Return the result in percent of the target, rounded half up; None for a target of zero.

    Below the target it is at most 99, so that 100 % always means reached. Raises ValueError for a target
    below zero.
    """
    if target < 0:
        raise ValueError(f"A target is zero or more, not {target}.")
    if not target:
        return None
    percent = divide_half_up(100 * result, target)
    return min(percent, _JUST_BELOW) if result < target else percent


def spread_evenly(total: int, n: int) -> tuple[int, ...]:
    """Share a total out to n parts that differ by one at most, the larger first.

    Raises ValueError for fewer than one part or a total below zero.
    """
    if n < 1:
        raise ValueError(f"A total is shared out to one part or more, not {n}.")
    return spread_by_pattern(total, (1,) * n)


def spread_by_pattern(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Share a total out in proportion to the weights; the parts add up to it exactly.

    What rounding down leaves goes, one each, to the largest remainders, the earlier first. Weights that are
    all zero share evenly. Raises ValueError without weights, for a weight below zero or a total below zero.
    """
    if not weights:
        raise ValueError("There are no periods to share the total out to.")
    if min(weights) < 0:
        raise ValueError(f"A weight is zero or more, not {min(weights)}. Count a negative period as zero.")
    if total < 0:
        raise ValueError(f"The total to share out is zero or more, not {total}.")
    whole = sum(weights)
    if whole == 0:
        return spread_evenly(total, len(weights))
    parts = [total * weight // whole for weight in weights]
    # sorted() is stable, so of equal remainders the earlier period comes first.
    by_remainder = sorted(range(len(weights)), key=lambda at: -(total * weights[at] % whole))
    for at in by_remainder[: total - sum(parts)]:
        parts[at] += 1
    return tuple(parts)


_ONE_DAY = timedelta(days=1)
_52_WEEKS = timedelta(weeks=52)


def same_periods(
    before: Sequence[Period],
    before_interval: Interval,
    after: Sequence[Period],
    after_interval: Interval,
    calendar: CompanyCalendar,
) -> dict[date, date]:
    """Return for each period of `after` that was there before, by their first days, which one it was.

    It was there when it is of the same week, month, quarter or year, however much of that the duration
    leaves, or when it has exactly the same days. No period of `before` is named twice.
    """
    days = {period: period.start for period in before}
    wholes = {period_of(period.start, before_interval, calendar): period.start for period in before}
    found: dict[date, date] = {}
    for period in after:
        was = days.get(period) or wholes.get(period_of(period.start, after_interval, calendar))
        if was is not None:
            found[period.start] = was
    return found


def year_later(first: date, last: date) -> tuple[date, date]:
    """Return the duration of the next year; the last day of a month stays the last day of that month.

    Raises ValueError when the calendar ends before that.
    """
    return _same_day(first, 1), _same_day(last + _ONE_DAY, 1) - _ONE_DAY


def year_before(
    periods: Sequence[Period], interval: Interval, earlier: Sequence[Period], calendar: CompanyCalendar
) -> dict[date, date]:
    """Return for each period, by its first day, the one of `earlier` a year before it; of weeks, 52 weeks.

    One without such a period is left out: the first or last week of a year may be.
    """
    wholes = {period_of(period.start, interval, calendar): period.start for period in earlier}
    found: dict[date, date] = {}
    for period in periods:
        start = period.start
        day = start - _52_WEEKS if interval is Interval.WEEKLY else _same_day(start, -1)
        was = wholes.get(period_of(day, interval, calendar))
        if was is not None:
            found[start] = was
    return found


def raised(target: int, hundredths: int, unit: int) -> int:
    """Return the target raised by hundredths of a per cent (250 are 2.5 %), rounded half up to whole units.

    A target that is no multiple of `unit` itself is rounded to 1. It never falls below one unit.
    """
    unit = unit if target % unit == 0 else 1
    return max(divide_half_up(target // unit * (10_000 + hundredths), 10_000), 1) * unit


def _same_day(day: date, years: int) -> date:
    """Return the day that many years on; the day before for a 29 February that is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
