"""Whether a database has the tables of this version: checked before a command uses it."""

from enum import Enum

from django.db import connection
from django.db.migrations.loader import MigrationLoader


class SchemaState(Enum):
    """The tables of a database, compared with those that this version needs."""

    EMPTY = "empty"
    """It has none yet."""
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"
    """A migration was applied that this version does not have."""


def schema_state() -> SchemaState:
    """Compare the migrations applied with those of this version. Raises DatabaseError."""
    loader = MigrationLoader(connection)
    applied = set(loader.applied_migrations)
    if not applied:
        return SchemaState.EMPTY
    known = set(loader.disk_migrations)
    if applied - known:
        return SchemaState.NEWER
    return SchemaState.OLDER if known - applied else SchemaState.CURRENT
