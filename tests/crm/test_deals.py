"""What people do to deals, and what the ledger says after it."""

from datetime import date, datetime, timedelta, timezone

import pytest

from goalpost.companies.errors import InvalidInput, NotFound
from goalpost.crm.actions import deals
from goalpost.crm.actions.deals import DealDetails
from goalpost.crm.bulk import DealRecord, insert_deals
from goalpost.crm.models import StageMove
from goalpost.crm.posting import company_rules, crm_write
from goalpost.crm.verify import differences
from goalpost.domain.measures import Measure
from goalpost.domain.money import LARGEST_VALUE
from goalpost.ledger.questions import Total
from tests.crm.records import LATER, add_deal, days, everything_stored, total, utc
from tests.people import NOW, let_see, make_company

pytestmark = pytest.mark.django_db

NOTHING = Total()


def test_a_new_deal_is_open_and_counts_as_started_and_in_its_stage() -> None:
    cast = make_company()
    deal = deals.create_deal(
        actor=cast.as_cilla, stage_id=cast.stages[1].pk, now=NOW, title=" Oars ", value=5_00, currency="EUR"
    )
    assert (deal.title, deal.status, deal.owner_id) == ("Oars", "open", cast.cilla.pk)
    assert (deal.pipeline_id, deal.add_time, deal.updated_at) == (cast.pipeline.pk, NOW, NOW)
    assert total(cast, Measure.DEALS_STARTED) == Total(1, 5_00)
    assert total(cast, Measure.DEALS_PROGRESSED) == Total(1, 5_00)
    assert total(cast, Measure.DEALS_WON) == NOTHING
    assert total(cast, Measure.REVENUE_FORECAST) == NOTHING, "it has no expected close date yet"


def test_a_deal_is_forecast_by_its_own_probability_else_its_stages() -> None:
    cast = make_company()
    deal = add_deal(cast, value=1_000, expected_close_date=date(2026, 5, 1))  # its stage has 20 %
    assert total(cast, Measure.REVENUE_FORECAST) == Total(1, 200)
    deals.change_deal(actor=cast.as_cilla, deal_id=deal.pk, now=LATER, probability=0)
    assert total(cast, Measure.REVENUE_FORECAST) == Total(1, 0)
    deals.change_deal(actor=cast.as_cilla, deal_id=deal.pk, now=LATER, probability=70)
    assert total(cast, Measure.REVENUE_FORECAST) == Total(1, 700)
    deals.win_deal(actor=cast.as_cilla, deal_id=deal.pk, now=LATER)
    assert total(cast, Measure.REVENUE_FORECAST) == Total(1, 1_000)


def test_a_won_deal_counts_on_the_day_it_was_won_in_the_companys_time_zone() -> None:
    cast = make_company()
    won = deals.win_deal(
        actor=cast.as_astrid, deal_id=add_deal(cast).pk, now=LATER, won_time=utc(2026, 1, 31, 23, 30)
    )
    assert (won.status, won.won_time) == ("won", utc(2026, 1, 31, 23, 30))
    assert days(cast, Measure.DEALS_WON) == [date(2026, 2, 1)]


def test_a_moment_in_another_time_zone_is_the_same_moment() -> None:
    cast = make_company()
    in_kiritimati = datetime(2026, 2, 1, 13, 30, tzinfo=timezone(timedelta(hours=14)))
    deal = add_deal(cast, add_time=in_kiritimati)
    deal.refresh_from_db()
    assert deal.add_time == utc(2026, 1, 31, 23, 30)
    assert days(cast, Measure.DEALS_STARTED) == [date(2026, 2, 1)]


def test_a_reopened_deal_leaves_won() -> None:
    cast = make_company()
    deal = add_deal(cast)
    deals.win_deal(actor=cast.as_cilla, deal_id=deal.pk, now=NOW)
    assert total(cast, Measure.DEALS_WON) == Total(1, 100_000)
    reopened = deals.reopen_deal(actor=cast.as_cilla, deal_id=deal.pk, now=LATER)
    assert (reopened.status, reopened.won_time, reopened.lost_time) == ("open", None, None)
    assert total(cast, Measure.DEALS_WON) == NOTHING


