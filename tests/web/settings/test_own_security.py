"""What is a person's own: profile, sessions, tokens, two-step sign-in."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client

from goalpost.accounts.models import ApiToken, BrowserSession
from goalpost.accounts.sessions import LONGEST
from goalpost.companies.models import PermissionSet
from tests.api.caller import ApiCaller
from tests.people import PASSWORD, Cast, make_company
from tests.web.conftest import LOOKED_AT, SignedIn
from tests.web.looking import html, text

pytestmark = pytest.mark.django_db

SECURITY, TOKENS, PROFILE = "/settings/security", "/settings/tokens", "/settings/profile"
SIGN_IN = "/account/login/"


@pytest.fixture
def cast(db: None) -> Cast:
    return make_company(password=PASSWORD)


def sign_in(user_email: str, agent: str = "") -> Client:
    client = Client(SERVER_NAME="localhost", headers={"User-Agent": agent})
    client.post(SIGN_IN, {"login": user_email, "password": PASSWORD})
    return client


def code(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time()))))


def test_a_profile_holds_in_every_browser(cast: Cast, signed_in: SignedIn) -> None:
    browser = signed_in(cast.cilla)
    browser.cookies["theme"] = "light"
    browser.post(PROFILE, {"name": "Cilla Ek", "language": "sv", "theme": "dark"})
    for each in (browser, signed_in(cast.cilla)):
        page = html(each.get(PROFILE))
        assert 'data-theme="dark"' in page
        assert '<html lang="sv"' in page
        assert "Cilla Ek" in page


def test_sessions_are_listed_with_device_and_address_and_ended_one_by_one(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    here = sign_in("cilla@nordlys.example", "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0")
    there = sign_in("cilla@nordlys.example", "<b>Mozilla</b> (iPhone) Version/18.0 Safari/600")
    there.get("/")
    page = html(here.get(SECURITY))
    assert "Firefox on Windows" in page
    assert "Safari on iPhone" in page
    assert "<b>Mozilla" not in page
    assert "127.0.0.1" in page
    [end] = re.findall(r'action="(/settings/security/sessions/[0-9a-f]{32}/end)"', page)
    keys = BrowserSession.objects.values_list("session_key", flat=True)
    assert not any(key in page for key in keys), "what opens a session is on no page"
    here.post(end)
    assert there.get("/").status_code == 302
    assert here.get("/").status_code == 200


def test_sign_out_everywhere_else_leaves_this_browser(cast: Cast, clock: time_machine.Traveller) -> None:
    here, there, david = (sign_in(f"{who}@nordlys.example") for who in ("cilla", "cilla", "david"))
    here.post("/settings/security/sessions/end")
    assert [each.get("/").status_code for each in (here, there, david)] == [200, 302, 200]


def test_looking_at_pages_writes_a_session_once_an_hour(cast: Cast, clock: time_machine.Traveller) -> None:
    browser = sign_in("cilla@nordlys.example")
    browser.get("/")
    before = BrowserSession.objects.values().get(user=cast.cilla)
    clock.shift(timedelta(minutes=59))
    browser.get("/")
    assert BrowserSession.objects.values().get(user=cast.cilla) == before
    clock.shift(timedelta(minutes=1))
    browser.get("/")
    after = BrowserSession.objects.get(user=cast.cilla)
    assert after.seen_at == LOOKED_AT + timedelta(hours=1)
    assert after.expire_date > before["expire_date"]


def test_a_session_ends_when_unused_and_after_three_months_even_when_used(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    idle, busy = sign_in("cilla@nordlys.example"), sign_in("david@nordlys.example")
    for each in (idle, busy):
        each.get("/")
    for _day in range(10, LONGEST.days, 10):
        clock.shift(timedelta(days=10))
        assert busy.get("/").status_code == 200
    assert idle.get("/").status_code == 302
    clock.shift(timedelta(days=10))
    assert busy.get("/").status_code == 302


def test_a_token_is_shown_once_and_reads_but_does_not_write(cast: Cast, signed_in: SignedIn) -> None:
    browser = signed_in(cast.cilla)
    made = browser.post(TOKENS, {"name": "Reports", "access": "read", "expires_on": "2026-03-31"})
    found = re.search(r'id="made" readonly value="([0-9a-f]{40})"', html(made))
    assert found is not None
    assert found[1] not in html(browser.get(TOKENS))
    caller = ApiCaller(found[1])
    assert caller.get("/users/me").status == 200
    assert caller.post("/goals", {}).status == 403
    assert caller.send("DELETE", "/goals/x", headers={"x-api-token": found[1]}).status == 403
    assert "last used" in text(browser.get(TOKENS))
    browser.post(f"{TOKENS}/{ApiToken.objects.get().pk}/revoke")
    assert caller.get("/users/me").status == 401


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": "", "access": "read", "expires_on": ""}, "id_name_error"),
        ({"name": "R", "access": "read", "expires_on": "2026-02-30"}, "id_expires_on_error"),
        ({"name": "R", "access": "read", "expires_on": "2026-03-17"}, "id_expires_on_error"),
        ({"name": "R", "access": "read", "expires_on": "9999-12-31"}, "id_expires_on_error"),
        ({"name": "R", "access": "all", "expires_on": ""}, "Choose what the token may do."),
    ],
)
def test_a_token_is_not_made_of_what_cannot_be(
    cast: Cast, signed_in: SignedIn, fields: dict[str, str], wrong: str
) -> None:
    refused = signed_in(cast.cilla).post(TOKENS, fields)
    assert refused.status_code == 422
    assert wrong in html(refused)
    assert not ApiToken.objects.exists()


def test_without_the_permission_tokens_are_seen_and_revoked_but_neither_made_nor_good(
    cast: Cast, signed_in: SignedIn
) -> None:
    browser, fields = signed_in(cast.cilla), {"name": "Reports", "access": "full", "expires_on": ""}
    made = re.search(r'id="made" readonly value="([0-9a-f]{40})"', html(browser.post(TOKENS, fields)))
    assert made is not None
    sets = PermissionSet.objects.filter(company=cast.company)
    sets.update(uses_api=False)
    page = browser.get(TOKENS)
    assert page.status_code == 200
    assert "Reports" in text(page)
    assert "Your permission set does not include the API." in text(page)
    assert "Create token" not in text(page)
    refused = browser.post(TOKENS, fields)
    assert refused.status_code == 403
    assert "does not include the API" in text(refused)
    assert ApiToken.objects.count() == 1
    assert ApiCaller(made[1]).get("/users/me").status == 403
    sets.update(uses_api=True)
    assert ApiCaller(made[1]).get("/users/me").status == 200, "the permission is back, and so is the token"
    sets.update(uses_api=False)
    assert browser.post(f"{TOKENS}/{ApiToken.objects.get().pk}/revoke").status_code == 302
    assert not ApiToken.objects.exists()
    assert "Create token" in text(signed_in(cast.astrid).get(TOKENS)), "admins always may"


def turn_app_on(browser: Client) -> str:
    """Set up the authenticator app as a person does. Returns its key."""
    assert browser.get("/account/two-step/totp/activate/").status_code == 302, "asks for the password first"
    browser.post("/account/reauthenticate/", {"password": PASSWORD})
    page = html(browser.get("/account/two-step/totp/activate/"))
    found = re.search(r'id="secret" readonly value="([A-Z2-7]+)"', page)
    assert found is not None
    done = browser.post("/account/two-step/totp/activate/", {"code": code(found[1])})
    assert done.headers["Location"] == "/account/two-step/recovery-codes/"
    return found[1]


def test_with_an_app_the_password_alone_lets_nobody_in(cast: Cast, clock: time_machine.Traveller) -> None:
    secret = turn_app_on(sign_in("cilla@nordlys.example"))
    assert secret not in str(list(Authenticator.objects.values_list("data", flat=True))), "kept locked"
    clock.shift(timedelta(minutes=5))
    thief = sign_in("cilla@nordlys.example")
    assert thief.get("/").status_code == 302
    wrong = thief.post("/account/two-step/authenticate/", {"code": "000000"})
    assert "That did not match" in text(wrong)
    right = code(secret)
    assert thief.post("/account/two-step/authenticate/", {"code": right}).status_code == 302
    assert thief.get("/").status_code == 200
    again = sign_in("cilla@nordlys.example")
    again.post("/account/two-step/authenticate/", {"code": right})
    assert again.get("/").status_code == 302, "a code is good once"


def test_a_code_is_good_once_for_as_long_as_its_step_counts(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    """Codes of the step before and after count too: a code lives for a minute and a half."""
    secret = turn_app_on(sign_in("cilla@nordlys.example"))
    clock.shift(timedelta(minutes=5))
    [*_, newest] = yield_hotp_counters_from_time()
    early = str(format_hotp_value(hotp_value(secret, newest)))
    first = sign_in("cilla@nordlys.example")
    first.post("/account/two-step/authenticate/", {"code": early})
    assert first.get("/").status_code == 200
    # Strangers who ask for many accounts drop nothing that still counts.
    for number in range(400):
        cache.set(f"z{number}", "y", timeout=3600)
    clock.shift(timedelta(seconds=45))
    again = sign_in("cilla@nordlys.example")
    again.post("/account/two-step/authenticate/", {"code": early})
    assert again.get("/").status_code == 302


def test_the_code_that_turned_the_app_on_signs_nobody_in(cast: Cast, clock: time_machine.Traveller) -> None:
    secret = turn_app_on(sign_in("cilla@nordlys.example"))
    thief = sign_in("cilla@nordlys.example")
    thief.post("/account/two-step/authenticate/", {"code": code(secret)})
    assert thief.get("/").status_code == 302


def test_a_recovery_code_lets_in_once(cast: Cast, clock: time_machine.Traveller) -> None:
    browser = sign_in("cilla@nordlys.example")
    turn_app_on(browser)
    codes = re.findall(r"<li>(\w{8})</li>", html(browser.get("/account/two-step/recovery-codes/")))
    assert len(codes) == 10
    clock.shift(timedelta(minutes=5))
    for expected in (200, 302):
        each = sign_in("cilla@nordlys.example")
        each.post("/account/two-step/authenticate/", {"code": codes[0]})
        assert each.get("/").status_code == expected
    assert "9 codes left" in text(browser.get(SECURITY))


def test_an_admin_helps_who_lost_the_phone(cast: Cast, clock: time_machine.Traveller) -> None:
    turn_app_on(sign_in("cilla@nordlys.example"))
    admin = sign_in("astrid@nordlys.example")
    admin.post(f"/settings/people/{cast.cilla.pk}/second-steps/remove")
    assert not Authenticator.objects.exists()
    assert sign_in("cilla@nordlys.example").get("/").status_code == 200


def test_nothing_of_anothers_second_step_can_be_reached(cast: Cast, clock: time_machine.Traveller) -> None:
    turn_app_on(sign_in("cilla@nordlys.example"))
    david = sign_in("david@nordlys.example")
    david.post("/account/reauthenticate/", {"password": PASSWORD})
    key = Authenticator.objects.filter(user=cast.cilla).first()
    assert key is not None
    for page in ("remove", "edit"):
        assert david.get(f"/account/two-step/webauthn/keys/{key.pk}/{page}/").status_code == 404
        assert david.post(f"/account/two-step/webauthn/keys/{key.pk}/{page}/").status_code == 404
    assert david.get("/account/two-step/recovery-codes/").status_code == 404


def test_the_pages_of_ones_own_want_somebody_signed_in(cast: Cast) -> None:
    for page in (SECURITY, TOKENS, PROFILE, "/account/two-step/totp/activate/"):
        answer = Client(SERVER_NAME="localhost").get(page)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith(SIGN_IN)


def test_a_session_cookie_of_anything_else_is_nobodys(cast: Cast) -> None:
    for made_up in (r'"aaaaaaaa\000aaaaaaaa"', "'; --aaaaaaaa", "a" * 5000, "é" * 32):
        answer = Client(SERVER_NAME="localhost").get("/", headers={"cookie": f"sessionid={made_up}"})
        assert answer.status_code == 302, made_up


def test_a_token_is_listed_with_its_last_day_and_with_years_that_are_over(
    cast: Cast, signed_in: SignedIn, clock: time_machine.Traveller
) -> None:
    made = signed_in(cast.cilla).post(
        TOKENS, {"name": "Reports", "access": "read", "expires_on": "2027-12-31"}
    )
    assert "created 18 Mar, 13:00" in text(made)
    assert "last day 31 Dec 2027" in text(made)
    clock.move_to(LOOKED_AT.replace(year=2027))
    assert "created 18 Mar 2026, 13:00" in text(signed_in(cast.cilla).get(TOKENS))


def test_empty_fields_of_signing_in_say_what_to_enter(cast: Cast, clock: time_machine.Traveller) -> None:
    stranger = Client(SERVER_NAME="localhost")
    empty = text(stranger.post(SIGN_IN, {"login": "", "password": ""}))
    assert "Enter your e-mail address." in empty
    assert "Enter your password." in empty
    turn_app_on(sign_in("cilla@nordlys.example"))
    again = sign_in("cilla@nordlys.example")
    assert "Enter the code." in text(again.post("/account/two-step/authenticate/", {"code": ""}))
    david = sign_in("david@nordlys.example")
    assert "Enter a password." in text(david.post("/account/reauthenticate/", {"password": ""}))
    changing = david.post("/account/password/change/", {"oldpassword": "", "password1": "", "password2": ""})
    assert text(changing).count("Enter a password.") == 3
    for page in (empty, text(changing)):
        assert "This field is required" not in page
