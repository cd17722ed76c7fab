"""How much a first look at a goal takes over the wire, as the real server sends it."""

import gzip
import re
from urllib.request import Request, urlopen

from tests.cli.running import ADMIN, PATIENCE, Browser, Installation, serving
from tests.people import PASSWORD

MOST = 450_000


def fetched(browser: Browser, path: str) -> tuple[bytes, dict[str, str]]:
    """Return the body as it was sent, compressed, and the headers by lower-case name."""
    request = Request(browser.address + path, headers={"Accept-Encoding": "gzip, br"})
    browser.jar.add_cookie_header(request)
    with urlopen(request, timeout=PATIENCE) as response:
        return response.read(), {name.lower(): value for name, value in response.headers.items()}


def goal_set_by(browser: Browser) -> str:
    """Set a goal with the form and return the address of its page."""
    page = browser.get("/goals/new?kind=deals_won").body
    public_id = re.search(r'name="public_id"\s+value="([0-9a-f]{32})"', page)
    person = re.search(r'<select[^>]*name="person"[^>]*>\s*<option\s+value="(\d+)"', page)
    assert public_id is not None
    assert person is not None
    fields = {
        "kind": "deals_won",
        "public_id": public_id[1],
        "title": "Deals won",
        "assignee_kind": "person",
        "person": person[1],
        "interval": "monthly",
        "metric": "quantity",
        "starts_on": "2026-01-01",
        "target": "10",
    }
    answer = browser.submit("/goals/new?kind=deals_won", fields)
    assert answer.status == 302, answer.body[:2000]
    return answer.headers["location"]


def test_a_first_look_at_a_goal_is_light_and_the_chart_library_is_kept(founded: Installation) -> None:
    with serving(founded) as server:
        browser = server.browser()
        assert browser.sign_in(ADMIN, PASSWORD).status == 302
        page, headers = fetched(browser, goal_set_by(browser))
        plain = gzip.decompress(page) if headers.get("content-encoding") == "gzip" else page
        files = set(re.findall(r'"(/static/[^"#]+)', plain.decode()))
        library = [file for file in files if "/build/vega." in file]
        assert len(library) == 1
        total = len(page)
        for file in files:
            body, about = fetched(browser, file)
            total += len(body)
            assert re.search(r"\.[0-9a-f]{12}\.[a-z]+$", file), file
            assert "immutable" in about["cache-control"], file
            assert len(body) < 1000 or about.get("content-encoding") in {"gzip", "br"}, file
        assert total < MOST