def test_a_won_deal_that_is_lost_after_all_leaves_won() -> None:
    cast = make_company()
    deal = add_deal(cast)
    deals.win_deal(actor=cast.as_cilla, deal_id=deal.pk, now=NOW)
    lost = deals.lose_deal(actor=cast.as_cilla, deal_id=deal.pk, now=LATER)
    assert (lost.status, lost.won_time, lost.lost_time) == ("lost", None, LATER)
    assert total(cast, Measure.DEALS_WON) == NOTHING
    assert total(cast, Measure.DEALS_STARTED) == Total(1, 100_000), "it was started all the same"


def test_a_deal_moved_on_enters_the_stages_it_skips_and_leaves_those_it_falls_behind() -> None:
    cast = make_company()
    deal = add_deal(cast, now=NOW)
    deals.move_deal(actor=cast.as_cilla, deal_id=deal.pk, stage_id=cast.stages[3].pk, now=LATER)
    assert total(cast, Measure.DEALS_PROGRESSED).count == 4
    moved = deals.move_deal(actor=cast.as_cilla, deal_id=deal.pk, stage_id=cast.stages[1].pk, now=LATER)
    assert (moved.stage_id, moved.stage_change_time) == (cast.stages[1].pk, LATER)
    assert total(cast, Measure.DEALS_PROGRESSED).count == 2


def test_a_move_to_where_the_deal_stands_changes_nothing() -> None:
    cast = make_company()
    deal = add_deal(cast)
    before = everything_stored()
    deals.move_deal(actor=cast.as_cilla, deal_id=deal.pk, stage_id=deal.stage_id or 0, now=LATER)
    assert everything_stored() == before


def test_a_deleted_deal_counts_nowhere_until_it_is_restored_as_it_was() -> None:
    cast = make_company()
    deal = add_deal(cast, stage=2, expected_close_date=date(2026, 5, 1))
    deals.win_deal(actor=cast.as_cilla, deal_id=deal.pk, now=NOW)
    before = [total(cast, measure) for measure in Measure]
    deals.delete_deal(actor=cast.as_cilla, deal_id=deal.pk, now=LATER)
    assert [total(cast, measure) for measure in Measure] == [NOTHING] * 7
    deals.restore_deal(actor=cast.as_cilla, deal_id=deal.pk, now=LATER)
    assert [total(cast, measure) for measure in Measure] == before


def test_an_archived_deal_goes_on_counting() -> None:
    cast = make_company()
    deal = add_deal(cast)
    deals.change_deal(actor=cast.as_cilla, deal_id=deal.pk, now=LATER, is_archived=True)
    assert total(cast, Measure.DEALS_STARTED) == Total(1, 100_000)


def test_a_deal_without_add_time_is_kept_and_does_not_count_as_started() -> None:
    cast = make_company()
    deal = add_deal(cast, add_time=None)
    assert deal.add_time is None
    assert StageMove.objects.get(deal=deal).moved_at is None
    assert total(cast, Measure.DEALS_STARTED) == total(cast, Measure.DEALS_PROGRESSED) == NOTHING


def test_a_value_in_a_currency_without_rates_is_unknown_and_never_one_to_one() -> None:
    cast = make_company()
    add_deal(cast, value=100_00, currency="USD")
    assert total(cast, Measure.DEALS_STARTED) == Total(1, 0, 1)


def test_a_change_says_who_made_it_and_when() -> None:
    cast = make_company()
    let_see(cast.bjorn, company_statistics=False, other_users_statistics=False, other_users_records=True)
    deal = add_deal(cast)
    changed = deals.change_deal(
        actor=cast.as_bjorn,
        deal_id=deal.pk,
        now=LATER,
        title="Oars and paddles",
        organization="Rowing club",
        lost_time=None,
        won_time=None,
    )
    changed.refresh_from_db()
    assert (changed.title, changed.organization, changed.updated_at) == (
        "Oars and paddles",
        "Rowing club",
        LATER,
    )


