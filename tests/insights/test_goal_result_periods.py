"""Which periods a goal has, in the company's own calendar and time zone, and what each aims at."""

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

from goalpost.companies.models import Company
from goalpost.crm.actions.setup import change_time_zone
from goalpost.domain.calendar import Interval, Period
from goalpost.goals.queries import GoalView
from tests.goals.builders import add_won, reached, results, set_goal
from tests.people import NOW, Cast, make_company

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_company()


def spans(cast: Cast, goal: GoalView, *, today: date = date(2026, 3, 2)) -> list[Period]:
    return [period.period for period in results(cast, goal, today=today).periods]


def ranges(*days: date) -> list[Period]:
    """Return the ranges between neighbouring days."""
    return [Period(start, end) for start, end in pairwise(days)]


CLIPPED = {
    Interval.WEEKLY: [date(2026, 1, 15), date(2026, 1, 19), date(2026, 1, 26), date(2026, 1, 28)],
    Interval.MONTHLY: [date(2026, 1, 15), date(2026, 2, 1), date(2026, 3, 1), date(2026, 3, 11)],
    Interval.QUARTERLY: [date(2026, 2, 15), date(2026, 4, 1), date(2026, 7, 1), date(2026, 7, 2)],
    Interval.YEARLY: [date(2024, 12, 31), date(2025, 1, 1), date(2026, 1, 1), date(2026, 2, 2)],
}


@pytest.mark.parametrize("interval", Interval)
def test_the_first_and_last_period_are_clipped_and_keep_their_full_target(
    cast: Cast, interval: Interval
) -> None:
    days = CLIPPED[interval]
    goal = set_goal(
        cast, interval=interval, starts_on=days[0], ends_on=Period(days[0], days[-1]).last_day, target=10
    )
    assert spans(cast, goal) == ranges(*days)
    assert [period.target for period in results(cast, goal).periods] == [10] * (len(days) - 1)


@pytest.mark.parametrize("interval", Interval)
def test_a_win_counts_in_the_period_it_falls_in_and_nowhere_outside_the_duration(
    cast: Cast, interval: Interval
) -> None:
    days = CLIPPED[interval]
    first, last = days[0], Period(days[0], days[-1]).last_day
    for day in (Period(date(2000, 1, 1), first).last_day, first, last, days[-1]):
        add_won(cast, cast.cilla, day)
    goal = set_goal(cast, interval=interval, starts_on=first, ends_on=last)
    expected = [0] * (len(days) - 1)
    expected[0] += 1
    expected[-1] += 1
    assert reached(cast, goal) == expected


def test_a_clipped_period_may_have_a_target_of_its_own(cast: Cast) -> None:
    own = {date(2026, 1, 15): 4, date(2026, 2, 1): 9, date(2026, 3, 1): 3}
    goal = set_goal(
        cast, starts_on=date(2026, 1, 15), ends_on=date(2026, 3, 10), target=10, period_targets=own
    )
    assert [period.target for period in results(cast, goal).periods] == [4, 9, 3]


def test_quarters_and_years_follow_the_fiscal_year(cast: Cast) -> None:
    Company.objects.filter(pk=cast.company_id).update(fiscal_month=2)
    goal = set_goal(cast, interval=Interval.QUARTERLY, starts_on=date(2026, 1, 1), ends_on=date(2026, 8, 31))
    assert spans(cast, goal) == ranges(
        date(2026, 1, 1), date(2026, 2, 1), date(2026, 5, 1), date(2026, 8, 1), date(2026, 9, 1)
    )
    goal = set_goal(cast, interval=Interval.YEARLY, starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31))
    assert spans(cast, goal) == ranges(date(2026, 1, 1), date(2026, 2, 1), date(2027, 1, 1))
    goal = set_goal(cast, interval=Interval.MONTHLY, ends_on=date(2026, 2, 28))
    assert spans(cast, goal) == ranges(date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1))


def test_weeks_start_on_the_day_the_company_says(cast: Cast) -> None:
    add_won(cast, cast.cilla, date(2026, 3, 8))  # a Sunday
    goal = set_goal(cast, interval=Interval.WEEKLY, starts_on=date(2026, 3, 2), ends_on=date(2026, 3, 15))
    assert spans(cast, goal) == ranges(date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 16))
    assert reached(cast, goal) == [1, 0]
    Company.objects.filter(pk=cast.company_id).update(week_start=6)
    assert spans(cast, goal) == ranges(
        date(2026, 3, 2), date(2026, 3, 8), date(2026, 3, 15), date(2026, 3, 16)
    )
    assert reached(cast, goal) == [0, 1, 0]


def test_a_win_counts_on_the_day_it_is_in_the_companys_time_zone(cast: Cast) -> None:
    # Half past eleven in the evening of 31 January in Stockholm, and the last second of it in UTC.
    add_won(cast, cast.cilla, date(2026, 1, 1), at=datetime(2026, 1, 31, 22, 30, tzinfo=UTC))
    add_won(cast, cast.cilla, date(2026, 1, 1), at=datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC))
    goal = set_goal(cast)
    assert reached(cast, goal)[:2] == [1, 1]
    change_time_zone(actor=cast.operator, time_zone="America/New_York", now=NOW)
    assert reached(cast, goal)[:2] == [2, 0]
    change_time_zone(actor=cast.operator, time_zone="Pacific/Kiritimati", now=NOW)
    assert reached(cast, goal)[:2] == [0, 2]


AHEAD = {
    Interval.WEEKLY: 12 * 7,
    Interval.MONTHLY: 365,
    Interval.QUARTERLY: 3 * 365,
    Interval.YEARLY: 12 * 365,
}


@pytest.mark.parametrize("interval", Interval)
def test_a_goal_without_an_end_shows_twelve_periods_after_the_current_one(
    cast: Cast, interval: Interval
) -> None:
    today = date(2026, 3, 2)
    goal = set_goal(cast, interval=interval, starts_on=date(2025, 1, 1), ends_on=None)
    found = results(cast, goal, today=today)
    assert found.current is not None
    assert len(found.periods) == found.current + 1 + 12
    shown = [period.period for period in found.periods]
    assert shown[0].start == date(2025, 1, 1)
    assert all(before.end == after.start for before, after in pairwise(shown))
    assert abs((shown[-1].start - shown[found.current].start).days - AHEAD[interval]) <= 3


def test_a_goal_without_an_end_that_is_yet_to_begin_shows_its_first_periods(cast: Cast) -> None:
    goal = set_goal(cast, starts_on=date(2027, 5, 1), ends_on=None)
    shown = spans(cast, goal, today=date(2026, 3, 2))
    assert shown[0] == Period(date(2027, 5, 1), date(2027, 6, 1))
    assert len(shown) == 13
