"""What SQLite is told while thousands of rows come in."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

_SETTINGS = {"wal_autocheckpoint": 16_000, "cache_size": -128 * 1024}
"""Pages until the log is copied; the cache, in KiB where negative."""


@contextmanager
def many_rows_coming() -> Iterator[None]:
    """Let SQLite copy its log to the database file seldom, and keep more of the indexes in memory.

    By default it copies after nearly every batch, and the same pages over and over. What is committed is
    as safe either way: it is in the log.
    """
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        before = {name: _asked(cursor.execute(f"PRAGMA {name}").fetchone()) for name in _SETTINGS}
        for name, value in _SETTINGS.items():
            cursor.execute(f"PRAGMA {name}={value}")
    try:
        yield
    finally:
        if connection.connection is not None:
            with connection.cursor() as cursor:
                for name, value in before.items():
                    cursor.execute(f"PRAGMA {name}={value}")


def _asked(row: object) -> int:
    """Return the number in a pragma's only row."""
    assert isinstance(row, tuple)
    return int(row[0])
