"""Goals in a real browser, story by story."""

import re
from datetime import UTC, date, datetime

import pytest
from playwright.sync_api import Page, Route, expect

from goalpost.crm.actions.deals import change_deal
from goalpost.domain.calendar import Interval
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import Assignee
from goalpost.goals.models import Goal
from goalpost.goals.queries import goal_seen_by
from goalpost.web.goals import goal_list
from tests.e2e.conftest import SignIn, keep_picture
from tests.e2e.today import TODAY
from tests.goals.builders import TEAM, add_activity, add_won, person, set_goal
from tests.people import Cast

pytestmark = pytest.mark.browser

THIS_YEAR = (date(TODAY.year, 1, 1), date(TODAY.year, 12, 31))


def tell_a_year(cast: Cast) -> str:
    """Let the Nordic team have a goal by value and win a deal in each month so far. Return its address."""
    goal = set_goal(
        cast,
        title="Nordic won value",
        assignee=Assignee(TEAM, cast.nordic.pk),
        metric=Metric.SUM,
        currency="EUR",
        target=100_000_00,
        starts_on=THIS_YEAR[0],
        ends_on=THIS_YEAR[1],
    )
    for month in range(1, TODAY.month + 1):
        deal = add_won(cast, cast.cilla, date(TODAY.year, month, 1), value=1_00)
        change_deal(
            actor=cast.as_astrid,
            deal_id=deal.pk,
            now=datetime.now(UTC),
            title=f"Lumira Clinics {month}",
            value=(80 + month * 7) * 1_000_00,
        )
    return f"/goals/{goal.public_id}"


def chart_of(page: Page) -> None:
    """Wait until the chart is drawn."""
    expect(page.locator(".chartbox__drawing svg .mark-rect path").first).to_be_visible()


def test_from_a_new_seasonal_goal_to_the_deals_behind_a_column_and_back(cast: Cast, sign_in: SignIn) -> None:
    tell_a_year(cast)
    page = sign_in(cast.astrid)
    page.get_by_role("main").get_by_role("link", name="Create goal").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Create goal")).to_be_visible()
    keep_picture(page, "new-goal-kind")
    dialog.get_by_role("radio", name=re.compile("^Won")).check()
    dialog.get_by_role("button", name="Continue").click()
    dialog.get_by_text("Team", exact=True).first.click()
    page.locator("#id_team").select_option(label="Nordic (1 member)")
    expect(page.locator("#id_title")).to_have_value("Nordic: won value")
    page.locator("#id_title").fill("Nordic by season")
    page.locator("#id_starts_on").fill(THIS_YEAR[0].isoformat())
    page.locator("#id_ends_on").fill(THIS_YEAR[1].isoformat())
    page.locator("#id_is_seasonal").check()
    expect(page.locator("[name^='period-']")).to_have_count(12)
    page.locator("#id_target").fill("90,000")
    page.get_by_role("button", name="Apply to all").click()
    last = page.locator("[name^='period-']").last
    expect(last).to_have_value("90,000")
    last.fill("120,000")
    expect(page.locator("#goal-preview")).to_contain_text("€1,110,000")
    expect(page.locator("#id_title")).to_have_value("Nordic by season")
    keep_picture(page, "new-goal-details")
    dialog.get_by_role("button", name="Create goal").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Nordic by season")
    expect(page.locator("#goal-details")).to_contain_text("€1,110,000 in all")
    chart_of(page)
    keep_picture(page, "goal", whole=True)
    at_goal = page.url
    column = page.locator(f".chartbox__columns a[data-period='{TODAY.year}-{TODAY:%m}-01']")
    column.hover()
    expect(page.locator(".tooltip")).to_contain_text("1 deal. Click to see them.")
    column.click()
    records = page.locator(".records")
    expect(records).to_contain_text(f"Lumira Clinics {TODAY.month}")
    in_row = page.locator("tr.is-selected a.explain").inner_text()
    expect(records.locator(".records__sum")).to_contain_text(in_row)
    assert f"/records?period={TODAY.year}-{TODAY:%m}-01" in page.url
    keep_picture(page, "records")
    records.get_by_role("link", name="What changed").click()
    expect(records.locator(".log li").first).to_contain_text("value changed, €1 to")
    page.go_back()
    expect(records).to_have_count(0)
    assert page.url == at_goal


