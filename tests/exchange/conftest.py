import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.db import connection

from tests.environment import ADDRESS, migrated_file, migrated_name
from tests.exchange.importing import Importer
from tests.exchange.installation import Installation
from tests.people import Cast, make_company
from tools import postgres


@pytest.fixture
def cast(db: None) -> Cast:
    return make_company(time_zone="UTC")


@pytest.fixture
def importer(cast: Cast, tmp_path: Path) -> Importer:
    return Importer(cast.company, tmp_path)


@pytest.fixture
def make_installation(django_db_setup: None, tmp_path: Path) -> Iterator[Callable[[str], Installation]]:
    """Yield what makes an installation without a company in a folder, on the engine that this run is on."""
    with ExitStack() as databases:
        yield lambda name: _migrated(tmp_path / name, databases)


def _migrated(folder: Path, databases: ExitStack) -> Installation:
    """Make an installation with the tables and nothing in them: each migration takes its time."""
    folder.mkdir()
    if connection.vendor != "sqlite":
        url = databases.enter_context(postgres.database(os.environ[ADDRESS], migrated_name()))
        return Installation(folder, url)
    data = folder / "data"
    data.mkdir(mode=0o700)
    shutil.copyfile(migrated_file(), data / "goalpost.sqlite3")
    return Installation(folder)


@pytest.fixture
def installation(make_installation: Callable[[str], Installation]) -> Installation:
    """Return an installation with a company, Nordlys."""
    made = make_installation("installation")
    made.init()
    return made


@pytest.fixture(scope="module")
def shared_installation(
    django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """Yield an installation that the tests of a module share: none of them leaves a deal in it."""
    with ExitStack() as databases:
        made = _migrated(tmp_path_factory.mktemp("module") / "shared", databases)
        made.init()
        yield made
