"""Exports under `goalpost serve`: drawn beside the processes that answer, and gone with them."""

import re
import threading
import time
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError

from tests.cli.running import ADMIN, PATIENCE, Browser, Installation, serving
from tests.people import PASSWORD

GOAL = {
    "kind": "deals_won",
    "title": "Deals won",
    "assignee_kind": "company",
    "interval": "monthly",
    "metric": "quantity",
    "starts_on": "2026-01-01",
    "ends_on": "2026-12-31",
    "target": "10",
}


def drawing_now(installation: Installation) -> list[int]:
    """Return the processes that draw for this installation: they run in the folder of its server."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            is_drawing = b"renderer.py" in (process / "cmdline").read_bytes()
            if is_drawing and (process / "cwd").readlink() == installation.data.parent:
                found.append(int(process.name))
    return found


def with_goal(browser: Browser) -> str:
    """Sign in and set a goal; return its address."""
    assert browser.sign_in(ADMIN, PASSWORD).status == 302
    page = browser.get("/goals/new?kind=deals_won").body
    public_id = re.search(r'name="public_id"\s+value="([0-9a-f]{32})"', page)
    assert public_id is not None
    saved = browser.submit("/goals/new?kind=deals_won", {**GOAL, "public_id": public_id[1]})
    assert saved.status == 302, saved.body
    return saved.headers["location"]


def test_an_export_is_drawn_beside_and_leaves_nobody_behind(founded: Installation) -> None:
    with serving(founded) as server:
        browser = server.browser()
        goal = with_goal(browser)
        drawn = browser.get(f"{goal}/export/svg")
        assert (drawn.status, drawn.headers["content-type"]) == (200, "image/svg+xml")
        assert "Deals won" in drawn.body
        assert drawing_now(founded) == []
        code, took = server.stop()
    assert code == 0
    assert took < 10


def test_a_server_killed_in_the_middle_takes_its_drawings_along(founded: Installation) -> None:
    with serving(founded) as server:
        browser = server.browser()
        goal = with_goal(browser)

        def ask() -> None:
            with suppress(URLError, OSError):
                browser.get(f"{goal}/export/svg")

        asking = threading.Thread(target=ask)
        asking.start()
        until = time.monotonic() + PATIENCE
        while not drawing_now(founded) and time.monotonic() < until:
            time.sleep(0.005)
        server.process.kill()
        server.process.wait(timeout=PATIENCE)
        asking.join(PATIENCE)
    while drawing_now(founded) and time.monotonic() < until + PATIENCE:
        time.sleep(0.1)
    assert drawing_now(founded) == []
