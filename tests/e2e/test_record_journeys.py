"""The records behind a result and what changed it, in a real browser."""

import csv
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from goalpost.crm.actions.deals import change_deal, reopen_deal
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import Assignee
from tests.e2e.conftest import SignIn, keep_picture
from tests.e2e.today import TODAY
from tests.goals.builders import TEAM, add_activity, add_deal, add_won, set_goal
from tests.people import NOW, Cast

pytestmark = pytest.mark.browser

FIRST = TODAY.replace(day=1)
SINCE = (NOW - timedelta(days=1)).date()
"""The records are written at NOW, which may be the day before in the company's time zone."""
NAMES = ("Lumira Clinics", "Brovik Logistics", "Tallgren Bygg", "Ostervik Hotels")


def tell_a_month(cast: Cast, deals: int = 4) -> str:
    """Let the company win deals of two people today, and correct some of them. Return the goal's address."""
    goal = set_goal(
        cast,
        title="Won value",
        metric=Metric.SUM,
        currency="EUR",
        target=900_000_00,
        starts_on=date(TODAY.year - 1, 1, 1),
        ends_on=date(TODAY.year, 12, 31),
    )
    for at in range(deals):
        owner = (cast.cilla, cast.david)[at % 2]
        deal = add_won(cast, owner, FIRST, value=(at * 37 % 1009 + 1) * 100_00, stage=cast.stages[at % 3])
        if at < len(NAMES):
            change_deal(
                actor=cast.as_astrid,
                deal_id=deal.pk,
                now=datetime.now(UTC),
                title=f"{NAMES[at]}: a long name of what is sold to them",
                organization=NAMES[at],
            )
    return f"/goals/{goal.public_id}"


def months_before(first: date, count: int) -> date:
    return date(first.year - (first.month <= count), (first.month - count - 1) % 12 + 1, 1)


def titles(panel: Locator) -> list[str]:
    found = panel.locator("tbody :is(a.rowlink, .strong:not(td))").all_inner_texts()
    return [title.split(":")[0] for title in found]


def open_records(page: Page, address: str) -> Locator:
    page.goto(address)
    page.locator("tr.is-now a.explain").click()
    panel = page.locator(".records")
    expect(panel.get_by_role("heading", level=2)).to_be_focused()
    return panel


def test_records_are_sorted_by_keyboard_and_the_order_stays_in_the_address(
    cast: Cast, sign_in: SignIn
) -> None:
    page = sign_in(cast.astrid)
    panel = open_records(page, tell_a_month(cast))
    keep_picture(page, "records-sorted")
    by_value = panel.locator("#sort-value")
    by_value.focus()
    page.keyboard.press("Enter")
    expect(panel.locator("th").last).to_have_attribute("aria-sort", "descending")
    assert titles(panel) == ["Ostervik Hotels", "Tallgren Bygg", "Brovik Logistics", "Lumira Clinics"]
    expect(by_value).to_be_focused()
    page.keyboard.press("Enter")
    expect(panel.locator("th").last).to_have_attribute("aria-sort", "ascending")
    assert titles(panel)[0] == "Lumira Clinics"
    expect(by_value).to_be_focused()
    assert page.url.endswith("&sort=value")
    panel.get_by_role("link", name="Deal (sort)").click()
    expect(panel.locator("th").first).to_have_attribute("aria-sort", "ascending")
    assert titles(panel) == ["Brovik Logistics", "Lumira Clinics", "Ostervik Hotels", "Tallgren Bygg"]
    page.reload()
    expect(panel.locator("th").first).to_have_attribute("aria-sort", "ascending")
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)


def test_back_closes_the_records_however_often_they_were_sorted(cast: Cast, sign_in: SignIn) -> None:
    address = tell_a_month(cast)
    page = sign_in(cast.astrid)
    panel = open_records(page, address)
    for column, sort in (("#sort-owner", "owner"), ("#sort-stage", "stage"), ("#sort-stage", "-stage")):
        panel.locator(column).click()
        expect(page).to_have_url(re.compile(f"sort={sort}$"))
        expect(panel.locator(column)).to_be_focused()
    panel.locator("#records-tab-owners").click()
    panel.locator("#records-tab-changes").click()
    expect(panel.locator("#records-tab-changes")).to_have_attribute("aria-current", "true")
    page.go_back()
    expect(panel).to_have_count(0)
    assert page.url.endswith(address)
    page.go_forward()
    expect(panel.locator("#records-tab-changes")).to_have_attribute("aria-current", "true")


def test_what_was_asked_for_does_not_open_the_records_again_once_they_are_closed(
    cast: Cast, sign_in: SignIn
) -> None:
    page = sign_in(cast.astrid)
    panel = open_records(page, tell_a_month(cast))

    def late(route: Route) -> None:
        page.wait_for_timeout(300)
        route.continue_()

    page.route("**/records?*sort=-value*", late)
    panel.locator("#sort-value").evaluate("link => { link.click(); }")
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    page.wait_for_timeout(800)
    expect(panel).to_have_count(0)