def test_back_to_the_kind_keeps_what_was_typed_and_the_new_goals_heading_has_the_focus(
    cast: Cast, sign_in: SignIn
) -> None:
    page = sign_in(cast.astrid)
    page.get_by_role("main").get_by_role("link", name="Create goal").first.click()
    page.get_by_role("button", name="Continue").click()
    page.locator("#id_title").fill("x" * 180)
    page.locator("#id_target").fill("90,000")
    page.get_by_role("link", name="Back to kind").click()
    page.get_by_role("radio", name=re.compile("^Started|^Added")).first.check()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#id_target")).to_have_value("90,000")
    page.get_by_role("button", name="Create goal").click()
    expect(page.get_by_role("heading", level=1, name="x" * 180)).to_be_focused()
    for part in (page.locator(".toast"), page.locator("#goal-head")):
        box = part.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 1440
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440
    keep_picture(page, "long-name")


def test_a_name_being_typed_is_never_taken_back_by_a_late_preview(cast: Cast, sign_in: SignIn) -> None:
    page = sign_in(cast.astrid)
    page.get_by_role("main").get_by_role("link", name="Create goal").first.click()
    page.get_by_role("radio", name=re.compile("^Won")).check()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#id_title")).to_have_value("Astrid: won value")

    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/goals/preview", hold)
    with page.expect_request("**/goals/preview"):
        page.get_by_text("Company", exact=True).last.click()
    # The preview that proposes another name is asked for; it is answered in the middle of a word.
    name = page.locator("#id_title")
    name.select_text()
    name.press_sequentially("Big aut", delay=100)
    with page.expect_response("**/goals/preview"):
        held.pop().continue_()
        name.press_sequentially("umn", delay=100)
    page.unroute("**/goals/preview")
    with page.expect_response("**/goals/preview"):
        name.press_sequentially(" push", delay=100)
    expect(page.locator("#goal-preview")).to_contain_text("First period")
    expect(name).to_have_value("Big autumn push")
    expect(name).to_be_focused()


def test_a_link_to_records_opens_them_beside_the_goal(cast: Cast, sign_in: SignIn) -> None:
    address = tell_a_year(cast)
    page = sign_in(cast.astrid)
    page.goto(f"{address}/records?period={TODAY.year}-01-01")
    expect(page.locator(".records")).to_contain_text("Lumira Clinics 1")
    chart_of(page)
    page.get_by_role("link", name="Close records").click()
    expect(page.locator(".records")).to_have_count(0)
    assert page.url.endswith(address)


def test_everything_is_reached_by_the_keyboard(cast: Cast, sign_in: SignIn) -> None:
    address = tell_a_year(cast)
    page = sign_in(cast.astrid)
    page.goto(address)
    chart_of(page)
    stop = page.locator(".chartbox__columns a[tabindex='0']")
    expect(stop).to_have_attribute("data-period", TODAY.replace(day=1).isoformat())
    column = page.locator(f".chartbox__columns a[data-period='{TODAY.year}-01-01']")
    column.focus()
    expect(page.locator(".tooltip")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".records h2")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".records")).to_have_count(0)
    expect(column).to_be_focused()


def test_a_regular_user_sees_only_what_is_theirs(cast: Cast, sign_in: SignIn) -> None:
    address = tell_a_year(cast)
    set_goal(cast, title="Cilla's calls", assignee=person(cast.cilla), starts_on=THIS_YEAR[0], ends_on=None)
    page = sign_in(cast.cilla)
    expect(page.locator(".rowlink")).to_have_text(["Cilla's calls"])
    page.goto("/goals/new?kind=deals_won")
    expect(page.get_by_role("radio", name="Company")).to_be_disabled()
    expect(page.locator("#goal-form")).to_contain_text("Only an admin may set goals for the company.")
    keep_picture(page, "new-goal-regular-user")
    answer = page.request.get(address)
    assert answer.status == 404
    assert "There is nothing here" in answer.text()


