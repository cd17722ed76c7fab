"""Statements written out, for what no ORM query can say. Only numbers, days and currency codes get in."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import cast

from django.db import connection


def literal(cell: int | str | date) -> str:
    """Return a number, a day or a currency code as the engine reads it: SQLite keeps days as text.

    Raises ValueError for other texts.
    """
    if isinstance(cell, str):
        if cell and not (cell.isascii() and cell.isalnum()):
            raise ValueError(f"{cell!r} is no currency code.")
        return f"'{cell}'"
    if isinstance(cell, date):
        return f"'{cell.isoformat()}'" if connection.vendor == "sqlite" else f"DATE '{cell.isoformat()}'"
    return format(cell, "d")


def list_of(ids: Iterable[int]) -> str:
    """Return ids as they stand between the brackets of IN."""
    return ", ".join(format(id_, "d") for id_ in sorted(ids))


def values(rows: Sequence[tuple[int | str | date, ...]]) -> str:
    """Return the rows as a table.

    They are written out, because drivers take longer over thousands of parameters than databases over the
    rows. LIMIT tells SQLite how many they are: it guesses a million otherwise, and then reads all of the
    ledger to build a Bloom filter first.
    """
    written = ", ".join(f"({', '.join(map(literal, row))})" for row in rows)
    return f"SELECT * FROM (VALUES {written}) AS given LIMIT {len(rows)}"  # noqa: S608  numbers and days


def fetch(statement: str, parameters: Sequence[int]) -> list[tuple[object, ...]]:
    """Return all rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cast("list[tuple[object, ...]]", cursor.fetchall())
