"""Records by the thousand are the same records, and the same ledger, as those made one by one."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from goalpost.crm import bulk, verify
from goalpost.crm.actions import deals
from goalpost.crm.actions.setup import add_pipeline, add_stage, change_time_zone, set_rate
from goalpost.crm.bulk import ActivityRecord, DealRecord
from goalpost.crm.models import Activity, Deal, Stage
from goalpost.crm.posting import company_rules, crm_write
from goalpost.domain.calendar import Period
from goalpost.domain.counting import StageMove
from goalpost.domain.measures import Measure
from goalpost.ledger import read
from goalpost.ledger.models import CompanyDayTally, Entry, OwnerMonthTally, Posting, Reason, Standing
from goalpost.ledger.questions import Selection, Total
from tests.crm.naive_recount import Recount
from tests.crm.records import ALWAYS, LATER, add_activity, add_deal, total, utc
from tests.jobs.draining import drain
from tests.people import NOW, Cast, make_company

pytestmark = pytest.mark.django_db


def record_of(cast: Cast, number: int = 0, *, stage: Stage | None = None, status: str = "open") -> DealRecord:
    stage = stage or cast.stages[0]
    moment = utc(2025, 1, 1, number % 24) + timedelta(days=number % 400)
    return DealRecord(
        title=f"Deal {number}",
        owner_id=cast.people[number % 4].pk,
        organization="Åkers Båtvarv",
        pipeline_id=stage.pipeline_id,
        stage_id=stage.pk,
        status=status,
        value=1_000 + number,
        currency=("EUR", "USD", "JPY")[number % 3],
        probability=None if number % 2 else number % 100,
        add_time=moment if number % 17 else None,
        won_time=moment if status == "won" else None,
        lost_time=moment if status == "lost" else None,
        expected_close_date=moment.date() + timedelta(days=30),
        stage_change_time=None,
        external_id=f"deal-{number}",
        import_key=None,
        is_archived=False,
        is_deleted=False,
        updated_at=NOW,
    )


def insert(cast: Cast, *records: DealRecord) -> list[int]:
    with crm_write(cast.operator, now=NOW, reason=Reason.IMPORT) as writer:
        made = [(record, [StageMove(record.stage_id or 0, record.add_time)]) for record in records]
        return bulk.insert_deals(writer, company_rules(cast.company_id), made)


def ledger_of(cast: Cast) -> list[object]:
    """Return what the company's ledger holds, in terms that two companies have in common."""
    people = {person.pk: at for at, person in enumerate(cast.people)}
    stages = {0: 0} | {stage.pk: at for at, stage in enumerate(cast.stages, 1)}
    first = Deal.objects.filter(company_id=cast.company_id).earliest("id").pk
    of = {"company_id": cast.company_id}
    figures = ("count", "amount", "unvalued")
    lines = [
        (source - first, measure, day, people[owner], stages[item], *sums)
        for source, measure, day, owner, item, *sums in Standing.objects.filter(**of).values_list(
            "source_id", "measure", "day", "owner_id", "item_id", *figures
        )
    ]
    days = [
        (measure, day, stages[item], *sums)
        for measure, day, item, *sums in CompanyDayTally.objects.filter(**of).values_list(
            "measure", "day", "item_id", *figures
        )
        if any(sums)
    ]
    months = [
        (measure, month, people[owner], stages[item], *sums)
        for measure, month, owner, item, *sums in OwnerMonthTally.objects.filter(**of).values_list(
            "measure", "month", "owner_id", "item_id", *figures
        )
        if any(sums)
    ]
    return [sorted(lines), sorted(days), sorted(months)]


def with_rates(name: str) -> Cast:
    cast = make_company(name)
    for currency, worth in (("USD", "0.9"), ("JPY", "0.006")):
        day = date(2025, 6, 1)
        set_rate(actor=cast.operator, currency=currency, day=day, rate=Decimal(worth), now=NOW)
    return cast


