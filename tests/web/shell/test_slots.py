"""What features put into the shell and into one another's pages: entries of the rail, and slots."""

import re

import pytest

from goalpost.web.shell import navigation, slots
from goalpost.web.shell.navigation import Entry, Part, add_part
from goalpost.web.shell.slots import Contents, Filling, fill
from goalpost.web.shell.viewer import Viewer
from tests.goals.builders import person, set_goal
from tests.people import Cast
from tests.web.conftest import SignedIn
from tests.web.looking import element, html

pytestmark = pytest.mark.django_db

LINKS = "web/rail_entries.html"


@pytest.fixture(autouse=True)
def _nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "_PARTS", {})
    monkeypatch.setattr(slots, "_FILLINGS", {})


def test_a_part_is_in_the_rail_of_every_page_and_marked_on_its_own(cast: Cast, signed_in: SignedIn) -> None:
    add_part(Part(20, "Second", "user", "web:profile"))
    add_part(Part(10, "First", "lock", "web:security"))
    browser = signed_in(cast.cilla)
    rail = html(browser.get("/")).partition('class="rail"')[2].partition("</nav>")[0]
    assert re.findall(r"(First|Second)</a>", rail) == ["First", "Second"]
    assert rail.count("aria-current") == 1, "Insights"
    profile = html(browser.get("/settings/profile")).partition('class="rail"')[2].partition("</nav>")[0]
    marked = re.findall(r'href="([^"]+)"\s+aria-current="page"', profile)
    assert marked == ["/settings/profile", "/settings"], "the part that lies there, and the settings"


def test_a_slot_is_filled_for_who_looks(cast: Cast, signed_in: SignedIn) -> None:
    def read(viewer: Viewer, path: str) -> Contents | None:
        if not viewer.actor.is_admin:
            return None
        return {"parts": [Entry(f"For {viewer.company.name}", "plus", path, is_current=False)]}

    fill("panel", Filling(-1, LINKS, read))
    assert f"For {cast.astrid.company.name}" in element(signed_in(cast.astrid).get("/"), "panel")
    assert "For " not in element(signed_in(cast.cilla).get("/"), "panel")


def test_what_fills_the_panel_is_part_of_the_pages_etag(cast: Cast, signed_in: SignedIn) -> None:
    names = ["One"]
    fill(
        "panel",
        Filling(1, LINKS, lambda _viewer, path: {"parts": [Entry(names[0], "plus", path, is_current=False)]}),
    )
    goal = set_goal(cast, assignee=person(cast.cilla))
    browser = signed_in(cast.cilla)
    address = f"/goals/{goal.public_id}"
    first = browser.get(address)
    assert browser.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304
    names[0] = "Two"
    again = browser.get(address, headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 200
    assert "Two" in element(again, "panel")


def test_a_goals_page_tells_its_slots_which_goal_it_is(cast: Cast, signed_in: SignedIn) -> None:
    def read(_viewer: Viewer, path: str, goal: object) -> Contents:
        return {"parts": [Entry(f"Take {getattr(goal, 'public_id', '')}", "plus", path, is_current=False)]}

    fill("goal_actions", Filling(0, LINKS, read))
    goal = set_goal(cast, assignee=person(cast.cilla))
    page = html(signed_in(cast.cilla).get(f"/goals/{goal.public_id}"))
    assert f"Take {goal.public_id}" in page
