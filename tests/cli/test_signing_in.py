"""Signing in and out, passwords, and what keeps strangers from guessing them."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from goalpost.accounts.models import BrowserSession
from goalpost.accounts.sessions import sweep_sessions
from goalpost.companies.audit import AuditAction
from goalpost.companies.models import AuditEntry, User
from goalpost.settings import PASSWORD_HASHERS
from tests.people import NOW, PASSWORD, Cast, make_company

pytestmark = pytest.mark.django_db

SIGN_IN, SIGN_OUT, CHANGE = "/account/login/", "/account/logout/", "/account/password/change/"
NEW_PASSWORD = "a quiet river in winter"
GUESSES = 5


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def cast(clock: time_machine.Traveller) -> Cast:
    return make_company(password=PASSWORD)


def browser(*, checks_csrf: bool = False) -> Client:
    return Client(SERVER_NAME="localhost", enforce_csrf_checks=checks_csrf)


def sign_in(client: Client, email: str, password: str = PASSWORD, **more: str) -> HttpResponse:
    response = client.post(SIGN_IN, {"login": email, "password": password, **more})
    assert isinstance(response, HttpResponse)
    return response


def is_in(client: Client) -> bool:
    """Whether the browser is let in to the first page, rather than sent to the sign-in page."""
    response = client.get("/")
    assert response.status_code in {200, 302}
    return response.status_code == 200


def text(response: HttpResponse) -> str:
    """Return the words of a page, without the tokens and values that differ from one to the next."""
    words = re.sub(r"<[^>]*>", " ", response.content.decode())
    return " ".join(words.split())


def test_a_password_lets_a_person_in_and_signing_out_ends_it(cast: Cast) -> None:
    client = browser()
    assert not is_in(client)
    assert client.get("/")["Location"] == f"{SIGN_IN}?next=/"
    answer = sign_in(client, "cilla@nordlys.example")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert is_in(client)
    assert client.get(SIGN_OUT).status_code == 200
    assert is_in(client), "looking at the page signs nobody out"
    signed_out = client.post(SIGN_OUT)
    assert (signed_out.status_code, signed_out["Location"]) == (302, SIGN_IN)
    assert not is_in(client)
    assert not BrowserSession.objects.filter(user=cast.cilla).exists()


@pytest.mark.parametrize("written", ["CILLA@Nordlys.Example", " cilla@nordlys.example "])
def test_an_address_is_known_however_it_is_written(cast: Cast, written: str) -> None:
    client = browser()
    assert sign_in(client, written).status_code == 302
    assert is_in(client)


def test_a_wrong_password_and_an_unknown_address_sound_the_same(cast: Cast) -> None:
    wrong = sign_in(browser(), "cilla@nordlys.example", "wrong horse battery staple")
    unknown = sign_in(browser(), "nobody@nordlys.example", "wrong horse battery staple")
    assert wrong.status_code == unknown.status_code == 200
    assert text(wrong) == text(unknown)
    assert "E-mail and password do not match." in text(wrong)


def test_the_sixth_guess_at_an_account_is_refused_even_when_it_is_right(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    client = browser()
    for _ in range(GUESSES):
        sign_in(client, "cilla@nordlys.example", "wrong horse battery staple")
    refused = sign_in(client, "CILLA@nordlys.example")
    assert refused.status_code == 200
    assert "Too many attempts. Wait some minutes, then try again." in text(refused)
    assert not is_in(client)
    assert not is_in(browser())
    assert sign_in(browser(), "david@nordlys.example").status_code == 302, "others are not locked out"
    clock.shift(timedelta(minutes=5, seconds=1))
    assert sign_in(client, "cilla@nordlys.example").status_code == 302
    assert is_in(client)


def elsewhere(number: int) -> Client:
    """Return a browser at another address each time."""
    return Client(SERVER_NAME="localhost", REMOTE_ADDR=f"192.0.2.{number}")


def test_a_stranger_elsewhere_does_not_lock_the_right_person_out(cast: Cast) -> None:
    for number in range(1, 11):
        for _ in range(GUESSES + 1):
            sign_in(elsewhere(number), "cilla@nordlys.example", "wrong horse battery staple")
    assert sign_in(browser(), "cilla@nordlys.example").status_code == 302


def test_however_many_guess_everywhere_a_known_browser_gets_in(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    known = browser()
    sign_in(known, "cilla@nordlys.example")
    known.post(SIGN_OUT)
    for number in range(1, 22):
        for _ in range(GUESSES):
            sign_in(elsewhere(number), "cilla@nordlys.example", "wrong horse battery staple")
    assert sign_in(elsewhere(99), "cilla@nordlys.example").status_code == 200, "guessing has an end"
    assert sign_in(browser(), "cilla@nordlys.example").status_code == 200
    assert sign_in(known, "cilla@nordlys.example").status_code == 302
    clock.shift(timedelta(hours=1, seconds=1))
    assert sign_in(browser(), "cilla@nordlys.example").status_code == 302, "and so has the refusal"


def test_a_known_browser_has_its_own_limit_and_is_known_for_its_account_only(cast: Cast) -> None:
    known = browser()
    sign_in(known, "cilla@nordlys.example")
    known.post(SIGN_OUT)
    for _ in range(10):
        sign_in(known, "cilla@nordlys.example", "wrong horse battery staple")
    assert sign_in(known, "cilla@nordlys.example").status_code == 200
    for _ in range(GUESSES):
        sign_in(known, "david@nordlys.example", "wrong horse battery staple")
    assert sign_in(known, "david@nordlys.example").status_code == 200


@pytest.mark.parametrize("forged", ["", "x", "eyJhIjoiYiJ9:1abc:xyz"])
def test_a_forged_cookie_makes_no_browser_known(cast: Cast, forged: str) -> None:
    for _ in range(GUESSES):
        sign_in(browser(), "cilla@nordlys.example", "wrong horse battery staple")
    client = browser()
    client.cookies["device"] = forged
    assert sign_in(client, "cilla@nordlys.example").status_code == 200


@pytest.mark.parametrize("who", ["cilla", "nobody", "david"])
def test_a_refusal_takes_one_hash_whoever_was_meant(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    User.objects.filter(pk=cast.david.pk).update(password="!", is_active=False)
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode

    def counted(self: MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    refused = sign_in(browser(), f"{who}@nordlys.example", "wrong horse battery staple")
    assert "E-mail and password do not match." in text(refused)
    assert len(hashed) == 1, "an unknown address is not told by how fast it is refused"


def test_sessions_that_ran_out_are_swept(cast: Cast, clock: time_machine.Traveller) -> None:
    sign_in(browser(), "david@nordlys.example")
    stranger = browser()
    stranger.get("/account/two-step/webauthn/login/", headers={"Accept": "application/json"})
    assert BrowserSession.objects.filter(user=None).count() == 1
    clock.shift(timedelta(hours=1, seconds=1))
    sweep_sessions.call()
    assert not BrowserSession.objects.filter(user=None).exists()
    clock.shift(timedelta(days=15))
    sign_in(browser(), "cilla@nordlys.example")
    sweep_sessions.call()
    assert list(BrowserSession.objects.values_list("user__name", flat=True)) == ["Cilla"]


def test_the_log_tells_who_got_in_and_who_was_refused_and_from_where(cast: Cast) -> None:
    sign_in(elsewhere(7), "cilla@nordlys.example", "wrong horse battery staple")
    sign_in(elsewhere(7), "nobody@nordlys.example", "wrong horse battery staple")
    client = browser()
    sign_in(client, "cilla@nordlys.example")
    client.post(SIGN_OUT)
    told = AuditEntry.objects.order_by("id").values_list("action", "actor_id", "address", "subject_name")
    assert list(told) == [
        (AuditAction.REFUSED, None, "192.0.2.7", "Cilla"),
        (AuditAction.SIGNED_IN, cast.cilla.pk, "127.0.0.1", "Cilla"),
        (AuditAction.SIGNED_OUT, cast.cilla.pk, "127.0.0.1", "Cilla"),
    ]


def test_an_account_that_does_not_exist_is_throttled_alike(cast: Cast) -> None:
    for _ in range(GUESSES):
        sign_in(browser(), "nobody@nordlys.example", "wrong horse battery staple")
    refused = sign_in(browser(), "nobody@nordlys.example")
    assert "Too many attempts. Wait some minutes, then try again." in text(refused)


def test_one_address_cannot_guess_at_many_accounts(cast: Cast) -> None:
    for number in range(20):
        sign_in(browser(), f"somebody{number}@nordlys.example", "wrong horse battery staple")
    assert sign_in(browser(), "cilla@nordlys.example").status_code == 200
    elsewhere = Client(SERVER_NAME="localhost", REMOTE_ADDR="192.0.2.9")
    assert sign_in(elsewhere, "cilla@nordlys.example").status_code == 302


def test_a_made_up_forwarding_header_does_not_get_around_the_throttle(cast: Cast) -> None:
    for number in range(20):
        client = Client(SERVER_NAME="localhost", headers={"X-Forwarded-For": f"192.0.2.{number}"})
        sign_in(client, f"somebody{number}@nordlys.example", "wrong horse battery staple")
    client = Client(SERVER_NAME="localhost", headers={"X-Forwarded-For": "192.0.2.99"})
    assert sign_in(client, "cilla@nordlys.example").status_code == 200


def test_the_session_is_a_new_one_after_signing_in(cast: Cast) -> None:
    client = browser()
    session = client.session
    session["left"] = "by a stranger"
    session.save()
    planted = client.cookies[settings.SESSION_COOKIE_NAME].value
    client.get(SIGN_IN)
    token = client.cookies[settings.CSRF_COOKIE_NAME].value
    sign_in(client, "cilla@nordlys.example")
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != planted
    assert client.cookies[settings.CSRF_COOKIE_NAME].value != token
    thief = browser()
    thief.cookies[settings.SESSION_COOKIE_NAME] = planted
    assert not is_in(thief)


def test_a_deactivated_person_is_not_let_in_and_a_signed_in_one_is_out_at_once(cast: Cast) -> None:
    client = browser()
    sign_in(client, "cilla@nordlys.example")
    User.objects.filter(pk=cast.cilla.pk).update(is_active=False)
    assert not is_in(client)
    again = browser()
    sign_in(again, "cilla@nordlys.example")
    assert not is_in(again)


def test_who_has_no_password_cannot_sign_in(cast: Cast) -> None:
    cast.cilla.set_unusable_password()
    cast.cilla.save(update_fields=["password"])
    for password in ("", "!", cast.cilla.password):
        client = browser()
        sign_in(client, "cilla@nordlys.example", password)
        assert not is_in(client)


def change_password(client: Client, old: str, new: str, again: str = "") -> HttpResponse:
    response = client.post(CHANGE, {"oldpassword": old, "password1": new, "password2": again or new})
    assert isinstance(response, HttpResponse)
    return response


def test_a_changed_password_holds_from_then_on_and_ends_other_sessions(cast: Cast) -> None:
    here, elsewhere = browser(), browser()
    sign_in(here, "cilla@nordlys.example")
    sign_in(elsewhere, "cilla@nordlys.example")
    assert change_password(here, PASSWORD, NEW_PASSWORD).status_code == 302
    assert is_in(here)
    assert not is_in(elsewhere)
    sign_in(elsewhere, "cilla@nordlys.example")
    assert not is_in(elsewhere), "the old password is good no more"
    sign_in(elsewhere, "cilla@nordlys.example", NEW_PASSWORD)
    assert is_in(elsewhere)


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [
        ("wrong horse battery staple", NEW_PASSWORD, ""),
        (PASSWORD, "short", ""),
        (PASSWORD, "password1234", ""),
        (PASSWORD, "4815162342481516", ""),
        (PASSWORD, "cilla@nordlys.example", ""),
        (PASSWORD, NEW_PASSWORD, NEW_PASSWORD.upper()),
    ],
)
def test_a_password_is_not_changed_without_the_old_one_or_to_a_weak_one(
    cast: Cast, old: str, new: str, again: str
) -> None:
    client = browser()
    sign_in(client, "cilla@nordlys.example")
    before = User.objects.get(pk=cast.cilla.pk).password
    assert change_password(client, old, new, again).status_code == 200
    assert User.objects.get(pk=cast.cilla.pk).password == before


def test_the_password_page_is_for_people_who_are_in(cast: Cast) -> None:
    answer = browser().get(CHANGE)
    assert (answer.status_code, answer["Location"]) == (302, f"{SIGN_IN}?next={CHANGE}")


@pytest.mark.parametrize(
    "path",
    [SIGN_IN, SIGN_OUT, CHANGE, "/appearance/theme", "/appearance/language", "/goals/new", "/goals/preview"],
)
def test_a_form_sent_from_elsewhere_is_refused(cast: Cast, path: str) -> None:
    client = browser(checks_csrf=True)
    client.force_login(cast.cilla)
    fields = {"login": "cilla@nordlys.example", "password": PASSWORD, "theme": "dark", "language": "sv"}
    answer = client.post(path, fields)
    assert answer.status_code == 403
    assert "reason" not in answer.content.decode().lower(), "the page gives no technical reason"
    assert is_in(client)


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "http:evil.example",
        "javascript:alert(1)",
        "\thttps://evil.example",
        "https:/evil.example",
    ],
)
def test_signing_in_leads_to_no_other_site(cast: Cast, elsewhere: str) -> None:
    for answer in (
        sign_in(browser(), "cilla@nordlys.example", next=elsewhere),
        browser().post(
            SIGN_IN,
            {"login": "cilla@nordlys.example", "password": PASSWORD},
            query_params={"next": elsewhere},
        ),
        browser().post("/appearance/theme", {"theme": "dark", "next": elsewhere}),
    ):
        assert answer.status_code == 302
        assert answer["Location"] == "/"


def test_signing_in_leads_back_to_the_page_asked_for(cast: Cast) -> None:
    assert sign_in(browser(), "cilla@nordlys.example", next="/goals/past")["Location"] == "/goals/past"


def test_nobody_makes_an_account_or_is_sent_mail_by_asking(cast: Cast) -> None:
    before = User.objects.count()
    fields = {"email": "cilla@nordlys.example", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    for client in (browser(), browser()):
        for path in (
            "signup/",
            "password/reset/",
            "email/",
            "password/reset/done/",
            "password/reset/key/1-set-password/",
            "single-sign-on/signup/",
            "single-sign-on/oidc/login/",
            "single-sign-on/oidc/login/callback/",
            "password/set/",
            "login/code/confirm/",
        ):
            assert client.get(f"/account/{path}").status_code == 404, path
            assert client.post(f"/account/{path}", fields).status_code == 404, path
        client.force_login(cast.cilla)
    assert User.objects.count() == before
    assert mail.outbox == []


def test_passwords_are_kept_as_argon2_only(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = PASSWORD_HASHERS  # tests hash faster otherwise
    kept = make_company(password=PASSWORD).cilla.password
    assert kept.startswith("argon2$argon2id$")
    assert PASSWORD not in kept
