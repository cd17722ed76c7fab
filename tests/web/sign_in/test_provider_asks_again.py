"""Whoever comes by the OpenID provider alone proves there who they are, before how they sign in is changed.

The way there and back is in tests/cli/test_single_sign_on.py, with a real provider.
"""

import time
from datetime import timedelta

import pytest
import time_machine
from allauth.account.internal.flows.login import record_authentication
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.test import Client

from goalpost.accounts import single_sign_on
from tests.people import Cast
from tests.web.conftest import SignedIn

pytestmark = pytest.mark.django_db

ACTIVATE = "/account/two-step/totp/activate/"


@pytest.fixture
def browser(cast: Cast, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Return a browser in which David is signed in, who has no password and came by the provider."""
    monkeypatch.setattr(settings, "OIDC_ISSUER", "https://login.nordlys.example")
    SocialAccount.objects.create(user=cast.david, provider=single_sign_on.PROVIDER, uid="david")
    return signed_in(cast.david)


def note(session: SessionBase, cast: Cast, *, reauthenticated: bool) -> None:
    request = HttpRequest()
    request.session = session
    record_authentication(request, cast.david, "socialaccount", reauthenticated=reauthenticated)
    session.save()


def test_the_answer_of_the_provider_is_good_for_fifteen_minutes(
    cast: Cast, browser: Client, clock: time_machine.Traveller
) -> None:
    note(browser.session, cast, reauthenticated=False)
    led = browser.get(ACTIVATE)
    assert led.status_code == 302
    assert led.headers["Location"].startswith("/account/single-sign-on/again/?next=")
    note(browser.session, cast, reauthenticated=True)
    clock.shift(timedelta(minutes=14))
    assert browser.get(ACTIVATE).status_code == 200
    clock.shift(timedelta(minutes=2))
    assert browser.get(ACTIVATE).status_code == 302
    assert browser.post(ACTIVATE, {"code": "000000"}).status_code == 302


def test_nobody_is_asked_for_a_password_they_have_not(browser: Client) -> None:
    led = browser.get(f"/account/reauthenticate/?next={ACTIVATE}")
    assert led.status_code == 302
    assert led.headers["Location"].startswith("/account/single-sign-on/again/")


def test_a_person_who_never_came_by_the_provider_is_not_sent_there(
    cast: Cast, browser: Client, signed_in: SignedIn
) -> None:
    assert signed_in(cast.cilla).get("/account/single-sign-on/again/").status_code == 404


@pytest.mark.parametrize(
    ("claims", "is_good"),
    [
        ({}, True),
        ({"id_token": {}}, True),
        ({"id_token": {"auth_time": 0}}, True),
        ({"id_token": {"auth_time": -60}}, True),
        ({"id_token": {"auth_time": -16 * 60}}, False),
        ({"userinfo": {"auth_time": -16 * 60}}, True),
    ],
)
def test_a_provider_that_did_not_ask_lately_proves_nothing(
    claims: dict[str, dict[str, int]],
    is_good: bool,  # noqa: FBT001  a column of the table
) -> None:
    now = int(time.time())
    told = {part: {name: now + at for name, at in each.items()} for part, each in claims.items()}
    assert single_sign_on.asked_just_now(told) is is_good
