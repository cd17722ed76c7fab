"""Installations to run commands on. Each has a database of its own, so the run on SQLite is enough."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import Installation, Server, serving, with_tables
from tests.environment import CHOICE


@pytest.fixture(scope="session")
def sqlite_run() -> None:
    """Leave the test out of the run on PostgreSQL, which would only repeat it."""
    if os.environ.get(CHOICE) == "postgresql":
        pytest.skip("has a database of its own; done in the run on SQLite")


@pytest.fixture
def empty(sqlite_run: None, tmp_path: Path) -> Installation:
    """Return an installation whose data folder is still to be made."""
    return Installation(tmp_path / "data")


@pytest.fixture
def migrated(sqlite_run: None, django_db_setup: None, tmp_path: Path) -> Installation:
    """Return an installation of the test's own with the tables and no company."""
    return with_tables(tmp_path / "data")


@pytest.fixture
def founded(sqlite_run: None, founded_once: Installation, tmp_path: Path) -> Installation:
    """Return an installation of the test's own, with Nordlys founded and Astrid as its admin."""
    shutil.copytree(founded_once.data, tmp_path / "data")
    return Installation(tmp_path / "data")


@pytest.fixture(scope="session")
def server(
    sqlite_run: None, founded_once: Installation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """Yield a server for tests that only read."""
    folder = tmp_path_factory.mktemp("served") / "data"
    shutil.copytree(founded_once.data, folder)
    with serving(Installation(folder)) as running:
        yield running