def test_a_manager_is_told_what_is_hidden(cast: Cast, sign_in: SignIn) -> None:
    address = tell_a_year(cast)
    page = sign_in(cast.bjorn)
    page.goto(address)
    page.locator("tr.is-now a.explain").click()
    expect(page.locator(".records")).to_contain_text("1 deal hidden from you.")
    expect(page.locator(".records")).not_to_contain_text("Lumira")
    keep_picture(page, "records-hidden")


def test_what_is_wrong_is_pointed_at_and_nothing_typed_is_lost(cast: Cast, sign_in: SignIn) -> None:
    page = sign_in(cast.astrid)
    page.get_by_role("main").get_by_role("link", name="Create goal").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Continue").click()
    page.locator("#id_title").fill("Half a goal")
    page.locator("#id_target").fill("17o,000")
    page.get_by_role("dialog").get_by_role("button", name="Create goal").click()
    summary = page.locator(".errorbox")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("Enter a number such as 12,500.")
    expect(page.locator("#id_target")).to_have_value("17o,000")
    expect(page.locator("#id_title")).to_have_value("Half a goal")
    keep_picture(page, "new-goal-errors")
    summary.get_by_role("link").click()
    expect(page.locator("#id_target")).to_be_focused()
    page.locator("#id_target").fill("17,000")
    page.get_by_role("dialog").get_by_role("button", name="Create goal").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Half a goal")


def test_a_goal_that_cannot_be_saved_says_so_in_its_dialog_and_keeps_what_was_typed(
    cast: Cast, sign_in: SignIn
) -> None:
    page = sign_in(cast.astrid, height=600)
    page.get_by_role("main").get_by_role("link", name="Create goal").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Continue").click()
    dialog.locator("#id_target").fill("55")
    page.route("**/goals/new", lambda route: route.fulfill(status=503))
    dialog.get_by_role("button", name="Create goal").click()
    told = dialog.get_by_text("This could not be saved. Try again in a moment.")
    expect(told).to_be_in_viewport(ratio=1)
    expect(dialog.locator("#id_target")).to_have_value("55")
    page.unroute("**/goals/new")
    dialog.get_by_role("button", name="Create goal").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Astrid")
    assert Goal.objects.count() == 1


