"""Pages are looked at on Wednesday 18 March 2026 at noon, signed in without a password."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client

from goalpost.companies.models import User
from tests.people import Cast, make_company

LOOKED_AT = datetime(2026, 3, 18, 12, tzinfo=UTC)

SignedIn = Callable[[User], Client]


@pytest.fixture
def cast(db: None) -> Cast:
    return make_company()


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Stop the clock; `clock.move_to` goes on to another moment."""
    with time_machine.travel(LOOKED_AT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def signed_in(clock: time_machine.Traveller) -> SignedIn:
    """Return a browser that the person is signed in with."""

    def sign_in(user: User) -> Client:
        client = Client(SERVER_NAME="localhost")
        client.force_login(user)
        return client

    return sign_in
