"""The settings: a menu that shows what there is, to whom it is open, and where one is."""

import re

import pytest
from django.test import Client

from goalpost.companies.models import PermissionSet
from tests.goals.builders import person, set_goal
from tests.people import PASSWORD, Cast, make_company
from tests.web.conftest import SignedIn
from tests.web.looking import element, html, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db: None) -> Cast:
    """Make people with a password: without one there is none to change."""
    return make_company(password=PASSWORD)


def menu(browser: Client, page: str) -> list[str]:
    panel = html(browser.get(page)).partition('id="panel"')[2].partition("</aside>")[0]
    return re.findall(r'<span class="truncate">([^<]+)</span>', panel)


def test_settings_lead_to_the_first_page_that_is_open(cast: Cast, signed_in: SignedIn) -> None:
    for each in cast.people:
        browser = signed_in(each)
        first = browser.get("/settings")
        assert first.status_code == 302
        assert browser.get(first.headers["Location"]).status_code == 200


def test_a_regular_user_finds_only_what_is_their_own(cast: Cast, signed_in: SignedIn) -> None:
    own = [
        "Profile",
        "Sign-in and security",
        "API tokens",
        "Mail digest",
        "Wall screens",
        "Pipelines and stages",
    ]
    assert menu(signed_in(cast.cilla), "/settings/security") == own
    assert "Sign-in and security" in menu(signed_in(cast.astrid), "/account/password/change/")


def test_the_page_one_is_on_is_marked(cast: Cast, signed_in: SignedIn) -> None:
    page = html(signed_in(cast.cilla).get("/account/password/change/"))
    assert page.count('aria-current="page"') == 2, "in the rail and in the menu"
    assert 'aria-current="page"' in element(signed_in(cast.cilla).get("/account/password/change/"), "panel")


def test_settings_are_one_step_from_every_page(cast: Cast, signed_in: SignedIn) -> None:
    assert html(signed_in(cast.cilla).get("/")).count('href="/settings"') == 3


def test_a_refusal_says_why(cast: Cast, signed_in: SignedIn) -> None:
    browser, goal = signed_in(cast.cilla), set_goal(cast, assignee=person(cast.cilla))
    assert "Only an admin may do this." in text(browser.get("/settings/people"))
    PermissionSet.objects.filter(company=cast.company).update(exports=False)
    refused = browser.get(f"/goals/{goal.public_id}/export/csv")
    assert refused.status_code == 403
    assert "Your permission set does not let you export files. An admin can change that." in text(refused)