TOO_LONG = "x" * 501
REFUSED: list[tuple[DealDetails, str]] = [
    ({"title": "  "}, "title"),
    ({"title": TOO_LONG}, "title"),
    ({"title": "a\x00b"}, "title"),
    ({"title": "half a \ud83d pair"}, "title"),
    ({"organization": TOO_LONG}, "organization"),
    ({"owner_id": 0}, "owner"),
    ({"owner_id": 999_999_999}, "owner"),
    ({"value": LARGEST_VALUE + 1}, "value"),
    ({"value": -LARGEST_VALUE - 1}, "value"),
    ({"currency": "eur"}, "currency"),
    ({"currency": ""}, "currency"),
    ({"currency": "XXX"}, "currency"),
    ({"probability": 101}, "probability"),
    ({"probability": -1}, "probability"),
    ({"add_time": datetime(2026, 1, 1)}, "add_time"),  # noqa: DTZ001  that is what is refused
    ({"add_time": utc(9999, 12, 31, 23)}, "add_time"),
    ({"add_time": utc(1, 1, 1, 0)}, "add_time"),
    ({"won_time": NOW}, "won_time"),
    ({"lost_time": NOW}, "lost_time"),
]


@pytest.mark.parametrize(("details", "field"), REFUSED)
def test_what_a_deal_cannot_hold_is_refused_by_name_and_nothing_changes(
    details: DealDetails, field: str
) -> None:
    cast = make_company()
    deal = add_deal(cast)
    before = everything_stored()
    with pytest.raises(InvalidInput) as on_change:
        deals.change_deal(actor=cast.as_astrid, deal_id=deal.pk, now=LATER, **details)
    with pytest.raises(InvalidInput) as on_creation:
        add_deal(cast, **details)
    assert on_change.value.field == on_creation.value.field == field
    assert on_change.value.message
    assert everything_stored() == before


def test_whom_the_operator_adds_a_deal_for_must_be_said() -> None:
    cast = make_company()
    with pytest.raises(InvalidInput) as refused:
        deals.create_deal(
            actor=cast.operator, stage_id=cast.stages[0].pk, now=NOW, title="Oars", currency="EUR"
        )
    assert refused.value.field == "owner"


def test_a_moment_out_of_order_or_without_time_zone_is_no_move() -> None:
    cast = make_company()
    deal = add_deal(cast)
    deals.move_deal(actor=cast.as_cilla, deal_id=deal.pk, stage_id=cast.stages[1].pk, now=LATER)
    before = everything_stored()
    for moved_at in (NOW, datetime(2026, 5, 1)):  # noqa: DTZ001  that is what is refused
        with pytest.raises(InvalidInput) as refused:
            deals.move_deal(
                actor=cast.as_cilla, deal_id=deal.pk, stage_id=cast.stages[2].pk, now=LATER, moved_at=moved_at
            )
        assert refused.value.field == "moved_at"
    with pytest.raises(InvalidInput):
        deals.move_deal(actor=cast.as_cilla, deal_id=deal.pk, stage_id=999_999_999, now=LATER)
    assert everything_stored() == before


def test_closing_twice_and_reopening_an_open_deal_are_refused() -> None:
    cast = make_company()
    deal = add_deal(cast)
    with pytest.raises(InvalidInput):
        deals.reopen_deal(actor=cast.as_cilla, deal_id=deal.pk, now=LATER)
    deals.win_deal(actor=cast.as_cilla, deal_id=deal.pk, now=NOW)
    before = everything_stored()
    with pytest.raises(InvalidInput):
        deals.win_deal(actor=cast.as_cilla, deal_id=deal.pk, now=LATER)
    deals_lost_time: DealDetails = {"lost_time": LATER}
    with pytest.raises(InvalidInput):
        deals.change_deal(actor=cast.as_cilla, deal_id=deal.pk, now=LATER, **deals_lost_time)
    assert everything_stored() == before
    changed = deals.change_deal(actor=cast.as_astrid, deal_id=deal.pk, now=LATER, won_time=utc(2026, 1, 15))
    assert changed.won_time == utc(2026, 1, 15)
    assert days(cast, Measure.DEALS_WON) == [date(2026, 1, 15)]
    deals.lose_deal(actor=cast.as_cilla, deal_id=deal.pk, now=LATER)
    with pytest.raises(InvalidInput):
        deals.lose_deal(actor=cast.as_cilla, deal_id=deal.pk, now=LATER)


