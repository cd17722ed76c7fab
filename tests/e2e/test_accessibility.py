"""axe finds nothing on any page of goals, light or dark, wide or narrow."""

from datetime import UTC, date, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, expect

from goalpost.crm.actions.deals import change_deal
from goalpost.domain.measures import Metric
from goalpost.domain.permissions import Assignee
from tests.e2e.conftest import SignIn
from tests.e2e.today import TODAY
from tests.goals.builders import TEAM, add_won, set_goal
from tests.people import Cast

pytestmark = pytest.mark.browser


AXE = Axe()
RULES_OF_COLOUR = ["color-contrast", "link-in-text-block"]


def faults(page: Page) -> list[str]:
    """Return what axe finds once nothing moves: by all rules, and in the other theme by those of colour."""
    page.evaluate(AXE.axe_script)
    found = _violations(page, {})
    is_dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    page.emulate_media(color_scheme="light" if is_dark else "dark")
    found += _violations(page, {"runOnly": RULES_OF_COLOUR})
    page.emulate_media(color_scheme="dark" if is_dark else "light")
    return found


def _violations(page: Page, options: dict[str, list[str]]) -> list[str]:
    return list(
        page.evaluate(
            """async (options) => {
                // Waiting for them could last for ever: one whose element goes meanwhile never ends.
                for (const each of document.getAnimations()) each.finish();
                const found = await axe.run({ resultTypes: ["violations"], ...options });
                return found.violations.map((each) => `${each.id}: ${each.nodes[0].html}`);
            }""",
            options,
        )
    )


in_each_width = pytest.mark.parametrize("width", [1440, 390], ids=["wide", "narrow"])


@in_each_width
def test_axe_finds_nothing(cast: Cast, sign_in: SignIn, width: int) -> None:
    goal = set_goal(
        cast,
        assignee=Assignee(TEAM, cast.nordic.pk),
        metric=Metric.SUM,
        currency="EUR",
        starts_on=date(TODAY.year, 1, 1),
        ends_on=None,
    )
    deal = add_won(cast, cast.cilla, TODAY, value=5_00)
    change_deal(actor=cast.as_astrid, deal_id=deal.pk, now=datetime.now(UTC), value=6_00)
    page = sign_in(cast.astrid, width=width)
    assert faults(page) == []
    page.goto("/?view=grid")
    assert faults(page) == []
    page.goto("/goals/past?view=list")
    assert faults(page) == []
    page.goto("/settings/company?holidays_country=DE")
    assert faults(page) == []
    page.goto(f"/goals/{goal.public_id}")
    expect(page.locator(".chartbox__drawing svg")).to_be_visible()
    assert faults(page) == []
    page.locator(".chartbox__columns a").first.focus()
    expect(page.locator(".tooltip")).to_be_visible()
    assert faults(page) == []
    page.locator("[data-edits=title]").press("Enter")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    assert faults(page) == []
    page.goto(f"/goals/{goal.public_id}?from=2026-12-31&to=2026-01-01")
    expect(page.locator("#range-to")).to_be_focused()
    assert faults(page) == []
    page.goto(f"/goals/{goal.public_id}")
    page.locator("tr.is-now a.explain").click()
    expect(page.locator(".records tbody tr")).to_have_count(1)
    assert faults(page) == []
    page.locator("#records-tab-owners").click()
    expect(page.locator("#records-tab-owners")).to_have_attribute("aria-current", "true")
    assert faults(page) == []
    page.locator("#records-tab-changes").click()
    expect(page.locator(".records .log")).to_be_visible()
    assert faults(page) == []
    page.goto(f"/goals/{goal.public_id}/records?period={TODAY.replace(day=1)}&tab=changes&since=x")
    expect(page.locator("#since_error")).to_be_visible()
    assert faults(page) == []


@in_each_width
def test_axe_finds_nothing_while_a_goal_is_created(cast: Cast, sign_in: SignIn, width: int) -> None:
    page = sign_in(cast.astrid, width=width)
    page.get_by_role("main").get_by_role("link", name="Create goal").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("dialog").get_by_role("button", name="Continue").click()
    page.locator("#id_ends_on").fill(date(TODAY.year, 12, 31).isoformat())
    page.locator("#id_is_seasonal").check()
    expect(page.locator("[name^='period-']").first).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Create goal").click()
    expect(page.locator(".errorbox")).to_be_visible()
    assert faults(page) == []
    page.goto("/goals/new?kind=activities_added")
    page.get_by_role("button", name="Create goal").click()
    expect(page.locator(".errorbox")).to_be_visible()
    assert faults(page) == []
