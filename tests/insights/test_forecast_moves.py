"""What moved the forecast: each act in its bar, and all bars together the difference, to the cent."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goalpost.crm.actions import deals, setup
from goalpost.crm.models import Deal
from goalpost.domain.calendar import Period
from goalpost.domain.counting import DealStatus
from goalpost.domain.measures import Measure
from goalpost.insights.forecast_moves import ForecastMoves, MoveKind, MovesAsked, forecast_moves
from goalpost.insights.report import Asker
from goalpost.ledger.questions import OwnerSpan, Selection
from tests.goals.builders import add_deal
from tests.people import NOW, Cast, make_company

pytestmark = pytest.mark.django_db

MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))
IN_MARCH, IN_APRIL = date(2026, 3, 20), date(2026, 4, 20)
DAY = timedelta(days=1)
EVERYBODY = Selection(Measure.REVENUE_FORECAST)


@pytest.fixture
def cast() -> Cast:
    return make_company()


def moves(
    cast: Cast,
    *,
    selection: Selection = EVERYBODY,
    first: date = date(2026, 3, 3),
    last: date = date(2026, 3, 30),
    in_full: bool = False,
) -> ForecastMoves:
    reader = Asker(cast.as_astrid, cast.company, last)
    return forecast_moves(reader, MovesAsked(selection, MARCH, first, last, in_full))


def bars(found: ForecastMoves) -> dict[MoveKind, tuple[int, int]]:
    """Return deals and effect of each bar that has a deal."""
    return {bar.kind: (bar.deals, bar.by.amount) for bar in found.bars if bar.deals}


def adds_up(found: ForecastMoves) -> bool:
    by_count = sum(bar.by.count for bar in found.bars)
    is_whole = sum(bar.by.amount for bar in found.bars) == found.difference
    return (
        is_whole
        and by_count == found.end.count - found.start.count
        and found.bars[-1].after == found.end.amount
    )


def open_deal(cast: Cast, *, value: int = 100_00, expected: date | None = IN_MARCH) -> Deal:
    """Add a deal of 100 euros with a probability of 50 %, on the day before the range."""
    deal = add_deal(cast, cast.cilla, NOW.date(), value=value, expected=expected)
    return deals.change_deal(actor=cast.operator, deal_id=deal.pk, now=NOW, probability=50)


def test_each_act_moves_its_own_bar(cast: Cast) -> None:
    by, later = cast.operator, NOW + 2 * DAY
    won, out, grown, shrunk, lost, gone, back = (open_deal(cast) for _ in range(7))
    pulled = open_deal(cast, expected=IN_APRIL)
    deals.lose_deal(actor=by, deal_id=back.pk, now=NOW)
    deals.win_deal(actor=by, deal_id=won.pk, now=later)
    deals.change_deal(actor=by, deal_id=pulled.pk, now=later, expected_close_date=IN_MARCH)
    deals.change_deal(actor=by, deal_id=out.pk, now=later, expected_close_date=IN_APRIL)
    deals.change_deal(actor=by, deal_id=grown.pk, now=later, value=140_00)
    deals.change_deal(actor=by, deal_id=shrunk.pk, now=later, probability=20)
    deals.lose_deal(actor=by, deal_id=lost.pk, now=later)
    deals.delete_deal(actor=by, deal_id=gone.pk, now=later)
    deals.reopen_deal(actor=by, deal_id=back.pk, now=later)
    deals.create_deal(
        actor=by,
        stage_id=cast.stages[0].pk,
        now=later,
        title="New",
        value=60_00,
        currency="EUR",
        probability=50,
        expected_close_date=IN_MARCH,
        owner_id=cast.cilla.pk,
    )
    found = moves(cast)
    assert bars(found) == {
        MoveKind.CREATED: (1, 30_00),
        MoveKind.WON: (1, 50_00),
        MoveKind.PULLED_IN: (1, 50_00),
        MoveKind.PUSHED_OUT: (1, -50_00),
        MoveKind.GROWN: (1, 20_00),
        MoveKind.SHRUNK: (1, -30_00),
        MoveKind.LOST: (1, -50_00),
        MoveKind.REOPENED: (1, 50_00),
        MoveKind.DELETED: (1, -50_00),
    }
    assert (found.start.amount, found.end.amount, found.swings) == (300_00, 320_00, 0)
    assert adds_up(found)
    by_value = {
        bar.kind: bar.by_value.amount for bar in found.bars if bar.by_value.count or bar.by_value.amount
    }
    assert by_value == {MoveKind.GROWN: 20_00}, "what shrank did so by probability"


def test_a_deal_out_and_back_in_counts_in_both_bars_and_takes_nothing_from_the_difference(cast: Cast) -> None:
    deal = open_deal(cast)
    for days, day in ((2, IN_APRIL), (4, IN_MARCH)):
        deals.change_deal(actor=cast.operator, deal_id=deal.pk, now=NOW + days * DAY, expected_close_date=day)
    found = moves(cast)
    assert bars(found) == {MoveKind.PULLED_IN: (1, 50_00), MoveKind.PUSHED_OUT: (1, -50_00)}
    assert (found.difference, found.swings) == (0, 1)
    assert {bar.swing for bar in found.bars} == {0, 50_00}


def test_a_handover_moves_a_team_but_not_the_company(cast: Cast) -> None:
    deal = open_deal(cast)
    deals.change_deal(actor=cast.operator, deal_id=deal.pk, now=NOW + 2 * DAY, owner_id=cast.david.pk)
    of = {
        name: Selection(Measure.REVENUE_FORECAST, frozenset(), spans=(OwnerSpan(user.pk),))
        for name, user in (("nordic", cast.cilla), ("baltic", cast.david))
    }
    assert bars(moves(cast)) == {}
    assert bars(moves(cast, selection=of["nordic"])) == {MoveKind.REASSIGNED_OUT: (1, -50_00)}
    assert bars(moves(cast, selection=of["baltic"])) == {MoveKind.REASSIGNED_IN: (1, 50_00)}


def test_a_changed_probability_of_a_stage_is_a_rule(cast: Cast) -> None:
    add_deal(cast, cast.cilla, NOW.date(), value=100_00, expected=IN_MARCH)
    stage = cast.stages[0]
    before = 100 if stage.probability is None else stage.probability
    setup.change_stage_probability(
        actor=cast.operator, stage_id=stage.pk, probability=before - 5, now=NOW + 2 * DAY
    )
    assert bars(moves(cast)) == {MoveKind.RULES: (1, -5_00)}


def test_in_full_value_a_win_lifts_nothing_and_a_probability_moves_nothing(cast: Cast) -> None:
    won, likelier = open_deal(cast), open_deal(cast)
    deals.win_deal(actor=cast.operator, deal_id=won.pk, now=NOW + 2 * DAY)
    deals.change_deal(actor=cast.operator, deal_id=likelier.pk, now=NOW + 2 * DAY, probability=90)
    found = moves(cast, in_full=True)
    assert bars(found) == {MoveKind.WON: (1, 0)}
    assert (found.start.amount, found.end.amount) == (200_00, 200_00)


def test_what_happened_before_and_after_the_days_is_not_among_them(cast: Cast) -> None:
    deal = open_deal(cast)
    for days, value in ((1, 110_00), (2, 130_00), (3, 190_00)):
        deals.change_deal(actor=cast.operator, deal_id=deal.pk, now=NOW + days * DAY, value=value)
    found = moves(cast, first=date(2026, 3, 4), last=date(2026, 3, 4))
    assert bars(found) == {MoveKind.GROWN: (1, 10_00)}
    assert (found.start.amount, found.end.amount) == (55_00, 65_00)


def test_titles_of_deals_that_one_may_not_see_are_left_out(cast: Cast) -> None:
    deal = open_deal(cast)
    deals.change_deal(actor=cast.operator, deal_id=deal.pk, now=NOW + 2 * DAY, value=130_00)
    asked = MovesAsked(EVERYBODY, MARCH, date(2026, 3, 3), date(2026, 3, 30))
    titles = [
        forecast_moves(Asker(actor, cast.company, IN_MARCH), asked).largest[0].title
        for actor in (cast.as_astrid, cast.as_cilla, cast.as_david)
    ]
    assert titles == ["Deal", "Deal", ""]


def _act(cast: Cast, random: Random, deal_id: int, now: datetime) -> None:
    """Do something to a deal that its state allows."""
    by = cast.operator
    deal = Deal.objects.get(company_id=cast.company_id, pk=deal_id)
    if deal.is_deleted:
        deals.restore_deal(actor=by, deal_id=deal_id, now=now)
        return
    match random.randrange(8):
        case 0:
            deals.delete_deal(actor=by, deal_id=deal_id, now=now)
        case 1 if deal.status != DealStatus.OPEN:
            deals.reopen_deal(actor=by, deal_id=deal_id, now=now)
        case 1 | 2 if deal.status != DealStatus.WON:
            deals.win_deal(actor=by, deal_id=deal_id, now=now)
        case 3 if deal.status != DealStatus.LOST:
            deals.lose_deal(actor=by, deal_id=deal_id, now=now)
        case 4:
            deals.move_deal(actor=by, deal_id=deal_id, stage_id=random.choice(cast.stages).pk, now=now)
        case _:
            deals.change_deal(
                actor=by,
                deal_id=deal_id,
                now=now,
                value=random.randrange(1_000_00),
                currency=random.choice(["EUR", "USD", "JPY"]),
                probability=random.choice([None, 10, 33, 67]),
                owner_id=random.choice([cast.cilla, cast.david]).pk,
                expected_close_date=random.choice([None, IN_MARCH, IN_MARCH, IN_APRIL]),
            )


LONG = settings.get_current_profile_name() == "long"


@pytest.mark.hypothesis
@settings(max_examples=1000 if LONG else 25)
@given(seed=st.integers(0, 2**32))
def test_all_bars_add_up_after_any_history(seed: int) -> None:
    """A company for each history: what was known on a day depends on all that happened before it."""
    cast, random = make_company(f"History {seed}"), Random(seed)
    setup.set_rate(actor=cast.operator, currency="USD", day=date(2026, 1, 1), rate=Decimal("0.9"), now=NOW)
    ids = [open_deal(cast, value=random.randrange(1_000_00)).pk for _ in range(3)]
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    for _ in range(14):
        now += timedelta(hours=random.randrange(1, 30))
        if random.random() < 0.1:
            rate = Decimal(random.randrange(80, 120)) / 100
            setup.set_rate(actor=cast.operator, currency="USD", day=date(2026, 1, 1), rate=rate, now=now)
        else:
            _act(cast, random, random.choice(ids), now)
    first = date(2026, 3, random.randrange(1, 9))
    last = first + timedelta(days=random.randrange(14))
    of_cilla = Selection(Measure.REVENUE_FORECAST, frozenset({cast.cilla.pk}))
    for selection in (EVERYBODY, of_cilla):
        for in_full in (False, True):
            assert adds_up(moves(cast, selection=selection, first=first, last=last, in_full=in_full))
