"""What others do to a goal that stands open in another tab is told plainly: who, what, when."""

from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus

import pytest

from goalpost.domain.permissions import Assignee
from goalpost.goals.actions import change_goal, delete_goal
from goalpost.goals.models import Goal
from goalpost.goals.queries import GoalView, goal_seen_by
from tests.goals.builders import TEAM, person, set_goal, stored
from tests.people import Cast, let_see
from tests.web.conftest import LOOKED_AT, SignedIn
from tests.web.looking import element, html, text, value_of

HTMX = {"hx-request": "true"}


@pytest.fixture
def goal(cast: Cast) -> GoalView:
    return set_goal(cast, assignee=Assignee(TEAM, cast.nordic.pk))


@pytest.fixture
def deleted(cast: Cast, goal: GoalView) -> GoalView:
    delete_goal(actor=cast.as_bjorn, public_id=goal.public_id, now=LOOKED_AT)
    return goal


def test_the_page_of_a_deleted_goal_says_who_deleted_it_and_brings_it_back(
    cast: Cast, signed_in: SignedIn, deleted: GoalView
) -> None:
    browser = signed_in(cast.astrid)
    gone = browser.get(f"/goals/{deleted.public_id}")
    assert gone.status_code == HTTPStatus.NOT_FOUND
    assert "Björn deleted this goal, 18 Mar, 13:00. Restore the goal" in text(gone)
    back = browser.post(f"/goals/{deleted.public_id}/restore", follow=True)
    assert "restored" in text(back, "toasts")


def test_who_may_not_edit_is_told_without_a_way_back_and_who_may_not_see_is_told_nothing(
    cast: Cast, signed_in: SignedIn, deleted: GoalView
) -> None:
    let_see(cast.david, company_statistics=True, other_users_statistics=True)
    told = signed_in(cast.david).get(f"/goals/{deleted.public_id}")
    assert "Björn deleted this goal" in text(told)
    assert "Restore the goal" not in text(told)
    hidden = signed_in(cast.cilla).get(f"/goals/{deleted.public_id}")
    assert hidden.status_code == HTTPStatus.NOT_FOUND
    assert "Björn" not in text(hidden)
    assert deleted.terms.title not in text(hidden)


@pytest.mark.parametrize(
    ("path", "place"),
    [("edit/title", "form[data-edit-form]"), ("edit", "#goal-form .formgrid__main")],
)
def test_saving_what_was_deleted_meanwhile_is_told_beside_what_was_typed(
    cast: Cast, signed_in: SignedIn, deleted: GoalView, path: str, place: str
) -> None:
    before = stored()
    answer = signed_in(cast.astrid).post(
        f"/goals/{deleted.public_id}/{path}", {"title": "Typed", "version": "1"}, headers=HTMX
    )
    assert answer.status_code == HTTPStatus.CONFLICT
    assert (answer.headers["HX-Retarget"], answer.headers["HX-Reswap"]) == (place, "afterbegin")
    assert "Björn deleted this goal, 18 Mar, 13:00. Nothing was saved" in text(answer)
    assert stored() == before


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "edit"),
        ("get", "edit/title"),
        ("get", "delete"),
        ("post", "delete"),
        ("post", "undo"),
        ("post", "look"),
        ("get", "records?period=2026-03-01"),
    ],
)
def test_opening_something_of_a_deleted_goal_leads_to_the_page_that_tells(
    cast: Cast, signed_in: SignedIn, deleted: GoalView, method: str, path: str
) -> None:
    browser = signed_in(cast.astrid)
    answer = getattr(browser, method)(f"/goals/{deleted.public_id}/{path}", headers=HTMX)
    assert answer.headers["HX-Redirect"] == f"/goals/{deleted.public_id}"
    plain = getattr(browser, method)(f"/goals/{deleted.public_id}/{path}")
    assert plain.status_code == HTTPStatus.NOT_FOUND
    assert "Björn deleted this goal" in text(plain)


def test_coming_back_to_a_page_tells_what_was_changed_since(
    cast: Cast, signed_in: SignedIn, goal: GoalView
) -> None:
    browser = signed_in(cast.astrid)
    news = f"/goals/{goal.public_id}/news?version=1"
    assert f'hx-get="{news}"' in html(browser.get(f"/goals/{goal.public_id}"))
    assert browser.get(news, headers=HTMX).status_code == HTTPStatus.NO_CONTENT
    change_goal(
        actor=cast.as_bjorn, public_id=goal.public_id, terms=replace(goal.terms, target=12), now=LOOKED_AT
    )
    told = browser.get(news, headers=HTMX)
    assert "Björn, 18 Mar, 13:00: Target changed from 10 to 12 Show the current version" in text(told)
    assert "?version=2" in element(browser.get(f"/goals/{goal.public_id}"), "goal-news")
    delete_goal(actor=cast.as_bjorn, public_id=goal.public_id, now=LOOKED_AT + timedelta(minutes=1))
    gone = browser.get(news, headers=HTMX)
    assert gone.status_code == HTTPStatus.CONFLICT
    assert "Björn deleted this goal, 18 Mar, 13:01. Restore the goal" in text(gone)