def records_of(cast: Cast, how_many: int) -> list[DealRecord]:
    status, stages = ("open", "won", "lost"), cast.stages
    return [record_of(cast, at, stage=stages[at % 5], status=status[at % 3]) for at in range(how_many)]


def test_deals_at_once_equal_the_same_made_one_by_one() -> None:
    at_once, one_by_one = with_rates("Nordlys"), with_rates("Baltica")
    insert(at_once, *records_of(at_once, 150))
    for wanted in records_of(one_by_one, 150):
        make_alike(one_by_one, wanted)
    assert ledger_of(at_once) == ledger_of(one_by_one)
    assert read.version(at_once.company_id) == 1


def test_three_thousand_deals_are_one_posting_that_says_what_a_recount_says() -> None:
    cast = with_rates("Nordlys")
    ids = insert(cast, *records_of(cast, 3_000))
    assert ids == list(Deal.objects.order_by("id").values_list("id", flat=True))
    posting = Posting.objects.get(company_id=cast.company_id)
    assert (posting.reason, read.version(cast.company_id)) == ("import", 1)
    assert_recounted(cast)
    assert list(verify.differences(cast.company_id)) == []


def test_a_rule_changed_over_thousands_of_deals_recounts_them_all() -> None:
    cast = with_rates("Nordlys")
    insert(cast, *records_of(cast, 2_500))
    change_time_zone(actor=cast.as_astrid, time_zone="Pacific/Kiritimati", now=LATER)
    assert drain() == 1, "so many are counted by a job"
    assert read.version(cast.company_id) == 2
    assert_recounted(cast)
    assert list(verify.differences(cast.company_id)) == []


def assert_recounted(cast: Cast) -> None:
    recount = Recount(cast.company_id)
    for measure in Measure:
        for owners in (None, frozenset({cast.cilla.pk})):
            selection = Selection(measure, owners)
            for period in (ALWAYS, Period(date(2025, 3, 10), date(2025, 9, 20))):
                expected = recount.total(selection, period)
                assert read.total(cast.company_id, selection, period) == expected


def make_alike(cast: Cast, wanted: DealRecord) -> None:
    """Make a deal like the record through single edits."""
    deal = deals.create_deal(
        actor=cast.operator,
        stage_id=wanted.stage_id or 0,
        now=NOW,
        title=wanted.title,
        owner_id=wanted.owner_id,
        value=wanted.value,
        currency=wanted.currency,
        probability=wanted.probability,
        add_time=wanted.add_time,
        expected_close_date=wanted.expected_close_date,
    )
    if wanted.status == "won":
        deals.win_deal(actor=cast.operator, deal_id=deal.pk, now=NOW, won_time=wanted.won_time)
    if wanted.status == "lost":
        deals.lose_deal(actor=cast.operator, deal_id=deal.pk, now=NOW, lost_time=wanted.lost_time)


def test_what_no_row_may_hold_stops_the_whole_batch() -> None:
    cast = make_company()
    bad = record_of(cast, 1)._replace(owner_id=999_999_999)
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(cast, record_of(cast), bad)
    assert not Deal.objects.exists()
    assert read.version(cast.company_id) == 0


def test_ids_go_on_where_single_records_left_off_and_the_other_way_round() -> None:
    cast = make_company()
    before = add_deal(cast).pk
    made = insert(cast, record_of(cast, 1), record_of(cast, 2))
    after = add_deal(cast).pk
    assert before < made[0] < made[1] < after


def test_deals_are_found_by_what_they_are_known_by_and_come_back_as_they_went_in() -> None:
    cast, other = make_company("Nordlys"), make_company("Baltica")
    records = [record_of(cast, number, status="won") for number in range(3)]
    ids = insert(cast, *records)
    insert(other, record_of(other, 1))
    found = bulk.find_deals(cast.company_id, "external_id", ["deal-1", "deal-2", "deal-9"])
    assert found == {"deal-1": (ids[1], records[1]), "deal-2": (ids[2], records[2])}
    assert bulk.find_deals(cast.company_id, "import_key", ["deal-1"]) == {}
    with pytest.raises(ValueError, match="external_id or import_key"):
        bulk.find_deals(cast.company_id, "title", ["Deal 1"])


