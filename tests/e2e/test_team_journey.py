"""A team goes: its goals are asked about, one is made meanwhile, and the team comes back from the toast."""

from datetime import date

import pytest
from playwright.sync_api import Page, expect

from goalpost.companies.models import Team
from goalpost.domain.permissions import Assignee
from tests.e2e.conftest import SignIn, keep_picture
from tests.e2e.test_accessibility import faults, in_each_width
from tests.e2e.today import TODAY
from tests.goals.builders import TEAM, set_goal
from tests.people import Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
THIS_YEAR = TODAY.year


def team_goal(cast: Cast, title: str, *, ends_on: date | None = None) -> None:
    begins = date(THIS_YEAR if ends_on is None else ends_on.year, 1, 1)
    set_goal(cast, assignee=Assignee(TEAM, cast.nordic.pk), title=title, starts_on=begins, ends_on=ends_on)


def delete(page: Page) -> None:
    page.get_by_role("button", name="Delete team").click()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "without"])
def test_a_team_is_deleted_with_an_answer_for_its_goals_and_comes_back(
    cast: Cast, sign_in: SignIn, *, scripts: bool
) -> None:
    team_goal(cast, "Win the north")
    team_goal(cast, "Last year", ends_on=date(THIS_YEAR - 1, 12, 31))
    page = sign_in(cast.astrid, scripts=scripts)
    page.goto("/settings/teams")
    page.get_by_role("main").get_by_role("link", name="Nordic").click()
    page.get_by_label("More actions for Nordic").click()
    page.get_by_role("link", name="Delete team").click()
    expect(page.get_by_role("main")).to_contain_text("1 goal under way or to come")
    keep_picture(page, "delete-team")
    delete(page)
    expect(page.get_by_text("Choose what happens to these goals.")).to_be_visible()
    team_goal(cast, "Made meanwhile")
    page.get_by_label("Team that takes them over").select_option("Baltic")
    delete(page)
    expect(page.get_by_role("alert")).to_contain_text("Nothing was done")
    expect(page.get_by_role("listitem").filter(has_text="New or changed")).to_contain_text("Made meanwhile")
    expect(page.get_by_label("Team that takes them over")).to_have_value(str(cast.baltic.pk))
    delete(page)
    expect(page.locator(".toast")).to_contain_text("Team “Nordic” deleted")
    expect(page.get_by_role("main")).to_contain_text("Astrid deleted this team")
    keep_picture(page, "deleted-teams")
    page.goto("/goals/past")
    expect(page.locator("#goal-list")).to_contain_text("Team deleted")
    page.goto("/settings/teams")
    page.get_by_role("button", name="Restore the team “Nordic”").click()
    expect(page.locator(".toast")).to_contain_text("Team “Nordic” restored, with 2 goals")
    assert Team.objects.get(pk=cast.nordic.pk).deleted_at is None


def test_by_keyboard_alone_and_undone_from_the_toast(cast: Cast, sign_in: SignIn) -> None:
    team_goal(cast, "Win the north")
    page = sign_in(cast.astrid)
    page.goto(f"/settings/teams/{cast.nordic.pk}/delete")
    page.get_by_label("Hand them over to another team").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Make them company goals")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Delete team")).to_be_focused()
    page.keyboard.press("Enter")
    undo = page.locator(".toast").get_by_role("button", name="Undo")
    undo.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("Team “Nordic” restored, with 1 goal")


@in_each_width
def test_axe_finds_nothing_about_deleting_a_team(cast: Cast, sign_in: SignIn, width: int) -> None:
    team_goal(cast, "Win the north, the whole of it, before anybody else has even begun to think of it")
    team_goal(cast, "Last year", ends_on=date(THIS_YEAR - 1, 12, 31))
    page = sign_in(cast.astrid, width=width)

    def look() -> None:
        assert faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0

    page.goto(f"/settings/teams/{cast.nordic.pk}/delete")
    look()
    delete(page)
    expect(page.locator(".errorbox")).to_be_focused()
    look()
    page.get_by_label("Delete them").first.check()
    delete(page)
    expect(page.locator(".toast")).to_be_visible()
    look()
    keep_picture(page, f"deleted-teams-{width}")
