"""The API is called on the Monday on which the companies of the tests are made."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from django.conf import settings

from tests.people import NOW, Cast, make_company


@pytest.fixture(autouse=True, scope="session")
def _static_folder() -> None:
    """Make the folder that the server would have collected static files into: WhiteNoise warns without."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def cast() -> Cast:
    return make_company()
