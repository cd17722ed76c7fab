"""Installations with a queue of their own, on each database, and a table of what was measured with them."""

import os
import random
import shutil
from collections.abc import Callable, Iterator
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


SEED = int(os.environ.get("FAULTS_SEED", "0")) or random.randrange(10**6)

Report = Callable[[str, str, str], None]
"""Takes what was done, what was found, and the bar that holds for it."""

_found: list[tuple[str, ...]] = []


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Report:
    """Keep a line for the table at the end. It stands there whether or not the test passes."""
    database = "SQLite" if "sqlite" in request.node.name else "PostgreSQL"

    def keep(done: str, found: str, bar: str) -> None:
        _found.append((database, done, found, bar))

    return keep


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not _found:
        return
    table = [("database", "done", "found", "bar"), *_found]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    terminalreporter.section(f"faults, FAULTS_SEED={SEED}")
    for line in table:
        padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        terminalreporter.write_line("  ".join(padded).rstrip())
