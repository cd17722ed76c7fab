"""Working days: the work week, holidays, and the days a company says itself."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goalpost.domain.pace import EVERY_DAY, MONDAY_TO_FRIDAY, WorkingCalendar, working_calendar

# 21 working days of a Monday to Friday week.
NOVEMBER = date(2026, 11, 1), date(2026, 12, 1)

days = st.dates(date(2020, 1, 1), date(2030, 1, 1))
workweeks = st.frozensets(st.integers(0, 6))
ahead = st.integers(-10, 410)


@given(
    days,
    st.integers(0, 400),
    workweeks,
    st.frozensets(ahead, max_size=30),
    st.dictionaries(ahead, st.booleans(), max_size=30),
)
def test_working_days_are_those_a_walk_through_the_calendar_finds(
    start: date, length: int, workweek: frozenset[int], off: frozenset[int], own: dict[int, bool]
) -> None:
    holidays = frozenset(start + timedelta(days=at) for at in off)
    own_days = {start + timedelta(days=at): is_working for at, is_working in own.items()}
    walked = [start + timedelta(days=at) for at in range(length)]
    worked = [own_days.get(day, day.weekday() in workweek and day not in holidays) for day in walked]
    calendar = working_calendar(workweek, holidays=holidays, own_days=own_days)
    assert calendar.between(start, start + timedelta(days=length)) == sum(worked)
    assert [calendar.is_working(day) for day in walked] == worked


@pytest.mark.parametrize(
    ("holidays", "working_days"),
    [
        ([], 21),
        (["2026-11-02", "2026-11-11", "2026-11-30"], 18),
        (["2026-11-01", "2026-11-28"], 21),  # on a weekend: no day lost
        (["2026-10-30", "2026-12-01"], 21),  # outside
    ],
)
def test_a_holiday_in_the_work_week_is_no_working_day(holidays: list[str], working_days: int) -> None:
    off = frozenset(map(date.fromisoformat, holidays))
    assert working_calendar(MONDAY_TO_FRIDAY, holidays=off, own_days={}).between(*NOVEMBER) == working_days


@pytest.mark.parametrize(
    ("own_days", "working_days"),
    [
        ({}, 20),  # Wednesday 11 November is a holiday here
        ({"2026-11-13": False}, 19),  # a Friday off
        ({"2026-11-14": True}, 21),  # a Saturday worked
        ({"2026-11-11": True}, 21),  # the holiday worked
        ({"2026-11-11": False}, 20),  # the holiday said twice
        ({"2026-11-14": False}, 20),  # a Saturday that is free anyway
        ({"2026-11-13": True}, 20),  # a Friday that is worked anyway
    ],
)
def test_what_a_company_says_of_a_day_goes_before_week_and_holidays(
    own_days: dict[str, bool], working_days: int
) -> None:
    said = {date.fromisoformat(day): is_working for day, is_working in own_days.items()}
    calendar = working_calendar(MONDAY_TO_FRIDAY, holidays=frozenset({date(2026, 11, 11)}), own_days=said)
    assert calendar.between(*NOVEMBER) == working_days


def test_by_calendar_days_every_day_counts() -> None:
    assert EVERY_DAY.between(*NOVEMBER) == 30


def test_a_range_that_ends_before_it_starts_has_no_working_day() -> None:
    calendar = WorkingCalendar(off=(date(2026, 11, 9),), extra=(date(2026, 11, 14),))
    assert calendar.between(date(2026, 11, 20), date(2026, 11, 2)) == 0
