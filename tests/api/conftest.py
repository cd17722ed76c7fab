"""The API is called on the Monday on which the companies of the tests are made."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.people import NOW, Cast, make_company


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def cast() -> Cast:
    return make_company()
