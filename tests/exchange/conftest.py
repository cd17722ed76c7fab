from pathlib import Path

import pytest

from tests.exchange.importing import Importer
from tests.people import Cast, make_company


@pytest.fixture
def cast(db: None) -> Cast:
    return make_company(time_zone="UTC")


@pytest.fixture
def importer(cast: Cast, tmp_path: Path) -> Importer:
    return Importer(cast.company, tmp_path)
