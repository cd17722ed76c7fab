"""A goal's page is drawn again exactly when something it shows may have changed."""

from collections.abc import Callable
from datetime import date, timedelta
from http import HTTPStatus

import pytest
import time_machine
from django.test import Client

from goalpost.companies.memberships import add_member
from goalpost.domain.permissions import Assignee
from goalpost.goals.actions import change_goal
from goalpost.goals.queries import GoalView
from tests.goals.builders import TEAM, add_won, set_goal, terms
from tests.people import NOW, Cast, let_see
from tests.web.conftest import LOOKED_AT, SignedIn

Change = Callable[[Cast, GoalView, Client, time_machine.Traveller], object]


def team_goal(cast: Cast) -> GoalView:
    return set_goal(cast, assignee=Assignee(TEAM, cast.nordic.pk))


def again(browser: Client, goal: GoalView, etag: str) -> int:
    answer = browser.get(f"/goals/{goal.public_id}", headers={"if-none-match": etag})
    return answer.status_code


def test_an_unchanged_page_is_not_drawn_again(cast: Cast, signed_in: SignedIn) -> None:
    goal, browser = team_goal(cast), signed_in(cast.bjorn)
    first = browser.get(f"/goals/{goal.public_id}")
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert again(browser, goal, first.headers["ETag"]) == HTTPStatus.NOT_MODIFIED


def renamed(cast: Cast, goal: GoalView, _browser: Client, _clock: time_machine.Traveller) -> object:
    new = terms(cast, title="Another name", assignee=goal.terms.assignee)
    return change_goal(actor=cast.as_astrid, public_id=goal.public_id, terms=new, now=NOW)


def in_swedish(_cast: Cast, _goal: GoalView, browser: Client, _clock: time_machine.Traveller) -> object:
    browser.cookies["django_language"] = "sv"
    return browser


def in_the_dark(_cast: Cast, _goal: GoalView, browser: Client, _clock: time_machine.Traveller) -> object:
    browser.cookies["theme"] = "dark"
    return browser


CHANGES: dict[str, Change] = {
    "a deal won": lambda cast, _goal, _browser, _clock: add_won(cast, cast.cilla, date(2026, 3, 3)),
    "the goal renamed": renamed,
    "another goal beside it": lambda cast, _goal, _browser, _clock: set_goal(
        cast, title="Also Nordic", assignee=Assignee(TEAM, cast.nordic.pk)
    ),
    "a new member of the team": lambda cast, _goal, _browser, _clock: add_member(
        now=NOW, actor=cast.operator, team_id=cast.nordic.pk, user_id=cast.david.pk
    ),
    "the next day": lambda _cast, _goal, _browser, clock: clock.move_to(LOOKED_AT + timedelta(days=1)),
    "other rights": lambda cast, _goal, _browser, _clock: let_see(
        cast.bjorn, company_statistics=True, other_users_statistics=True
    ),
    "another language": in_swedish,
    "another theme": in_the_dark,
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_page_that_would_look_different_is_drawn_again(
    cast: Cast, signed_in: SignedIn, clock: time_machine.Traveller, change: str
) -> None:
    goal, browser = team_goal(cast), signed_in(cast.bjorn)
    etag = browser.get(f"/goals/{goal.public_id}").headers["ETag"]
    CHANGES[change](cast, goal, browser, clock)
    assert again(browser, goal, etag) == HTTPStatus.OK


def test_one_persons_page_is_not_anothers(cast: Cast, signed_in: SignedIn) -> None:
    goal = team_goal(cast)
    etag = signed_in(cast.bjorn).get(f"/goals/{goal.public_id}").headers["ETag"]
    assert again(signed_in(cast.astrid), goal, etag) == HTTPStatus.OK


def test_what_was_just_done_is_said_even_on_an_unchanged_page(cast: Cast, signed_in: SignedIn) -> None:
    goal, browser = team_goal(cast), signed_in(cast.astrid)
    browser.post(f"/goals/{goal.public_id}/delete")
    etag = "*"
    browser.post(f"/goals/{goal.public_id}/restore")
    assert again(browser, goal, etag) == HTTPStatus.OK
    assert again(browser, goal, etag) == HTTPStatus.NOT_MODIFIED
