"""Records by title and by stage: the order is exact, whichever way it is told, and pages tile it."""

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goalpost.crm import record_order
from goalpost.crm.actions.activities import change_activity
from goalpost.crm.actions.deals import change_deal
from goalpost.crm.actions.setup import add_pipeline, add_stage
from goalpost.crm.models import Activity, Deal
from goalpost.crm.record_order import RecordOrder, Sorting, all_in_order, records_in_order
from goalpost.domain.alphabet import sort_key
from goalpost.domain.calendar import Period
from goalpost.domain.measures import Measure
from goalpost.ledger import read
from goalpost.ledger import records as ledger_records
from goalpost.ledger.models import Standing
from goalpost.ledger.questions import Selection
from goalpost.storage.snapshot import snapshot
from tests.goals.builders import add_activity, add_deal
from tests.people import NOW, Cast, make_company

pytestmark = pytest.mark.django_db

KEYS: dict[RecordOrder, Callable[[Deal], tuple[object, ...]]] = {
    RecordOrder.TITLE: lambda deal: (sort_key(deal.title), deal.pk),
    RecordOrder.PLACE: lambda deal: (
        deal.stage.pipeline.position if deal.stage else 0,
        deal.stage.position if deal.stage else 0,
        deal.add_time,
        deal.pk,
    ),
}
YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
TITLES = ("Åre", "Ärla", "Öland", "Zeta", "alpha", "Alpha", "Beta 10", "Beta 9", "école", "Eco", "日本", "x")


