"""What deals and activities count towards: ARCHITECTURE section 4, row by row."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from goalpost.domain.counting import (
    NO_DAY,
    ActivityFacts,
    Contribution,
    DealFacts,
    DealStatus,
    Rates,
    Rules,
    StageMove,
    StageRule,
    activity_contributions,
    deal_contributions,
)
from goalpost.domain.measures import Measure
from goalpost.domain.money import LARGEST_MINOR

CILLA, DAVID = 3, 4
NORDIC, PARTNER = 1, 2
FIRST, TALKS, OFFER, LEAD = 11, 12, 13, 21
CALL = 5
UNSTATED = None

RULES = Rules(
    time_zone=ZoneInfo("Europe/Stockholm"),
    currency="EUR",
    stages={
        FIRST: StageRule(NORDIC, 1, 10),
        TALKS: StageRule(NORDIC, 2, UNSTATED),
        OFFER: StageRule(NORDIC, 3, 75),
        LEAD: StageRule(PARTNER, 1, 20),
    },
    rates=Rates(
        {
            "USD": [(date(2026, 1, 1), Decimal("0.90")), (date(2026, 3, 1), Decimal("0.80"))],
            "JPY": [(date(2026, 1, 1), Decimal("0.0062"))],
            "KWD": [(date(2026, 1, 1), Decimal("3.005"))],
            "XXQ": [(date(2026, 1, 1), Decimal(2))],  # a rate, but nobody knows its decimals
        }
    ),
    digits={"EUR": 2, "USD": 2, "JPY": 0, "KWD": 3, "SEK": 2},
)
ADDED = datetime(2026, 2, 3, 9, tzinfo=UTC)
WON = datetime(2026, 3, 5, 9, tzinfo=UTC)
DEAL = DealFacts(
    id=1,
    owner_id=CILLA,
    pipeline_id=NORDIC,
    stage_id=FIRST,
    status=DealStatus.OPEN,
    value=100_000,
    currency="EUR",
    probability=None,
    add_time=ADDED,
    won_time=None,
    expected_close_date=date(2026, 4, 30),
    is_deleted=False,
)
CREATED = [StageMove(FIRST, ADDED)]
WON_DEAL = replace(DEAL, status=DealStatus.WON, won_time=WON)
ACTIVITY = ActivityFacts(
    id=1,
    owner_id=CILLA,
    type_id=CALL,
    pipeline_id=NORDIC,
    add_time=ADDED,
    is_done=True,
    marked_as_done_time=WON,
    is_deleted=False,
)

STARTED = Contribution(Measure.DEALS_STARTED, date(2026, 2, 3), CILLA, NORDIC, 0, "EUR", 1, 100_000, 100_000)
ENTERED = Contribution(
    Measure.DEALS_PROGRESSED, date(2026, 2, 3), CILLA, NORDIC, FIRST, "EUR", 1, 100_000, 100_000
)
WEIGHTED = Contribution(
    Measure.REVENUE_FORECAST, date(2026, 4, 30), CILLA, NORDIC, 0, "EUR", 1, 10_000, 10_000
)
CLOSED = Contribution(Measure.DEALS_WON, date(2026, 3, 5), CILLA, NORDIC, 0, "EUR", 1, 100_000, 100_000)
EARNED = Contribution(
    Measure.REVENUE_FORECAST, date(2026, 3, 5), CILLA, NORDIC, 0, "EUR", 1, 100_000, 100_000
)
OPEN = Contribution(Measure.OPEN_VALUE, date(2026, 4, 30), CILLA, NORDIC, FIRST, "EUR", 1, 100_000, 100_000)


def only(measure: Measure, deal: DealFacts, rules: Rules = RULES) -> Contribution:
    (found,) = (c for c in deal_contributions(deal, CREATED, rules) if c.measure is measure)
    return found


@pytest.mark.parametrize(
    ("deal", "expected"),
    [
        pytest.param(DEAL, {STARTED, ENTERED, WEIGHTED, OPEN}, id="open"),
        pytest.param(WON_DEAL, {STARTED, ENTERED, CLOSED, EARNED}, id="won"),
        pytest.param(replace(DEAL, status=DealStatus.LOST), {STARTED, ENTERED}, id="lost"),
        # A reopened deal may still carry its won time; its status decides.
        pytest.param(replace(DEAL, won_time=WON), {STARTED, ENTERED, WEIGHTED, OPEN}, id="reopened"),
        pytest.param(
            replace(DEAL, status=DealStatus.LOST, won_time=WON), {STARTED, ENTERED}, id="lost later"
        ),
        pytest.param(replace(WON_DEAL, is_deleted=True), set(), id="deleted"),
        pytest.param(replace(DEAL, add_time=None), {ENTERED, WEIGHTED, OPEN}, id="no add time"),
        pytest.param(replace(WON_DEAL, won_time=None), {STARTED, ENTERED}, id="no won time"),
        pytest.param(
            replace(DEAL, expected_close_date=None),
            {STARTED, ENTERED, OPEN._replace(day=NO_DAY)},
            id="no close date",
        ),
    ],
)
def test_a_deal_counts_by_its_status_and_its_dates(deal: DealFacts, expected: set[Contribution]) -> None:
    assert deal_contributions(deal, CREATED, RULES) == expected


def test_credit_belongs_to_the_owner_and_the_pipeline_of_now_but_progress_to_the_pipeline_of_the_stage() -> (
    None
):
    moved = replace(WON_DEAL, owner_id=DAVID, pipeline_id=PARTNER, stage_id=LEAD)
    moves = [*CREATED, StageMove(TALKS, WON), StageMove(LEAD, WON + timedelta(days=1))]
    found = deal_contributions(moved, moves, RULES)
    assert {(c.measure, c.owner_id, c.pipeline_id, c.item_id, c.day) for c in found} == {
        (Measure.DEALS_STARTED, DAVID, PARTNER, 0, date(2026, 2, 3)),
        (Measure.DEALS_WON, DAVID, PARTNER, 0, date(2026, 3, 5)),
        (Measure.REVENUE_FORECAST, DAVID, PARTNER, 0, date(2026, 3, 5)),
        (Measure.DEALS_PROGRESSED, DAVID, NORDIC, FIRST, date(2026, 2, 3)),
        (Measure.DEALS_PROGRESSED, DAVID, NORDIC, TALKS, date(2026, 3, 5)),
        (Measure.DEALS_PROGRESSED, DAVID, PARTNER, LEAD, date(2026, 3, 6)),
    }


def test_an_entry_at_an_unknown_moment_does_not_count() -> None:
    moves = [StageMove(FIRST, None), StageMove(OFFER, WON)]
    found = deal_contributions(DEAL, moves, RULES)
    stages = {c.item_id: c.day for c in found if c.measure is Measure.DEALS_PROGRESSED}
    assert stages == {TALKS: date(2026, 3, 5), OFFER: date(2026, 3, 5)}


def test_a_deal_without_moves_makes_no_progress() -> None:
    assert deal_contributions(DEAL, [], RULES) == {STARTED, WEIGHTED, OPEN}


@pytest.mark.parametrize(
    ("activity", "days"),
    [
        (
            ACTIVITY,
            {Measure.ACTIVITIES_ADDED: date(2026, 2, 3), Measure.ACTIVITIES_COMPLETED: date(2026, 3, 5)},
        ),
        (replace(ACTIVITY, is_done=False), {Measure.ACTIVITIES_ADDED: date(2026, 2, 3)}),
        (replace(ACTIVITY, marked_as_done_time=None), {Measure.ACTIVITIES_ADDED: date(2026, 2, 3)}),
        (replace(ACTIVITY, add_time=None), {Measure.ACTIVITIES_COMPLETED: date(2026, 3, 5)}),
        (replace(ACTIVITY, is_deleted=True), {}),
    ],
)
@pytest.mark.parametrize("pipeline_id", [NORDIC, 0])
def test_an_activity_counts_when_added_and_when_done_with_its_type_and_its_deals_pipeline(
    activity: ActivityFacts, days: dict[Measure, date], pipeline_id: int
) -> None:
    found = activity_contributions(replace(activity, pipeline_id=pipeline_id), RULES)
    assert found == {Contribution(measure, day, CILLA, pipeline_id, CALL) for measure, day in days.items()}
    assert all((c.count, c.amount, c.unvalued) == (1, 0, 0) for c in found)


@pytest.mark.parametrize(
    ("own", "stage_id", "percent"),
    [
        (30, FIRST, 30),  # the deal's own before its stage's
        (0, FIRST, 0),  # also when it is zero
        (None, FIRST, 10),
        (None, OFFER, 75),
        (None, TALKS, 100),  # neither
    ],
)
def test_probability_is_the_deals_own_else_the_stages_else_certain(
    own: int | None, stage_id: int, percent: int
) -> None:
    deal = replace(DEAL, probability=own, stage_id=stage_id)
    assert only(Measure.REVENUE_FORECAST, deal).amount == 1_000 * percent


def test_a_won_deal_is_never_weighted() -> None:
    deal = replace(WON_DEAL, probability=30)
    assert only(Measure.REVENUE_FORECAST, deal).amount == 100_000


def test_weighting_leaves_every_other_measure_whole() -> None:
    deal = replace(DEAL, probability=30)
    assert only(Measure.DEALS_STARTED, deal).amount == 100_000
    assert only(Measure.DEALS_PROGRESSED, deal).amount == 100_000


@pytest.mark.parametrize(
    ("value", "percent", "weighted"),
    [
        (1, 50, 0),  # half a cent: to the even neighbour
        (3, 50, 2),
        (5, 50, 2),
        (7, 50, 4),
        (-3, 50, -2),
        (1, 51, 1),
        (1, 49, 0),
        (33_333, 33, 11_000),  # 10999.89
        (LARGEST_MINOR, 100, LARGEST_MINOR),
        (LARGEST_MINOR, 37, 3_332_663_724_254_167),  # exactly …166.67; in floats …166.5, and so 166
    ],
)
def test_a_weighted_amount_rounds_half_even(value: int, percent: int, weighted: int) -> None:
    deal = replace(DEAL, value=value, probability=percent)
    assert only(Measure.REVENUE_FORECAST, deal).amount == weighted


def test_weight_and_rate_round_once_together() -> None:
    rules = replace(RULES, rates=Rates({"USD": [(date(2026, 1, 1), Decimal("1.5"))]}))
    deal = replace(DEAL, value=1, currency="USD", probability=80)
    # Exactly 1.2 cents. Rounded twice it would be 2, whichever of the two came first.
    assert only(Measure.REVENUE_FORECAST, deal, rules).amount == 1


@pytest.mark.parametrize(
    ("currency", "value", "started", "won"),
    [
        ("EUR", 12_345, 12_345, 12_345),
        ("USD", 10_000, 9_000, 8_000),  # each contribution at the rate of its own day
        ("JPY", 1_000, 620, 620),
        ("KWD", 1_000, 300, 300),  # 1.000 dinar is 3.005 euros: half-even
        ("KWD", 3_000, 902, 902),  # 9.015 euros
    ],
)
def test_a_value_is_converted_at_the_rate_of_the_day(
    currency: str, value: int, started: int, won: int
) -> None:
    deal = replace(WON_DEAL, currency=currency, value=value)
    assert only(Measure.DEALS_STARTED, deal)[-3:] == (started, value, 0)
    assert only(Measure.DEALS_WON, deal)[-3:] == (won, value, 0)


@pytest.mark.parametrize(
    ("currency", "why"),
    [("SEK", "no rate"), ("XXQ", "unknown decimals"), ("", "no currency"), ("eur", "codes are upper case")],
)
def test_without_a_rate_a_deal_counts_with_its_value_unknown(currency: str, why: str) -> None:
    for deal in (DEAL, WON_DEAL):
        found = deal_contributions(replace(deal, currency=currency), CREATED, RULES)
        assert {c[:5] for c in found} == {c[:5] for c in deal_contributions(deal, CREATED, RULES)}
        assert all((c.count, c.amount, c.unvalued) == (1, 0, 1) for c in found), why


def test_an_amount_past_what_clients_can_hold_is_unknown_and_never_wrong() -> None:
    deal = replace(WON_DEAL, currency="JPY", value=LARGEST_MINOR)
    rules = replace(RULES, rates=Rates({"JPY": [(date(2026, 1, 1), Decimal(1))]}))
    assert only(Measure.DEALS_WON, deal, rules)[-3:] == (0, deal.value, 1)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Europe/Stockholm", "Etc/GMT+12"])
def test_a_day_without_a_time_stays_that_day_in_every_time_zone(zone: str) -> None:
    day, rules = date(2026, 5, 1), replace(RULES, time_zone=ZoneInfo(zone))
    deal = replace(WON_DEAL, add_time=day, won_time=day)
    found = deal_contributions(deal, [StageMove(FIRST, day)], rules)
    assert {c.measure for c in found} == {
        Measure.DEALS_STARTED,
        Measure.DEALS_PROGRESSED,
        Measure.DEALS_WON,
        Measure.REVENUE_FORECAST,
    }
    done = replace(ACTIVITY, add_time=day, marked_as_done_time=day)
    assert {c.day for c in found | activity_contributions(done, rules)} == {day}


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("America/New_York", date(2026, 3, 8)),
        ("UTC", date(2026, 3, 9)),
        ("Pacific/Kiritimati", date(2026, 3, 9)),
    ],
)
def test_every_moment_falls_on_its_day_in_the_companys_time_zone(zone: str, day: date) -> None:
    rules = replace(RULES, time_zone=ZoneInfo(zone))
    moment = datetime(2026, 3, 9, 3, 59, 59, tzinfo=UTC)
    deal = replace(WON_DEAL, add_time=moment, won_time=moment)
    found = deal_contributions(deal, [StageMove(FIRST, moment)], rules)
    done = replace(ACTIVITY, add_time=moment, marked_as_done_time=moment)
    assert len(found) == 4
    assert {c.day for c in found | activity_contributions(done, rules)} == {day}


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_an_expected_close_date_is_the_same_day_everywhere(zone: str) -> None:
    rules = replace(RULES, time_zone=ZoneInfo(zone))
    assert only(Measure.REVENUE_FORECAST, DEAL, rules).day == date(2026, 4, 30)
