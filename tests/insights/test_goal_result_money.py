"""Targets in another currency than the company's: converted, at the rate of each period's first day."""

from datetime import date
from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from goalpost.crm.actions.setup import set_rate
from goalpost.domain.measures import Measure, Metric
from goalpost.goals.periods import rate_on, rates_for
from tests.goals.builders import add_won, results, set_goal, terms
from tests.people import NOW, Cast, make_company

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_company()


def know_rate(cast: Cast, currency: str, day: date, rate: str) -> None:
    set_rate(actor=cast.operator, currency=currency, day=day, rate=Decimal(rate), now=NOW)


def targets(cast: Cast, **own: int) -> list[int]:
    goal = set_goal(
        cast,
        metric=Metric.SUM,
        currency="USD",
        target=1_000_00,
        ends_on=date(2026, 3, 31),
        period_targets={
            date(2026, month, 1): target for month, target in zip((1, 2, 3), own.values(), strict=False)
        },
    )
    return [period.target for period in results(cast, goal).periods]


def test_a_target_is_worth_what_its_currency_is_on_the_first_day_of_each_period(cast: Cast) -> None:
    know_rate(cast, "USD", date(2026, 1, 1), "0.9")
    know_rate(cast, "USD", date(2026, 1, 2), "0.5")
    know_rate(cast, "USD", date(2026, 3, 1), "0.8")
    assert targets(cast) == [900_00, 500_00, 800_00]


def test_before_the_first_rate_known_that_one_holds(cast: Cast) -> None:
    know_rate(cast, "USD", date(2026, 3, 1), "0.8")
    assert targets(cast) == [800_00] * 3


def test_a_period_target_is_converted_as_well(cast: Cast) -> None:
    know_rate(cast, "USD", date(2026, 1, 1), "0.5")
    assert targets(cast, january=10_01, february=10_03, march=1) == [5_00, 5_02, 0], "half to even"


def test_currencies_without_cents_are_converted_by_their_own_digits(cast: Cast) -> None:
    know_rate(cast, "JPY", date(2026, 1, 1), "0.0061")
    know_rate(cast, "KWD", date(2026, 1, 1), "3")
    yen = set_goal(cast, metric=Metric.SUM, currency="JPY", target=100_000, ends_on=date(2026, 1, 31))
    dinars = set_goal(cast, metric=Metric.SUM, currency="KWD", target=1_000, ends_on=date(2026, 1, 31))
    assert [period.target for period in results(cast, yen).periods] == [610_00]
    assert [period.target for period in results(cast, dinars).periods] == [3_00]


def test_the_result_stays_in_the_companys_currency(cast: Cast) -> None:
    know_rate(cast, "USD", date(2026, 1, 1), "0.5")
    add_won(cast, cast.cilla, date(2026, 1, 10), value=300_00)
    add_won(cast, cast.cilla, date(2026, 1, 10), value=300_00, currency="USD")
    goal = set_goal(cast, metric=Metric.SUM, currency="USD", target=1_000_00, ends_on=date(2026, 1, 31))
    [january] = results(cast, goal).periods
    assert (january.target, january.result, january.difference, january.progress) == (
        500_00,
        450_00,
        -50_00,
        90,
    )


def test_a_number_is_not_money(cast: Cast) -> None:
    know_rate(cast, "USD", date(2026, 1, 1), "0.5")
    goal = set_goal(cast, target=10)
    assert {period.target for period in results(cast, goal).periods} == {10}


def test_a_rate_is_asked_for_only_where_another_currency_is_in_use(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    own = terms(cast, metric=Metric.SUM, currency="EUR")
    with django_assert_num_queries(0):
        rates = rates_for(cast.company, [own, terms(cast), terms(cast, measure=Measure.DEALS_STARTED)])
    assert rate_on(own, cast.company, rates, date(2026, 1, 1)) == 1
    with pytest.raises(ValueError, match="USD, of which no rate is known"):
        rate_on(terms(cast, metric=Metric.SUM, currency="USD"), cast.company, rates, date(2026, 1, 1))
