"""What a write leaves in the ledger: appended, never changed, and nothing without a difference."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from goalpost.crm.actions import activities, deals
from goalpost.crm.models import Deal
from goalpost.crm.posting import crm_write, reconcile
from goalpost.domain.counting import Contribution
from goalpost.domain.measures import Measure
from goalpost.ledger import read
from goalpost.ledger.models import (
    Book,
    CompanyDayTally,
    Entry,
    OwnerMonthTally,
    Posting,
    Reason,
    SourceKind,
    Standing,
)
from goalpost.ledger.post import Act, writing
from goalpost.ledger.questions import Total
from tests.crm.records import LATER, add_activity, add_deal, everything_stored, total, utc
from tests.people import NOW, Cast, make_company

pytestmark = pytest.mark.django_db


def entries(cast: Cast) -> list[tuple[object, ...]]:
    return list(Entry.objects.filter(company_id=cast.company_id).order_by("id").values_list())


def test_posting_twice_changes_nothing() -> None:
    cast = make_company()
    deal, activity = add_deal(cast, stage=2), add_activity(cast)
    before = everything_stored()
    with crm_write(cast.operator, now=LATER) as writer:
        reconcile(writer, deals=[deal.pk, deal.pk], activities=[activity.pk])
        reconcile(writer, deals=[deal.pk], activities=[activity.pk])
    assert everything_stored() == before


def test_the_same_contributions_posted_twice_in_one_write_are_one_posting() -> None:
    cast = make_company()
    won = Contribution(Measure.DEALS_WON, date(2026, 1, 5), cast.cilla.pk, 1, 0, "EUR", 1, 500, 500)
    with writing(Act(cast.company_id, NOW)) as writer:
        assert writer.reconcile(SourceKind.DEAL, {77: {won}}, {77: b"seven"}) == 1
        assert writer.reconcile(SourceKind.DEAL, {77: {won}}, {77: b"seven"}) == 0
        assert writer.reconcile(SourceKind.DEAL, {}, {}) == 0
    assert Posting.objects.filter(company_id=cast.company_id).count() == 1
    assert total(cast, Measure.DEALS_WON) == Total(1, 500)


def test_no_edit_changes_or_erases_an_earlier_entry() -> None:
    cast = make_company()
    deal = add_deal(cast, expected_close_date=date(2026, 5, 1))
    admin, pk = cast.as_astrid, deal.pk
    known = entries(cast)
    acts: list[Callable[[], object]] = [
        lambda: deals.change_deal(actor=admin, deal_id=pk, now=LATER, value=7, owner_id=cast.david.pk),
        lambda: deals.move_deal(actor=admin, deal_id=pk, stage_id=cast.stages[4].pk, now=LATER),
        lambda: deals.win_deal(actor=admin, deal_id=pk, now=LATER),
        lambda: deals.reopen_deal(actor=admin, deal_id=pk, now=LATER),
        lambda: deals.delete_deal(actor=admin, deal_id=pk, now=LATER),
        lambda: deals.restore_deal(actor=admin, deal_id=pk, now=LATER),
    ]
    for act in acts:
        act()
        now = entries(cast)
        assert now[: len(known)] == known
        assert len(now) > len(known)
        known = now


def test_a_change_of_value_takes_the_old_one_back_and_adds_the_new() -> None:
    cast = make_company()
    deal = add_deal(cast, value=1_000, add_time=None)
    deals.win_deal(actor=cast.as_cilla, deal_id=deal.pk, now=NOW)
    deals.change_deal(actor=cast.as_cilla, deal_id=deal.pk, now=LATER, value=3_000)
    won = Entry.objects.filter(company_id=cast.company_id, measure=Measure.DEALS_WON).order_by("id")
    assert list(won.values_list("count", "amount")) == [(1, 1_000), (-1, -1_000), (1, 3_000)]


def test_a_reassignment_moves_the_credit_and_shows_in_the_ledger() -> None:
    cast = make_company()
    deal = add_deal(cast)
    deals.win_deal(actor=cast.as_cilla, deal_id=deal.pk, now=NOW)
    everybody = total(cast, Measure.DEALS_WON)
    deals.change_deal(actor=cast.as_astrid, deal_id=deal.pk, now=LATER, owner_id=cast.david.pk)
    assert total(cast, Measure.DEALS_WON, owner_id=cast.cilla.pk) == Total()
    assert total(cast, Measure.DEALS_WON, owner_id=cast.david.pk) == everybody == Total(1, 100_000)
    latest = Posting.objects.filter(company_id=cast.company_id).latest("version")
    moved = Entry.objects.filter(
        company_id=cast.company_id, version=latest.version, measure=Measure.DEALS_WON
    )
    assert set(moved.values_list("owner_id", "count")) == {(cast.cilla.pk, -1), (cast.david.pk, 1)}
    assert latest.actor_id == cast.astrid.pk


def test_the_version_rises_by_one_with_each_posting_and_never_without_a_difference() -> None:
    cast = make_company()
    assert read.version(cast.company_id) == 0
    deal = add_deal(cast)
    assert read.version(cast.company_id) == 1
    deals.change_deal(actor=cast.as_cilla, deal_id=deal.pk, now=LATER, title="Paddles")
    deals.change_deal(actor=cast.as_cilla, deal_id=deal.pk, now=LATER, value=deal.value)
    assert read.version(cast.company_id) == 1
    deals.win_deal(actor=cast.as_cilla, deal_id=deal.pk, now=LATER)
    assert read.version(cast.company_id) == 2 == Posting.objects.filter(company_id=cast.company_id).count()
    activities.delete_activity(actor=cast.as_cilla, activity_id=add_activity(cast).pk, now=LATER)
    assert read.version(cast.company_id) == 4


def test_a_posting_says_when_by_whom_and_why() -> None:
    cast = make_company()
    with crm_write(cast.as_bjorn, now=NOW, reason=Reason.IMPORT, note="deals.csv") as writer:
        writer.add_entries(())
    with crm_write(cast.operator, now=LATER) as writer:
        writer.add_entries(())
    known = Posting.objects.filter(company_id=cast.company_id).order_by("version")
    assert list(known.values_list("at", "actor_id", "reason", "note")) == [
        (NOW, cast.bjorn.pk, "import", "deals.csv"),
        (LATER, None, "edit", ""),
    ]


def test_the_history_does_not_go_back_when_a_clock_does() -> None:
    cast = make_company()
    add_deal(cast, now=LATER)
    add_deal(cast, now=LATER - timedelta(days=1))
    assert set(Posting.objects.values_list("at", flat=True)) == {LATER}
    assert Book.objects.get(company_id=cast.company_id).last_posted_at == LATER


def test_a_write_that_fails_leaves_neither_record_nor_entry() -> None:
    cast = make_company()
    before = everything_stored()

    def fail_after_posting() -> None:
        with crm_write(cast.operator, now=NOW):
            add_deal(cast)
            assert everything_stored() != before
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_posting()
    assert everything_stored() == before


def test_a_company_without_a_book_cannot_be_written_to() -> None:
    cast = make_company()
    Book.objects.filter(company_id=cast.company_id).delete()
    with pytest.raises(Book.DoesNotExist):
        add_deal(cast)
    assert not Deal.objects.exists()


def test_what_comes_and_goes_leaves_tallies_of_zero_and_no_standing() -> None:
    cast = make_company()
    deal = add_deal(cast, expected_close_date=date(2026, 5, 1), add_time=utc(2026, 1, 31, 23, 30))
    deals.delete_deal(actor=cast.as_cilla, deal_id=deal.pk, now=LATER)
    assert not Standing.objects.exists()
    for model in (CompanyDayTally, OwnerMonthTally):
        assert set(model._default_manager.values_list("count", "amount", "unvalued")) == {(0, 0, 0)}
    assert sum(Entry.objects.values_list("amount", flat=True)) == 0
