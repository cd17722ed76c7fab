"""Pages stand still while they load, and fit the window they are looked at in."""

from datetime import date

import pytest
from playwright.sync_api import Page, expect

from goalpost.domain.measures import Metric
from tests.e2e.conftest import SignIn, keep_picture
from tests.e2e.today import TODAY
from tests.goals.builders import add_deal, add_won, set_goal
from tests.people import Cast

pytestmark = pytest.mark.browser

WATCH = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({ type: 'layout-shift', buffered: true });
"""
"""Add up what moves by itself, as Cumulative Layout Shift does."""


SHARED = ("/", "/?view=grid", "/goals/past", "/pipeline", "/settings/company")


def beyond_the_window(page: Page) -> int:
    """Return by how many pixels the page has to be scrolled sideways."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


@pytest.mark.parametrize("width", [1440, 390, 320])
def test_nothing_moves_by_itself_and_nothing_sticks_out(cast: Cast, sign_in: SignIn, width: int) -> None:
    goal = set_goal(
        cast,
        title="Revenue of everybody, everywhere, whatever it takes",
        metric=Metric.SUM,
        currency="EUR",
        target=300_000_00,
        starts_on=date(TODAY.year - 1, 1, 1),
        ends_on=None,
    )
    add_won(cast, cast.cilla, TODAY, value=230_606_56)
    add_deal(cast, cast.cilla, TODAY, stage=cast.stages[-1])
    # 320 pixels are also what 200 % zoom leaves of 640.
    page = sign_in(cast.astrid, width=width)
    page.add_init_script(WATCH)
    for address in (*SHARED, f"/goals/{goal.public_id}"):
        page.goto(address)
        if "/goals/" in address and "past" not in address:
            expect(page.locator(".chartbox__drawing svg")).to_be_visible()
        page.wait_for_load_state("networkidle")
        assert page.evaluate("window.shifted") < 0.01, address
        assert beyond_the_window(page) == 0, address
    if width == 390:
        table = page.locator("#periods .tablewrap")
        assert table.evaluate("(each) => each.scrollWidth - each.clientWidth") == 0


def test_with_reduced_motion_nothing_is_animated(cast: Cast, sign_in: SignIn) -> None:
    set_goal(cast)
    page = sign_in(cast.astrid)
    page.emulate_media(reduced_motion="reduce", forced_colors="active")
    page.goto("/")
    page.get_by_role("main").get_by_role("link", name="Create goal").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    longest = page.evaluate(
        "Math.max(0, ...document.getAnimations().map((each) => each.effect.getTiming().duration))"
    )
    assert longest <= 10


def test_in_forced_colours_what_is_chosen_stands_out(cast: Cast, sign_in: SignIn) -> None:
    goal = set_goal(cast)
    page = sign_in(cast.astrid)
    page.emulate_media(forced_colors="active")
    page.goto(f"/goals/{goal.public_id}/records?period={goal.terms.starts_on}")
    expect(page.locator(".records")).to_be_visible()
    behind = "(each) => getComputedStyle(each).backgroundColor"
    for chosen, other in (
        (".panel .segmented [aria-current]", ".panel .segmented a:not([aria-current])"),
        (".records .segmented [aria-current]", ".records .segmented a:not([aria-current])"),
        (".panel .navlink[aria-current]", ".panel .navlink:not([aria-current])"),
        ("#periods tr.is-selected td", "#periods tr:not(.is-selected) td"),
        (".legend .swatch", ".legend"),
    ):
        looks = [page.locator(each).first.evaluate(behind) for each in (chosen, other)]
        assert looks[0] != looks[1], chosen
    keep_picture(page, "forced-colours")


def test_in_twice_the_text_size_no_field_of_the_form_covers_another(cast: Cast, sign_in: SignIn) -> None:
    page = sign_in(cast.astrid, width=720)  # what twice the size leaves of 1440
    page.goto("/goals/new?kind=deals_won")
    edges = [
        page.locator(each).first.evaluate("(each) => each.getBoundingClientRect().toJSON()")
        for each in (".segmented label:has([value=company])", "#id_person")
    ]
    company, person = edges
    assert company["right"] <= person["left"] or company["bottom"] <= person["top"]
    assert beyond_the_window(page) == 0
