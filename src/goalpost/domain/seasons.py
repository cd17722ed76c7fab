"""Seasonal targets when a goal's frequency or duration changes: what still fits, and what has no place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from goalpost.domain.calendar import CompanyCalendar, Interval, Period, period_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fitted(Generic[T]):
    """What becomes of the values of single periods.

    `kept` has them by the first day of the new period, `dropped` by the first day of the old one, and
    `missing` are the new periods without a value.
    """

    kept: Mapping[date, T]
    missing: tuple[Period, ...]
    dropped: Mapping[date, T]


def fit_to_periods(
    values: Mapping[date, T],
    before: Interval,
    periods: Sequence[Period],
    after: Interval,
    calendar: CompanyCalendar,
) -> Fitted[T]:
    """Fit values, by the first day of their periods, to the periods a goal has from now on.

    A value stays with its calendar period, also where a changed duration clips it differently. A month's
    value is not a quarter's: with another frequency none fits.
    """
    of_whole = {period_of(start, before, calendar): (start, value) for start, value in values.items()}
    kept: dict[date, T] = {}
    missing: list[Period] = []
    for period in periods:
        found = of_whole.pop(period_of(period.start, after, calendar), None) if before is after else None
        if found is None:
            missing.append(period)
        else:
            kept[period.start] = found[1]
    return Fitted(kept, tuple(missing), dict(sorted(of_whole.values(), key=lambda each: each[0])))
