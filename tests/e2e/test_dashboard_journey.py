"""A goal comes onto a dashboard by menu, by drag and without script; tiles are moved by keys and undone."""

from datetime import date

import pytest
from playwright.sync_api import Page, expect

from goalpost.insights.dashboards.actions import NewTile, create_dashboard
from goalpost.insights.dashboards.queries import DashboardView, dashboard_seen_by
from goalpost.insights.tiles import GOAL, TEXT
from tests.e2e.conftest import SignIn, keep_picture
from tests.e2e.test_accessibility import faults
from tests.e2e.today import TODAY
from tests.goals.builders import add_won, person, set_goal
from tests.people import NOW, Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def make(cast: Cast, *tiles: NewTile) -> DashboardView:
    return create_dashboard(actor=cast.as_cilla, title="Stand-up", now=NOW, tiles=tiles)


def goal_of(cast: Cast) -> str:
    begins = date(TODAY.year, 1, 1)
    goal = set_goal(cast, assignee=person(cast.cilla), title="Wins", starts_on=begins, ends_on=None)
    add_won(cast, cast.cilla, TODAY)
    return goal.public_id


def shown(page: Page) -> list[str]:
    return page.locator("[data-tile] .card__body").all_inner_texts()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "without"])
def test_a_goal_comes_onto_a_dashboard_from_its_menu(cast: Cast, sign_in: SignIn, *, scripts: bool) -> None:
    goal = goal_of(cast)
    make(cast)
    page = sign_in(cast.cilla, scripts=scripts)
    page.goto(f"/goals/{goal}")
    menu = page.locator("details", has_text="Your dashboards")
    menu.locator("summary").click()
    menu.get_by_role("menuitem").filter(has_text="Stand-up").click()
    expect(page.locator(".toast")).to_contain_text("Added to Stand-up.")
    menu.locator("summary").click()
    menu.get_by_role("menuitem").filter(has_text="A new one with this goal in it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Wins")
    expect(page.locator("[data-tile]")).to_have_count(1)


def test_a_goal_is_dragged_onto_a_dashboard_in_the_panel(cast: Cast, sign_in: SignIn) -> None:
    goal = goal_of(cast)
    dashboard = make(cast)
    page = sign_in(cast.cilla)
    page.goto(f"/goals/{goal}")
    target = page.locator("#panel").get_by_role("link", name="Stand-up")
    page.locator("[data-goal]").drag_to(target)
    expect(page.locator(".toast")).to_contain_text("Added to Stand-up.")
    page.goto("/")
    page.get_by_role("main").get_by_role("link", name="Wins", exact=True).drag_to(target)
    expect(page.locator(".toast")).to_contain_text("Added to Stand-up.")
    tiles = dashboard_seen_by(cast.as_cilla, dashboard.public_id).tiles
    assert [tile.settings["goal"] for tile in tiles] == [goal, goal]


def test_tiles_are_moved_by_keys_and_by_pointer_put_back_and_undone(cast: Cast, sign_in: SignIn) -> None:
    chart = NewTile(GOAL, {"goal": goal_of(cast), "form": "chart"}, width=6, height=2)
    dashboard = make(cast, *(NewTile(TEXT, {"text": each}) for each in ("one", "two")), chart)
    page = sign_in(cast.cilla)
    page.goto(f"/dashboards/{dashboard.public_id}")
    assert faults(page) == []
    keep_picture(page, "dashboard")
    first = page.locator("[data-grip]").first
    first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("#spoken")).to_have_text("Text: place 2 of 3, 5 columns wide.")
    page.keyboard.press("Escape")
    expect(page.locator("#spoken")).to_have_text("Text put back.")
    assert shown(page)[:2] == ["one", "two"]
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#spoken")).to_have_text("Text dropped at place 2 of 3. Saved.")
    assert shown(page)[:2] == ["two", "one"]
    page.locator("[data-tile]").nth(0).hover()
    page.locator("[data-grip]").nth(0).hover()
    page.mouse.down()
    page.locator("[data-tile]").nth(1).hover()
    page.mouse.up()
    expect(page.locator("#spoken")).to_contain_text("Saved.")
    assert shown(page)[:2] == ["one", "two"]
    page.get_by_label("More for tile 1 ").click()
    page.get_by_role("button", name="Remove tile").click()
    expect(page.locator("[data-tile]")).to_have_count(2)
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.locator("[data-tile]")).to_have_count(3)


def test_a_public_link_is_made_asks_for_its_password_and_is_revoked(cast: Cast, sign_in: SignIn) -> None:
    dashboard = make(cast, NewTile(TEXT, {"text": "Well done"}))
    page = sign_in(cast.cilla)
    page.goto(f"/dashboards/{dashboard.public_id}/links")
    page.get_by_label("Name").fill("Investors")
    page.get_by_label("Last day").fill(TODAY.isoformat())
    page.get_by_label("Password, optional").fill("oars and boats")
    assert faults(page) == []
    page.get_by_role("button", name="Create link").click()
    address = page.get_by_label("The link, shown this once").input_value()
    stranger = sign_in(cast.david)
    stranger.context.clear_cookies()
    stranger.goto(address)
    stranger.get_by_label("Password").fill("oars and boats")
    stranger.get_by_role("button", name="Open link").click()
    expect(stranger.get_by_role("main")).to_contain_text("Well done")
    assert faults(stranger) == []
    page.get_by_role("button", name="Revoke").click()
    expect(page.locator(".toast")).to_contain_text("Link revoked.")
    gone = stranger.request.get(address)
    assert gone.status == 404
    assert "This link shows nothing" in gone.text()
