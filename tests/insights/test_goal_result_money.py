"""A goal in another currency than the company's: its deals at face value, others at the rate of their day."""

from datetime import date
from decimal import Decimal
from typing import Unpack

import pytest
from pytest_django import DjangoAssertNumQueries

from goalpost.companies.memberships import add_member
from goalpost.crm.actions.setup import set_rate
from goalpost.crm.rates import conversions_to
from goalpost.domain.measures import Metric
from goalpost.domain.pace import PaceStatus
from goalpost.domain.permissions import Assignee
from goalpost.goals.queries import GoalView
from goalpost.insights.goal_report import GoalQuestion, PeriodResult, earlier_results, goal_report
from goalpost.insights.report import RecordsAsked
from goalpost.ledger.questions import Split
from tests.goals.builders import TEAM, Terms, add_won, asking, person, results, set_goal
from tests.people import NOW, Cast, make_company

pytestmark = pytest.mark.django_db

FIRST, TENTH, TWENTIETH = date(2026, 1, 1), date(2026, 1, 10), date(2026, 1, 20)


@pytest.fixture
def cast() -> Cast:
    return make_company()


def know_rate(cast: Cast, currency: str, day: date, rate: str) -> None:
    set_rate(actor=cast.operator, currency=currency, day=day, rate=Decimal(rate), now=NOW)


def a_goal(cast: Cast, **changes: Unpack[Terms]) -> GoalView:
    sound = Terms(metric=Metric.SUM, currency="USD", target=2_100_00, ends_on=date(2026, 1, 31))
    sound.update(changes)
    return set_goal(cast, **sound)


def january(cast: Cast, goal: GoalView) -> PeriodResult:
    [found] = results(cast, goal).periods
    return found


def test_two_deals_of_a_thousand_dollars_are_two_thousand_whatever_the_rate_does(cast: Cast) -> None:
    know_rate(cast, "USD", FIRST, "0.8")
    know_rate(cast, "USD", TENTH, "0.9")
    goal = a_goal(cast)
    for day in (date(2026, 1, 5), TWENTIETH):
        add_won(cast, cast.cilla, day, value=1_000_00, currency="USD")
    found = january(cast, goal)
    assert (found.target, found.result, found.difference) == (2_100_00, 2_000_00, -100_00)
    assert results(cast, goal, today=date(2026, 3, 1)).periods[0].pace.status is PaceStatus.MISSED


def test_other_deals_are_converted_one_by_one_at_the_rate_of_their_day(cast: Cast) -> None:
    know_rate(cast, "USD", FIRST, "0.8")
    know_rate(cast, "USD", TENTH, "0.5")
    add_won(cast, cast.cilla, date(2026, 1, 9), value=100_00)
    add_won(cast, cast.cilla, TENTH, value=100_00)
    add_won(cast, cast.cilla, TENTH, value=300_00, currency="USD")
    assert january(cast, a_goal(cast)).result == 125_00 + 200_00 + 300_00


def test_a_deal_in_a_third_currency_goes_through_the_companys(cast: Cast) -> None:
    know_rate(cast, "USD", FIRST, "0.8")
    know_rate(cast, "SEK", FIRST, "0.1")
    # 1.05 kronor are 0.105 euro, which is posted as 0.10 (half to even), and 0.125 dollars, counted as 0.12.
    add_won(cast, cast.cilla, TENTH, value=1_05, currency="SEK")
    assert january(cast, a_goal(cast)).result == 12


def test_each_deal_is_rounded_by_itself_half_to_even(cast: Cast) -> None:
    know_rate(cast, "USD", FIRST, "2")
    for value in (1, 1, 1, 3):
        add_won(cast, cast.cilla, TENTH, value=value)
    assert january(cast, a_goal(cast)).result == 0 + 0 + 0 + 2, "of 0.5 three times and 1.5 cents"