@pytest.fixture(params=["walked", "sorted"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let few records be told as many are, and as few are."""
    most = 0 if request.param == "walked" else 10_000
    monkeypatch.setattr(ledger_records, "MANY", most)
    monkeypatch.setattr(record_order, "MANY", most)
    return str(request.param)


def ids(
    cast: Cast, selection: Selection, by: RecordOrder, *, is_descending: bool, limit: int
) -> list[list[int]]:
    """Return the ids of all records, page by page."""
    pages: list[list[int]] = []
    after, how_many = "", read.total(cast.company_id, selection, YEAR).count
    while True:
        found = records_in_order(
            cast.company_id,
            selection,
            YEAR,
            Sorting(by, is_descending=is_descending),
            how_many=how_many,
            limit=limit,
            after=after,
        )
        pages.append([record.source_id for record in found.page.records])
        after = found.next
        if not after:
            return pages


def made(cast: Cast) -> list[Deal]:
    """Add deals of two people on a few days, their titles and stages in no order."""
    random = Random(7)
    partners = add_pipeline(actor=cast.operator, name="Partners", now=NOW)
    stages = [*cast.stages[:3], add_stage(actor=cast.operator, pipeline_id=partners.pk, name="Met", now=NOW)]
    deals: list[int] = []
    for at in range(30):
        owner = (cast.cilla, cast.david)[at % 2]
        day = date(2026, 1 + at % 3, 1 + random.randrange(4))
        deal = add_deal(cast, owner, day, stage=random.choice(stages))
        change_deal(actor=cast.operator, deal_id=deal.pk, now=NOW, title=random.choice(TITLES))
        deals.append(deal.pk)
    return list(Deal.objects.filter(pk__in=deals).select_related("stage", "stage__pipeline"))


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("is_descending", [False, True])
@pytest.mark.parametrize("by", [RecordOrder.TITLE, RecordOrder.PLACE])
def test_pages_tile_the_exact_order(by: RecordOrder, *, is_descending: bool) -> None:
    cast = make_company()
    deals = made(cast)
    sydvind = make_company("Sydvind")
    add_deal(sydvind, sydvind.cilla, date(2026, 1, 1))
    for owners in (None, frozenset({cast.cilla.pk}), frozenset[int]()):
        mine = [deal for deal in deals if owners is None or deal.owner_id in owners]
        wanted = [deal.pk for deal in sorted(mine, key=KEYS[by], reverse=is_descending)]
        selection = Selection(Measure.DEALS_STARTED, owners=owners)
        sorting = Sorting(by, is_descending=is_descending)
        with snapshot():
            parts = all_in_order(cast.company_id, selection, YEAR, sorting, how_many=9, at_once=4)
            assert [record.source_id for some in parts for record in some] == wanted
        for limit in (1, 7, 100):
            pages = ids(cast, selection, by, is_descending=is_descending, limit=limit)
            assert [each for page in pages for each in page] == wanted
            assert all(len(page) == limit for page in pages[:-1])


@pytest.mark.parametrize("at_most", [0, 3, 12, 1_000])
def test_a_stage_is_told_alike_whether_it_is_met_looked_up_or_sorted(
    monkeypatch: pytest.MonkeyPatch, at_most: int
) -> None:
    cast = make_company()
    wanted = [deal.pk for deal in sorted(made(cast), key=KEYS[RecordOrder.PLACE])]
    monkeypatch.setattr(record_order, "MANY", 0)
    monkeypatch.setattr(record_order, "AT_MOST", at_most)
    pages = ids(cast, Selection(Measure.DEALS_STARTED), RecordOrder.PLACE, is_descending=False, limit=4)
    assert [each for page in pages for each in page] == wanted


@pytest.mark.usefixtures("way")
def test_activities_come_by_subject_and_by_type() -> None:
    cast = make_company()
    types = [cast.activity_type(key) for key in ("lunch", "call", "email")]
    for at in range(12):
        activity = add_activity(cast, cast.cilla, date(2026, 2, 1 + at % 3), kind=types[at % 3])
        title = TITLES[at * 5 % len(TITLES)]
        change_activity(actor=cast.operator, activity_id=activity.pk, now=NOW, subject=title)
    made_of = list(Activity.objects.select_related("type"))
    for by, key in (
        (RecordOrder.TITLE, lambda each: (sort_key(each.subject), each.pk)),
        (RecordOrder.PLACE, lambda each: (each.type.position, each.add_time, each.pk)),
    ):
        wanted = [activity.pk for activity in sorted(made_of, key=key)]
        pages = ids(cast, Selection(Measure.ACTIVITIES_ADDED), by, is_descending=False, limit=5)
        assert [each for page in pages for each in page] == wanted


def test_a_renamed_record_moves_in_the_order_and_nothing_is_posted() -> None:
    cast = make_company()
    first, second = (add_deal(cast, cast.cilla, date(2026, 1, 2)) for _ in range(2))
    version = read.version(cast.company_id)
    change_deal(actor=cast.operator, deal_id=first.pk, now=NOW, title="Östersund")
    selection = Selection(Measure.DEALS_STARTED)
    [page] = ids(cast, selection, RecordOrder.TITLE, is_descending=False, limit=9)
    assert page == [second.pk, first.pk]
    assert read.version(cast.company_id) == version
    keys = Standing.objects.filter(source_id=first.pk).values_list("title_key", flat=True)
    assert {bytes(key) for key in keys} == {sort_key("Östersund")}


def test_a_title_that_is_no_place_is_the_beginning() -> None:
    cast = make_company()
    deal = add_deal(cast, cast.cilla, date(2026, 1, 2))
    for after in ("5~zz", "5~", "x~00", "5~6\x00", f"{2**70}~00"):
        found = records_in_order(
            cast.company_id,
            Selection(Measure.DEALS_STARTED),
            YEAR,
            Sorting(RecordOrder.TITLE, is_descending=False),
            how_many=1,
            limit=5,
            after=after,
        )
        assert [record.source_id for record in found.page.records] in ([deal.pk], [])


@pytest.mark.parametrize("by", [RecordOrder.TITLE, RecordOrder.PLACE])
def test_years_of_days_are_listed_by_the_page_and_by_the_file(by: RecordOrder) -> None:
    cast = make_company()
    deals = {add_deal(cast, cast.cilla, YEAR.start + timedelta(days=at)).pk for at in range(0, 60, 2)}
    ten_years = Period(YEAR.start, YEAR.start.replace(year=2036))
    for limit in (2, 5_000):
        found, after = set[int](), ""
        while True:
            page = records_in_order(
                cast.company_id,
                Selection(Measure.DEALS_STARTED),
                ten_years,
                Sorting(by, is_descending=True),
                how_many=20_000,
                limit=limit,
                after=after,
            )
            found |= {record.source_id for record in page.page.records}
            after = page.next
            if not after:
                break
        assert found == deals


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's planner is the one that strays")
def test_a_page_by_title_asks_each_day_by_its_titles() -> None:
    cast = make_company()
    made(cast)
    with CaptureQueriesContext(connection) as taken:
        ids(cast, Selection(Measure.DEALS_STARTED), RecordOrder.TITLE, is_descending=False, limit=5)
    asked = [query["sql"] for query in taken if "title_key" in query["sql"]]
    assert asked
    with connection.cursor() as cursor:
        for statement in asked:
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
            steps = [str(step[3]) for step in cursor.fetchall() if " s " in f"{step[3]} "]
            assert any(
                "ledger_standing_title (company_id=? AND measure=? AND day=?" in step for step in steps
            )
            assert not any("SCAN s" in step for step in steps), steps


def test_orders_take_the_same_queries_however_many_records_there_are() -> None:
    cast = make_company()

    def queries(by: RecordOrder) -> int:
        with CaptureQueriesContext(connection) as taken:
            ids(cast, Selection(Measure.DEALS_STARTED), by, is_descending=False, limit=100)
        return len(taken)

    add_deal(cast, cast.cilla, date(2026, 1, 2))
    few = [queries(by) for by in (RecordOrder.TITLE, RecordOrder.PLACE)]
    made(cast)
    assert [queries(by) for by in (RecordOrder.TITLE, RecordOrder.PLACE)] == few
