"""Installations with a queue of their own, on each database."""

import shutil
from pathlib import Path

import pytest

from tests.cli.running import Installation
from tests.faults.real_queue import Queue


@pytest.fixture(scope="session")
def founded_once(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    installation = Installation(tmp_path_factory.mktemp("founded") / "data")
    assert installation.init().code == 0
    return installation


@pytest.fixture
def on_sqlite(founded_once: Installation, tmp_path: Path) -> Queue:
    shutil.copytree(founded_once.data, tmp_path / "data")
    return Queue(Installation(tmp_path / "data"))


@pytest.fixture
def on_postgresql(empty_postgres_url: str, tmp_path: Path) -> Queue:
    installation = Installation(tmp_path / "data", {"GOALPOST_DATABASE_URL": empty_postgres_url})
    assert installation.init().code == 0
    return Queue(installation)


@pytest.fixture(params=["sqlite", "postgresql"])
def queue(request: pytest.FixtureRequest) -> Queue:
    found = request.getfixturevalue(f"on_{request.param}")
    assert isinstance(found, Queue)
    return found