def test_a_dialog_given_up_returns_the_focus_to_where_it_was_opened(cast: Cast, sign_in: SignIn) -> None:
    goal = set_goal(cast, title="Calls", ends_on=None)
    page = sign_in(cast.astrid)
    dialog = page.get_by_role("dialog")
    menu = page.get_by_label("More actions for “Calls”")
    for item in ("Duplicate goal", "Edit goal", "Delete goal"):
        menu.press("Enter")
        page.get_by_role("menuitem", name=item).press("Enter")
        expect(dialog).to_be_visible()
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        expect(menu).to_be_focused()
    create = page.get_by_role("main").get_by_role("link", name="Create goal")
    create.press("Enter")
    dialog.get_by_role("button", name="Continue").press("Enter")
    expect(dialog.locator("#id_target")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(create).to_be_focused()
    page.goto(f"/goals/{goal.public_id}")
    edit = page.get_by_role("link", name="Edit goal")
    edit.press("Enter")
    expect(dialog).to_be_visible()
    dialog.get_by_role("link", name="Cancel").press("Enter")
    expect(dialog).to_have_count(0)
    expect(edit).to_be_focused()


def test_escape_asks_before_typed_text_is_dropped(cast: Cast, sign_in: SignIn) -> None:
    page = sign_in(cast.astrid)
    page.get_by_role("main").get_by_role("link", name="Create goal").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Continue").click()
    page.locator("#id_title").fill("Typed")
    question = page.get_by_role("alertdialog", name="Close without saving? What you entered will be lost.")
    for _time in range(3):
        page.keyboard.press("Escape")
        expect(question).to_be_visible()
        page.keyboard.press("Escape")
        expect(question).to_have_count(0)
    page.keyboard.press("Escape")
    # Answered and asked again in one breath, before the browser took the answer in.
    question.evaluate(
        """question => {
            question.close();
            document.activeElement.dispatchEvent(
                new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true }));
        }"""
    )
    expect(question).to_be_visible()
    page.keyboard.press("Escape")
    expect(question).to_have_count(0)
    expect(page.locator("#id_title")).to_have_value("Typed")
    expect(page.locator("#id_title")).to_be_focused()
    page.get_by_role("button", name="Close", exact=True).click()
    question.get_by_role("button", name="Keep editing").click()
    expect(page.locator("#id_title")).to_have_value("Typed")
    page.get_by_role("button", name="Close", exact=True).click()
    question.get_by_role("button", name="Close without saving").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_goal_is_edited_deleted_and_brought_back(cast: Cast, sign_in: SignIn) -> None:
    address = tell_a_year(cast)
    page = sign_in(cast.astrid)
    page.goto(address)
    page.get_by_role("link", name="Edit goal").click()
    page.locator("#id_title").fill("Nordic value")
    page.get_by_role("button", name="Save goal").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nordic value")
    page.get_by_label("More actions for this goal").click()
    page.get_by_role("menuitem", name="Delete goal").click()
    keep_picture(page, "delete-goal")
    page.get_by_role("button", name="Delete goal").click()
    expect(page.get_by_text("No goals yet")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nordic value")
    assert Goal.objects.get().version == 4


def test_the_list_narrows_down_as_one_types_and_back_brings_it_back(cast: Cast, sign_in: SignIn) -> None:
    tell_a_year(cast)
    set_goal(cast, title="Calls", measure=Measure.ACTIVITIES_ADDED, interval=Interval.WEEKLY, ends_on=None)
    add_activity(cast, cast.cilla, TODAY)
    page = sign_in(cast.astrid)
    expect(page.locator(".rowlink")).to_have_count(2)
    keep_picture(page, "goals")
    search = page.get_by_role("main").get_by_role("searchbox", name="Find a goal")
    search.press_sequentially("calls", delay=30)
    expect(page.locator(".rowlink")).to_have_text(["Calls"])
    expect(search).to_be_focused()
    expect(page).to_have_url(re.compile(r"/\?q=calls$"))
    page.get_by_label("Frequency", exact=True).select_option("monthly")
    expect(page.get_by_text("No goal matches")).to_be_visible()
    page.get_by_role("link", name="Clear filters").click()
    expect(page.locator(".rowlink")).to_have_count(2)


def test_the_time_range_stays_in_the_address(cast: Cast, sign_in: SignIn) -> None:
    address = tell_a_year(cast)
    page = sign_in(cast.astrid)
    page.goto(address)
    page.locator("#chart .card__tools summary").first.click()
    page.evaluate("window.stays = true")
    page.get_by_role("link", name="This quarter").click()
    expect(page.locator("#periods tbody tr")).to_have_count(3)
    expect(page.locator("#chart-range")).to_be_focused()
    chart_of(page)
    expect(page.locator(".chartbox__columns a")).to_have_count(3)
    expect(page.locator("#goal-export a").first).to_have_attribute("href", re.compile("from="))
    assert page.evaluate("window.stays"), "the page is not loaded anew"
    page.locator("tr.is-now a.explain").click()
    expect(page.locator(".records")).to_contain_text("Lumira Clinics")
    page.locator("#chart-range").click()
    page.get_by_role("link", name="This year").click()
    expect(page.locator("#periods tbody tr")).to_have_count(12)
    expect(page.locator(".records")).to_have_count(0)
    page.locator("#chart-range").click()
    page.locator("#range-to").fill("1950-01-01")
    page.get_by_role("button", name="Show dates").click()
    expect(page.locator("#range-to-error, #range-from-error").first).to_be_visible()
    page.go_back()
    expect(page.locator("#periods tbody tr")).to_have_count(12)
    page.goto(f"{address}?{page.url.partition('?')[2]}")
    page.locator("#chart-range").click()
    page.get_by_role("link", name="This quarter").click()
    expect(page.locator("#periods tbody tr")).to_have_count(3)
    page.reload()
    expect(page.locator("#periods tbody tr")).to_have_count(3)
    assert re.search(r"\?from=\d{4}-\d\d-01&to=", page.url)


@pytest.mark.parametrize("width", [390, 320])
def test_a_phone_shows_it_all_without_scrolling_sideways(cast: Cast, sign_in: SignIn, width: int) -> None:
    tell_a_year(cast)
    page = sign_in(cast.astrid, width=width, height=844)

    def fits() -> bool:
        fit: bool = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        return fit

    assert fits()
    keep_picture(page, f"goals-{width}")
    page.get_by_label("More actions for “Nordic won value”").click()
    expect(page.get_by_role("menuitem", name="Duplicate goal")).to_be_visible()
    assert fits()
    page.keyboard.press("Escape")
    page.locator(".rowlink").first.click()
    chart_of(page)
    assert fits()
    keep_picture(page, f"goal-{width}", whole=True)
    page.locator("tr.is-now a.explain").click()
    expect(page.locator(".records")).to_contain_text("Lumira Clinics")
    assert fits()
    keep_picture(page, f"records-{width}")
    page.goto("/goals/new?kind=deals_won")
    assert fits()
    keep_picture(page, f"new-goal-{width}", whole=True)


def test_in_the_dark_and_in_swedish(cast: Cast, sign_in: SignIn) -> None:
    address = tell_a_year(cast)
    page = sign_in(cast.astrid, is_dark=True, language="sv")
    expect(page.get_by_role("heading", level=1)).to_have_text("Aktiva mål")
    keep_picture(page, "goals-dark-sv")
    page.goto(address)
    chart_of(page)
    expect(page.locator("#periods")).to_contain_text("Framsteg")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(16, 17, 19)"
    keep_picture(page, "goal-dark-sv", whole=True)
    page.get_by_role("link", name="Redigera mål").click()
    expect(page.locator("#id_target")).to_have_value("100\xa0000")
    page.get_by_role("button", name="Spara mål").click()
    expect(page.locator(".toast")).to_contain_text("har sparats")
    goal = goal_seen_by(cast.as_astrid, address.rpartition("/")[2])
    assert goal.terms.target == 100_000_00


def test_it_all_works_without_scripts(cast: Cast, sign_in: SignIn) -> None:
    address = tell_a_year(cast)
    page = sign_in(cast.astrid, scripts=False)
    page.get_by_role("main").get_by_role("link", name="Create goal").first.click()
    page.get_by_role("button", name="Continue").click()
    page.locator("#id_title").fill("By hand")
    page.locator("#id_ends_on").fill(THIS_YEAR[1].isoformat())
    page.locator("#id_starts_on").fill(date(TODAY.year, 12, 1).isoformat())
    page.locator("#id_target").fill("5,000")
    page.get_by_role("button", name="Update periods and preview").click()
    page.locator("#id_is_seasonal").check()
    page.get_by_role("button", name="Update periods and preview").click()
    page.get_by_role("button", name="Apply to all").click()
    expect(page.locator("[name^='period-']")).to_have_value("5,000")
    page.get_by_role("button", name="Create goal").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("By hand")
    page.goto(address)
    expect(page.locator("#chart .note")).to_be_visible()
    page.locator("tr.is-now a.explain").click()
    expect(page.locator(".records")).to_contain_text("Lumira Clinics")
    page.get_by_role("link", name="What changed").last.click()
    expect(page.locator(".records .log")).to_contain_text("value changed, €1 to")
    keep_picture(page, "records-without-scripts")
    page.get_by_role("link", name="Close records").click()
    page.goto("/?q=nordic")
    expect(page.locator(".rowlink")).to_have_text(["Nordic won value"])


def test_a_long_list_goes_on_while_one_scrolls(
    cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(goal_list, "PAGE_SIZE", 20)
    for at in range(50):
        set_goal(cast, title=f"Goal {at:02}", ends_on=None)
    page = sign_in(cast.astrid)
    rows = page.locator("#goal-list tbody tr:has(.rowlink)")
    expect(rows).to_have_count(20)
    for shown in (40, 50):
        page.get_by_role("link", name="Show more").scroll_into_view_if_needed()
        expect(rows).to_have_count(shown)
    assert rows.locator(".rowlink").all_inner_texts() == [f"Goal {at:02}" for at in range(50)]
    expect(page.get_by_role("link", name="Show more")).to_have_count(0)
    expect(page.get_by_text("50 goals")).to_be_visible()
    assert "page" not in page.url
    without = sign_in(cast.astrid, scripts=False)
    without.get_by_role("link", name="Show more").click()
    expect(without.get_by_role("link", name="Goal 20", exact=True)).to_be_visible()
    without.get_by_role("link", name="Show earlier periods").click()
    expect(without.get_by_role("link", name="Goal 00", exact=True)).to_be_visible()
