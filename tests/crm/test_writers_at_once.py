"""Two people write at the same moment: nobody fails, nothing is lost, the ledger stays exact."""

from datetime import date, timedelta
from decimal import Decimal
from threading import Event

import pytest
from django.db import connection

from goalpost.crm import bulk, verify
from goalpost.crm.actions import activities, deals, setup
from goalpost.crm.models import Deal
from goalpost.crm.posting import company_rules, crm_write
from goalpost.domain.counting import StageMove
from goalpost.domain.measures import Measure
from goalpost.ledger import read
from goalpost.ledger.models import Entry, Posting, Reason
from goalpost.ledger.questions import Selection
from tests.crm.at_once import PATIENCE, at_once
from tests.crm.naive_recount import Recount
from tests.crm.records import ALWAYS, add_activity, add_deal, total
from tests.crm.test_bulk import record_of
from tests.people import NOW, Cast, let_see, make_company

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("emptied_afterwards")]

TIMES = 12


def minute(number: int) -> timedelta:
    return timedelta(minutes=number)


def assert_exact(cast: Cast) -> None:
    recount = Recount(cast.company_id)
    for measure in Measure:
        for owners in (None, *(frozenset({person.pk}) for person in cast.people)):
            selection = Selection(measure, owners)
            assert read.total(cast.company_id, selection, ALWAYS) == recount.total(selection, ALWAYS)
    assert list(verify.differences(cast.company_id)) == []
    assert read.version(cast.company_id) == Posting.objects.filter(company_id=cast.company_id).count()


