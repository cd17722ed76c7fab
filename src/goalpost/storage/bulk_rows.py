"""Bulk inserts and updates without Django's model instances.

PostgreSQL takes them by COPY, SQLite by executemany. Values are Python values in the order of the fields;
constraints are checked as for any other write.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, cast

from django.db import connection, models, transaction

# What a cell may hold: the drivers of both engines take these.
Cell = int | str | bytes | date | Decimal | None
Row = tuple[Cell, ...]

_FEW = 50
"""Up to this many rows are sent as one VALUES list: one round trip, routed to one shard on Citus."""


class StatementBatch:
    """Statements of one transaction whose results are not read, sent to PostgreSQL in one message.

    On SQLite each is executed at once. On PostgreSQL nothing is written before `send`.
    """

    __slots__ = ("_parameters", "_statements")

    def __init__(self) -> None:
        self._statements: list[str] = []
        self._parameters: list[Cell] = []

    def add(self, statement: str, parameters: Sequence[Cell] = ()) -> None:
        self._statements.append(statement)
        self._parameters.extend(parameters)
        if connection.vendor != "postgresql":
            self.send()

    def send(self) -> None:
        """Write what was added. Raises IntegrityError as the first write that is refused would."""
        if self._statements:
            statements, parameters = "; ".join(self._statements), self._parameters
            self._statements, self._parameters = [], []
            with connection.cursor() as cursor:
                cursor.execute(statements, parameters)


def is_storable(text: str) -> bool:
    """Whether every engine takes the text: no null character, no half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def insert_rows(
    model: type[models.Model],
    field_names: Sequence[str],
    rows: Sequence[Row],
    batch: StatementBatch | None = None,
) -> None:
    """Insert `rows` into the model's table. Raises IntegrityError as a plain insert would.

    Few rows are added to the `batch`, if there is one; many are written at once, after the batch is sent.
    """
    if not rows:
        return
    table, columns = _table(model), ", ".join(_columns(model, field_names))
    insert = f"INSERT INTO {table} ({columns}) VALUES"
    if connection.vendor != "postgresql":
        places = f"({', '.join(['%s'] * len(field_names))})"
        with connection.cursor() as cursor:
            cursor.executemany(f"{insert} {places}", _plain_rows(model, field_names, rows))
    elif len(rows) <= _FEW:
        values, others = _written_out(rows)
        _send(f"{insert} {values}", others, batch)
    else:
        _send_first(batch)
        copy_in = f"COPY {table} ({columns}) FROM STDIN"
        with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(copy_in) as copy:
            for row in rows:
                copy.write_row(row)


