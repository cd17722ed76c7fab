"""Installations with a queue of their own, on each database."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import Installation
from tests.faults.real_queue import Queue
from tools import postgres


@pytest.fixture
def on_sqlite(founded_once: Installation, tmp_path: Path) -> Queue:
    shutil.copytree(founded_once.data, tmp_path / "data")
    return Queue(Installation(tmp_path / "data"))


@pytest.fixture(scope="session")
def founded_name(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the name of a database on PostgreSQL with a company, to copy and never to change."""
    folder = tmp_path_factory.mktemp("founded") / "data"
    assert Installation(folder, {"GOALPOST_DATABASE_URL": postgres_url}).init().code == 0
    return postgres_url.rpartition("/")[2]


@pytest.fixture
def on_postgresql(postgres_server: str, founded_name: str, tmp_path: Path) -> Iterator[Queue]:
    with postgres.database(postgres_server, founded_name) as url:
        yield Queue(Installation(tmp_path / "data", {"GOALPOST_DATABASE_URL": url}))


@pytest.fixture(params=["sqlite", "postgresql"])
def queue(request: pytest.FixtureRequest) -> Queue:
    found = request.getfixturevalue(f"on_{request.param}")
    assert isinstance(found, Queue)
    return found
