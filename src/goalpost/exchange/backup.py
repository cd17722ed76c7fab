"""Backups: every table in one file, as of one moment, and back into either engine.

Sessions and jobs are left out: people sign in again, and what a job was to do is asked anew. The secret key
is not in it: second steps and mail in the queue are encrypted with it, so keep it beside (docs/commands.md).
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from graphlib import TopologicalSorter
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Field, Model, Q

from goalpost.companies.models import Company, User
from goalpost.crm.verify import differences
from goalpost.exchange.backup_file import UnusableBackup, lines_of, writing_backup
from goalpost.storage.snapshot import snapshot

_FORMAT = 1
_LEFT_OUT = {"accounts.BrowserSession", "jobs.Job", "contenttypes.ContentType"}
_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class BackupMade:
    """What a backup holds."""

    companies: int
    rows: int


def back_up(
    path: Path, *, now: datetime, company: Company | None = None, key: bytes | None = None
) -> BackupMade:
    """Write a backup, of one company or of all, as of one moment. Raises OSError."""
    with snapshot(), writing_backup(path, key) as writer:
        companies = [company] if company else list(Company.objects.order_by("slug"))
        writer.line(
            {
                "goalpost": version("goalpost"),
                "format": _FORMAT,
                "made_at": now.isoformat(),
                "companies": [each.slug for each in companies],
                "is_whole": company is None,
                "migrations": _migrations(),
            }
        )
        for model in _tables():
            rows = _rows_of(model, company)
            if rows is None:
                continue
            columns = [field.column for field in _fields(model)]
            writer.line({"table": model._meta.label, "columns": columns})
            for row in rows:
                writer.row([_written(cell) for cell in row])
        writer.end()
        return BackupMade(len(companies), writer.rows)


def _tables() -> list[type[Model]]:
    """Return the tables that a backup holds; each comes after those it refers to."""
    found = [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.label not in _LEFT_OUT and model._meta.app_label != "auth"
    ]
    order: TopologicalSorter[type[Model]] = TopologicalSorter(
        {
            model: {other for field in _fields(model) if (other := field.related_model) in found}
            for model in sorted(found, key=lambda model: model._meta.label)
        }
    )
    return list(order.static_order())


def _fields(model: type[Model]) -> Sequence["Field[Any, Any]"]:
    return model._meta.concrete_fields


def _rows_of(model: type[Model], company: Company | None) -> Iterator[tuple[object, ...]] | None:
    """Return the rows of a table, of one company if one is given; None where nothing of it belongs to one."""
    rows = model._default_manager.order_by("pk")
    if company is not None:
        own = _belonging(model, company)
        if own is None:
            return None
        rows = rows.filter(own)
    columns = [field.attname for field in _fields(model)]
    return rows.values_list(*columns).iterator(chunk_size=_AT_ONCE)


def _belonging(model: type[Model], company: Company) -> Q | None:
    if model is Company:
        return Q(pk=company.pk)
    names = {field.name: field.related_model for field in _fields(model) if field.is_relation}
    if "company" in names:
        return Q(company=company)
    of_user = next((name for name, related in names.items() if related is User), None)
    return Q(**{f"{of_user}__company": company}) if of_user else None


def _migrations() -> list[str]:
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


def _written(cell: object) -> object:
    """Return a cell as JSON holds it."""
    match cell:
        case bytes() | memoryview():
            return {"bytes": b64encode(bytes(cell)).decode()}
        case datetime() | date():
            return cell.isoformat()
        case timedelta():
            return cell.total_seconds()
        case Decimal():
            return str(cell)
        case _:
            return cell


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored. `differences` are those that counting everything anew found."""

    companies: tuple[str, ...]
    rows: int
    differences: tuple[str, ...]


def restore(path: Path, *, replaces: bool = False, key: bytes | None = None) -> Restored:
    """Restore a backup into a database with the tables of this version, all of it or nothing; then verify.

    `replaces` deletes everything that is there first. Raises UnusableBackup, before anything is changed, also
    where there are companies already.
    """
    head = _checked(path, key)
    if Company.objects.exists() and not replaces:
        raise UnusableBackup(
            "There are companies in this database already. Restore into a new one, or give --force to delete "
            "everything that is here."
        )
    with transaction.atomic():
        _empty()
        rows = _fill(lines_of(path, key))
    found = [
        f"{company.name}: {each}"
        for company in Company.objects.order_by("slug")
        for each in islice(differences(company.pk), 20)
    ]
    return Restored(tuple(head["companies"]), rows, tuple(found))


def _checked(path: Path, key: bytes | None) -> dict[str, Any]:
    """Return a backup's first line after reading it to its end. Raises UnusableBackup."""
    lines = lines_of(path, key)
    head = next(lines, None)
    if not isinstance(head, dict) or "goalpost" not in head:
        raise UnusableBackup(f"{path} is no backup of Goalpost.")
    if head.get("format") != _FORMAT or head["migrations"] != _migrations():
        raise UnusableBackup(
            f"{path} was made by version {head['goalpost']}, whose tables are not those of this version, "
            f"{version('goalpost')}. Restore it with that version, then run goalpost migrate with this one."
        )
    known = {model._meta.label for model in _tables()}
    for line in lines:
        if isinstance(line, dict) and line.get("table") not in known:
            raise UnusableBackup(f"{path} has a table that this version does not know: {line.get('table')}.")
    return head


def _empty() -> None:
    """Delete every row of what a backup holds, and the sessions and jobs that belong to it."""
    tables = [*reversed(_tables())]
    gone = [
        model for model in apps.get_models() if model._meta.label in {"accounts.BrowserSession", "jobs.Job"}
    ]
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        for model in (*gone, *tables):
            cursor.execute(f"DELETE FROM {quote(model._meta.db_table)}")  # noqa: S608  names of the models


def _fill(lines: Iterator[Any]) -> int:
    next(lines)
    model: type[Model] | None = None
    fields: list[Field[Any, Any]] = []
    waiting: list[list[Any]] = []
    rows = 0
    for line in lines:
        if isinstance(line, list):
            waiting.append(line)
            rows += 1
            if len(waiting) >= _AT_ONCE:
                _insert(model, fields, waiting)
                waiting = []
            continue
        _insert(model, fields, waiting)
        waiting = []
        model = apps.get_model(line["table"])
        by_column = {field.column: field for field in _fields(model)}
        fields = [by_column[column] for column in line["columns"]]
    _insert(model, fields, waiting)
    _restart_ids()
    return rows


def _insert(
    model: type[Model] | None, fields: Sequence["Field[Any, Any]"], rows: Iterable[list[Any]]
) -> None:
    if model is None or not rows:
        return
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({places})",  # noqa: S608  models' names
            [
                [
                    field.get_db_prep_save(_read(field, cell), connection)
                    for field, cell in zip(fields, row, strict=True)
                ]
                for row in rows
            ],
        )


def _read(field: "Field[Any, Any]", cell: Any) -> object:
    if isinstance(cell, dict) and cell.keys() == {"bytes"} and isinstance(field, models.BinaryField):
        return b64decode(cell["bytes"])
    if isinstance(field, models.JSONField):
        return cell
    return field.to_python(cell)


def _restart_ids() -> None:
    """Let new rows get ids after those restored. SQLite does so by itself."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), _tables()):
            cursor.execute(statement)
