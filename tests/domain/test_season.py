"""Targets of single periods move with their periods."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goalpost.domain.calendar import CompanyCalendar, Interval, Period, period_of, periods
from goalpost.domain.targets import raised, same_periods, year_before, year_later

CALENDAR = CompanyCalendar()
intervals = st.sampled_from(Interval)
calendars = st.builds(CompanyCalendar, st.integers(0, 6), st.integers(1, 12))
durations = st.tuples(
    st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 800).map(lambda days: timedelta(days=days))
)


def of(
    start: date, last: date, interval: Interval, calendar: CompanyCalendar = CALENDAR
) -> tuple[Period, ...]:
    return periods(start, last + timedelta(days=1), interval, calendar, today=start)


MONTHS = of(date(2027, 1, 1), date(2027, 6, 30), Interval.MONTHLY)


@pytest.mark.parametrize(
    ("start", "last", "interval", "expected"),
    [
        (date(2027, 1, 1), date(2027, 6, 30), Interval.MONTHLY, {at: at for at in range(1, 7)}),
        (date(2027, 1, 1), date(2027, 3, 31), Interval.MONTHLY, {1: 1, 2: 2, 3: 3}),
        (date(2027, 5, 1), date(2027, 8, 31), Interval.MONTHLY, {5: 5, 6: 6}),
        (date(2028, 1, 1), date(2028, 6, 30), Interval.MONTHLY, {}),
        (date(2027, 1, 1), date(2027, 6, 30), Interval.QUARTERLY, {}),
        (date(2027, 1, 1), date(2027, 6, 30), Interval.YEARLY, {}),
    ],
)
def test_a_month_keeps_its_target_while_it_is_among_the_periods(
    start: date, last: date, interval: Interval, expected: dict[int, int]
) -> None:
    found = same_periods(MONTHS, Interval.MONTHLY, of(start, last, interval), interval, CALENDAR)
    assert {new.month: was.month for new, was in found.items()} == expected


def test_a_month_that_now_begins_later_keeps_its_target() -> None:
    after = of(date(2027, 1, 15), date(2027, 6, 10), Interval.MONTHLY)
    found = same_periods(MONTHS, Interval.MONTHLY, after, Interval.MONTHLY, CALENDAR)
    assert found[date(2027, 1, 15)] == date(2027, 1, 1)
    assert len(found) == 6


def test_the_same_days_keep_their_target_under_another_frequency() -> None:
    before = of(date(2027, 5, 3), date(2027, 5, 9), Interval.WEEKLY)
    after = of(date(2027, 5, 3), date(2027, 5, 9), Interval.MONTHLY)
    found = same_periods(before, Interval.WEEKLY, after, Interval.MONTHLY, CALENDAR)
    assert found == {date(2027, 5, 3): date(2027, 5, 3)}


@given(durations, intervals, durations, intervals, calendars)
def test_what_fits_is_of_the_same_calendar_period_or_the_same_days_and_named_once(
    one: tuple[date, timedelta],
    old: Interval,
    other: tuple[date, timedelta],
    new: Interval,
    calendar: CompanyCalendar,
) -> None:
    before = periods(one[0], one[0] + one[1], old, calendar, today=one[0])
    after = periods(other[0], other[0] + other[1], new, calendar, today=other[0])
    found = same_periods(before, old, after, new, calendar)
    assert len(set(found.values())) == len(found)
    ends = {period.start: period.end for period in (*before, *after)}
    for start, was in found.items():
        is_same_whole = period_of(start, new, calendar) == period_of(was, old, calendar)
        assert is_same_whole or (start == was and start in ends)
    if old == new:
        wholes = {period_of(period.start, old, calendar) for period in before}
        kept = {period.start for period in after if period_of(period.start, new, calendar) in wholes}
        assert kept == set(found)


@given(durations, intervals, calendars)
def test_nothing_is_lost_where_nothing_changes(
    duration: tuple[date, timedelta], interval: Interval, calendar: CompanyCalendar
) -> None:
    same = periods(duration[0], duration[0] + duration[1], interval, calendar, today=duration[0])
    found = same_periods(same, interval, same, interval, calendar)
    assert found == {period.start: period.start for period in same}


@pytest.mark.parametrize(
    ("first", "last", "later"),
    [
        (date(2026, 1, 1), date(2026, 12, 31), (date(2027, 1, 1), date(2027, 12, 31))),
        (date(2027, 2, 1), date(2027, 2, 28), (date(2028, 2, 1), date(2028, 2, 29))),
        (date(2028, 2, 29), date(2028, 2, 29), (date(2029, 2, 28), date(2029, 2, 28))),
        (date(2026, 3, 15), date(2026, 6, 14), (date(2027, 3, 15), date(2027, 6, 14))),
    ],
)
def test_next_year_has_the_same_days_and_the_same_month_ends(
    first: date, last: date, later: tuple[date, date]
) -> None:
    assert year_later(first, last) == later


def test_there_is_no_year_after_the_last() -> None:
    with pytest.raises(ValueError, match="year"):
        year_later(date(9999, 1, 1), date(9999, 2, 1))


@pytest.mark.parametrize("interval", [Interval.MONTHLY, Interval.QUARTERLY, Interval.YEARLY])
def test_a_period_of_next_year_has_one_a_year_before(interval: Interval) -> None:
    earlier = of(date(2027, 1, 15), date(2028, 2, 29), interval)
    later = of(*year_later(date(2027, 1, 15), date(2028, 2, 29)), interval)
    found = year_before(later, interval, earlier, CALENDAR)
    assert list(found.values()) == [period.start for period in earlier]


def test_weeks_of_next_year_are_52_weeks_from_their_own() -> None:
    earlier = of(date(2026, 1, 1), date(2026, 12, 31), Interval.WEEKLY)
    later = of(date(2027, 1, 1), date(2027, 12, 31), Interval.WEEKLY)
    found = year_before(later, Interval.WEEKLY, earlier, CALENDAR)
    assert found[date(2027, 3, 1)] == date(2026, 3, 2)
    assert found[date(2027, 1, 1)] == date(2026, 1, 1)
    assert len(found) == len(later)


@pytest.mark.parametrize(
    ("target", "hundredths", "unit", "expected"),
    [
        (150_000_00, 5_00, 100, 157_500_00),
        (10, 5_00, 1, 11),  # 10.5 is rounded half up
        (143_500_00, 2_50, 100, 147_088_00),  # 147,087.50
        (143_500_50, 10_00, 100, 157_850_55),  # has cents, so cents are kept
        (10, -50_00, 1, 5),
        (1, -90_00, 1, 1),
        (7, 0, 1, 7),
    ],
)
def test_a_target_is_raised_by_per_cent_and_rounded_half_up(
    target: int, hundredths: int, unit: int, expected: int
) -> None:
    assert raised(target, hundredths, unit) == expected


@given(st.integers(1, 2**53), st.sampled_from([1, 100, 1000]))
def test_no_per_cent_changes_nothing(target: int, unit: int) -> None:
    assert raised(target, 0, unit) == target