def add_to_rows(
    model: type[models.Model],
    key: Sequence[str],
    sums: Sequence[str],
    rows: Sequence[Row],
    batch: StatementBatch | None = None,
) -> None:
    """Insert `rows` (key fields, then sum fields), adding the sums to a row that has the same key already.

    Django has no upsert that adds. Rows must be sorted by key and hold each key once, so that two writers
    take their locks in the same order. The `batch` is as for `insert_rows`.
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
    if connection.vendor != "postgresql":
        places = f"({', '.join(['%s'] * len(columns))})"
        with connection.cursor() as cursor:
            cursor.executemany(f"{insert} VALUES {places} {upsert}", _plain_rows(model, names, rows))
    elif len(rows) <= _FEW:
        values, others = _written_out(rows)
        _send(f"{insert} VALUES {values} {upsert}", others, batch)
    else:
        _send_first(batch)
        # One array per column: inlining thousands of values takes longer than storing them.
        arrays = ", ".join(f"%s::{kind}[]" for kind in _kinds(model, names))
        with connection.cursor() as cursor:
            cursor.execute(
                f"{insert} SELECT * FROM unnest({arrays}) {upsert}",  # noqa: S608  names come from the model
                [list(column) for column in zip(*rows, strict=True)],
            )


def _send(statement: str, parameters: Sequence[Cell], batch: StatementBatch | None) -> None:
    if batch is None:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
    else:
        batch.add(statement, parameters)


def _send_first(batch: StatementBatch | None) -> None:
    if batch is not None:
        batch.send()


def read_rows(
    model: type[models.Model],
    field_names: Sequence[str],
    *,
    order_by: str = "",
    locks: bool = False,
    **key: int | Sequence[int],
) -> list[Row]:
    """Return these fields of the rows that match `key`: for each field one number or one of several.

    `locks` takes FOR NO KEY UPDATE locks until the transaction ends. Values are as the ORM gives them;
    decimals are not supported. For the hot path of writes, where composing the query in the ORM takes longer
    than executing it.
    """
    if not all(isinstance(value, int) or value for value in key.values()):
        return []
    table, wanted = _table(model), ", ".join(_columns(model, field_names))
    numbers = [
        f" = {value:d}"
        if isinstance(value, int)
        else f" IN ({', '.join(format(each, 'd') for each in value)})"
        for value in key.values()
    ]
    conditions = zip(_columns(model, tuple(key)), numbers, strict=True)
    question = f"SELECT {wanted} FROM {table} WHERE {' AND '.join(map(''.join, conditions))}"  # noqa: S608  numbers
    if order_by:
        question += f" ORDER BY {connection.ops.quote_name(order_by)}"
    if locks and connection.features.has_select_for_update:
        question += " FOR UPDATE"
    with connection.cursor() as cursor:
        cursor.execute(question)
        rows: list[Row] = cursor.fetchall()
    return rows if connection.vendor == "postgresql" else [tuple(map(_in_utc, row)) for row in rows]


def overwrite_rows(model: type[models.Model], field_names: Sequence[str], rows: Sequence[Row]) -> None:
    """Overwrite rows, known by their first two fields, `company` and `id`, with the other fields.

    Raises LookupError when one of them is not there.
    """
    if not rows:
        return
    # Not an upsert: SQLite supports none on a key with the rowid, and there is nothing to insert.
    changes = ", ".join(f"{column} = %s" for column in _columns(model, field_names[2:]))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {_table(model)} SET {changes} WHERE company_id = %s AND id = %s",  # noqa: S608
            [(*row[2:], *row[:2]) for row in _plain_rows(model, field_names, rows)],
        )
        if cursor.rowcount != len(rows):
            raise LookupError(f"Of {len(rows)} rows to overwrite, {cursor.rowcount} are in {_table(model)}.")


def reserve_ids(model: type[models.Model], how_many: int) -> list[int]:
    """Reserve ids for rows inserted in this transaction: no other row has or gets them."""
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

    Numbers and days are inlined: adapting each as a parameter takes the driver longer than the server takes
    to store the rows.
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


def _in_utc(cell: Cell) -> Cell:
    """Return a cell read from SQLite: its moments are in UTC, and do not say so."""
    return cell.replace(tzinfo=UTC) if isinstance(cell, datetime) else cell


_BULK_PRAGMAS = {"wal_autocheckpoint": 16_000, "cache_size": -128 * 1024}
"""Pages until the log is copied; the cache, in KiB where negative."""
_SQLITE_SAMPLE = 1_000


@contextmanager
def bulk_write_settings() -> Iterator[None]:
    """Let SQLite checkpoint its WAL seldom, and cache more pages.

    By default it checkpoints after nearly every batch, rewriting the same pages. Durability is the same:
    commits are in the WAL.
    """
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        before = {}
        for name, value in _BULK_PRAGMAS.items():
            [before[name]] = cursor.execute(f"PRAGMA {name}").fetchone()
            cursor.execute(f"PRAGMA {name}={value}")
    try:
        yield
    finally:
        if connection.connection is not None:
            with connection.cursor() as cursor:
                for name, value in before.items():
                    cursor.execute(f"PRAGMA {name}={value}")


def refresh_statistics(tables: Sequence[type[models.Model]]) -> None:
    """Refresh the planner's statistics of tables that got thousands of rows."""
    names = [connection.ops.quote_name(table._meta.db_table) for table in tables]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"ANALYZE {', '.join(names)}")
            return
        # A sample of each index is enough, and takes constant time.
        cursor.execute(f"PRAGMA analysis_limit={_SQLITE_SAMPLE}")
        # On its own, ANALYZE reads before it writes, and fails at once when another process writes in
        # between. A transaction takes the write lock first, and waits for it.
        with transaction.atomic():
            for name in names:
                cursor.execute(f"ANALYZE {name}")
            cursor.execute("PRAGMA optimize")


def literal(cell: int | str | date) -> str:
    """Return a number, a day or a currency code as the engine reads it: SQLite keeps days as text.

    Raises ValueError for other texts.
    """
    return _written(cell, _day_format())


def _day_format() -> str:
    return "'{}'" if connection.vendor == "sqlite" else "DATE '{}'"


def _written(cell: int | str | date, day_format: str) -> str:
    if isinstance(cell, str):
        if cell and not (cell.isascii() and cell.isalnum()):
            raise ValueError(f"{cell!r} is no currency code.")
        return f"'{cell}'"
    if isinstance(cell, date):
        return day_format.format(cell.isoformat())
    return format(cell, "d")


def list_of(ids: Iterable[int]) -> str:
    """Return ids as the list for IN (...)."""
    return ", ".join(format(id_, "d") for id_ in sorted(ids))


def values(rows: Sequence[tuple[int | str | date, ...]]) -> str:
    """Return the rows as a table.

    They are inlined: drivers take longer to adapt thousands of parameters than databases to read the rows.
    LIMIT tells SQLite how many they are: it guesses a million otherwise, and reads the whole ledger to build
    a Bloom filter.
    """
    days = _day_format()
    written = ", ".join(f"({', '.join([_written(cell, days) for cell in row])})" for row in rows)
    return f"SELECT * FROM (VALUES {written}) AS given LIMIT {len(rows)}"  # noqa: S608  numbers and days


def fetch(statement: str, parameters: Sequence[int]) -> list[tuple[object, ...]]:
    """Return all rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cast("list[tuple[object, ...]]", cursor.fetchall())
