"""The yardstick of an import: the same rows into the tables of the records alone.

No file is read, nothing is looked up or checked beyond the tables' own constraints, and there is no ledger:
executemany on SQLite, COPY on PostgreSQL, in transactions as large as an import's.
"""

from collections.abc import Sequence
from datetime import date

from django.db import connection, models, transaction

from benchmarks.company import NOW, found
from benchmarks.processor import all_seconds
from goalpost.companies.models import Company, User
from goalpost.crm.models import Deal, Pipeline, Stage, StageMove
from goalpost.storage.bulk_rows import Row, reserve_ids

_BATCH = 5_000
"""Deals a transaction, as an import has."""

Swaps = dict[str, dict[int, int]]
"""By column: what stands in a row of the one company, and what in its copy for the other."""


def seconds_to_load(source: Company) -> float:
    """Copy a company's deals and stage moves into a new one. Returns the processor time of writing them."""
    target = _company_like(source)
    swaps: Swaps = {
        "company_id": {source.pk: target.pk},
        "owner_id": _swaps(User, source, target),
        "pipeline_id": _swaps(Pipeline, source, target),
        "stage_id": _swaps(Stage, source, target),
    }
    deals = list(Deal.objects.filter(company=source).order_by("id").values_list("id", flat=True))
    seconds = 0.0
    for start in range(0, len(deals), _BATCH):
        batch = deals[start : start + _BATCH]
        swaps["id"] = swaps["deal_id"] = dict(zip(batch, reserve_ids(Deal, len(batch)), strict=True))
        # A move's own id is the table's to give.
        tables = [(Deal, _columns(Deal), "id"), (StageMove, _columns(StageMove, but="id"), "deal_id")]
        copies = [
            (model, columns, _copies(model, columns, (key, batch[0], batch[-1]), swaps))
            for model, columns, key in tables
        ]
        start_of_batch = all_seconds()
        with transaction.atomic():
            for model, columns, rows in copies:
                _write(model, columns, rows)
        seconds += all_seconds() - start_of_batch
    return seconds


def _company_like(source: Company) -> Company:
    """Found a company with the same people; its pipeline and stages are those of every new company."""
    target = found("without a ledger")
    people = User.objects.filter(company=source, is_admin=False)
    User.objects.bulk_create(
        User(company=target, name=name, created_at=NOW) for name in people.values_list("name", flat=True)
    )
    return target


def _swaps(model: type[models.Model], source: Company, target: Company) -> dict[int, int]:
    """Return the ids of one company's rows with those of the other's rows of the same names."""
    ids = [
        dict(model._default_manager.filter(company=company).values_list("name", "id"))
        for company in (source, target)
    ]
    return {ids[0][name]: ids[1][name] for name in ids[0].keys() & ids[1].keys()}


def _columns(model: type[models.Model], *, but: str = "") -> list[str]:
    columns = [str(field.column) for field in model._meta.concrete_fields]
    return [column for column in columns if column != but]


def _copies(
    model: type[models.Model], columns: Sequence[str], between: tuple[str, int, int], swaps: Swaps
) -> list[Row]:
    key, first, last = between
    [company_id] = swaps["company_id"]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(columns)} FROM {model._meta.db_table} "  # noqa: S608  names come from the model
            f"WHERE company_id = %s AND {key} BETWEEN %s AND %s ORDER BY id",
            [company_id, first, last],
        )
        rows = cursor.fetchall()
    if connection.vendor == "sqlite":  # keeps days and moments as text
        rows = [tuple(str(cell) if isinstance(cell, date) else cell for cell in row) for row in rows]
    places = [swaps.get(column) for column in columns]
    return [
        tuple(swap[cell] if swap else cell for swap, cell in zip(places, row, strict=True)) for row in rows
    ]


def _write(model: type[models.Model], columns: Sequence[str], rows: Sequence[Row]) -> None:
    into = f"{model._meta.db_table} ({', '.join(columns)})"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.executemany(f"INSERT INTO {into} VALUES ({', '.join(['%s'] * len(columns))})", rows)  # noqa: S608
        else:
            with cursor.copy(f"COPY {into} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
