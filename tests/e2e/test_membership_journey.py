"""Somebody moves from North to South: by mouse, by keys alone, without scripts and on a phone."""

from datetime import UTC, date, datetime

import pytest
from playwright.sync_api import Locator, Page, expect

from goalpost.companies.memberships import MembershipChange, change_memberships, members_of
from goalpost.domain.calendar import Interval
from goalpost.domain.measures import Metric
from goalpost.domain.membership import Stay
from goalpost.domain.permissions import Assignee
from tests.e2e.conftest import SignIn, keep_picture
from tests.e2e.test_accessibility import faults, in_each_width
from tests.e2e.test_settings_accessibility import hangs_over
from tests.e2e.today import TODAY
from tests.goals.builders import TEAM, add_won, set_goal
from tests.people import Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LAST_YEAR = TODAY.year - 1
MOVES_ON = date(LAST_YEAR, 6, 1)


@pytest.fixture
def cast(cast: Cast) -> Cast:
    """Name the teams North and South, with Cilla and David on North, and a goal and deals for each."""
    north, south = cast.nordic, cast.baltic
    for team, name in ((north, "North"), (south, "South")):
        team.name = name
        team.save()
        for title, interval in (("value", Interval.MONTHLY), ("weeks", Interval.WEEKLY)):
            set_goal(
                cast,
                title=f"{name} {title}",
                metric=Metric.SUM,
                currency="EUR",
                target=60_00,
                interval=interval,
                assignee=Assignee(TEAM, team.pk),
                starts_on=date(LAST_YEAR, 1, 1),
                ends_on=None,
            )
    changes = [
        MembershipChange(north.pk, cast.david.pk, (Stay(),)),
        MembershipChange(south.pk, cast.david.pk, ()),
        MembershipChange(south.pk, cast.bjorn.pk, (Stay(None, date(TODAY.year, 1, 5)),)),
    ]
    change_memberships(actor=cast.operator, changes=changes, now=datetime.now(UTC))
    for day in (date(LAST_YEAR, 5, 31), MOVES_ON, date(LAST_YEAR, 9, 7), TODAY):
        add_won(cast, cast.david, day, value=80_00)
    add_won(cast, cast.cilla, TODAY, value=30_00)
    return cast


def stays(cast: Cast) -> dict[str, tuple[Stay, ...]]:
    """Return David's days on each team."""
    found = members_of(cast.company_id, [cast.nordic.pk, cast.baltic.pk])
    return {
        name: next((member.stays for member in found[team.pk] if member.id == cast.david.pk), ())
        for name, team in (("North", cast.nordic), ("South", cast.baltic))
    }


def has_moved(page: Page, cast: Cast) -> None:
    """Look at the page of South, and at who is on which team when."""
    row = page.locator("#members tbody tr").filter(has_text="David")
    expect(row).to_contain_text(f"1 Jun {LAST_YEAR}")
    expect(row).to_contain_text("€80")
    assert stays(cast) == {"North": (Stay(None, MOVES_ON),), "South": (Stay(MOVES_ON),)}


def shows_the_move(place: Locator | Page) -> None:
    preview = place.locator("#member-preview")
    expect(preview).to_contain_text("12 results change, in goals: 4")
    expect(preview.get_by_role("row").filter(has_text="South value").first).to_contain_text("€0 becomes €80")
    expect(place.get_by_role("checkbox", name=f"Leaves North on 31 May {LAST_YEAR}")).to_be_checked()


def test_by_mouse(cast: Cast, sign_in: SignIn) -> None:
    page = sign_in(cast.astrid)
    page.goto(f"/settings/teams/{cast.baltic.pk}")
    page.get_by_role("link", name="Add member").click()
    dialog = page.get_by_role("dialog", name="Add member to South")
    dialog.get_by_label("Person").select_option(label="David, North")
    expect(dialog.get_by_role("checkbox", name="Leaves North")).to_be_checked()
    dialog.locator("[name=day]").fill(MOVES_ON.isoformat())
    expect(dialog.get_by_role("radio", name="A day")).to_be_checked()
    shows_the_move(dialog)
    keep_picture(page, "team-add")
    assert faults(page) == []
    assert stays(cast)["South"] == ()
    dialog.get_by_role("button", name="Add member").click()
    expect(page.get_by_role("status").filter(has_text="Team saved")).to_be_visible()
    has_moved(page, cast)
    keep_picture(page, "team", whole=True)


def test_by_keys_alone(cast: Cast, sign_in: SignIn) -> None:
    page = sign_in(cast.astrid)
    page.goto(f"/settings/teams/{cast.baltic.pk}")
    page.get_by_role("link", name="Add member").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Add member to South")
    expect(dialog.get_by_label("Person")).to_be_focused()
    page.keyboard.type("David")
    expect(dialog.get_by_role("checkbox", name="Leaves North")).to_be_checked()
    # Past the question whether he leaves North, to the radio and from it to the second.
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    expect(dialog.get_by_role("radio", name="A day")).to_be_focused()
    page.keyboard.press("Tab")
    day = dialog.locator("[name=day]")
    expect(day).to_be_focused()
    page.keyboard.type(f"{MOVES_ON:%m%d%Y}")
    expect(day).to_have_value(MOVES_ON.isoformat())
    page.keyboard.press("Tab")
    shows_the_move(dialog)
    save = dialog.get_by_role("button", name="Add member")
    for _press in range(60):
        if save.evaluate("(each) => each === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Team saved")).to_be_visible()
    has_moved(page, cast)


def test_without_scripts(cast: Cast, sign_in: SignIn) -> None:
    page = sign_in(cast.astrid, scripts=False)
    page.goto(f"/settings/teams/{cast.baltic.pk}")
    page.get_by_role("link", name="Add member").click()
    page.get_by_label("Person").select_option(label="David, North")
    page.get_by_role("radio", name="A day").check()
    page.locator("[name=day]").fill(MOVES_ON.isoformat())
    page.get_by_role("button", name="Show the effect").click()
    shows_the_move(page)
    keep_picture(page, "team-add-without-scripts", whole=True)
    page.get_by_role("button", name="Add member").click()
    has_moved(page, cast)


@in_each_width
def test_axe_finds_nothing_and_nothing_lies_to_the_side(cast: Cast, sign_in: SignIn, width: int) -> None:
    page = sign_in(cast.astrid, width=width)
    page.goto(f"/settings/teams/{cast.baltic.pk}")
    assert faults(page) == []
    assert not hangs_over(page)
    keep_picture(page, f"team-{width}", whole=True)
    page.locator("#main").get_by_role("link", name="South value").last.click()
    expect(page.locator("#goal-members")).to_contain_text("Whose results count")
    assert faults(page) == []
    keep_picture(page, f"team-goal-{width}")
    page.goto(f"/settings/teams/{cast.nordic.pk}")
    page.get_by_role("link", name="Remove David").click()
    dialog = page.get_by_role("dialog", name="Remove David from North")
    expect(dialog).to_contain_text("No result changes")
    keep_picture(page, f"team-remove-{width}")
    dialog.get_by_role("radio", name="As if never").check()
    expect(dialog).to_contain_text("results change")
    assert faults(page) == []
    assert not hangs_over(page)
    keep_picture(page, f"team-remove-never-{width}")
    dialog.get_by_role("button", name="Remove David").click()
    expect(page.get_by_role("status").filter(has_text="Team saved")).to_be_visible()
    assert stays(cast)["North"] == ()
    page.goto(f"/settings/people/{cast.cilla.pk}/deactivate")
    expect(page.get_by_text("Today is the last day on the team North.")).to_be_visible()
    assert faults(page) == []
