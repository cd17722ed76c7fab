"""Several reads in one snapshot, without blocking writers."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def snapshot() -> Iterator[None]:
    """Let every read inside see the same state (that of the transaction, if one is open).

    Outside a transaction writes raise an error: they would be rolled back.
    """
    if connection.in_atomic_block or _is_in_snapshot():
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        # Not atomic(): that would take SQLite's write lock.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                cursor.execute("PRAGMA query_only = ON")
                yield
            finally:
                # Even where SQLite rolled back by itself (a full disk), the connection must write again.
                try:
                    cursor.execute("ROLLBACK")
                finally:
                    cursor.execute("PRAGMA query_only = OFF")


def _is_in_snapshot() -> bool:
    """Whether SQLite is in a transaction that Django did not open."""
    return isinstance(connection.connection, sqlite3.Connection) and connection.connection.in_transaction
