"""Calendar periods, a goal's periods, and the edges of the calendar."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from goalpost.domain.calendar import (
    MAX_PERIODS,
    CompanyCalendar,
    Interval,
    Period,
    Weekday,
    is_clipped,
    period_of,
    periods,
)

WEEKLY, MONTHLY, QUARTERLY, YEARLY = Interval
PLAIN = CompanyCalendar()
SUNDAY_WEEKS = CompanyCalendar(week_start=Weekday.SUNDAY)
FISCAL_APRIL = CompanyCalendar(fiscal_month=4)
FISCAL_NOVEMBER = CompanyCalendar(fiscal_month=11)
TODAY = date(2026, 11, 23)
ONE_DAY = timedelta(days=1)

days = st.dates(date(1990, 1, 1), date(2080, 12, 31))
intervals = st.sampled_from(Interval)
calendars = st.builds(CompanyCalendar, week_start=st.integers(0, 6), fiscal_month=st.integers(1, 12))


def day(text: str) -> date:
    return date.fromisoformat(text)


def written(period: Period) -> str:
    return f"{period.start}..{period.end}"


@pytest.mark.parametrize(
    ("of", "interval", "calendar", "expected"),
    [
        ("2026-11-23", WEEKLY, PLAIN, "2026-11-23..2026-11-30"),  # a Monday
        ("2026-11-29", WEEKLY, PLAIN, "2026-11-23..2026-11-30"),  # the Sunday after
        ("2026-11-29", WEEKLY, SUNDAY_WEEKS, "2026-11-29..2026-12-06"),
        ("2026-11-28", WEEKLY, SUNDAY_WEEKS, "2026-11-22..2026-11-29"),
        ("2027-01-01", WEEKLY, PLAIN, "2026-12-28..2027-01-04"),
        ("2024-02-29", MONTHLY, PLAIN, "2024-02-01..2024-03-01"),
        ("2026-12-31", MONTHLY, PLAIN, "2026-12-01..2027-01-01"),
        ("2026-12-31", MONTHLY, FISCAL_APRIL, "2026-12-01..2027-01-01"),
        ("2026-11-23", QUARTERLY, PLAIN, "2026-10-01..2027-01-01"),
        ("2026-11-23", QUARTERLY, FISCAL_APRIL, "2026-10-01..2027-01-01"),
        ("2026-11-23", QUARTERLY, FISCAL_NOVEMBER, "2026-11-01..2027-02-01"),
        ("2026-10-31", QUARTERLY, FISCAL_NOVEMBER, "2026-08-01..2026-11-01"),
        ("2027-01-31", QUARTERLY, FISCAL_NOVEMBER, "2026-11-01..2027-02-01"),
        ("2026-11-23", YEARLY, PLAIN, "2026-01-01..2027-01-01"),
        ("2026-11-23", YEARLY, FISCAL_APRIL, "2026-04-01..2027-04-01"),
        ("2026-03-31", YEARLY, FISCAL_APRIL, "2025-04-01..2026-04-01"),
        ("2026-10-31", YEARLY, FISCAL_NOVEMBER, "2025-11-01..2026-11-01"),
        ("0001-01-01", WEEKLY, PLAIN, "0001-01-01..0001-01-08"),
        ("9999-11-30", MONTHLY, PLAIN, "9999-11-01..9999-12-01"),
    ],
)
def test_a_day_is_in_its_calendar_period(
    of: str, interval: Interval, calendar: CompanyCalendar, expected: str
) -> None:
    assert written(period_of(day(of), interval, calendar)) == expected


@pytest.mark.parametrize(
    ("of", "interval", "calendar"),
    [
        ("0001-01-01", WEEKLY, SUNDAY_WEEKS),
        ("0001-03-31", YEARLY, FISCAL_APRIL),
        ("9999-12-31", WEEKLY, PLAIN),
        ("9999-12-01", MONTHLY, PLAIN),
        ("9999-10-01", QUARTERLY, PLAIN),
        ("9999-01-01", YEARLY, PLAIN),
    ],
)
def test_a_period_past_the_edge_of_the_calendar_is_refused(
    of: str, interval: Interval, calendar: CompanyCalendar
) -> None:
    with pytest.raises(ValueError, match="outside the years 1 to 9999"):
        period_of(day(of), interval, calendar)


@given(days, intervals, calendars)
def test_every_day_of_a_calendar_period_has_that_period(
    of: date, interval: Interval, calendar: CompanyCalendar
) -> None:
    period = period_of(of, interval, calendar)
    assert period.contains(of)
    assert period_of(period.start, interval, calendar) == period
    assert period_of(period.last_day, interval, calendar) == period
    assert period_of(period.end, interval, calendar).start == period.end
    assert period_of(period.start - ONE_DAY, interval, calendar).end == period.start


@given(days, calendars)
def test_months_fill_quarters_and_quarters_fill_years(of: date, calendar: CompanyCalendar) -> None:
    month, quarter, year = (period_of(of, kind, calendar) for kind in (MONTHLY, QUARTERLY, YEARLY))
    assert year.start <= quarter.start <= month.start < month.end <= quarter.end <= year.end
    assert year.start.month == calendar.fiscal_month
    assert len(periods(year.start, year.end, QUARTERLY, calendar, today=TODAY)) == 4
    assert len(periods(quarter.start, quarter.end, MONTHLY, calendar, today=TODAY)) == 3


@pytest.mark.parametrize(
    ("start", "end", "interval", "expected"),
    [
        ("2026-01-15", "2026-01-16", MONTHLY, ["2026-01-15..2026-01-16"]),
        ("2026-01-01", "2026-03-01", MONTHLY, ["2026-01-01..2026-02-01", "2026-02-01..2026-03-01"]),
        (
            "2026-01-15",
            "2026-03-10",
            MONTHLY,
            ["2026-01-15..2026-02-01", "2026-02-01..2026-03-01", "2026-03-01..2026-03-10"],
        ),
        ("2026-11-25", "2026-12-01", WEEKLY, ["2026-11-25..2026-11-30", "2026-11-30..2026-12-01"]),
        ("2026-02-01", "2026-08-01", YEARLY, ["2026-02-01..2026-08-01"]),
    ],
)
def test_periods_are_clipped_to_the_duration(
    start: str, end: str, interval: Interval, expected: list[str]
) -> None:
    found = periods(day(start), day(end), interval, PLAIN, today=TODAY)
    assert [written(period) for period in found] == expected


@given(days, st.integers(1, 2_000), intervals, calendars, days)
def test_periods_tile_their_duration_without_gap_or_overlap(
    start: date, length: int, interval: Interval, calendar: CompanyCalendar, today: date
) -> None:
    end = start + timedelta(days=length)
    found = periods(start, end, interval, calendar, today=today)
    assert found[0].start == start
    assert found[-1].end == end
    assert all(before.end == after.start for before, after in pairwise(found))
    assert list(found) == sorted(found)
    # Only the two at the ends can be cut, and each lies within one calendar period.
    assert not any(is_clipped(period, interval, calendar) for period in found[1:-1])
    for period in found:
        whole = period_of(period.start, interval, calendar)
        assert whole.start <= period.start < period.end <= whole.end
        assert is_clipped(period, interval, calendar) is (period != whole)


@given(days, intervals, calendars, days, st.integers(0, 15))
def test_without_an_end_periods_run_to_the_current_one_and_the_horizon(
    start: date, interval: Interval, calendar: CompanyCalendar, today: date, horizon: int
) -> None:
    assume((today - start).days < 7 * (MAX_PERIODS - 20))
    found = periods(start, None, interval, calendar, today=today, horizon=horizon)
    current = next(period for period in found if period.contains(max(today, start)))
    assert len(found) - 1 - found.index(current) == horizon
    assert found == periods(start, found[-1].end, interval, calendar, today=today)


def test_a_goal_without_an_end_shows_twelve_more_by_default() -> None:
    found = periods(day("2026-10-10"), None, MONTHLY, PLAIN, today=TODAY)
    assert written(found[0]) == "2026-10-10..2026-11-01"
    assert written(found[-1]) == "2027-11-01..2027-12-01"
    assert len(found) == 2 + 12


def test_a_goal_that_begins_later_has_its_first_period_and_the_horizon() -> None:
    found = periods(day("2028-01-15"), None, QUARTERLY, PLAIN, today=TODAY, horizon=2)
    assert [written(period) for period in found] == [
        "2028-01-15..2028-04-01",
        "2028-04-01..2028-07-01",
        "2028-07-01..2028-10-01",
    ]


def test_the_most_periods_pass_and_one_more_is_refused_with_advice() -> None:
    start = day("2000-01-03")
    end = start + timedelta(weeks=MAX_PERIODS)
    assert len(periods(start, end, WEEKLY, PLAIN, today=TODAY)) == MAX_PERIODS
    with pytest.raises(ValueError, match="longer frequency or a shorter duration"):
        periods(start, end + ONE_DAY, WEEKLY, PLAIN, today=TODAY)


def test_a_goal_without_an_end_that_began_too_long_ago_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 3,000 periods"):
        periods(day("1900-01-01"), None, WEEKLY, PLAIN, today=TODAY)


@pytest.mark.parametrize("end", ["2026-01-01", "2025-12-31"])
def test_an_empty_duration_is_refused(end: str) -> None:
    with pytest.raises(ValueError, match="must end after its start"):
        periods(day("2026-01-01"), day(end), MONTHLY, PLAIN, today=TODAY)


def test_a_horizon_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="horizon"):
        periods(day("2026-01-01"), None, MONTHLY, PLAIN, today=TODAY, horizon=-1)


def test_a_period_is_half_open() -> None:
    june = Period(day("2017-06-01"), day("2017-07-01"))
    assert june.contains(day("2017-06-01"))
    assert june.contains(june.last_day)
    assert june.last_day == day("2017-06-30")
    assert not june.contains(day("2017-07-01"))
    assert not june.contains(day("2017-05-31"))


@pytest.mark.parametrize("end", ["2026-01-01", "2025-12-31"])
def test_a_period_without_a_day_is_refused(end: str) -> None:
    with pytest.raises(ValueError, match="at least one day"):
        Period(day("2026-01-01"), day(end))


@pytest.mark.parametrize(("week_start", "fiscal_month"), [(-1, 1), (7, 1), (0, 0), (0, 13)])
def test_a_calendar_that_does_not_exist_is_refused(week_start: int, fiscal_month: int) -> None:
    with pytest.raises(ValueError, match="starts"):
        CompanyCalendar(week_start, fiscal_month)