def test_arrows_step_through_the_periods_and_keep_the_order(cast: Cast, sign_in: SignIn) -> None:
    page = sign_in(cast.astrid)
    panel = open_records(page, tell_a_month(cast))
    panel.locator("#sort-value").click()
    expect(panel.locator("th").last).to_have_attribute("aria-sort", "descending")
    # Faster than the server answers: each of them counts.
    for _time in range(3):
        page.keyboard.press("ArrowLeft")
    expect(panel).to_have_attribute("data-period", str(months_before(FIRST, 3)))
    page.wait_for_url("**sort=-value**")
    for _time in range(3):
        page.keyboard.press("ArrowRight")
    expect(panel).to_have_attribute("data-period", str(FIRST))
    expect(panel.locator("th").last).to_have_attribute("aria-sort", "descending")


def test_many_records_load_as_one_scrolls_with_the_sum_whole_and_come_as_files(
    cast: Cast, sign_in: SignIn, tmp_path: Path
) -> None:
    page = sign_in(cast.astrid)
    panel = open_records(page, tell_a_month(cast, deals=120))
    whole = panel.locator(".records__sum .total").all_inner_texts()
    assert whole[1] == "120 deals"
    panel.locator("#sort-value").click()
    expect(panel.locator("th").last).to_have_attribute("aria-sort", "descending")
    rows = panel.locator("tbody tr:has(time)")
    expect(rows).to_have_count(50)
    for count in (100, 120):
        panel.locator("tbody tr").last.scroll_into_view_if_needed()
        expect(rows).to_have_count(count)
    expect(panel.get_by_role("link", name="Show more")).to_have_count(0)
    assert panel.locator(".records__sum .total").all_inner_texts() == whole
    shown = [Decimal(re.sub(r"[^\d.]", "", cell)) for cell in rows.locator("td:last-child").all_inner_texts()]
    assert shown == sorted(shown, reverse=True)
    total = Decimal(re.sub(r"[^\d.]", "", whole[2]))
    assert sum(shown) == total
    files = {}
    for kind in ("CSV", "XLSX"):
        panel.locator("details.menu summary").click()
        with page.expect_download() as download:
            panel.get_by_role("menuitem", name=f"Records as {kind}").click()
        files[kind] = tmp_path / download.value.suggested_filename
        download.value.save_as(files[kind])
        assert "Won value" in files[kind].name
    with files["CSV"].open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [Decimal(line["Value, EUR"]) for line in lines] == shown
    [sheet] = openpyxl.load_workbook(BytesIO(files["XLSX"].read_bytes())).worksheets
    head, *cells = sheet.iter_rows(values_only=True)
    assert sum(Decimal(str(row[head.index("Value, EUR")])) for row in cells) == total


def test_what_changed_is_told_since_a_day_and_a_wrong_day_at_its_field(cast: Cast, sign_in: SignIn) -> None:
    address = tell_a_month(cast)
    gone = add_won(cast, cast.cilla, FIRST, value=5_000_00)
    reopen_deal(actor=cast.as_astrid, deal_id=gone.pk, now=datetime.now(UTC))
    page = sign_in(cast.astrid)
    page.goto(address)
    card = page.locator("#log")
    expect(card).to_contain_text("Deal reopened")
    card.get_by_role("link", name="All changes").click()
    panel = page.locator(".records")
    expect(panel.locator(".log li").first).to_contain_text("\N{MINUS SIGN}€5,000")
    keep_picture(page, "what-changed")
    panel.get_by_role("link", name="Last 7 days").click()
    expect(panel.get_by_role("link", name="Last 7 days")).to_have_attribute("aria-current", "true")
    assert page.url.endswith("since=7")
    panel.get_by_label("Since", exact=True).fill("2999-01-01")
    panel.locator("form").evaluate("form => { form.noValidate = true }")
    panel.get_by_role("button", name="Show").click()
    field = panel.get_by_label("Since", exact=True)
    expect(field).to_be_focused()
    expect(field).to_have_value("2999-01-01")
    expect(panel.locator("#since_error")).to_contain_text("Choose today or an earlier day")
    keep_picture(page, "what-changed-wrong-day")
    field.fill(TODAY.isoformat())
    page.keyboard.press("Enter")
    expect(panel.locator(".records__sum")).to_contain_text("Result known before")
    assert f"since={TODAY.isoformat()}" in page.url
    sums = panel.locator(".records__sum span").all_inner_texts()
    assert sums[-1] == page.locator("tr.is-now a.explain").inner_text()
    expect(field).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)


def test_a_forecast_explains_each_of_its_records(cast: Cast, sign_in: SignIn) -> None:
    goal = set_goal(
        cast,
        measure=Measure.REVENUE_FORECAST,
        metric=Metric.SUM,
        currency="EUR",
        target=100_00,
        starts_on=date(TODAY.year, 1, 1),
        ends_on=date(TODAY.year, 12, 31),
    )
    deal = add_deal(cast, cast.cilla, FIRST, value=5_500_00, expected=TODAY)
    change_deal(actor=cast.as_astrid, deal_id=deal.pk, now=datetime.now(UTC), probability=90)
    add_won(cast, cast.david, FIRST, value=70_00)
    page = sign_in(cast.astrid)
    panel = open_records(page, f"/goals/{goal.public_id}")
    expect(panel).to_contain_text("90% of €5,500")
    expect(panel.get_by_text("Still open")).to_be_visible()
    expect(panel.locator("tbody").get_by_text("Won", exact=True)).to_be_visible()
    keep_picture(page, "records-forecast")