def test_overwritten_deals_post_only_what_changed() -> None:
    cast = make_company()
    records = [record_of(cast, number) for number in range(4)]
    ids = insert(cast, *records)
    entries = Entry.objects.count()
    with crm_write(cast.operator, now=LATER) as writer:
        changed = dict(zip(ids, records, strict=True))
        changed[ids[0]] = records[0]._replace(title="Renamed", updated_at=LATER)
        bulk.update_deals(writer, company_rules(cast.company_id), changed, {})
    assert (Entry.objects.count(), read.version(cast.company_id)) == (entries, 1)
    assert Deal.objects.get(pk=ids[0]).title == "Renamed"
    with crm_write(cast.operator, now=LATER) as writer:
        wins = records[3]._replace(status="won", won_time=LATER)
        bulk.update_deals(writer, company_rules(cast.company_id), {ids[3]: wins}, {})
    assert total(cast, Measure.DEALS_WON).count == 1
    assert read.version(cast.company_id) == 2
    assert list(verify.differences(cast.company_id)) == []


def test_deals_moved_to_another_pipeline_take_their_activities_along() -> None:
    cast = make_company()
    partners = add_pipeline(actor=cast.operator, name="Partners", now=NOW)
    lead = add_stage(actor=cast.operator, pipeline_id=partners.pk, name="Lead", now=NOW)
    record = record_of(cast)
    moved, stays = insert(cast, record, record_of(cast, 1))
    for deal_id in (moved, moved, stays):
        add_activity(cast, deal_id=deal_id)
    changed = record._replace(pipeline_id=partners.pk, stage_id=lead.pk)
    with crm_write(cast.operator, now=LATER) as writer:
        moves = {moved: [StageMove(lead.pk, LATER)]}
        bulk.update_deals(writer, company_rules(cast.company_id), {moved: changed}, moves)

    def added_in(pipeline_id: int) -> Total:
        selection = Selection(Measure.ACTIVITIES_ADDED, pipelines=frozenset({pipeline_id}))
        return read.total(cast.company_id, selection, ALWAYS)

    assert added_in(partners.pk) == Total(2)
    assert added_in(cast.pipeline.pk) == Total(1)
    assert list(verify.differences(cast.company_id)) == []


def test_activities_at_once_count_and_are_overwritten_like_single_ones() -> None:
    cast = make_company()
    deal = add_deal(cast)

    def record(number: int, *, is_done: bool) -> ActivityRecord:
        return ActivityRecord(
            subject=f"Ring {number}",
            type_id=cast.activity_type().pk,
            owner_id=cast.cilla.pk,
            deal_id=deal.pk if number % 2 else None,
            add_time=NOW,
            due_date=None,
            is_done=is_done,
            marked_as_done_time=LATER if is_done else None,
            external_id=f"activity-{number}",
            import_key=None,
            is_deleted=False,
            updated_at=NOW,
        )

    def pipeline(number: int) -> int:
        return deal.pipeline_id if number % 2 else 0

    rules = company_rules(cast.company_id)
    with crm_write(cast.operator, now=NOW) as writer:
        made = [(record(number, is_done=False), pipeline(number)) for number in range(4)]
        ids = bulk.insert_activities(writer, rules, made)
    assert total(cast, Measure.ACTIVITIES_ADDED) == Total(4)
    assert total(cast, Measure.ACTIVITIES_COMPLETED) == Total()
    with crm_write(cast.operator, now=LATER) as writer:
        done = {ids[at]: (record(at, is_done=True), pipeline(at)) for at in (1, 2)}
        bulk.update_activities(writer, rules, done)
    assert total(cast, Measure.ACTIVITIES_COMPLETED) == Total(2)
    found = bulk.find_activities(cast.company_id, "external_id", ["activity-2"])
    assert found == {"activity-2": (ids[2], record(2, is_done=True))}
    assert Activity.objects.count() == 4
    assert list(verify.differences(cast.company_id)) == []