def test_a_deleted_deal_is_not_found_and_a_living_one_cannot_be_restored() -> None:
    cast = make_company()
    deal = add_deal(cast)
    with pytest.raises(NotFound):
        deals.restore_deal(actor=cast.as_astrid, deal_id=deal.pk, now=LATER)
    deals.delete_deal(actor=cast.as_astrid, deal_id=deal.pk, now=LATER)
    before = everything_stored()
    with pytest.raises(NotFound):
        deals.change_deal(actor=cast.as_astrid, deal_id=deal.pk, now=LATER, value=5)
    with pytest.raises(NotFound):
        deals.win_deal(actor=cast.as_astrid, deal_id=deal.pk, now=LATER)
    with pytest.raises(NotFound):
        deals.delete_deal(actor=cast.as_astrid, deal_id=deal.pk, now=LATER)
    assert everything_stored() == before


def test_a_corrected_add_time_moves_the_entry_into_the_first_stage_along() -> None:
    cast = make_company()
    deal = add_deal(cast)
    earlier = NOW - timedelta(days=40)

    deals.change_deal(actor=cast.as_cilla, deal_id=deal.pk, add_time=earlier, now=LATER)

    move = StageMove.objects.get(company=cast.company, deal=deal)
    assert move.moved_at == earlier
    assert days(cast, Measure.DEALS_PROGRESSED) == [earlier.date()]


def test_a_deal_cannot_have_moved_before_it_was_added() -> None:
    cast = make_company()
    deal = add_deal(cast)

    with pytest.raises(InvalidInput, match="entered its stage later"):
        deals.move_deal(
            actor=cast.as_cilla,
            deal_id=deal.pk,
            stage_id=cast.stages[1].pk,
            moved_at=NOW - timedelta(days=1),
            now=LATER,
        )


def test_a_thousand_of_the_largest_deals_are_summed_exactly() -> None:
    cast = make_company()
    record = DealRecord(
        title="Large",
        owner_id=cast.cilla.pk,
        organization="",
        pipeline_id=cast.pipeline.pk,
        stage_id=cast.stages[0].pk,
        status="won",
        value=LARGEST_VALUE,
        currency="EUR",
        probability=None,
        add_time=NOW,
        won_time=NOW,
        lost_time=None,
        expected_close_date=None,
        stage_change_time=None,
        external_id=None,
        import_key=None,
        is_archived=False,
        is_deleted=False,
        updated_at=NOW,
    )
    with crm_write(cast.as_astrid, now=NOW) as writer:
        insert_deals(writer, company_rules(cast.company.pk), [(record, [])] * 1_100)

    assert total(cast, Measure.DEALS_WON).amount == 1_100 * LARGEST_VALUE
    assert list(differences(cast.company.pk)) == []


def test_a_deal_has_a_reason_only_while_it_is_lost() -> None:
    cast = make_company()
    deal = add_deal(cast)
    with pytest.raises(InvalidInput, match="Mark it as lost first"):
        deals.change_deal(actor=cast.as_cilla, deal_id=deal.pk, now=LATER, lost_reason="Price")
    lost = deals.lose_deal(actor=cast.as_cilla, deal_id=deal.pk, now=LATER, reason=" Price ")
    assert lost.lost_reason == "Price"
    deals.change_deal(
        actor=cast.as_cilla, deal_id=deal.pk, now=LATER, lost_reason="Timing", note="Called\ntwice"
    )
    reopened = deals.reopen_deal(actor=cast.as_cilla, deal_id=deal.pk, now=LATER)
    assert (reopened.lost_reason, reopened.note) == ("", "Called\ntwice")