def test_currencies_are_converted_by_their_own_digits(cast: Cast) -> None:
    know_rate(cast, "JPY", FIRST, "0.0061")
    know_rate(cast, "KWD", FIRST, "3")
    add_won(cast, cast.cilla, TENTH, value=610_00)
    add_won(cast, cast.cilla, TENTH, value=1_000, currency="JPY")
    add_won(cast, cast.cilla, TENTH, value=1_001, currency="KWD")
    assert january(cast, a_goal(cast, currency="JPY")).result == 100_000 + 1_000 + 492, (
        "3.00 euro are 491.8 yen"
    )
    assert january(cast, a_goal(cast, currency="KWD")).result == 203_333 + 2_033 + 1_001, (
        "6.10 euro are 2.0333 dinars"
    )


def test_before_the_first_rate_known_that_one_holds(cast: Cast) -> None:
    know_rate(cast, "USD", date(2026, 3, 1), "0.8")
    add_won(cast, cast.cilla, TENTH, value=80_00)
    assert january(cast, a_goal(cast)).result == 100_00


def test_targets_stay_as_they_were_set(cast: Cast) -> None:
    know_rate(cast, "USD", FIRST, "0.5")
    own = {date(2026, 1, 1): 10_01, date(2026, 2, 1): 10_03}
    goal = a_goal(cast, ends_on=date(2026, 2, 28), period_targets=own)
    report = results(cast, goal)
    assert [period.target for period in report.periods] == [10_01, 10_03]
    assert report.currency == "USD"


def test_a_goal_that_counts_has_no_currency(cast: Cast) -> None:
    know_rate(cast, "USD", FIRST, "0.5")
    report = results(cast, set_goal(cast, target=10))
    assert (report.currency, report.periods[0].target) == ("", 10)


def test_a_deal_without_a_rate_is_counted_and_its_currency_named(cast: Cast) -> None:
    know_rate(cast, "USD", FIRST, "0.5")
    for currency in ("SEK", "JPY", "JPY", "USD"):
        add_won(cast, cast.cilla, TENTH, value=100, currency=currency)
    goal = a_goal(cast)
    asked = GoalQuestion(goal, (january(cast, goal).period,), explain=RecordsAsked(limit=0))
    report = goal_report(asking(cast), asked)
    [found] = report.periods
    assert (found.count, found.result, found.unvalued) == (4, 1_00, 3)
    assert report.answer.without_rate == ("JPY", "SEK")


def test_what_each_person_brings_adds_up_to_the_whole(cast: Cast) -> None:
    know_rate(cast, "USD", FIRST, "0.7")
    know_rate(cast, "USD", TENTH, "0.9")
    add_member(actor=cast.operator, team_id=cast.nordic.pk, user_id=cast.david.pk, start=TENTH, now=NOW)
    for owner, day, value in (
        (cast.cilla, FIRST, 100_01),
        (cast.david, TENTH, 200_01),
        (cast.david, FIRST, 1),
    ):
        add_won(cast, owner, day, value=value)
        add_won(cast, owner, day, value=value, currency="USD")
    goal = a_goal(cast, assignee=Assignee(TEAM, cast.nordic.pk))
    report = goal_report(asking(cast), GoalQuestion(goal, (january(cast, goal).period,), split=Split.OWNER))
    parts = {part.of.name: part.total.amount for part in report.answer.parts}
    assert parts == {"Cilla": 142_87 + 100_01, "David": 222_23 + 200_01}
    assert report.periods[0].result == sum(parts.values())


def test_a_year_earlier_is_told_in_the_currency_of_the_terms(cast: Cast) -> None:
    know_rate(cast, "USD", FIRST, "0.5")
    add_won(cast, cast.cilla, TENTH, value=100_00)
    add_won(cast, cast.cilla, TENTH, value=100_00, currency="USD")
    goal = a_goal(cast, assignee=person(cast.cilla))
    period = january(cast, goal).period
    assert earlier_results(cast.as_astrid, cast.company, goal.terms, [period]) == (300_00,)


def test_rates_are_read_only_where_another_currency_is_in_use(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert conversions_to(cast.company_id, "EUR", ["", "EUR"]) == {}
    with django_assert_num_queries(1):
        assert conversions_to(cast.company_id, "EUR", ["", "EUR", "USD", "SEK"]).keys() == {"USD", "SEK"}
