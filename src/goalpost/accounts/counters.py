"""The table of short-lived facts: attempts counted by address and account, codes that were used.

Django's own cache in the database drops live rows, in the order of their keys, once it holds some hundred: a
stranger could empty it by asking for many accounts. Here only what has expired is dropped.
"""

from datetime import datetime

from django.conf import settings
from django.core.cache import DEFAULT_CACHE_ALIAS
from django.core.cache.backends.db import DatabaseCache
from django.db import connections
from django.db.backends.utils import CursorWrapper


class Counters(DatabaseCache):
    """A cache in the database that keeps each row until it expires."""

    def _cull(self, db: str, cursor: CursorWrapper, now: datetime, num: int) -> None:  # noqa: ARG002  as Django calls it
        connection = connections[db]
        quoted = connection.ops.quote_name
        table = quoted(settings.CACHES[DEFAULT_CACHE_ALIAS]["LOCATION"])
        cursor.execute(
            f"DELETE FROM {table} WHERE {quoted('expires')} < %s",  # noqa: S608  a setting's name
            [connection.ops.adapt_datetimefield_value(now)],
        )