def test_by_owner_and_an_activitys_deal_in_swedish_on_a_dark_phone(cast: Cast, sign_in: SignIn) -> None:
    goal = set_goal(cast, measure=Measure.ACTIVITIES_ADDED, starts_on=date(TODAY.year, 1, 1), ends_on=None)
    deal = add_deal(cast, cast.cilla, FIRST)
    change_deal(actor=cast.as_astrid, deal_id=deal.pk, now=datetime.now(UTC), title="Lumira Clinics")
    for owner in (cast.cilla, cast.cilla, cast.david):
        add_activity(cast, owner, FIRST, deal=deal)
    page = sign_in(cast.astrid, width=390, height=844, is_dark=True, language="sv")
    panel = open_records(page, f"/goals/{goal.public_id}")
    expect(panel.get_by_text("Lumira Clinics")).to_have_count(3)
    keep_picture(page, "records-activities-dark-sv-390")
    panel.get_by_role("link", name="Per ägare").click()
    expect(panel.locator("tbody tr").first).to_contain_text("67")
    keep_picture(page, "records-owners-dark-sv-390")
    panel.get_by_role("link", name="Vad som ändrats").click()
    panel.get_by_label("Sedan", exact=True).fill(SINCE.isoformat())
    panel.get_by_role("button", name="Visa").click()
    expect(panel.locator(".log li").first).to_contain_text("tillagd")
    keep_picture(page, "what-changed-dark-sv-390")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_without_scripts_all_of_it_is_pages_forms_and_links(cast: Cast, sign_in: SignIn) -> None:
    address = tell_a_month(cast, deals=60)
    page = sign_in(cast.astrid, scripts=False)
    page.goto(address)
    page.locator("tr.is-now a.explain").click()
    panel = page.locator(".records")
    panel.locator("#sort-value").click()
    expect(panel.locator("tbody tr:has(time)")).to_have_count(50)
    panel.get_by_role("link", name="Show more").click()
    expect(panel.locator("tbody tr:has(time)")).to_have_count(10)
    expect(panel.locator(".records__sum")).to_contain_text("60 deals")
    panel.get_by_role("link", name="Back to the beginning").click()
    expect(panel.locator("tbody tr:has(time)")).to_have_count(50)
    panel.get_by_role("link", name="What changed").click()
    panel.get_by_label("Since", exact=True).fill(SINCE.isoformat())
    panel.get_by_role("button", name="Show").click()
    expect(panel.locator(".log li")).to_have_count(51)
    panel.get_by_role("link", name="Show older changes").click()
    expect(panel.locator(".log li")).to_have_count(10)
    keep_picture(page, "what-changed-without-scripts")


def test_a_manager_sees_totals_and_not_the_members_records(cast: Cast, sign_in: SignIn) -> None:
    goal = set_goal(
        cast,
        assignee=Assignee(TEAM, cast.nordic.pk),
        metric=Metric.SUM,
        currency="EUR",
        target=100_00,
        starts_on=date(TODAY.year, 1, 1),
        ends_on=None,
    )
    deal = add_won(cast, cast.cilla, FIRST, value=5_000_00)
    change_deal(actor=cast.as_astrid, deal_id=deal.pk, now=datetime.now(UTC), title="Lumira", value=6_000_00)
    page = sign_in(cast.bjorn)
    panel = open_records(page, f"/goals/{goal.public_id}")
    expect(panel).to_contain_text("Result in the chart")
    for tab in ("#records-tab", "#records-tab-owners", "#records-tab-changes"):
        panel.locator(tab).click()
        expect(panel.locator(tab)).to_have_attribute("aria-current", "true")
        expect(panel).to_contain_text("€6,000")
        assert "Lumira" not in page.content()
        assert "Cilla" not in panel.inner_text()
    keep_picture(page, "what-changed-hidden")


def test_records_that_cannot_be_had_say_so_in_sight(cast: Cast, sign_in: SignIn) -> None:
    goal = set_goal(cast, starts_on=date(2025, 12, 1), ends_on=date(2026, 2, 28))
    page = sign_in(cast.astrid, height=500)
    page.goto(f"/goals/{goal.public_id}")
    page.route("**/records?*", lambda route: route.fulfill(status=503))
    page.locator("#periods a.explain").first.click()
    box = page.locator("#records-slot [data-region-error]")
    expect(box).to_be_in_viewport(ratio=1)
    page.locator("h1").click()
    expect(box).to_have_count(0)
    page.locator("#periods a.explain").first.click()
    expect(box).to_be_in_viewport(ratio=1)
    page.unroute("**/records?*")
    box.get_by_role("button", name="Try again").click()
    expect(page.locator("#records-title")).to_be_focused()
    expect(box).to_have_count(0)
