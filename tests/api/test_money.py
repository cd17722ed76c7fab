"""Amounts are exact to the cent, in the goal's currency, and results keep their ratio to targets."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from goalpost.crm.actions.deals import create_deal
from goalpost.crm.actions.setup import set_rate
from goalpost.domain.money import LARGEST_VALUE
from tests.api.bodies import new_goal
from tests.api.caller import ApiCaller, caller
from tests.goals.builders import add_deal, add_won
from tests.people import NOW, Cast, make_company

pytestmark = pytest.mark.django_db

FIRST_HALF = {"period.start": "2026-01-01", "period.end": "2026-06-30"}


def by_value(cast: Cast, target: object, **outcome: object) -> dict[str, Any]:
    return new_goal(cast, expected_outcome={"target": target, "tracking_metric": "sum", **outcome})


def made(api: ApiCaller, body: dict[str, Any]) -> str:
    reply = api.post("/goals", body)
    assert reply.status == 200, reply.text
    return str(reply.body["data"]["goal"]["id"])


def progress(api: ApiCaller, goal_id: str, **days: str) -> Decimal:
    reply = api.get(f"/goals/{goal_id}/results", **days)
    assert reply.status == 200, reply.text
    return Decimal(reply.body["data"]["progress"])


@pytest.mark.parametrize("value", [1, 10, 110, 1_338_466_05, 29, LARGEST_VALUE])
def test_an_amount_is_the_number_that_was_counted(cast: Cast, value: int) -> None:
    api = caller(cast.astrid)
    goal_id = made(api, by_value(cast, 1))
    add_won(cast, cast.cilla, date(2026, 2, 3), value=value)
    reply = api.get(f"/goals/{goal_id}/results", **FIRST_HALF)
    whole, cents = divmod(value, 100)
    assert f'"progress":{whole}.{cents:02d}' in reply.text


def test_ten_cents_and_twenty_are_thirty(cast: Cast) -> None:
    api = caller(cast.astrid)
    goal_id = made(api, by_value(cast, 0.3))
    add_won(cast, cast.cilla, date(2026, 2, 3), value=10)
    add_won(cast, cast.david, date(2026, 2, 4), value=20)
    [_january, february, *_later] = api.get(f"/goals/{goal_id}/periods").body["data"]["periods"]
    assert february["result"] == february["target"] == Decimal("0.30")
    assert (february["difference"], february["progress"]) == (0, 100)


@pytest.mark.parametrize(("currency", "number"), [("JPY", "1500"), ("KWD", "1500.000"), ("EUR", "1500.00")])
def test_amounts_have_the_decimals_of_their_currency(currency: str, number: str) -> None:
    cast = make_company(currency=currency)
    api = caller(cast.astrid)
    reply = api.post("/goals", by_value(cast, 1500))
    assert f'"target":{number},' in reply.text


@pytest.mark.parametrize("target", ["1.005", 0.001, "1e3", "٣", "1_000", " 5", "", 2**53, "Infinity", [], {}])
def test_a_target_that_is_no_amount_of_its_currency_is_refused(cast: Cast, target: object) -> None:
    reply = caller(cast.astrid).post("/goals", by_value(cast, target))
    assert reply.status == 400
    assert reply.error.startswith("expected_outcome.target: ")


class TestAGoalInAnotherCurrency:
    """The company counts in euro; the goal is in dollars, of which one is 0.80 euro, from March on 0.50."""

    @pytest.fixture
    def api(self, cast: Cast) -> ApiCaller:
        for day, rate in ((date(2026, 1, 1), "0.80"), (date(2026, 3, 1), "0.50"), (date(2026, 3, 20), "0.1")):
            set_rate(actor=cast.operator, currency="USD", day=day, rate=Decimal(rate), now=NOW)
        return caller(cast.astrid)

    @pytest.fixture
    def goal_id(self, cast: Cast, api: ApiCaller) -> str:
        return made(api, by_value(cast, 1000, currency_id="USD"))

    def test_its_results_are_in_its_currency_at_the_rate_of_each_day(
        self, cast: Cast, api: ApiCaller, goal_id: str
    ) -> None:
        add_won(cast, cast.cilla, date(2026, 2, 10), value=400_00)
        add_won(cast, cast.cilla, date(2026, 3, 2), value=100_00)
        add_won(cast, cast.cilla, date(2026, 3, 25), value=20_00)
        january, february, march, *_rest = api.get(f"/goals/{goal_id}/periods").body["data"]["periods"]
        assert (january["target"], january["result"]) == (1000, 0)
        assert (february["target"], february["result"], february["progress"]) == (1000, 500, 50)
        assert (march["target"], march["result"], march["difference"]) == (1000, 400, -600)

    def test_results_over_any_days_add_up_to_those_of_its_periods(
        self, cast: Cast, api: ApiCaller, goal_id: str
    ) -> None:
        for day in (date(2026, 2, 10), date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 25)):
            add_won(cast, cast.cilla, day, value=100_00)
        periods = api.get(f"/goals/{goal_id}/periods").body["data"]["periods"]
        assert progress(api, goal_id, **FIRST_HALF) == sum(period["result"] for period in periods) == 1450
        days = {"period.start": "2026-02-20", "period.end": "2026-03-10"}
        assert progress(api, goal_id, **days) == 125 + 200

    def test_deals_in_its_own_currency_count_at_face_value(
        self, cast: Cast, api: ApiCaller, goal_id: str
    ) -> None:
        for day in (date(2026, 3, 10), date(2026, 3, 25)):
            add_won(cast, cast.cilla, day, value=123_45, currency="USD")
        _january, _february, march, *_rest = api.get(f"/goals/{goal_id}/periods").body["data"]["periods"]
        assert march["result"] == Decimal("246.90")

    def test_a_new_rate_changes_the_tag(self, cast: Cast, api: ApiCaller, goal_id: str) -> None:
        before = api.get(f"/goals/{goal_id}/periods").headers["ETag"]
        set_rate(actor=cast.operator, currency="USD", day=date(2026, 2, 1), rate=Decimal("0.9"), now=NOW)
        assert api.get(f"/goals/{goal_id}/periods").headers["ETag"] != before


def test_a_currency_without_a_rate_is_refused_for_a_goal(cast: Cast) -> None:
    reply = caller(cast.astrid).post("/goals", by_value(cast, 1000, currency_id="USD"))
    assert reply.status == 400
    assert reply.error.startswith("expected_outcome.currency_id: There is no exchange rate for USD")


def test_deals_of_unknown_value_are_told(cast: Cast) -> None:
    api = caller(cast.astrid)
    goal_id = made(api, by_value(cast, 1000))
    count_id = made(api, new_goal(cast))
    add_won(cast, cast.cilla, date(2026, 2, 10), value=50_00)
    add_won(cast, cast.cilla, date(2026, 2, 11), value=50_00, currency="USD")
    january, february, *_rest = api.get(f"/goals/{goal_id}/periods").body["data"]["periods"]
    assert (february["result"], february["unvalued"]) == (50, 1)
    assert "unvalued" not in january
    by_result = api.get(f"/goals/{goal_id}/results", **FIRST_HALF).body["data"]
    assert (by_result["progress"], by_result["unvalued"]) == (50, 1)
    counted = api.get(f"/goals/{count_id}/results", **FIRST_HALF).body["data"]
    assert counted["progress"] == 2
    assert "unvalued" not in counted


def test_a_forecast_weighs_open_deals(cast: Cast) -> None:
    api = caller(cast.astrid)
    goal_id = made(api, {**by_value(cast, 1000), "type": {"name": "revenue_forecast"}})
    for probability, expected in ((50, date(2026, 4, 1)), (10, date(2026, 4, 30)), (90, None)):
        create_deal(
            actor=cast.operator,
            stage_id=cast.stages[0].pk,
            now=NOW,
            title="Deal",
            owner_id=cast.cilla.pk,
            currency="EUR",
            value=100_05,
            probability=probability,
            expected_close_date=expected,
        )
    # 50.025 and 10.005 are rounded half to even, each deal by itself.
    assert progress(api, goal_id, **FIRST_HALF) == Decimal("60.02")


def test_a_year_of_many_deals_is_summed_like_the_sheet_it_came_from(cast: Cast) -> None:
    """As in a public sheet of a hardware seller: a month's deals won, by number and by value."""
    api = caller(cast.astrid)
    by_number, value = made(api, new_goal(cast)), made(api, by_value(cast, 5000))
    sold = [date(2026, month, day) for month in (1, 2, 3) for day in (1, 9, 17, 25)]
    for number, day in enumerate(sold):
        add_won(cast, (cast.cilla, cast.david)[number % 2], day, value=number * 1111 + 7)
    add_deal(cast, cast.cilla, date(2026, 2, 2), value=99_999_99)
    counted = api.get(f"/goals/{by_number}/periods").body["data"]["periods"]
    valued = api.get(f"/goals/{value}/periods").body["data"]["periods"]
    assert [period["result"] for period in counted] == [4, 4, 4, 0, 0, 0]
    in_cents = [sum(n * 1111 + 7 for n in range(start, start + 4)) for start in (0, 4, 8)]
    assert [period["result"] for period in valued] == [Decimal(cents) / 100 for cents in in_cents] + [0, 0, 0]
    assert valued[1]["progress"] == Decimal("4.89")
