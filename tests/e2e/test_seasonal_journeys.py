"""A seasonal goal from the Create menu to the records behind its column, by keyboard, and without scripts."""

import re
from datetime import date

import pytest
from playwright.sync_api import expect

from goalpost.domain.calendar import Interval
from goalpost.goals.models import Goal
from goalpost.goals.queries import goal_seen_by
from tests.e2e.conftest import SignIn, keep_picture
from tests.e2e.today import TODAY
from tests.goals.builders import add_won
from tests.people import PASSWORD, Cast

pytestmark = pytest.mark.browser

YEAR = (date(TODAY.year, 1, 1).isoformat(), date(TODAY.year, 12, 31).isoformat())


def test_a_seasonal_goal_in_swedish_by_keyboard_from_create_to_its_records_and_back(
    cast: Cast, sign_in: SignIn
) -> None:
    add_won(cast, cast.astrid, TODAY.replace(day=1), value=500_00)
    page = sign_in(cast.astrid, language="sv")
    page.locator(".panel__head summary").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name=re.compile("^Mål"))).to_be_focused()
    keep_picture(page, "create-menu-sv")
    page.keyboard.press("g")
    expect(page.get_by_role("dialog").locator("[value=deals_won]")).to_be_focused()
    page.keyboard.press("Enter")
    page.locator("#id_starts_on").fill(YEAR[0])
    page.locator("#id_ends_on").fill(YEAR[1])
    page.locator("#id_target").fill("1 000")
    page.locator("#id_is_seasonal:enabled").focus()
    page.keyboard.press("Space")
    expect(page.locator("[name^='period-']")).to_have_count(12)
    page.locator("#id_interval_monthly").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#goal-question")).to_contain_text("12 målvärden har inte längre någon period.")
    keep_picture(page, "seasonal-question-sv")
    page.locator("#id_keep").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#goal-question")).to_have_count(0)
    expect(page.locator("#id_interval_monthly")).to_be_checked()
    expect(page.locator("[name^='period-']")).to_have_count(12)
    expect(page.locator("#id_is_seasonal")).to_be_focused()
    page.locator("#id_title").fill("Säsong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Säsong")
    column = page.locator(f".chartbox__columns a[data-period='{TODAY.year}-{TODAY:%m}-01']")
    column.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".records h2")).to_be_focused()
    expect(page.locator(".records__sum")).to_contain_text("500")
    page.keyboard.press("Escape")
    expect(page.locator(".records")).to_have_count(0)
    expect(column).to_be_focused()
    terms = goal_seen_by(cast.as_astrid, Goal.objects.get().public_id).terms
    assert (terms.interval, set(terms.period_targets.values())) == (Interval.MONTHLY, {1_000_00})


def test_without_scripts_a_page_asks_before_a_target_is_dropped(cast: Cast, sign_in: SignIn) -> None:
    page = sign_in(cast.astrid, scripts=False)
    page.goto("/goals/new?kind=deals_won")
    page.locator("#id_starts_on").fill(YEAR[0])
    page.locator("#id_ends_on").fill(YEAR[1])
    page.locator("#id_target").fill("1,000")
    page.get_by_role("button", name="Update periods and preview").click()
    page.locator("#id_is_seasonal").check()
    page.get_by_role("button", name="Update periods and preview").click()
    page.locator("#id_ends_on").fill(date(TODAY.year, 6, 30).isoformat())
    page.get_by_role("button", name="Create goal").click()
    expect(page.locator("#goal-question")).to_contain_text("6 targets no longer have a period.")
    keep_picture(page, "seasonal-question-without-scripts", whole=True)
    page.get_by_role("button", name="Remove 6 targets").click()
    expect(page.locator("[name^='period-']")).to_have_count(6)
    page.get_by_role("button", name="Create goal").click()
    expect(page.locator("#goal-head h1")).to_be_visible()
    goal = goal_seen_by(cast.as_astrid, Goal.objects.get().public_id)
    assert set(goal.terms.period_targets.values()) == {1_000_00}
    assert len(goal.terms.period_targets) == 6


def test_a_form_half_filled_in_when_the_session_ends_is_there_after_signing_in(
    cast: Cast, sign_in: SignIn
) -> None:
    page = sign_in(cast.astrid)
    page.get_by_role("main").get_by_role("link", name="Create goal").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Continue").click()
    expect(page.locator("#id_target")).to_be_visible()
    page.context.clear_cookies(name="sessionid")
    page.locator("#id_title").fill("Half a goal")
    page.locator("#id_login").fill(cast.astrid.email or "")
    page.locator("#id_password").fill(PASSWORD)
    page.locator("#id_password").press("Enter")
    expect(page.locator("#id_title")).to_have_value("Half a goal")
    expect(page.locator(".toast")).to_contain_text("nothing was saved yet")
    page.locator("#id_target").fill("1,000")
    page.get_by_role("button", name="Create goal").click()
    expect(page.locator("#goal-head h1")).to_contain_text("Half a goal")
