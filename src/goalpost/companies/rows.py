"""Rows by the thousand: the writes that go around Django's model instances for speed.

PostgreSQL takes them by COPY, SQLite by executemany. Values are given as Python values in the order of the
fields; constraints hold as for any other write.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django.db import connection, models

# What a cell may hold: the drivers of both engines take these.
Cell = int | str | date | Decimal | None
Row = tuple[Cell, ...]

_FEW = 50
"""So many rows travel as one VALUES list: one round trip, straight to its shard on a distributed database."""


def is_storable(text: str) -> bool:
    """Whether every engine takes the text: no null character, no half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def insert_rows(model: type[models.Model], field_names: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert `rows` into the model's table. Raises IntegrityError as a plain insert would."""
    if not rows:
        return
    table, columns = _table(model), ", ".join(_columns(model, field_names))
    insert = f"INSERT INTO {table} ({columns}) VALUES"
    places = f"({', '.join(['%s'] * len(field_names))})"
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.executemany(f"{insert} {places}", _plain_rows(model, field_names, rows))
        elif len(rows) <= _FEW:
            values, others = _written_out(rows)
            cursor.execute(f"{insert} {values}", others)
        else:
            with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)


def add_to_rows(
    model: type[models.Model], key: Sequence[str], sums: Sequence[str], rows: Sequence[Row]
) -> None:
    """Insert `rows` (key fields, then sum fields), adding the sums to a row that has the same key already.

    Django has no upsert that adds. Rows must be sorted by key and hold each key once, so that two writers
    take their locks in the same order.
    """
    if not rows:
        return
    names = [*key, *sums]
    table, columns, target = _table(model), _columns(model, names), ", ".join(_columns(model, key))
    additions = ", ".join(
        f"{column} = {table}.{column} + excluded.{column}" for column in columns[len(key) :]
    )
    insert = f"INSERT INTO {table} ({', '.join(columns)})"
    upsert = f"ON CONFLICT ({target}) DO UPDATE SET {additions}"
    places = f"({', '.join(['%s'] * len(columns))})"
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.executemany(f"{insert} VALUES {places} {upsert}", _plain_rows(model, names, rows))
        elif len(rows) <= _FEW:
            values, others = _written_out(rows)
            cursor.execute(f"{insert} VALUES {values} {upsert}", others)
        else:
            # An array a column: to write out thousands of values takes longer than to store them.
            arrays = ", ".join(f"%s::{kind}[]" for kind in _kinds(model, names))
            cursor.execute(
                f"{insert} SELECT * FROM unnest({arrays}) {upsert}",  # noqa: S608  names come from the model
                [list(column) for column in zip(*rows, strict=True)],
            )


def overwrite_rows(model: type[models.Model], field_names: Sequence[str], rows: Sequence[Row]) -> None:
    """Overwrite rows, known by their first two fields, `company` and `id`, with the other fields.

    Raises LookupError when one of them is not there.
    """
    if not rows:
        return
    # No upsert: SQLite takes none on a key that its rowid is part of, and there is nothing to insert.
    changes = ", ".join(f"{column} = %s" for column in _columns(model, field_names[2:]))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {_table(model)} SET {changes} WHERE company_id = %s AND id = %s",  # noqa: S608
            [(*row[2:], *row[:2]) for row in _plain_rows(model, field_names, rows)],
        )
        if cursor.rowcount != len(rows):
            raise LookupError(f"Of {len(rows)} rows to overwrite, {cursor.rowcount} are in {_table(model)}.")


def reserve_ids(model: type[models.Model], how_many: int) -> list[int]:
    """Return ids that no other row has or will get, for rows inserted in this transaction."""
    if how_many == 0:
        return []
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
                [_table(model), how_many],
            )
            return [int(row[0]) for row in cursor.fetchall()]
        # SQLite has one writer, and this transaction is it.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [model._meta.db_table])
        found = cursor.fetchone()
        last = int(found[0]) if found else 0
        return list(range(last + 1, last + 1 + how_many))


def _written_out(rows: Sequence[Row]) -> tuple[str, list[Cell]]:
    """Return a VALUES list and its parameters.

    Numbers and days, which need no quoting, are in the list itself: adapting each would take the driver
    longer than the server takes to store the rows.
    """
    others: list[Cell] = []

    def written(cell: Cell) -> str:
        if type(cell) is int:
            return str(cell)
        if type(cell) is date:
            return f"'{cell.isoformat()}'"
        others.append(cell)
        return "%s"

    return ", ".join(f"({', '.join(map(written, row))})" for row in rows), others


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _columns(model: type[models.Model], field_names: Sequence[str]) -> tuple[str, ...]:
    return _quoted_columns(model, tuple(field_names))


@cache  # asked for with every write, and always about the same few tables
def _quoted_columns(model: type[models.Model], field_names: tuple[str, ...]) -> tuple[str, ...]:
    fields = (model._meta.get_field(name) for name in field_names)
    return tuple(
        connection.ops.quote_name(str(field.column)) for field in fields if isinstance(field, models.Field)
    )


def _kinds(model: type[models.Model], field_names: Sequence[str]) -> list[str]:
    """Return the columns' types as casts name them."""
    fields = (model._meta.get_field(name) for name in field_names)
    return [str(field.cast_db_type(connection)) for field in fields if isinstance(field, models.Field)]


def _plain_rows(model: type[models.Model], field_names: Sequence[str], rows: Sequence[Row]) -> Sequence[Row]:
    """Return the rows as the engine's driver takes them: SQLite keeps moments and days as text."""
    if connection.vendor == "postgresql":
        return rows
    converters = {place: plain for place, name in enumerate(field_names) if (plain := _plain(model, name))}
    if not converters:
        return rows
    columns: list[Sequence[Cell]] = list(zip(*rows, strict=True))
    for place, plain in converters.items():
        columns[place] = [None if cell is None else plain(cell) for cell in columns[place]]
    return list(zip(*columns, strict=True))


def _plain(model: type[models.Model], name: str) -> Callable[[Any], Cell] | None:
    match model._meta.get_field(name):
        case models.DateTimeField():
            return _utc_text
        case models.DateField():
            return date.isoformat
        case models.DecimalField():
            return str
        case _:
            return None


def _utc_text(moment: datetime) -> str:
    """Return the moment as Django's SQLite backend writes it."""
    return (moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)).isoformat(" ")
