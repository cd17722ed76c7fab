"""Seasonal targets follow their calendar periods when a goal's frequency or duration changes."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from goalpost.domain.calendar import CompanyCalendar, Interval, Period, periods
from goalpost.domain.seasons import Fitted, fit_to_periods

CALENDAR = CompanyCalendar()
MONTHLY, QUARTERLY = Interval.MONTHLY, Interval.QUARTERLY


def months(start: date, end: date) -> tuple[Period, ...]:
    return periods(start, end, MONTHLY, CALENDAR, today=start)


def test_a_longer_duration_keeps_every_value_and_misses_the_new_ones() -> None:
    values = {date(2026, 1, 1): "Jan", date(2026, 2, 1): "Feb"}
    longer = months(date(2026, 1, 1), date(2026, 4, 1))
    assert fit_to_periods(values, MONTHLY, longer, MONTHLY, CALENDAR) == Fitted(values, longer[2:], {})


def test_a_shorter_duration_drops_the_values_outside_it() -> None:
    values = {date(2026, 1, 1): 1, date(2026, 2, 1): 2, date(2026, 3, 1): 3}
    shorter = months(date(2026, 2, 1), date(2026, 3, 1))
    assert fit_to_periods(values, MONTHLY, shorter, MONTHLY, CALENDAR) == Fitted(
        {date(2026, 2, 1): 2}, (), {date(2026, 1, 1): 1, date(2026, 3, 1): 3}
    )


def test_a_period_that_is_clipped_differently_keeps_its_value() -> None:
    clipped = {date(2026, 1, 15): 50}
    whole = months(date(2026, 1, 1), date(2026, 2, 1))
    assert fit_to_periods(clipped, MONTHLY, whole, MONTHLY, CALENDAR).kept == {date(2026, 1, 1): 50}
    again = months(date(2026, 1, 20), date(2026, 2, 1))
    assert fit_to_periods(clipped, MONTHLY, again, MONTHLY, CALENDAR).kept == {date(2026, 1, 20): 50}


def test_with_another_frequency_no_value_fits_even_where_periods_begin_together() -> None:
    values = {date(2026, 1, 1): 1, date(2026, 2, 1): 2}
    quarter = periods(date(2026, 1, 1), date(2026, 4, 1), QUARTERLY, CALENDAR, today=date(2026, 1, 1))
    assert fit_to_periods(values, MONTHLY, quarter, QUARTERLY, CALENDAR) == Fitted({}, quarter, values)


DAYS = st.dates(date(2020, 1, 1), date(2027, 12, 31))
SPANS = st.tuples(DAYS, st.integers(1, 800)).map(lambda span: (span[0], span[0] + timedelta(days=span[1])))


@given(SPANS, SPANS, st.sampled_from(Interval), st.sampled_from(Interval), st.integers(0, 6))
def test_no_value_is_lost_and_no_period_is_forgotten(
    one: tuple[date, date], other: tuple[date, date], before: Interval, after: Interval, week_start: int
) -> None:
    calendar = CompanyCalendar(week_start=week_start)
    values = {each.start: object() for each in periods(*one, before, calendar, today=one[0])}
    new = periods(*other, after, calendar, today=other[0])
    fitted = fit_to_periods(values, before, new, after, calendar)
    assert {*fitted.kept.values(), *fitted.dropped.values()} == set(values.values())
    assert {*fitted.kept, *(period.start for period in fitted.missing)} == {each.start for each in new}
    assert len(fitted.kept) + len(fitted.missing) == len(new)
