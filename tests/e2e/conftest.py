"""A browser, a server, and a page that fails its test when the console complains."""

import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from goalpost.companies.models import User
from goalpost.web.shell.assets import build_chart_library, compile_translations
from tests.e2e.today import ZONE
from tests.people import PASSWORD, Cast, make_company

SCREENSHOTS = Path("build/screenshots")

# A form that was refused, or came too late: the page says so, and the browser logs every answer of this kind.
# A request that a newer one replaced: htmx logs that it ended; one that failed is a `sendError`, too.
_EXPECTED = re.compile(r"(?:status of|Status Error Code) (409|422|503)|^htmx:(?:afterRequest|sendAbort)\b")

SignIn = Callable[..., Page]

# A slow machine is not a wrong page: what is waited for comes within a minute (in milliseconds).
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session", autouse=True)
def _built() -> None:
    """Build what pages need, and let the tests talk to the database beside Playwright's event loop."""
    build_chart_library()
    compile_translations()
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(scope="session")
def browser(chromium_executable: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=str(chromium_executable),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield started
        started.close()


@pytest.fixture
def cast(emptied_afterwards: None) -> Cast:
    return make_company(time_zone=ZONE, now=datetime.now(UTC), password=PASSWORD)


def session_of(user: User) -> str:
    """Sign the person in, and return the value of the cookie. The form is in test_people_journeys."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


@pytest.fixture
def sign_in(browser: Browser, live_server: LiveServer) -> Iterator[SignIn]:
    """Return a way to sign a person in, in a window of its own: width, theme, language, scripts or none."""
    complaints: list[str] = []
    contexts = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and not _EXPECTED.search(message.text):
            complaints.append(message.text)

    def open_window(
        user: User,
        *,
        width: int = 1440,
        height: int = 1000,
        is_dark: bool = False,
        language: str = "",
        scripts: bool = True,
    ) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": height},
            color_scheme="dark" if is_dark else "light",
            java_script_enabled=scripts,
        )
        contexts.append(context)
        cookies = {settings.SESSION_COOKIE_NAME: session_of(user)}
        if language:
            cookies[settings.LANGUAGE_COOKIE_NAME] = language
        for name, value in cookies.items():
            context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", listen)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/")
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert complaints == []


def keep_picture(page: Page, name: str, *, whole: bool = False) -> None:
    """Keep a picture of the page. Hiding the caret would write styles into it, which its policy forbids."""
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=whole, caret="initial")
