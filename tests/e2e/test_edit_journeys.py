"""Editing a goal in place, in a real browser: by mouse, by keyboard, against others, without the right."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from playwright.sync_api import Page, expect

from goalpost.domain.measures import Metric
from goalpost.domain.permissions import Assignee
from goalpost.goals.actions import change_goal, delete_goal
from goalpost.goals.queries import GoalView, goal_seen_by
from tests.e2e.conftest import SignIn, keep_picture
from tests.e2e.test_accessibility import faults
from tests.e2e.today import TODAY
from tests.goals.builders import TEAM, add_won, person, set_goal
from tests.people import Cast, let_see

pytestmark = pytest.mark.browser


@pytest.fixture
def goal(cast: Cast) -> GoalView:
    """Return a seasonal goal of the Nordic team by value, for this year."""
    add_won(cast, cast.cilla, TODAY, value=80_000_00)
    return set_goal(
        cast,
        title="Nordic won value",
        assignee=Assignee(TEAM, cast.nordic.pk),
        metric=Metric.SUM,
        currency="EUR",
        target=100_000_00,
        starts_on=date(TODAY.year, 1, 1),
        ends_on=date(TODAY.year, 12, 31),
        period_targets={date(TODAY.year, month, 1): 100_000_00 for month in range(1, 13)},
    )


def open_goal(page: Page, goal: GoalView) -> None:
    page.goto(f"/goals/{goal.public_id}")
    expect(page.locator(".chartbox__drawing svg")).to_be_visible()


def pencil(detail: str) -> str:
    return f'[data-edits="{detail}"]'


def test_details_are_edited_by_mouse_and_taken_back(cast: Cast, sign_in: SignIn, goal: GoalView) -> None:
    page = sign_in(cast.astrid)
    open_goal(page, goal)
    assignee = page.locator(pencil("assignee"))
    assignee.hover()
    assignee.click()
    form = page.get_by_role("form", name="Change assignee")
    expect(form).to_contain_text("Saving recounts all 12 periods.")
    keep_picture(page, "edit-assignee")
    form.get_by_text("Person", exact=True).first.click()
    form.get_by_label("Person", exact=True).last.select_option(label="Cilla")
    form.get_by_role("button", name="Save assignee").click()
    expect(page.locator("#goal-details")).to_contain_text("Cilla")
    expect(page.locator("#history")).to_contain_text("Assignee changed from Nordic to Cilla")
    expect(page.locator(".chartbox__drawing svg")).to_be_visible()
    toast = page.locator(".toast")
    expect(toast).to_contain_text("Assignee saved")
    keep_picture(page, "edit-saved")
    toast.get_by_role("button", name="Undo").click()
    expect(page.locator("#goal-details")).to_contain_text("Nordic")
    expect(page.locator(".toast")).to_have_text(re.compile("The change is undone"))
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    assert goal_seen_by(cast.as_astrid, goal.public_id).terms == goal.terms
    # A click beside an untouched form closes it; a form that was typed in stays.
    page.locator(pencil("pipelines")).click()
    expect(page.get_by_role("form", name="Change pipelines")).to_be_visible()
    page.get_by_role("heading", name="Periods").click()
    expect(page.get_by_role("form", name="Change pipelines")).to_have_count(0)
    page.locator(pencil("title")).click()
    page.get_by_label("Name", exact=True).fill("Half typed")
    page.get_by_role("heading", name="Periods").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Half typed")


def test_details_are_edited_by_the_keyboard_alone(cast: Cast, sign_in: SignIn, goal: GoalView) -> None:
    page = sign_in(cast.astrid)
    open_goal(page, goal)
    title, target = page.locator(pencil("title")), page.locator(pencil("target"))
    page.get_by_role("link", name="Active goals", exact=True).last.focus()
    page.keyboard.press("Tab")
    expect(title).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.type("Never saved")
    page.keyboard.press("Escape")
    expect(title).to_be_focused()
    expect(title).to_have_text("Nordic won value")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.press("Delete")
    page.keyboard.press("Enter")
    expect(page.locator("#edit-title .error")).to_have_text("Give the goal a name.")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.type("Nordic value")
    page.keyboard.press("Enter")
    expect(title).to_have_text("Nordic value")
    expect(title).to_be_focused()
    expect(page).to_have_title("Nordic value · Goalpost")
    target.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#edit-target input:visible").first).to_be_focused()
    page.keyboard.type("120,000")
    page.keyboard.press("Enter")
    expect(page.locator("#goal-details")).to_contain_text("€1,220,000 in all")
    expect(target).to_be_focused()


def test_another_frequency_asks_before_individual_targets_are_dropped(
    cast: Cast, sign_in: SignIn, goal: GoalView
) -> None:
    page = sign_in(cast.astrid)
    open_goal(page, goal)
    page.locator(pencil("frequency")).click()
    page.get_by_label("Quarterly").check()
    page.get_by_label("Target for each period").fill("300,000")
    page.get_by_role("button", name="Save frequency").click()
    form = page.get_by_role("form", name="Change frequency")
    expect(form).to_contain_text("Saving removes 12 individual targets:")
    expect(form.get_by_role("alert")).to_be_focused()
    page.keyboard.press("Enter")
    assert goal_seen_by(cast.as_astrid, goal.public_id) == goal
    assert faults(page) == []
    keep_picture(page, "edit-drops-targets")
    form.get_by_role("button", name="Remove 12 targets and save").click()
    expect(page.locator("#periods tbody tr")).to_have_count(4)
    expect(page.locator("#goal-details")).to_contain_text("Target per quarter")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#periods tbody tr")).to_have_count(12)
    assert goal_seen_by(cast.as_astrid, goal.public_id).terms == goal.terms


def test_two_people_at_once_and_a_goal_deleted_meanwhile(cast: Cast, sign_in: SignIn, goal: GoalView) -> None:
    page = sign_in(cast.astrid)
    open_goal(page, goal)
    page.locator(pencil("title")).click()
    page.get_by_label("Name", exact=True).fill("Astrid's name")
    theirs = replace(goal.terms, title="Björn's name")
    change_goal(actor=cast.as_bjorn, public_id=goal.public_id, terms=theirs, now=datetime.now(UTC))
    page.keyboard.press("Enter")
    told = page.locator("#edit-title .errorbox")
    expect(told).to_be_focused()
    expect(told).to_contain_text("Name changed from Nordic won value to Björn's name")
    expect(told).to_contain_text("Björn, ")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Astrid's name")
    assert goal_seen_by(cast.as_astrid, goal.public_id).terms == theirs
    keep_picture(page, "edit-conflict")
    page.evaluate("dispatchEvent(new Event('goalpost:return'))")
    expect(page.locator("#goal-news")).to_contain_text("Name changed from Nordic won value to Björn's name")
    page.get_by_role("button", name="Save name").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Astrid's name")
    expect(page.locator("#goal-news")).to_be_empty()
    page.locator(pencil("title")).click()
    page.get_by_label("Name", exact=True).fill("Too late")
    delete_goal(actor=cast.as_bjorn, public_id=goal.public_id, now=datetime.now(UTC))
    page.keyboard.press("Enter")
    expect(page.locator("#edit-title .errorbox")).to_contain_text("Björn deleted this goal")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Too late")
    keep_picture(page, "edit-deleted")
    page.get_by_role("button", name="Restore the goal").click()
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.get_by_role("heading", level=1)).to_have_text("Astrid's name")


def test_who_may_not_edit_has_no_pencil(cast: Cast, sign_in: SignIn, goal: GoalView) -> None:
    let_see(cast.david, company_statistics=True, other_users_statistics=True)
    page = sign_in(cast.david)
    open_goal(page, goal)
    expect(page.locator("#goal-details")).to_contain_text("Monthly")
    for absent in (
        "[data-edits]",
        ".editable",
        "#chart summary[aria-label^=Colours]",
        "#goal-head [href$='/edit'], #goal-head [href$='/delete']",
    ):
        expect(page.locator(absent)).to_have_count(0)
    assert page.request.get(f"/goals/{goal.public_id}/edit/title").status == 403


def test_colours_are_chosen_in_the_chart_s_menu(cast: Cast, sign_in: SignIn, goal: GoalView) -> None:
    page = sign_in(cast.astrid)
    open_goal(page, goal)
    columns = page.locator(".chartbox__drawing svg .mark-rect path[fill='#1c809e']")
    expect(columns).to_have_count(0)
    page.get_by_label("Colours of the chart").click()
    page.get_by_role("group", name="Result").get_by_label("Lake").check(force=True)
    expect(columns.last).to_be_visible()
    expect(page.get_by_role("group", name="Result").get_by_label("Lake")).to_be_focused()
    page.get_by_role("group", name="Reached").get_by_label("Lake").check(force=True)
    # By its words: pressing them leaves the menu open.
    page.get_by_text("Colour columns by result").click()
    expect(page.locator("#look-warnings")).to_contain_text("look like those that are open")
    assert faults(page) == []
    keep_picture(page, "chart-colours")
    page.keyboard.press("Escape")
    expect(page.get_by_label("Colours of the chart")).to_be_focused()
    page.reload()
    expect(columns.last).to_be_visible()


def test_one_s_own_goal_is_deleted_at_once_and_undone(cast: Cast, sign_in: SignIn) -> None:
    own = set_goal(cast, title="My calls", assignee=person(cast.cilla), ends_on=None)
    page = sign_in(cast.cilla)
    open_goal_page = f"/goals/{own.public_id}"
    page.goto(open_goal_page)
    page.get_by_label("More actions for this goal").click()
    page.get_by_role("menuitem", name="Delete goal").click()
    expect(page.get_by_text("No goals yet")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My calls")
    expect(page.get_by_role("heading", level=1)).to_be_focused()


def test_in_swedish_on_a_phone_and_without_scripts(cast: Cast, sign_in: SignIn, goal: GoalView) -> None:
    page = sign_in(cast.astrid, language="sv", width=390)
    open_goal(page, goal)
    page.locator(pencil("duration")).click()
    form = page.get_by_role("form", name="Ändra varaktighet")
    expect(form).to_contain_text("När du sparar räknas alla 12 perioder om.")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert faults(page) == []
    keep_picture(page, "edit-phone")
    plain = sign_in(cast.astrid, scripts=False)
    plain.goto(f"/goals/{goal.public_id}")
    plain.locator(pencil("title")).click()
    plain.get_by_label("Name", exact=True).fill("")
    plain.get_by_role("button", name="Save name").click()
    expect(plain.get_by_text("Give the goal a name.")).to_be_visible()
    plain.get_by_label("Name", exact=True).fill("By hand")
    plain.get_by_role("button", name="Save name").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("By hand")
    plain.get_by_role("button", name="Undo").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Nordic won value")


def test_the_type_is_changed_by_keyboard_with_the_stage_it_asks_for(
    cast: Cast, sign_in: SignIn, goal: GoalView
) -> None:
    page = sign_in(cast.astrid)
    open_goal(page, goal)
    page.locator(pencil("kind")).focus()
    page.keyboard.press("Enter")
    form = page.get_by_role("form", name="Change type")
    expect(form.get_by_label("Type", exact=True)).to_be_focused()
    expect(form.get_by_label("Stage")).to_be_hidden()
    form.get_by_label("Type", exact=True).select_option(label="Deal · Progress")
    form.get_by_label("Stage").select_option(label=cast.stages[1].name)
    keep_picture(page, "edit-type")
    assert not faults(page)
    form.get_by_role("button", name="Save type").click()
    expect(page.locator("#goal-details")).to_contain_text("Deal · Progress")
    expect(page.locator("#history")).to_contain_text("Type changed from Deal · Won to Deal · Progress")
    expect(page.locator(".toast")).to_contain_text("Type saved")
    expect(page.locator(pencil("kind"))).to_be_focused()
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.locator("#goal-details")).to_contain_text("Deal · Won")
