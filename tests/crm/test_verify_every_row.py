"""`goalpost verify` finds any single altered, deleted or inserted row of ledger and records."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from goalpost.crm import verify
from goalpost.crm.actions import activities, deals, setup
from goalpost.crm.models import Deal, SavedFilter
from goalpost.domain.counting import Moment
from goalpost.ledger.models import Staged
from tests.crm.records import LATER, add_activity, add_deal
from tests.people import NOW, Cast, make_company

pytestmark = pytest.mark.django_db

TABLES = [
    model
    for app in ("ledger", "crm")
    for model in apps.get_app_config(app).get_models()
    if model is not SavedFilter  # it is no record
]
NO_FACTS = {
    "Entry.id": "nothing refers to an entry, and its id orders nothing",
    "Posting.id": "postings are known by their version",
    "Standing.id": "nothing refers to a standing for longer than a recount takes",
    "CompanyDayTally.id": "tallies are known by their grain",
    "OwnerMonthTally.id": "tallies are known by their grain",
    "Book.id": "there is one book a company",
    "StageMove.id": "moves are known by their deal and number",
}
"""Columns that may be altered without anything else being said."""


@pytest.fixture
def cast() -> Cast:
    """Return a company with a row of every kind, records that count and records that count for nothing."""
    cast = make_company()
    setup.set_rate(actor=cast.as_astrid, currency="USD", day=date(2026, 1, 1), rate=Decimal("0.9"), now=NOW)
    setup.add_lost_reason(actor=cast.as_astrid, name="Price", now=NOW)
    day: Moment = date(2026, 2, 2)
    moved = add_deal(cast, currency="USD", add_time=day, expected_close_date=date(2026, 5, 1))
    deals.move_deal(actor=cast.as_cilla, deal_id=moved.pk, stage_id=cast.stages[1].pk, now=NOW)
    won = add_deal(cast, probability=50)
    deals.win_deal(actor=cast.as_cilla, deal_id=won.pk, now=LATER)
    lost = add_deal(cast, add_time=None)
    deals.lose_deal(actor=cast.as_cilla, deal_id=lost.pk, now=LATER)
    deals.delete_deal(actor=cast.as_cilla, deal_id=lost.pk, now=LATER)
    done = add_activity(cast, deal_id=won.pk)
    activities.complete_activity(actor=cast.as_cilla, activity_id=done.pk, now=LATER)
    gone = add_activity(cast)
    activities.delete_activity(actor=cast.as_cilla, activity_id=gone.pk, now=LATER)
    assert list(verify.differences(cast.company_id)) == []
    return cast


@contextmanager
def undone() -> Iterator[None]:
    """Take back what is done inside."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def other(field: "models.Field[object, object]", value: object, cast: Cast) -> object:
    """Return another value that the column takes."""
    if isinstance(field, models.ForeignKey):
        own = field.related_model._default_manager.filter(company_id=cast.company_id)
        return own.exclude(pk=value).values_list("pk", flat=True).first()
    if isinstance(field, models.CharField):
        longer = f"{value or ''}x"[-(field.max_length or 1) :]
        return "won" if field.name == "status" and value != "won" else longer
    others: dict[type[models.Field[object, object]], object] = {
        models.BooleanField: not value,
        models.DateTimeField: (value if isinstance(value, datetime) else NOW) + timedelta(hours=5),
        models.DateField: (value if isinstance(value, date) else NOW.date()) + timedelta(days=40),
        models.TextField: f"{value}x",
        models.DecimalField: Decimal("1.5"),
        models.BinaryField: b"other",
    }
    return others.get(type(field), (value if isinstance(value, int) else 7) + 1)


def is_refused_or_found(cast: Cast, statement: str, parameters: Sequence[Any]) -> bool:
    with undone():
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement, parameters)
                assert cursor.rowcount == 1, statement
        except IntegrityError:
            return True
        return next(verify.differences(cast.company_id), None) is not None


def rows_of(model: type[models.Model], cast: Cast) -> list[dict[str, object]]:
    """Return its rows: of a table of sums those that are not zero, which say nothing."""
    rows = model._default_manager.filter(company_id=cast.company_id).order_by("pk").values()
    return [row for row in rows if "count" not in row or any(row[each] for each in ("count", "amount"))]


def columns_of(model: type[models.Model]) -> list["models.Field[object, object]"]:
    return [field for field in model._meta.concrete_fields if field.name != "company"]


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
def test_any_single_row_is_found(model: type[models.Model], cast: Cast) -> None:
    rows = rows_of(model, cast)
    if model is Staged:
        assert rows == [], "lines of a recount wait here only while it runs"
        return
    table = connection.ops.quote_name(model._meta.db_table)
    missed: list[str] = []
    for row in (rows[0], rows[-1]):
        for field in columns_of(model):
            name = f"{model.__name__}.{field.name}"
            value = other(field, row[field.attname], cast)
            change = f'UPDATE {table} SET "{field.column}" = %s WHERE id = %s'
            prepared = field.get_db_prep_value(value, connection)
            if name not in NO_FACTS and not is_refused_or_found(cast, change, [prepared, row["id"]]):
                missed.append(f"{name}: {row[field.attname]} → {value}")
        if not is_refused_or_found(cast, f"DELETE FROM {table} WHERE id = %s", [row["id"]]):
            missed.append(f"{model.__name__}: row {row['id']} deleted")
        others = [field for field in model._meta.concrete_fields if field.name != "id"]
        columns = ", ".join(f'"{field.column}"' for field in others)
        # A copy keeps what it can: what must be unique becomes another.
        unique = {name for each in model._meta.constraints for name in getattr(each, "fields", ())} - {
            "company"
        }
        cells = [
            "%s" if field.name in unique and not isinstance(field, models.ForeignKey) else f'"{field.column}"'
            for field in others
        ]
        given = [
            field.get_db_prep_value(other(field, row[field.attname], cast), connection)
            for field, cell in zip(others, cells, strict=True)
            if cell == "%s"
        ]
        copy = f"INSERT INTO {table} ({columns}) SELECT {', '.join(cells)} FROM {table} WHERE id = %s"
        if not is_refused_or_found(cast, copy, [*given, row["id"]]):
            missed.append(f"{model.__name__}: row {row['id']} inserted again")
    assert missed == []


def test_every_column_that_is_no_fact_is_one() -> None:
    there = {f"{model.__name__}.{field.name}" for model in TABLES for field in columns_of(model)}
    assert set(NO_FACTS) <= there


def test_what_is_altered_without_counting_is_named_and_repaired_by_a_posting(cast: Cast) -> None:
    gone = Deal.objects.get(company=cast.company, is_deleted=True)
    Deal.objects.filter(pk=gone.pk).update(title="Planks")
    found = f"Deal {gone.pk}: was altered, or its stage moves, after it was written."
    assert list(verify.differences(cast.company_id)) == [found]
    repaired = verify.repair(cast.company_id, now=LATER)
    assert (repaired.posted, repaired.altered) == ((found,), ())
    assert list(verify.differences(cast.company_id)) == []


def test_a_lost_book_is_opened_again_at_its_last_posting(cast: Cast) -> None:
    book = apps.get_model("ledger", "Book").objects
    version = book.get(company=cast.company).version
    book.filter(company=cast.company).delete()
    assert next(verify.differences(cast.company_id)) == "The company’s book is not there any more."
    verify.repair(cast.company_id, now=LATER)
    assert list(verify.differences(cast.company_id)) == []
    assert book.get(company=cast.company).version == version + 1
