"""An https:// address in GOALPOST_URL turns on what HTTPS makes possible."""

import subprocess
import sys

import pytest

from tests.cli.running import ADMIN, PATIENCE, Installation, serving
from tests.people import PASSWORD

URL = "https://goals.example.com"
BEHIND_A_PROXY = {"GOALPOST_URL": URL, "GOALPOST_TRUSTED_PROXIES": "1"}


def test_plain_http_is_sent_on_to_https(founded: Installation) -> None:
    with serving(founded, GOALPOST_URL=URL) as server:
        answer = server.browser().get("/account/login/", Host="goals.example.com")
        spoofed = server.browser().get("/account/login/", Host="goals.example.com", X_Forwarded_Proto="https")
    assert answer.status == 301
    assert answer.headers["location"] == f"{URL}/account/login/"
    assert spoofed.status == 301, "nobody is believed without a proxy"


def test_cookies_are_bound_to_the_host_and_browsers_told_to_stay_with_https(founded: Installation) -> None:
    with serving(founded, **BEHIND_A_PROXY) as server:
        browser = server.browser()
        through_proxy = {
            "Host": "goals.example.com",
            "X_Forwarded_Proto": "https",
            "X_Forwarded_For": "192.0.2.7",
        }
        page = browser.get("/account/login/", **through_proxy)
        token = page.body.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
        [csrf] = page.cookies
        signed_in = browser.post(
            "/account/login/",
            {"csrfmiddlewaretoken": token, "login": ADMIN, "password": PASSWORD},
            **through_proxy,
            Cookie=csrf.partition(";")[0],
            Referer=f"{URL}/account/login/",
        )
        from_elsewhere = browser.post(
            "/account/login/",
            {"csrfmiddlewaretoken": token, "login": ADMIN, "password": PASSWORD},
            **through_proxy,
            Cookie=csrf.partition(";")[0],
            Referer="https://evil.example/",
        )
    assert page.status == 200
    assert page.headers["strict-transport-security"] == "max-age=31536000"
    assert signed_in.status == 302
    assert from_elsewhere.status == 403
    names = set()
    for cookie in [csrf, *signed_in.cookies]:
        name, *attributes = cookie.split("; ")
        names.add(name.partition("=")[0])
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(attributes), cookie
        assert not any(attribute.startswith("Domain=") for attribute in attributes)
    assert names >= {"__Host-csrftoken", "__Host-sessionid"}


@pytest.mark.parametrize("settings", [{"GOALPOST_URL": URL}, BEHIND_A_PROXY])
def test_djangos_check_for_deployment_only_speaks_of_what_is_not_ours_to_decide(
    empty: Installation, settings: dict[str, str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"],
        env=empty.environment(DJANGO_SETTINGS_MODULE="goalpost.settings", **settings),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "System check identified no issues (2 silenced).\n"), (
        done.stderr
    )
