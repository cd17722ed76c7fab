"""Every page and action on goals, tried by everybody: one table. After a refusal nothing has changed."""

from http import HTTPStatus

import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from django.urls import NoReverseMatch, reverse

from goalpost.domain.permissions import Assignee
from goalpost.goals.models import Goal
from goalpost.web.goals import urls
from tests.goals.builders import TEAM, set_goal, stored
from tests.people import Cast, let_see
from tests.web.conftest import SignedIn

OK, FOUND, FORBIDDEN, NOT_FOUND = (
    HTTPStatus.OK,
    HTTPStatus.FOUND,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
)
WRONG = HTTPStatus.UNPROCESSABLE_ENTITY

# For a goal of the Nordic team: Astrid is admin, Björn its manager, Cilla on it without permissions, David on
# another team with both. `nobody` is not signed in.
PEOPLE = ("astrid", "bjorn", "cilla", "david", "nobody")
TABLE = {
    ("GET", "goals", ""): (OK, OK, OK, OK, FOUND),
    ("GET", "past-goals", ""): (OK, OK, OK, OK, FOUND),
    ("GET", "goal-new", ""): (OK, OK, OK, OK, FOUND),
    ("POST", "goal-new", "kind=deals_won"): (WRONG, WRONG, WRONG, WRONG, FOUND),
    ("POST", "goal-preview", "kind=deals_won"): (OK, OK, OK, OK, FOUND),
    ("GET", "goal", ""): (OK, OK, NOT_FOUND, OK, FOUND),
    ("GET", "goal-records", "period=2026-03-01"): (OK, OK, NOT_FOUND, OK, FOUND),
    ("GET", "goal-records-file", "period=2026-03-01"): (OK, OK, NOT_FOUND, OK, FOUND),
    ("GET", "export-goal", ""): (OK, OK, NOT_FOUND, OK, FOUND),
    ("GET", "edit-goal", ""): (OK, OK, NOT_FOUND, FORBIDDEN, FOUND),
    ("POST", "edit-goal", ""): (WRONG, WRONG, NOT_FOUND, FORBIDDEN, FOUND),
    ("GET", "edit-detail", ""): (OK, OK, NOT_FOUND, FORBIDDEN, FOUND),
    ("POST", "edit-detail", ""): (WRONG, WRONG, NOT_FOUND, FORBIDDEN, FOUND),
    ("GET", "duplicate-goal", ""): (OK, OK, NOT_FOUND, OK, FOUND),
    ("GET", "goal-history", ""): (OK, OK, NOT_FOUND, OK, FOUND),
    ("GET", "goal-news", "version=0"): (OK, OK, NOT_FOUND, OK, FOUND),
    ("POST", "goal-look", "result=1&shows_projection=on"): (FOUND, FOUND, NOT_FOUND, FORBIDDEN, FOUND),
    # Nothing was changed that could be undone: that is said on the goal's page.
    ("POST", "undo-goal", ""): (FOUND, FOUND, NOT_FOUND, FORBIDDEN, FOUND),
    ("GET", "delete-goal", ""): (OK, OK, NOT_FOUND, FORBIDDEN, FOUND),
    ("POST", "delete-goal", ""): (FOUND, FOUND, NOT_FOUND, FORBIDDEN, FOUND),
    # The goal is not deleted, so there is nothing to bring back.
    ("POST", "restore-goal", ""): (NOT_FOUND, NOT_FOUND, NOT_FOUND, NOT_FOUND, FOUND),
}
# Every address of the product is in the table of `tests/test_who_may.py`.


def test_every_address_is_in_the_table() -> None:
    named = {pattern.name for pattern in urls.urlpatterns}
    assert named == {name for _verb, name, _query in TABLE}


@pytest.mark.parametrize(("verb", "name", "query"), TABLE)
@pytest.mark.parametrize("who", PEOPLE)
def test_who_may_do_what(cast: Cast, signed_in: SignedIn, verb: str, name: str, query: str, who: str) -> None:
    goal = set_goal(cast, assignee=Assignee(TEAM, cast.nordic.pk))
    let_see(cast.david, company_statistics=True, other_users_statistics=True)
    browser = Client(SERVER_NAME="localhost")
    if who != "nobody":
        browser = signed_in(getattr(cast, who))
    address = _address(name, goal.public_id)
    before = stored()
    if verb == "GET":
        answer = browser.get(f"{address}?{query}")
    else:
        answer = browser.post(address, dict(part.split("=") for part in query.split("&") if part))
    if isinstance(answer, StreamingHttpResponse):
        assert answer.getvalue()
    expected = TABLE[verb, name, query][PEOPLE.index(who)]
    assert answer.status_code == expected
    if who == "nobody":
        assert answer.headers["Location"].startswith("/account/login/?next=/")
    if (verb, name, expected) != ("POST", "delete-goal", FOUND) or who == "nobody":
        assert stored() == before


def test_a_goal_cannot_be_edited_over_to_somebody_one_may_not_set_goals_for(
    cast: Cast, signed_in: SignedIn
) -> None:
    goal = set_goal(cast, assignee=Assignee(TEAM, cast.nordic.pk))
    data = {
        "version": "1",
        "title": "Ours now",
        "assignee_kind": "company",
        "interval": "monthly",
        "metric": "quantity",
        "starts_on": "2026-01-01",
        "target": "5",
    }
    before = stored()
    answer = signed_in(cast.bjorn).post(f"/goals/{goal.public_id}/edit", data)
    assert answer.status_code == FORBIDDEN
    assert stored() == before


def test_a_region_of_a_page_without_the_right_is_refused_alike(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast)
    let_see(cast.david, company_statistics=True, other_users_statistics=True)
    answer = signed_in(cast.david).get(f"/goals/{goal.public_id}/edit", headers={"hx-request": "true"})
    assert answer.status_code == FORBIDDEN


def test_a_form_without_its_token_is_refused(cast: Cast) -> None:
    goal = set_goal(cast)
    browser = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    browser.force_login(cast.astrid)
    assert browser.post(f"/goals/{goal.public_id}/delete").status_code == FORBIDDEN
    assert Goal.objects.filter(is_deleted=False).exists()


def _address(name: str, public_id: str) -> str:
    try:
        return reverse(f"web:{name}")
    except NoReverseMatch:
        more = {"edit-detail": ["title"], "goal-records-file": ["csv"], "export-goal": ["csv"]}.get(name, [])
        return reverse(f"web:{name}", args=[public_id, *more])
