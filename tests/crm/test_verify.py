"""Whatever is damaged behind the ledger's back is found, named, and repaired without erasing history."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from goalpost.crm import verify
from goalpost.crm.actions import activities, deals
from goalpost.crm.models import Activity, Deal, ExchangeRate, Stage, StageMove
from goalpost.domain.measures import Measure
from goalpost.ledger import read
from goalpost.ledger.models import CompanyDayTally, Entry, OwnerMonthTally, Posting, SourceKind, Standing
from goalpost.ledger.questions import Selection
from tests.crm.naive_recount import Recount
from tests.crm.records import ALWAYS, LATER, add_activity, add_deal, everything_stored
from tests.people import NOW, Cast, make_company

pytestmark = pytest.mark.django_db


def full_company() -> Cast:
    """Return a company with a won deal, two open ones, one in dollars, and an activity on the first."""
    cast = make_company()
    won = add_deal(cast, stage=1)
    deals.win_deal(actor=cast.as_cilla, deal_id=won.pk, now=NOW)
    add_deal(cast, currency="USD", owner_id=cast.david.pk, expected_close_date=date(2026, 5, 1))
    add_deal(cast, expected_close_date=date(2026, 5, 1))
    activity = add_activity(cast, deal_id=won.pk)
    activities.complete_activity(actor=cast.as_cilla, activity_id=activity.pk, now=NOW)
    return cast


def first_deal() -> Deal:
    return Deal.objects.earliest("id")


def add_entry() -> None:
    entry = Entry.objects.latest("id")
    entry.pk = None
    entry.save(force_insert=True)


def add_standing() -> None:
    standing = Standing.objects.latest("id")
    standing.pk = None
    standing.save(force_insert=True)


DAMAGE: dict[str, tuple[Callable[[], object], str]] = {
    "a standing deleted": (lambda: Standing.objects.earliest("id").delete(), "its standings say"),
    "a standing twice": (add_standing, "its standings say"),
    "a standing of another owner": (
        lambda: Standing.objects.filter(measure=Measure.DEALS_WON).update(owner_id=999),
        "its standings say",
    ),
    "all standings deleted": (lambda: Standing.objects.all().delete(), "its standings say nothing"),
    "an entry's amount": (
        lambda: Entry.objects.filter(measure=Measure.DEALS_WON).update(amount=1),
        "its entries say",
    ),
    "an entry's day": (
        lambda: Entry.objects.filter(source_kind=SourceKind.ACTIVITY).update(day=date(2020, 1, 1)),
        "its entries say",
    ),
    "an entry gone": (lambda: Entry.objects.latest("id").delete(), "its entries say"),
    "an entry twice": (add_entry, "its entries say"),
    "an entry of nothing": (
        lambda: Entry.objects.filter(source_id=first_deal().pk).update(source_id=999),
        "Deal 999: counts as nothing",
    ),
    "a day's tally": (
        lambda: CompanyDayTally.objects.filter(measure=3).update(count=7),
        "Tally by company day",
    ),
    "a month's tally": (lambda: OwnerMonthTally.objects.update(amount=7), "Tally by owner month"),
    "a tally deleted": (lambda: CompanyDayTally.objects.earliest("id").delete(), "Tally by company day"),
    "all tallies deleted": (lambda: OwnerMonthTally.objects.all().delete(), "Tally by owner month"),
    "a tally of nothing": (
        lambda: OwnerMonthTally.objects.create(
            company_id=Deal.objects.earliest("id").company_id,
            measure=3,
            owner_id=5,
            month=date(2026, 1, 1),
            pipeline_id=1,
            item_id=0,
            count=1,
            amount=1,
            native_amount=1,
            unvalued=0,
        ),
        "should be 0 worth 0, is 1 worth 1",
    ),
    "a deal's value": (lambda: Deal.objects.update(value=3), "Deal "),
    "a deal deleted": (lambda: Deal.objects.update(is_deleted=True), "counts as nothing"),
    "a deal's owner": (
        lambda: Deal.objects.filter(pk=first_deal().pk).update(owner_id=first_deal().owner_id + 1),
        "Deal ",
    ),
    "a stage move": (lambda: StageMove.objects.earliest("id").delete(), "Deal "),
    "an activity undone": (lambda: Activity.objects.update(is_done=False), "Activity "),
    "a stage's probability": (lambda: Stage.objects.update(probability=1), "Deal "),
    "a rate": (
        lambda: ExchangeRate.objects.create(
            company_id=first_deal().company_id, currency="USD", day=date(2026, 1, 1), rate=2, recorded_at=NOW
        ),
        "Deal ",
    ),
    "what a record is sorted by": (
        lambda: Standing.objects.filter(source_id=first_deal().pk).update(title_key=b"z"),
        "is sorted by another text than its title",
    ),
    "everything of the ledger": (
        lambda: [
            model.objects.all().delete() for model in (Entry, Standing, CompanyDayTally, OwnerMonthTally)
        ],
        "its entries say nothing",
    ),
}


NOTHING_FOUND = verify.Repaired((), ())


def test_a_company_that_was_only_written_to_by_actions_is_clean() -> None:
    cast = full_company()
    before = everything_stored()
    assert list(verify.differences(cast.company_id)) == []
    assert verify.repair(cast.company_id, now=LATER) == NOTHING_FOUND
    assert everything_stored() == before


@pytest.mark.parametrize(("damage", "words"), DAMAGE.values(), ids=DAMAGE.keys())
def test_damage_is_found_named_and_repaired(damage: Callable[[], object], words: str) -> None:
    cast = full_company()
    damage()
    found = list(verify.differences(cast.company_id))
    assert any(words in line for line in found), found
    history = list(Entry.objects.order_by("id").values_list())
    version = read.version(cast.company_id)

    repaired = verify.repair(cast.company_id, now=LATER)
    assert [*repaired.posted, *repaired.altered] == found

    # What was posted before and altered since stays as it is, and is told again.
    assert list(verify.differences(cast.company_id)) == list(repaired.altered)
    assert list(Entry.objects.order_by("id").values_list())[: len(history)] == history
    assert read.version(cast.company_id) == version + 1, "totals may have changed, and with them their tag"
    latest = Posting.objects.latest("version")
    assert (latest.reason, latest.at) == ("repair", LATER)
    assert latest.note.startswith(f"verify --repair found {len(found)}: {found[0]}"[:100])
    recount = Recount(cast.company_id)
    for measure in Measure:
        for owners in (None, frozenset({cast.cilla.pk}), frozenset({cast.david.pk})):
            selection = Selection(measure, owners)
            assert read.total(cast.company_id, selection, ALWAYS) == recount.total(selection, ALWAYS)
    assert verify.repair(cast.company_id, now=LATER + timedelta(days=1)).posted == ()


def test_a_difference_names_record_figures_and_places() -> None:
    cast = make_company()
    deal = add_deal(cast, value=1_000)
    Deal.objects.update(value=2_000)
    line, altered = verify.differences(cast.company_id)
    where = f"day 2026-03-02, owner {cast.cilla.pk}, pipeline {cast.pipeline.pk}, item"
    no_day = where.replace("2026-03-02", "9999-12-31")
    held = (
        f"1 worth 1000 in deals_started, {where} 0, currency EUR; "
        f"1 worth 1000 in deals_progressed, {where} {cast.stages[0].pk}, currency EUR; "
        f"1 worth 1000 in open_value, {no_day} {cast.stages[0].pk}, currency EUR"
    )
    assert line == (
        f"Deal {deal.pk}: counts as {held.replace('1000', '2000')}, "
        f"but its entries say {held}, its standings say {held}."
    )
    assert altered == f"Deal {deal.pk}: was altered, or its stage moves, after it was written."


def test_damage_in_one_company_is_no_difference_in_another() -> None:
    damaged, other = make_company("Nordlys"), make_company("Baltica")
    for cast in (damaged, other):
        add_deal(cast)
    Standing.objects.filter(company_id=damaged.company_id).delete()
    assert list(verify.differences(other.company_id)) == []
    (of_deal, *_of_tallies) = verify.differences(damaged.company_id)
    assert of_deal.startswith("Deal ")
    untouched = read.version(other.company_id)
    verify.repair(damaged.company_id, now=LATER)
    assert read.version(other.company_id) == untouched


def test_a_tally_that_is_zero_is_as_good_as_none() -> None:
    cast = make_company()
    deal = add_deal(cast)
    deals.delete_deal(actor=cast.as_cilla, deal_id=deal.pk, now=LATER)
    CompanyDayTally.objects.all().delete()
    assert list(verify.differences(cast.company_id)) == []
