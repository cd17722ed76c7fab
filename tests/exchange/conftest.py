from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.db import connection

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
def make_installation(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[[str], Installation]]:
    """Yield what makes an empty installation in a folder, on the engine that this run is on."""
    with ExitStack() as databases:

        def make(name: str) -> Installation:
            folder = tmp_path / name
            folder.mkdir()
            if connection.vendor == "sqlite":
                return Installation(folder)
            server = request.getfixturevalue("postgres_server")
            return Installation(folder, databases.enter_context(postgres.database(server)))

        yield make


@pytest.fixture
def installation(make_installation: Callable[[str], Installation]) -> Installation:
    """Return an installation with a company, Nordlys."""
    made = make_installation("installation")
    made.init()
    return made


@pytest.fixture(scope="module")
def shared_installation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """Yield an installation that the tests of a module share: none of them leaves a deal in it."""
    folder = tmp_path_factory.mktemp("shared")
    with ExitStack() as databases:
        url = ""
        if connection.vendor != "sqlite":
            url = databases.enter_context(postgres.database(request.getfixturevalue("postgres_server")))
        made = Installation(folder, url)
        made.init()
        yield made
