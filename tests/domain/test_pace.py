"""Pace: where a result should be, where it heads, what each day must bring."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goalpost.domain.calendar import Period
from goalpost.domain.pace import Pace, PaceStatus, WorkingCalendar, WorkingDays, pace, working_calendar

AHEAD, ON_TRACK, BEHIND = PaceStatus.AHEAD, PaceStatus.ON_TRACK, PaceStatus.BEHIND
REACHED, MISSED, UPCOMING = PaceStatus.REACHED, PaceStatus.MISSED, PaceStatus.UPCOMING
NO_TARGET = PaceStatus.NO_TARGET
ONE_DAY = timedelta(days=1)
# 21 working days; the 18th is the 13th of them.
NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
# Every day of it counts below: day n of 100 is 1 January and n - 1 days.
HUNDRED_DAYS = Period(date(2026, 1, 1), date(2026, 4, 11))


def every_day(start: date, end: date, /) -> int:
    return (end - start).days


def on_day(n: int, target: int, result: int, *, is_forecast: bool = False) -> Pace:
    """Return the pace on the n-th of a hundred days that all count."""
    return pace(
        HUNDRED_DAYS,
        target,
        result,
        today=HUNDRED_DAYS.start + timedelta(days=n - 1),
        working_days=every_day,
        is_forecast=is_forecast,
    )


def test_the_goal_page_of_the_design_says_what_the_rules_say() -> None:
    found = pace(
        NOVEMBER,
        18_000_000,
        12_140_000,
        today=date(2026, 11, 18),
        working_days=WorkingCalendar().between,
        is_forecast=False,
    )
    assert found == Pace(
        status=AHEAD,
        expected=11_142_857,
        expected_last_night=10_285_714,
        projection=19_610_769,
        needed_per_day=732_500,
        days_elapsed=13,
        days_total=21,
        days_left=8,
    )


@pytest.mark.parametrize(
    ("n", "target", "result", "status"),
    [
        (0, 1_000, 0, UPCOMING),
        (0, 1_000, 2_000, UPCOMING),  # nothing is reached before it begins
        (1, 1_000, 0, ON_TRACK),  # nobody is behind on the first day
        (1, 1_000, 10, ON_TRACK),
        (1, 1_000, 11, AHEAD),  # 105 % of tonight's 10
        (1, 1_000, 1_000, REACHED),
        (2, 1_000, 9, BEHIND),  # 95 % of last night's 10
        (2, 1_000, 10, ON_TRACK),  # though 20 are expected by tonight
        (50, 1_000, 465, BEHIND),
        (50, 1_000, 466, ON_TRACK),  # 95 % of last night's 490
        (50, 1_000, 524, ON_TRACK),
        (50, 1_000, 525, AHEAD),  # 105 % of tonight's 500
        (50, 1_000, 999, AHEAD),
        (50, 1_000, 1_000, REACHED),
        (50, 1_000, -1, BEHIND),
        (99, 1_000, 999, ON_TRACK),
        (100, 1_000, 999, ON_TRACK),  # the last day is still running
        (101, 1_000, 999, MISSED),
        (101, 1_000, 1_000, REACHED),
        (500, 1_000, 0, MISSED),
        (50, 0, 0, NO_TARGET),
        (101, 0, 0, NO_TARGET),
        # Compared exactly: 105 % of tonight's 16.5 is 17.325, 95 % of last night's 16.2 is 15.39.
        (55, 30, 17, ON_TRACK),
        (55, 30, 18, AHEAD),
        (55, 30, 15, BEHIND),
        (55, 30, 16, ON_TRACK),
    ],
)
def test_a_result_is_judged_against_where_it_should_be(
    n: int, target: int, result: int, status: PaceStatus
) -> None:
    assert on_day(n, target, result).status is status


@pytest.mark.parametrize(
    ("n", "target", "result", "status"),
    [
        (0, 1_000, 2_000, UPCOMING),
        (1, 1_000, 0, BEHIND),  # it looks ahead by itself: no day is too early
        (1, 1_000, 949, BEHIND),
        (1, 1_000, 950, ON_TRACK),
        (50, 1_000, 1_049, ON_TRACK),
        (50, 1_000, 1_050, AHEAD),
        (100, 1_000, 9_000, AHEAD),  # open deals may still be lost: not reached before the end
        (101, 1_000, 1_000, REACHED),
        (101, 1_000, 999, MISSED),
    ],
)
def test_a_forecast_is_judged_against_the_whole_target(
    n: int, target: int, result: int, status: PaceStatus
) -> None:
    found = on_day(n, target, result, is_forecast=True)
    assert found.status is status
    assert (found.expected, found.expected_last_night, found.projection, found.needed_per_day) == (None,) * 4


@pytest.mark.parametrize(
    ("n", "target", "result", "expected", "projection", "needed"),
    [
        (0, 1_000, 0, 0, None, 10),  # no day gone: nothing to project
        (1, 1_000, 7, 10, 700, 10),  # 993 / 99 = 10.03
        (50, 1_000, 500, 500, 1_000, 10),
        (50, 1_000, 1_200, 500, 2_400, 0),  # never below zero
        (99, 1_000, 0, 990, 0, 1_000),
        (100, 1_000, 400, 1_000, 400, None),  # no day left
        (101, 1_000, 400, 1_000, 400, None),
        (5, 10, 0, 1, 0, 0),  # expected 0.5 rounds up
        (60, 3, 1, 2, 2, 0),  # 1.8, 1.67 and 0.05
        (40, 1, 3, 0, 8, 0),  # 0.4; 7.5 rounds up
    ],
)
def test_shown_figures_are_whole_and_rounded_half_up(
    n: int, target: int, result: int, expected: int, projection: int | None, needed: int | None
) -> None:
    found = on_day(n, target, result)
    assert (found.expected, found.projection, found.needed_per_day) == (expected, projection, needed)


def test_a_weekend_at_the_start_is_on_track_and_has_no_projection() -> None:
    sunday = NOVEMBER.start
    for result in (0, 5):
        found = pace(
            NOVEMBER, 100, result, today=sunday, working_days=WorkingCalendar().between, is_forecast=False
        )
        assert found == Pace(ON_TRACK, 0, 0, None, 5, 0, 21, 21)


@pytest.mark.parametrize(
    ("day", "result", "status"),
    [
        (16, 0, ON_TRACK),  # Monday morning: nothing was expected by last night
        (16, 1, AHEAD),  # 0.8 are expected by tonight
        (17, 0, BEHIND),
        (17, 1, ON_TRACK),
        (20, 3, BEHIND),  # Friday: 3.2 by last night, of which 95 % are 3.04
        (21, 3, BEHIND),  # a weekend in the period is behind by all of the week
        (22, 4, REACHED),
    ],
)
def test_a_weekly_goal_is_behind_by_last_night_and_ahead_by_tonight(
    day: int, result: int, status: PaceStatus
) -> None:
    week = Period(date(2026, 11, 16), date(2026, 11, 23))
    found = pace(
        week,
        4,
        result,
        today=date(2026, 11, day),
        working_days=WorkingCalendar().between,
        is_forecast=False,
    )
    assert found.status is status


def test_a_period_without_a_working_day_is_judged_at_its_end() -> None:
    weekend = Period(date(2026, 11, 28), date(2026, 11, 30))
    verdicts = [
        pace(weekend, 10, 5, today=today, working_days=WorkingCalendar().between, is_forecast=False)
        for today in (date(2026, 11, 28), date(2026, 11, 30))
    ]
    assert verdicts == [Pace(ON_TRACK, 0, 0, None, None, 0, 0, 0), Pace(MISSED, 10, 10, None, None, 0, 0, 0)]


def test_a_target_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="zero or more"):
        on_day(50, -1, 0)


days = st.dates(date(2020, 1, 1), date(2030, 1, 1))
workweeks = st.frozensets(st.integers(0, 6))
calendars = st.builds(
    lambda workweek, holidays: working_calendar(workweek, holidays=holidays, own_days={}).between,
    workweeks,
    st.frozensets(days, max_size=20),
)


@given(
    days, st.integers(1, 120), st.integers(-5, 130), st.integers(1, 10**9), st.integers(0, 10**9), calendars
)
def test_figures_agree_with_exact_fractions(
    start: date, length: int, on: int, target: int, result: int, working_days: WorkingDays
) -> None:
    period = Period(start, start + timedelta(days=length))
    today = start + timedelta(days=on)
    found = pace(period, target, result, today=today, working_days=working_days, is_forecast=False)
    assert found.days_elapsed + found.days_left == found.days_total == working_days(period.start, period.end)
    half = Fraction(1, 2)
    if found.days_elapsed:
        exact = Fraction(result * found.days_total, found.days_elapsed)
        assert found.projection is not None
        assert -half < found.projection - exact <= half
    if found.days_left:
        assert found.needed_per_day is not None
        assert -half < found.needed_per_day - Fraction(max(target - result, 0), found.days_left) <= half
    is_running = period.contains(today)
    assert (found.status is UPCOMING) is (today < start)
    assert (found.status in {REACHED, MISSED}) >= (today >= period.end)
    if is_running and found.status is not REACHED:
        by_last_night = Fraction(target * working_days(start, today), found.days_total or 1)
        by_tonight = Fraction(target * found.days_elapsed, found.days_total or 1)
        assert (found.status is BEHIND) is (result < Fraction("0.95") * by_last_night)
        assert (found.status is AHEAD) is (found.days_elapsed > 0 and result >= Fraction("1.05") * by_tonight)


@pytest.mark.parametrize("today", [date(2026, 6, 30), date(2026, 7, 1), date(2026, 7, 31), date(2026, 8, 1)])
@pytest.mark.parametrize("result", [0, 3])
def test_a_target_of_zero_is_none_and_never_missed(today: date, result: int) -> None:
    july = Period(date(2026, 7, 1), date(2026, 8, 1))
    days = WorkingCalendar().between
    found = pace(july, 0, result, today=today, working_days=days, is_forecast=False)
    assert found.status is PaceStatus.NO_TARGET
    assert (found.expected, found.projection, found.needed_per_day) == (None, None, None)
