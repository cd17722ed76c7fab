"""The surroundings of a test run, set before Django reads its settings: pytest loads this file first.

Data goes to a temporary folder. The database is SQLite, or with GOALPOST_TEST_DATABASE=postgresql a
PostgreSQL server that lives as long as the run; pytest-xdist's workers find its address in the environment.
"""

import atexit
import os
import secrets
import shutil
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from tools import postgres

CHOICE = "GOALPOST_TEST_DATABASE"
DATABASES = ("sqlite", "postgresql")
ADDRESS = "GOALPOST_DATABASE_URL"
KEPT = {CHOICE, "GOALPOST_TEST_CHROMIUM"}

_running = ExitStack()


def _prepare(database: str, *, is_worker: bool) -> None:
    """Set the environment for Django's settings, and start the server that `database` asks for."""
    if database not in DATABASES:
        raise pytest.UsageError(f"{CHOICE} must be one of {', '.join(DATABASES)}, not {database!r}")
    if not is_worker:
        # A developer's own installation is no part of a test.
        for name in [name for name in os.environ if name.startswith("GOALPOST_") and name not in KEPT]:
            del os.environ[name]
        if database == "postgresql" and postgres.programs():
            os.environ[ADDRESS] = _running.enter_context(postgres.server())
    # Modules stay compiled, whatever the environment says: commands run as processes by the hundred.
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    folder = tempfile.mkdtemp(prefix="goalpost-tests-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["GOALPOST_DATA_DIR"] = folder
    (Path(folder) / "static").mkdir()  # where static files would be collected: WhiteNoise warns without
    os.environ["GOALPOST_SECRET_KEY"] = secrets.token_urlsafe(64)


_database = os.environ.get(CHOICE, "sqlite")
_prepare(_database, is_worker="PYTEST_XDIST_WORKER" in os.environ)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave every test out, with the reason, rather than run it on a database not asked for."""
    if _database == "postgresql" and ADDRESS not in os.environ:
        for item in items:
            item.add_marker(pytest.mark.skip(reason="PostgreSQL 15 or later is not installed"))


def migrated_file() -> Path:
    """Return where the SQLite database lies as migrations leave it, once the tests' own is made."""
    return Path(os.environ["GOALPOST_DATA_DIR"]) / "migrated.sqlite3"


def migrated_name() -> str:
    """Return the name of the PostgreSQL database that is as migrations leave it."""
    return f"migrated_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"


def pytest_unconfigure() -> None:
    _running.close()
