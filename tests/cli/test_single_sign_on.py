"""Single sign-on, with a real OpenID provider running beside the server."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.cli.running import ADMIN, PATIENCE, Answer, Browser, Installation, Server, free_port, serving
from tests.people import PASSWORD

LOGIN = "/account/single-sign-on/oidc/login/"
PEOPLE = (
    {"sub": "astrid-at-work", "email": ADMIN.title(), "email_verified": True},
    {"sub": "inherits-astrid", "email": ADMIN, "email_verified": True},
    {"sub": "says-astrid", "email": ADMIN, "email_verified": False},
    {"sub": "says-nothing", "email": ADMIN},
    {"sub": "stranger", "email": "stranger@nordlys.example", "email_verified": True},
    {"sub": "frida", "email": "frida@nordlys.example", "email_verified": True},
    {"sub": "erik", "email": "erik@nordlys.example", "email_verified": True},
)


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    port = free_port()
    command = [str(Path(sys.executable).parent / "oidc-provider-mock"), "--port", str(port)]
    for claims in PEOPLE:
        command += ["--user-claims", json.dumps(claims)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    issuer = f"http://127.0.0.1:{port}"
    until = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(f"{issuer}/.well-known/openid-configuration", timeout=60):
                break
        except OSError:
            assert time.monotonic() < until, "the provider does not answer"
            time.sleep(0.2)
    yield issuer
    process.terminate()
    process.wait(PATIENCE)


@pytest.fixture
def server(founded: Installation, provider: str) -> Iterator[Server]:
    settings = {
        "GOALPOST_OIDC_ISSUER": provider,
        "GOALPOST_OIDC_CLIENT_ID": "goalpost",
        "GOALPOST_OIDC_CLIENT_SECRET": "a secret between the two",
        "GOALPOST_OIDC_NAME": "Nordlys login",
    }
    with serving(founded, **settings) as running:
        yield running


def sign_in(server: Server, browser: Browser, sub: str, provider: str) -> Answer:
    """Go the whole way: to the provider, choose who one is, and back."""
    away = browser.get(LOGIN)
    assert away.status == 302, away.body
    asked = away.headers["location"]
    assert asked.startswith(f"{provider}/")
    told = Browser("").post(asked, {"sub": sub})
    return browser.get(told.headers["location"].removeprefix(server.address))


def sign_in_again(server: Server, browser: Browser, sub: str, provider: str, page: str) -> Answer:
    """Ask for a page about how one signs in, and go where that leads: to the provider and back."""
    asked = browser.get(page)
    assert asked.status == 302, asked.body
    assert asked.headers["location"].startswith("/account/single-sign-on/again/?next=")
    away = browser.get(asked.headers["location"]).headers["location"]
    assert away.startswith(f"{provider}/")
    query = parse_qs(urlsplit(away).query)
    assert (query["prompt"], query["max_age"]) == (["login"], ["0"])
    told = Browser("").post(away, {"sub": sub})
    return browser.get(told.headers["location"].removeprefix(server.address))


def is_in(browser: Browser) -> bool:
    return browser.get("/").status == 200


def test_the_sign_in_page_offers_the_provider_by_its_name(server: Server) -> None:
    page = server.browser().get("/account/login/").body
    assert "Sign in with Nordlys login" in page
    assert f'href="{LOGIN}"' in page


def test_a_verified_address_of_an_active_person_is_let_in(server: Server, provider: str) -> None:
    browser = server.browser()
    back = sign_in(server, browser, "astrid-at-work", provider)
    assert (back.status, back.headers["location"]) == (302, "/")
    assert is_in(browser)
    password = server.browser()
    password.sign_in(ADMIN, PASSWORD)
    assert is_in(password), "the password still holds"


def test_an_address_passed_on_passes_no_account_on(server: Server, provider: str) -> None:
    astrid, replacement = server.browser(), server.browser()
    sign_in(server, astrid, "astrid-at-work", provider)
    back = sign_in(server, replacement, "inherits-astrid", provider)
    assert back.headers["location"] == "/account/login/"
    assert not is_in(replacement)
    again = server.browser()
    sign_in(server, again, "astrid-at-work", provider)
    assert is_in(again)


@pytest.mark.parametrize("sub", ["says-astrid", "says-nothing", "stranger"])
def test_nobody_else_is_let_in_or_gets_an_account(server: Server, provider: str, sub: str) -> None:
    browser = server.browser()
    back = sign_in(server, browser, sub, provider)
    assert (back.status, back.headers["location"]) == (302, "/account/login/")
    assert "You could not be signed in with Nordlys login." in browser.get("/account/login/").body
    assert not is_in(browser)
    admin = server.browser()
    admin.sign_in(ADMIN, PASSWORD)
    assert "stranger@" not in admin.get("/settings/people").body


def test_a_deactivated_person_is_not_let_in(server: Server, provider: str) -> None:
    admin, erik = server.browser(), server.browser()
    admin.sign_in(ADMIN, PASSWORD)
    admin.submit("/settings/people/invite", {"email": "erik@nordlys.example"})
    sign_in(server, erik, "erik", provider)
    assert is_in(erik), "an invited person may come in by the provider at once"
    people = admin.get("/settings/people?q=erik").body
    page = people[people.index('href="/settings/people/', people.index("rowlink")) + 6 :].partition('"')[0]
    assert admin.submit(f"{page}/deactivate", {}).status == 302
    assert not is_in(erik)
    sign_in(server, erik, "erik", provider)
    assert not is_in(erik)


STEPS = ("/account/two-step/totp/activate/", "/account/two-step/webauthn/add/")


def test_whoever_has_no_password_adds_a_second_step_after_the_provider_asked_again(
    server: Server, provider: str
) -> None:
    admin, frida = server.browser(), server.browser()
    admin.sign_in(ADMIN, PASSWORD)
    admin.submit("/settings/people/invite", {"email": "frida@nordlys.example"})
    sign_in(server, frida, "frida", provider)
    assert is_in(frida)
    assert "You have no password here" in frida.get("/settings/security").body
    assert frida.get("/account/password/change/").headers["location"] == "/settings/security"
    for page in STEPS:
        assert frida.get(page).status == 302, "signing in some time ago is not enough"
    other = sign_in_again(server, frida, "stranger", provider, STEPS[0])
    assert (other.status, other.headers["location"]) == (302, "/settings/security")
    assert "did not confirm your identity" in frida.get("/settings/security").body
    assert frida.get(STEPS[0]).status == 302
    assert is_in(frida), "somebody else over there is nobody here"
    back = sign_in_again(server, frida, "frida", provider, STEPS[0])
    assert (back.status, back.headers["location"]) == (302, STEPS[0])
    for page in STEPS:
        assert frida.get(page).status == 200, page


def test_whoever_has_a_password_is_asked_for_that(server: Server, provider: str) -> None:
    browser = server.browser()
    sign_in(server, browser, "astrid-at-work", provider)
    asked = browser.get(STEPS[0])
    assert browser.get(asked.headers["location"]).status == 200
    assert (
        server.browser()
        .get("/account/single-sign-on/again/")
        .headers["location"]
        .startswith("/account/login/")
    )


def test_what_is_asked_is_bound_to_the_browser_that_asked(server: Server, provider: str) -> None:
    victim, thief = server.browser(), server.browser()
    asked = thief.get(LOGIN).headers["location"]
    query = parse_qs(urlsplit(asked).query)
    assert query["code_challenge_method"] == ["S256"]
    assert query["redirect_uri"] == [f"{server.address}{LOGIN}callback/"]
    told = Browser("").post(asked, {"sub": "astrid-at-work"}).headers["location"]
    planted = victim.get(told.removeprefix(server.address))
    assert planted.headers["location"] == "/account/login/"
    assert not is_in(victim)
    for broken in ("?code=made-up&state=made-up", "?error=access_denied&state=x", ""):
        answer = thief.get(f"{LOGIN}callback/{broken}")
        assert answer.status == 302
        assert not is_in(thief)


def test_a_provider_that_does_not_answer_leaves_the_other_ways_in(founded: Installation) -> None:
    settings = {
        "GOALPOST_OIDC_ISSUER": f"http://127.0.0.1:{free_port()}",
        "GOALPOST_OIDC_CLIENT_ID": "goalpost",
    }
    with serving(founded, **settings) as server:
        browser = server.browser()
        answer = browser.get(LOGIN)
        assert answer.status == 302
        assert answer.headers["location"] == "/account/login/"
        browser.sign_in(ADMIN, PASSWORD)
        assert is_in(browser)
