"""The settings and the pages of signing in: axe finds nothing, and on a phone nothing lies to the side."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import SignIn, keep_picture
from tests.e2e.test_accessibility import faults, in_each_width
from tests.people import Cast

pytestmark = pytest.mark.browser


def addresses(cast: Cast) -> tuple[str, ...]:
    person = f"/settings/people/{cast.bjorn.pk}"
    return (
        "/settings/profile",
        "/settings/security",
        "/settings/tokens",
        "/settings/people",
        "/settings/people/invite",
        person,
        f"{person}/hand-over",
        f"{person}/deactivate",
        "/settings/teams",
        f"/settings/teams/{cast.nordic.pk}",
        "/settings/permissions",
        "/settings/permissions/new",
        "/settings/log",
        "/settings/operation",
        "/account/password/change/",
        "/account/reauthenticate/",
    )


def hangs_over(page: Page) -> bool:
    """Whether the page, or a table of it, is wider than what shows it."""
    return bool(
        page.evaluate(
            "[document.documentElement, ...document.querySelectorAll('.tablewrap')]"
            ".some((each) => each.scrollWidth > each.clientWidth)"
        )
    )


def is_covered(page: Page) -> bool:
    """Whether something else lies over the middle of what has the focus."""
    return bool(
        page.evaluate(
            """() => {
                const focused = document.activeElement.closest("label") ?? document.activeElement;
                const { x, y, width, height } = document.activeElement.getBoundingClientRect();
                return !focused.contains(document.elementFromPoint(x + width / 2, y + height / 2));
            }"""
        )
    )


@in_each_width
def test_axe_finds_nothing_in_the_settings(cast: Cast, sign_in: SignIn, width: int) -> None:
    page = sign_in(cast.astrid, width=width)
    found: dict[str, list[str]] = {}
    for address in addresses(cast):
        page.goto(address)
        found[address] = faults(page) + ["hangs over"] * hangs_over(page)
    assert {address: wrong for address, wrong in found.items() if wrong} == {}


def test_the_matrix_is_ticked_and_saved_on_a_phone(cast: Cast, sign_in: SignIn) -> None:
    page = sign_in(cast.astrid, width=390, height=844)
    page.goto("/settings/permissions")
    expect(page.get_by_role("button", name="Save permissions")).to_have_count(0)
    page.get_by_label("Regular user: See company’s statistics").check()
    save = page.get_by_role("button", name="Save permissions")
    expect(save).to_be_in_viewport()
    expect(page.get_by_label("Regular user: See company’s statistics")).to_be_focused()
    page.get_by_label("Regular user: See other users’ statistics").press("Space")
    expect(page.get_by_text("2 unsaved changes")).to_be_in_viewport()
    for _key in range(10):
        page.keyboard.press("Tab")
        assert not is_covered(page), "the bar lies over what has the focus"
    keep_picture(page, "permissions-phone")
    assert faults(page) == []
    save.click()
    expect(page.get_by_text("Permissions saved")).to_be_visible()
    expect(page.get_by_label("Regular user: See other users’ statistics")).to_be_checked()


def test_a_set_that_is_being_made_says_what_follows_as_it_is_ticked(cast: Cast, sign_in: SignIn) -> None:
    page = sign_in(cast.astrid, width=390, height=844)
    page.goto("/settings/permissions/new")
    page.get_by_label("Name").fill("Night shift")
    follows = page.locator("#what-follows")
    expect(follows.get_by_text("With both")).to_have_count(0)
    page.get_by_label("See company’s statistics").check()
    page.get_by_label("See other users’ statistics").check()
    expect(follows.get_by_text("With both")).not_to_have_count(0)
    expect(page.get_by_label("Name")).to_have_value("Night shift")
    assert not hangs_over(page)
    assert faults(page) == []
    keep_picture(page, "permission-set-new-phone", whole=True)
    page.get_by_role("button", name="Create permission set").click()
    expect(page.get_by_text("Night shift").first).to_be_visible()
