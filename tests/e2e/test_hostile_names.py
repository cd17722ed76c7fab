"""Names that are HTML, in a browser: in the list, the chart and its tooltip, the records and the toasts."""

from datetime import date

import pytest
from django.db.models import Model
from playwright.sync_api import Page, expect

from goalpost.companies.models import Company, PermissionSet, Team, User
from goalpost.crm.models import ActivityType, Deal, Pipeline, Stage
from goalpost.domain.permissions import Assignee
from goalpost.goals.models import Goal
from tests.e2e.conftest import SignIn, keep_picture
from tests.e2e.today import TODAY
from tests.goals.builders import TEAM, add_won, set_goal
from tests.people import Cast

pytestmark = pytest.mark.browser

EVIL = "\"'></script><img src=x onerror=window.pwned=1><b class=pwned>B</b>"
"""Draws an element and runs a script wherever it is taken for HTML."""

NAMED: tuple[type[Model], ...] = (Company, User, Team, PermissionSet, Pipeline, Stage, ActivityType)


def is_harmless(page: Page) -> bool:
    found: bool = page.evaluate("!window.pwned && !document.querySelector('.pwned, img[src=x]')")
    return found


def test_html_in_names_stays_text_wherever_a_script_shows_it(cast: Cast, sign_in: SignIn) -> None:
    goal = set_goal(
        cast,
        assignee=Assignee(TEAM, cast.nordic.pk),
        starts_on=date(TODAY.year, 1, 1),
        ends_on=date(TODAY.year, 12, 31),
    )
    add_won(cast, cast.cilla, TODAY)
    for model in NAMED:
        for row in model._default_manager.all():
            model._default_manager.filter(pk=row.pk).update(name=f"{EVIL}{row.pk}")
    Goal.objects.update(title=EVIL)
    Deal.objects.update(title=EVIL, organization=EVIL)
    page = sign_in(cast.astrid)
    expect(page.locator("#main").get_by_role("link", name=EVIL)).to_be_visible()
    assert is_harmless(page)
    page.goto(f"/goals/{goal.public_id}")
    expect(page.get_by_role("heading", level=1)).to_contain_text(EVIL)
    column = page.locator(f".chartbox__columns a[data-period='{TODAY.replace(day=1)}']")
    column.hover()
    expect(page.locator(".tooltip")).to_be_visible()
    assert is_harmless(page)
    column.click()
    expect(page.locator(".records")).to_contain_text(EVIL)
    assert is_harmless(page)
    keep_picture(page, "hostile-names")
    page.goto("/goals/new?kind=deals_progressed")
    expect(page.locator("#goal-form")).to_contain_text("Target")
    assert is_harmless(page)
    page.goto(f"/goals/{goal.public_id}/delete")
    page.locator("#main").get_by_role("button", name="Delete goal").click()
    expect(page.locator(".toasts")).to_contain_text(EVIL)
    assert is_harmless(page)
    page.goto("/settings/people")
    expect(page.locator("#people-list")).to_contain_text(EVIL)
    assert is_harmless(page)
