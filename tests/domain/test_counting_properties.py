"""What holds for every deal, whatever its facts and its history."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from goalpost.domain.counting import (
    DealFacts,
    DealStatus,
    Rates,
    Rules,
    StageMove,
    StageRule,
    deal_contributions,
)
from goalpost.domain.measures import Measure

RULES = Rules(
    time_zone=ZoneInfo("America/New_York"),
    currency="EUR",
    stages={
        11: StageRule(1, 1, 10),
        12: StageRule(1, 2, None),
        13: StageRule(1, 3, 75),
        21: StageRule(2, 1, 20),
    },
    rates=Rates(
        {
            "USD": [(date(2025, 6, 1), Decimal("0.90")), (date(2026, 3, 1), Decimal("0.80"))],
            "JPY": [(date(2026, 1, 1), Decimal("0.0062"))],
            "KWD": [(date(2026, 1, 1), Decimal("3.005"))],
        }
    ),
    digits={"EUR": 2, "USD": 2, "JPY": 0, "KWD": 3, "SEK": 2},
)
two_years = int(timedelta(days=730).total_seconds())
moments = st.none() | st.integers(0, two_years).map(
    lambda s: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=s)
)
stage_ids = st.sampled_from(sorted(RULES.stages))
deals = st.builds(
    DealFacts,
    id=st.just(1),
    owner_id=st.integers(1, 5),
    pipeline_id=st.integers(1, 2),
    stage_id=stage_ids,
    status=st.sampled_from(DealStatus),
    value=st.integers(-(10**6), 10**12),
    currency=st.sampled_from(["EUR", "USD", "JPY", "KWD", "SEK"]),
    probability=st.none() | st.integers(0, 100),
    add_time=moments,
    won_time=moments,
    expected_close_date=st.none() | st.dates(date(2025, 1, 1), date(2026, 12, 31)),
    is_deleted=st.booleans(),
)
histories = st.lists(st.builds(StageMove, stage_id=stage_ids, moved_at=moments), max_size=8)


@given(deals, histories)
def test_a_deal_counts_once_for_each_measure_and_stage(deal: DealFacts, moves: list[StageMove]) -> None:
    found = deal_contributions(deal, moves, RULES)
    assert len({(c.measure, c.item_id) for c in found}) == len(found)
    assert {c.owner_id for c in found} <= {deal.owner_id}
    assert all(
        bool(c.item_id) is (c.measure in {Measure.DEALS_PROGRESSED, Measure.OPEN_VALUE}) for c in found
    )
    assert {c.currency for c in found} <= {deal.currency}
    assert all(c.count == 1 and type(c.amount) is int and c.unvalued in {0, 1} for c in found)
    assert all(c.measure.counts_deals for c in found)


@given(deals, histories)
def test_an_amount_is_the_exact_fraction_rounded_once(deal: DealFacts, moves: list[StageMove]) -> None:
    own = deal.probability
    stages = RULES.stages[deal.stage_id or 0].probability
    percent = own if own is not None else 100 if stages is None else stages
    for c in deal_contributions(deal, moves, RULES):
        is_weighted = c.measure is Measure.REVENUE_FORECAST and deal.status is DealStatus.OPEN
        rate = Decimal(1) if deal.currency == "EUR" else RULES.rates.on(deal.currency, c.day)
        if rate is None:
            assert (c.amount, c.unvalued) == (0, 1)
        else:
            major = Fraction(deal.value, 10 ** RULES.digits[deal.currency])
            weight = Fraction(percent if is_weighted else 100, 100)
            assert (c.amount, c.unvalued) == (round(major * Fraction(rate) * weight * 100), 0)


@given(deals, histories)
def test_winning_or_losing_changes_no_progress_and_no_start(deal: DealFacts, moves: list[StageMove]) -> None:
    unchanged = {Measure.DEALS_STARTED, Measure.DEALS_PROGRESSED}
    kept = [
        {c for c in deal_contributions(replace(deal, status=status), moves, RULES) if c.measure in unchanged}
        for status in DealStatus
    ]
    assert kept[0] == kept[1] == kept[2]
