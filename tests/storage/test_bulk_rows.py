"""Rows written by the thousand are the rows that the ORM would have written."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goalpost.companies.models import Team
from goalpost.crm.models import Activity, ExchangeRate
from goalpost.ledger.models import CompanyDayTally
from goalpost.storage.bulk_rows import (
    Row,
    StatementBatch,
    add_to_rows,
    insert_rows,
    is_storable,
    overwrite_rows,
    read_rows,
    refresh_statistics,
    reserve_ids,
)
from tests.people import NOW, make_company

pytestmark = pytest.mark.django_db

RATE = ("company", "currency", "day", "rate", "recorded_at")
FIELDS = (
    "company",
    "subject",
    "type",
    "owner",
    "add_time",
    "due_date",
    "is_done",
    "is_deleted",
    "updated_at",
    "add_time_is_day",
    "marked_as_done_time_is_day",
    "is_deleted_at_source",
    "source",
)
MOMENTS = [
    datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
    datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 30, tzinfo=timezone(timedelta(hours=2))),
    datetime(1901, 1, 1, tzinfo=UTC),
    None,
]


def test_moments_days_and_blanks_are_stored_as_the_orm_stores_them() -> None:
    cast = make_company()
    kind, owner = cast.activity_type(), cast.cilla
    days = [date(2026, 1, number) for number in range(1, 5)]
    rows = [
        (
            cast.company_id,
            'Åter; "ring"\t\\N\n',
            kind.pk,
            owner.pk,
            moment,
            day,
            True,
            False,
            NOW,
            False,
            False,
            False,
            "",
        )
        for moment, day in zip(MOMENTS, [*days, None], strict=True)
    ]
    insert_rows(Activity, FIELDS, rows)
    for moment, day in zip(MOMENTS, [*days, None], strict=True):
        Activity.objects.create(
            company=cast.company,
            subject=rows[0][1],
            type=kind,
            owner=owner,
            add_time=moment,
            due_date=day,
            is_done=True,
            updated_at=NOW,
        )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT subject, add_time, due_date, is_done, updated_at FROM crm_activity ORDER BY id"
        )
        stored = cursor.fetchall()
    assert stored[: len(rows)] == stored[len(rows) :]
    assert [one.add_time for one in Activity.objects.order_by("id")] == MOMENTS * 2


def test_overwriting_changes_the_fields_named_and_no_others() -> None:
    cast = make_company()
    rows = [
        (
            cast.company_id,
            f"Ring {at}",
            cast.activity_type().pk,
            cast.cilla.pk,
            NOW,
            None,
            False,
            False,
            NOW,
            False,
            False,
            False,
            "",
        )
        for at in range(3)
    ]
    insert_rows(Activity, FIELDS, rows)
    first, second, third = Activity.objects.order_by("id")
    changes: list[Row] = [
        (cast.company_id, first.pk, None, date(2026, 5, 1)),
        (cast.company_id, third.pk, MOMENTS[1], None),
    ]
    overwrite_rows(Activity, ("company", "id", "add_time", "due_date"), changes)
    stored = Activity.objects.order_by("id").values_list("subject", "add_time", "due_date")
    assert list(stored) == [
        ("Ring 0", None, date(2026, 5, 1)),
        (second.subject, NOW, None),
        ("Ring 2", MOMENTS[1], None),
    ]


def test_rates_keep_their_decimals() -> None:
    cast = make_company()
    rate = Decimal("0.085432109876")
    insert_rows(ExchangeRate, RATE, [(cast.company_id, "SEK", NOW.date(), rate, NOW)])
    assert ExchangeRate.objects.get().rate == rate


def test_sums_are_added_to_the_row_of_the_same_key_however_many_there_are() -> None:
    cast = make_company()
    key, sums = (
        ("company", "measure", "day", "pipeline_id", "item_id", "currency"),
        ("count", "amount", "native_amount", "unvalued"),
    )
    rows: list[Row] = [
        (cast.company_id, 3, date(2026, 1, 1), 1, item, "EUR", 1, 2**40, 2**40, 0) for item in range(2_500)
    ]
    for _ in range(2):
        add_to_rows(CompanyDayTally, key, sums, rows)
    assert CompanyDayTally.objects.count() == 2_500
    assert set(CompanyDayTally.objects.values_list(*sums)) == {(2, 2**41, 2**41, 0)}


def test_reserved_ids_are_nobody_elses() -> None:
    cast = make_company()
    reserved = reserve_ids(ExchangeRate, 3)
    assert len(set(reserved)) == 3
    rows: list[Row] = [
        (number, cast.company_id, "USD", NOW.date() + timedelta(days=at), Decimal(1), NOW)
        for at, number in enumerate(reserved)
    ]
    insert_rows(ExchangeRate, ("id", *RATE), rows)
    after = ExchangeRate.objects.create(
        company=cast.company, currency="SEK", day=NOW.date(), rate=1, recorded_at=NOW
    )
    assert after.pk > max(reserved)
    assert not set(reserve_ids(ExchangeRate, 2)) & {*reserved, after.pk}


def test_no_rows_are_no_query() -> None:
    with CaptureQueriesContext(connection) as asked:
        insert_rows(ExchangeRate, ("company", "currency"), [])
        add_to_rows(CompanyDayTally, ("company",), ("count",), [])
        overwrite_rows(ExchangeRate, ("company", "id", "currency"), [])
        assert reserve_ids(ExchangeRate, 0) == []
    assert len(asked) == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Åre 北京 🛶", True), ("", True), ("a\x00", False), ("\ud83d", False), ("\udfff x", False)],
)
def test_what_every_engine_takes_as_text(text: str, expected: bool) -> None:  # noqa: FBT001  drawn from the table
    assert is_storable(text) is expected


def test_rows_are_read_as_the_orm_reads_them() -> None:
    cast = make_company()
    kind = cast.activity_type()
    given = ("subject", "add_time", "due_date", "is_done")
    rows: list[Row] = [
        (
            cast.company_id,
            f"Call {place}",
            kind.pk,
            cast.cilla.pk,
            moment,
            day,
            place == 1,
            False,
            NOW,
            False,
            False,
            False,
            "",
        )
        for place, (moment, day) in enumerate(zip(MOMENTS, [*[date(2026, 1, 9)] * 4, None], strict=True))
    ]
    insert_rows(Activity, FIELDS, rows)
    ids = list(Activity.objects.order_by("id").values_list("id", flat=True))
    wanted = list(Activity.objects.filter(id__in=ids[1:]).order_by("subject").values_list(*given))
    found = read_rows(Activity, given, order_by="subject", company=cast.company_id, id=ids[1:])
    assert found == wanted
    assert read_rows(Activity, given, company=cast.company_id + 1, id=ids) == []
    assert read_rows(Activity, given, company=cast.company_id, id=[]) == []


def test_a_trip_writes_in_the_order_given_and_nothing_before_it_is_sent_where_it_can_wait() -> None:
    cast = make_company()
    day = date(2026, 1, 1)
    batch = StatementBatch()
    with CaptureQueriesContext(connection) as asked:
        insert_rows(ExchangeRate, RATE, [(cast.company_id, "USD", day, Decimal(2), NOW)], batch)
        batch.add(
            "DELETE FROM crm_exchangerate WHERE company_id = %s AND currency = %s", [cast.company_id, "USD"]
        )
        insert_rows(ExchangeRate, RATE, [(cast.company_id, "SEK", day, Decimal(11), NOW)], batch)
        batch.send()
        batch.send()
    assert list(ExchangeRate.objects.values_list("currency", flat=True)) == ["SEK"]
    assert len(asked) == (1 if connection.vendor == "postgresql" else 3)


def test_many_rows_are_written_after_what_a_trip_holds() -> None:
    cast = make_company()
    batch = StatementBatch()
    batch.add("DELETE FROM crm_exchangerate WHERE company_id = %s", [cast.company_id])
    days = [date.fromordinal(date(2026, 1, 1).toordinal() + number) for number in range(60)]
    insert_rows(ExchangeRate, RATE, [(cast.company_id, "USD", day, Decimal(2), NOW) for day in days], batch)
    assert ExchangeRate.objects.count() == 60


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has no lock of the whole database")
@pytest.mark.django_db(transaction=True)
def test_statistics_take_the_write_lock_before_they_read() -> None:
    with CaptureQueriesContext(connection) as asked:
        refresh_statistics([Team, ExchangeRate])
    statements = [query["sql"] for query in asked]
    begun, ended = statements.index("BEGIN IMMEDIATE"), statements.index("COMMIT")
    assert begun < statements.index('ANALYZE "companies_team"') < statements.index("PRAGMA optimize") < ended