def test_two_people_change_the_same_deal() -> None:
    cast = make_company()
    let_see(cast.bjorn, company_statistics=False, other_users_statistics=False, other_users_records=True)
    deal = add_deal(cast)

    def change_value() -> None:
        for number in range(TIMES):
            deals.change_deal(actor=cast.as_cilla, deal_id=deal.pk, now=NOW + minute(number), value=number)

    def move_about() -> None:
        for number in range(TIMES):
            stage_id = cast.stages[(number + 1) % 5].pk
            deals.move_deal(actor=cast.as_bjorn, deal_id=deal.pk, stage_id=stage_id, now=NOW + minute(number))

    def win_and_reopen() -> None:
        for number in range(TIMES // 2):
            deals.win_deal(actor=cast.as_astrid, deal_id=deal.pk, now=NOW + minute(number))
            deals.reopen_deal(actor=cast.as_astrid, deal_id=deal.pk, now=NOW + minute(number))

    at_once(change_value, move_about, win_and_reopen)
    deal.refresh_from_db()
    assert (deal.value, deal.status, deal.stage_id) == (TIMES - 1, "open", cast.stages[TIMES % 5].pk)
    assert_exact(cast)


def test_two_people_change_different_deals_that_count_on_the_same_days() -> None:
    cast = make_company()
    made = [add_deal(cast, owner_id=person.pk) for person in (cast.cilla, cast.david)]

    def change(at: int) -> None:
        actor = cast.as_cilla if at == 0 else cast.as_david
        for number in range(TIMES):
            deals.change_deal(actor=actor, deal_id=made[at].pk, now=NOW + minute(number), value=100 + number)

    at_once(lambda: change(0), lambda: change(1))
    assert total(cast, Measure.DEALS_STARTED) == (2, 2 * (99 + TIMES), 0, 0)
    assert_exact(cast)


def test_a_rate_changes_while_deals_in_its_currency_come_in() -> None:
    cast = make_company()

    def create() -> None:
        for number in range(TIMES):
            add_deal(cast, currency="USD", now=NOW + minute(number))

    def change_rate() -> None:
        for number in range(TIMES):
            rate, day = Decimal(1 + number), date(2026, 1, 1)
            setup.set_rate(actor=cast.as_astrid, currency="USD", day=day, rate=rate, now=NOW + minute(number))

    at_once(create, change_rate)
    assert total(cast, Measure.DEALS_STARTED) == (TIMES, TIMES * TIMES * 100_000, 0, 0)
    assert_exact(cast)


def test_an_import_runs_while_people_edit_and_the_time_zone_changes() -> None:
    cast = make_company()
    deal = add_deal(cast)
    activity = add_activity(cast, deal_id=deal.pk)
    stages = cast.stages

    def bring_in() -> None:
        for batch in range(3):
            with crm_write(cast.operator, now=NOW, reason=Reason.IMPORT) as writer:
                records = [record_of(cast, 100 * batch + at, stage=stages[at % 5]) for at in range(60)]
                made = [(record, [StageMove(record.stage_id or 0, record.add_time)]) for record in records]
                bulk.insert_deals(writer, company_rules(cast.company_id), made)

    def edit() -> None:
        for number in range(TIMES):
            now = NOW + minute(number)
            deals.change_deal(
                actor=cast.as_astrid, deal_id=deal.pk, now=now, owner_id=cast.people[number % 4].pk
            )
            done = activities.reopen_activity if number % 2 else activities.complete_activity
            done(actor=cast.as_astrid, activity_id=activity.pk, now=now)

    def travel() -> None:
        for zone in ("America/New_York", "Asia/Tokyo", "UTC"):
            setup.change_time_zone(actor=cast.as_astrid, time_zone=zone, now=NOW)

    at_once(bring_in, edit, travel)
    assert Deal.objects.filter(company_id=cast.company_id).count() == 181
    assert_exact(cast)


def test_two_companies_are_written_to_at_once() -> None:
    casts = [make_company("Nordlys"), make_company("Baltica")]

    def create(cast: Cast) -> None:
        for number in range(TIMES):
            add_deal(cast, now=NOW + minute(number))

    at_once(lambda: create(casts[0]), lambda: create(casts[1]))
    for cast in casts:
        assert total(cast, Measure.DEALS_STARTED).count == TIMES
        assert_exact(cast)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer for all companies")
def test_nobody_waits_for_another_companys_import() -> None:
    slow, quick = make_company("Nordlys"), make_company("Baltica")
    is_open, is_done = Event(), Event()

    def hold_the_book() -> None:
        with crm_write(slow.operator, now=NOW):
            is_open.set()
            assert is_done.wait(PATIENCE), "the other company had to wait"

    def write_meanwhile() -> None:
        assert is_open.wait(PATIENCE)
        add_deal(quick)
        is_done.set()

    at_once(hold_the_book, write_meanwhile)
    assert total(quick, Measure.DEALS_STARTED).count == 1


def test_who_reads_during_a_write_neither_waits_nor_sees_half_of_it() -> None:
    cast = make_company()
    deal = add_deal(cast)
    is_written, has_read = Event(), Event()
    seen: list[list[int]] = []

    def write() -> None:
        with crm_write(cast.operator, now=NOW):
            deals.win_deal(actor=cast.as_astrid, deal_id=deal.pk, now=NOW)
            is_written.set()
            assert has_read.wait(PATIENCE), "the reader had to wait"

    def look() -> None:
        assert is_written.wait(PATIENCE)
        seen.append(
            [total(cast, Measure.DEALS_WON).count, read.version(cast.company_id), Entry.objects.count()]
        )
        has_read.set()

    before = [0, 1, Entry.objects.count()]
    at_once(write, look)
    assert seen == [before]
    assert total(cast, Measure.DEALS_WON).count == 1


def test_verify_is_clean_at_any_moment_of_other_peoples_writing() -> None:
    cast = make_company()
    made = [add_deal(cast).pk for _ in range(5)]
    found: list[str] = []
    is_over = Event()

    def edit() -> None:
        try:
            for number in range(4 * TIMES):
                deals.change_deal(
                    actor=cast.as_astrid,
                    deal_id=made[number % 5],
                    now=NOW + minute(number),
                    value=number,
                    owner_id=cast.people[number % 4].pk,
                )
        finally:
            is_over.set()

    def check() -> None:
        while not is_over.is_set():
            found.extend(verify.differences(cast.company_id))

    at_once(edit, check)
    assert found == []
    assert_exact(cast)