def test_coming_back_to_a_goal_one_may_no_longer_see_tells_nothing_of_it(
    cast: Cast, signed_in: SignedIn
) -> None:
    goal = set_goal(cast, assignee=person(cast.cilla))
    browser = signed_in(cast.cilla)
    theirs = replace(goal.terms, title="Elsewhere", assignee=person(cast.david))
    change_goal(actor=cast.as_astrid, public_id=goal.public_id, terms=theirs, now=LOOKED_AT)
    answer = browser.get(f"/goals/{goal.public_id}/news?version=1", headers=HTMX)
    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert "Elsewhere" not in html(answer)


def whole_form(cast: Cast, **changes: str) -> dict[str, str]:
    return {
        "title": "Spring wins",
        "assignee_kind": "team",
        "team": str(cast.nordic.pk),
        "interval": "monthly",
        "metric": "quantity",
        "starts_on": "2026-01-01",
        "ends_on": "2026-06-30",
        "target": "15",
    } | changes


@pytest.mark.parametrize("version", ["1", "", None])
def test_the_whole_form_says_who_changed_what_and_overwrites_nothing_unasked(
    cast: Cast, signed_in: SignedIn, goal: GoalView, version: str | None
) -> None:
    theirs = replace(goal.terms, target=12)
    change_goal(actor=cast.as_bjorn, public_id=goal.public_id, terms=theirs, now=LOOKED_AT)
    browser, address = signed_in(cast.astrid), f"/goals/{goal.public_id}/edit"
    sent = whole_form(cast) if version is None else whole_form(cast, version=version)
    refused = browser.post(address, sent)
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Björn, 18 Mar, 13:00: Target changed from 10 to 12" in text(refused)
    assert value_of(refused, "target") == "15"
    assert goal_seen_by(cast.as_astrid, goal.public_id).terms == theirs
    again = browser.post(address, whole_form(cast, version=value_of(refused, "version")))
    assert again.status_code == HTTPStatus.FOUND
    assert goal_seen_by(cast.as_astrid, goal.public_id).terms.target == 15


def test_what_the_whole_form_saved_can_be_undone(cast: Cast, signed_in: SignedIn, goal: GoalView) -> None:
    browser = signed_in(cast.astrid)
    saved = browser.post(f"/goals/{goal.public_id}/edit", whole_form(cast, version="1"), follow=True)
    assert f'action="/goals/{goal.public_id}/undo"' in element(saved, "toasts")
    browser.post(f"/goals/{goal.public_id}/undo", {"version": "2"})
    assert goal_seen_by(cast.as_astrid, goal.public_id).terms == goal.terms


def test_ones_own_goal_is_deleted_at_once_and_one_that_others_use_after_asking(
    cast: Cast, signed_in: SignedIn, goal: GoalView
) -> None:
    browser = signed_in(cast.astrid)
    shared = element(browser.get(f"/goals/{goal.public_id}"), "goal-head")
    assert f'hx-get="/goals/{goal.public_id}/delete"' in shared
    own = set_goal(cast, assignee=person(cast.astrid))
    mine = element(browser.get(f"/goals/{own.public_id}"), "goal-head")
    assert f'method="post" action="/goals/{own.public_id}/delete"' in mine
    listed = browser.post(f"/goals/{own.public_id}/delete", follow=True)
    assert Goal.objects.get(public_id=own.public_id).is_deleted
    assert "Undo" in text(listed, "toasts")
    assert '<h1 tabindex="-1" autofocus>' in html(listed)


def test_the_whole_history_stands_on_a_page_of_its_own(
    cast: Cast, signed_in: SignedIn, goal: GoalView
) -> None:
    browser = signed_in(cast.astrid)
    for target in range(11, 18):
        change_goal(
            actor=cast.as_bjorn,
            public_id=goal.public_id,
            terms=replace(goal.terms, target=target),
            now=LOOKED_AT,
        )
    card = element(browser.get(f"/goals/{goal.public_id}"), "history")
    assert card.count("<li>") == 5
    assert f'href="/goals/{goal.public_id}/history"' in card
    whole = browser.get(f"/goals/{goal.public_id}/history")
    assert text(whole).count("Target changed from") == 7
    assert "Goal created Astrid" in text(whole)
