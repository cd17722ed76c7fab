"""The surroundings of a test run, set before Django reads its settings: pytest loads this file first (addopts).

Data goes to a temporary folder. The database is SQLite, or with GOALPOST_TEST_DATABASE=postgresql a PostgreSQL
server that lives as long as the run; its address reaches pytest-xdist's workers through the environment.
"""

import atexit
import os
import secrets
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from tools import postgres

CHOICE = "GOALPOST_TEST_DATABASE"
DATABASES = ("sqlite", "postgresql")

_running = ExitStack()


def _prepare() -> str | None:
    """Set the environment; return why the tests cannot run on the database that was asked for, or None."""
    is_worker = "PYTEST_XDIST_WORKER" in os.environ
    database = os.environ.get(CHOICE, "sqlite")
    if database not in DATABASES:
        raise pytest.UsageError(f"{CHOICE} must be one of {', '.join(DATABASES)}, not {database!r}")

    for name in [name for name in os.environ if name.startswith("GOALPOST_") and name not in _OURS]:
        if not is_worker:
            del os.environ[name]  # a developer's own installation is no part of a test
    folder = Path(tempfile.mkdtemp(prefix="goalpost-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["GOALPOST_DATA_DIR"] = str(folder)
    os.environ["GOALPOST_SECRET_KEY"] = secrets.token_urlsafe(64)
    if database == "postgresql" and not is_worker:
        try:
            os.environ["GOALPOST_DATABASE_URL"] = _running.enter_context(postgres.server())
        except postgres.PostgresError as error:
            return str(error)
    elif database == "postgresql" and "GOALPOST_DATABASE_URL" not in os.environ:
        return "PostgreSQL did not start"
    return None


_OURS = {CHOICE, "GOALPOST_TEST_CHROMIUM"}
_reason_to_skip = _prepare()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave every test out, with the reason, rather than run it on another database than the one asked for."""
    if _reason_to_skip is not None:
        for item in items:
            item.add_marker(pytest.mark.skip(reason=_reason_to_skip))


def pytest_unconfigure() -> None:
    _running.close()
