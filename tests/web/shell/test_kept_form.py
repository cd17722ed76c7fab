"""A form half filled in when the session ends is there again after signing in, for the same person only."""

from dataclasses import replace
from http import HTTPStatus

import pytest
from django.test import Client

from goalpost.companies.models import User
from goalpost.goals.actions import change_goal
from goalpost.goals.models import Goal
from tests.goals.builders import set_goal
from tests.people import NOW, Cast
from tests.web.conftest import SignedIn
from tests.web.goals.test_goal_form import HTMX, ID, typed
from tests.web.looking import html, text, value_of


def half_typed(cast: Cast, browser: Client) -> dict[str, str]:
    """Return the form as it stands, with one more thing wrong with it, and end the session."""
    mark = value_of(browser.get("/goals/new?kind=deals_won"), "typed_by")
    del browser.cookies["sessionid"]
    return typed(cast, target="17o,000", typed_by=mark)


def again(browser: Client, user: User) -> None:
    """Sign in as the library does: the session of the browser goes on under a new key."""
    kept = dict(browser.session.items())
    browser.force_login(user)
    session = browser.session
    session.update(kept)
    session.save()


@pytest.mark.parametrize("address", ["/goals/new", "/goals/preview"])
def test_what_was_typed_waits_for_the_person_to_sign_in_again(
    cast: Cast, signed_in: SignedIn, address: str
) -> None:
    browser = signed_in(cast.astrid)
    data = half_typed(cast, browser)
    sent = browser.post(address, data)
    assert sent.headers["Location"] == "/account/login/?next=%2Fgoals%2Fnew%3Fkept%3D1"
    by_script = browser.post(address, data, headers=HTMX)
    assert by_script.headers["HX-Redirect"] == "/account/login/?next=%2Fgoals%2Fnew%3Fkept%3D1"
    again(browser, cast.astrid)
    shown = browser.get("/goals/new?kept=1")
    assert [value_of(shown, name) for name in ("title", "target", "public_id")] == [
        "Cilla's spring",
        "17o,000",
        ID,
    ]
    assert "nothing was saved yet" in text(shown)
    browser.post("/goals/new", data | {"target": "17,000"})
    assert Goal.objects.count() == 1
    assert "Cilla" not in html(browser.get("/goals/new?kept=1&kind=deals_won")).split("<aside")[0]


def test_an_edit_waits_at_its_goal(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast)
    browser, address = signed_in(cast.astrid), f"/goals/{goal.public_id}/edit"
    mark = value_of(browser.get(address), "typed_by")
    del browser.cookies["sessionid"]
    browser.post(address, typed(cast, typed_by=mark, title="Half an edit"))
    again(browser, cast.astrid)
    assert value_of(browser.get(f"{address}?kept=1"), "title") == "Half an edit"


def test_an_edit_in_place_waits_at_its_detail_and_tells_what_others_did_meanwhile(
    cast: Cast, signed_in: SignedIn
) -> None:
    goal = set_goal(cast)
    browser, address = signed_in(cast.astrid), f"/goals/{goal.public_id}/edit/title"
    opened = browser.get(address, headers=HTMX)
    data = {"typed_by": value_of(opened, "typed_by"), "version": "1", "title": "Half a name"}
    del browser.cookies["sessionid"]
    sent = browser.post(address, data, headers=HTMX)
    assert sent.headers["HX-Redirect"].endswith("%2Fedit%2Ftitle%3Fkept%3D1")
    again(browser, cast.astrid)
    shown = browser.get(f"{address}?kept=1")
    assert value_of(shown, "title") == "Half a name"
    assert "nothing was saved yet" in text(shown)
    assert "changed while you had it open" not in text(shown)
    terms = replace(goal.terms, title="Somebody was quicker")
    change_goal(actor=cast.as_astrid, public_id=goal.public_id, terms=terms, now=NOW)
    shown = browser.get(f"{address}?kept=1")
    assert value_of(shown, "title") == "Half a name"
    assert "Somebody was quicker" in text(shown)
    browser.post(address, data | {"version": "2"})
    assert Goal.objects.get(pk=goal.id).title == "Half a name"
    assert "nothing was saved yet" not in text(browser.get(f"{address}?kept=1"))


def test_nobody_else_is_shown_what_was_typed(cast: Cast, signed_in: SignedIn) -> None:
    browser = signed_in(cast.astrid)
    browser.post("/goals/new", half_typed(cast, browser))
    again(browser, cast.david)
    assert "spring" not in html(browser.get("/goals/new?kept=1"))


@pytest.mark.parametrize("mark", ["", "forged:by:hand"])
def test_a_stranger_leaves_nothing_here(cast: Cast, mark: str) -> None:
    browser = Client(SERVER_NAME="localhost")
    answer = browser.post("/goals/new", typed(cast, typed_by=mark))
    assert answer.status_code == HTTPStatus.FOUND
    assert "kept" not in answer.headers["Location"]
    assert "sessionid" not in browser.cookies


def test_who_signed_in_anew_in_another_tab_gets_the_form_again(cast: Cast, signed_in: SignedIn) -> None:
    mark = value_of(signed_in(cast.astrid).get("/goals/new?kind=deals_won"), "typed_by")
    browser = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    browser.force_login(cast.astrid)
    answer = browser.post("/goals/new", typed(cast, typed_by=mark))
    assert answer.headers["Location"] == "/goals/new?kept=1"
    assert value_of(browser.get("/goals/new?kept=1"), "title") == "Cilla's spring"
    assert not Goal.objects.exists()


def test_a_form_of_the_settings_waits_too(cast: Cast, signed_in: SignedIn) -> None:
    browser, address = signed_in(cast.astrid), "/settings/people/invite"
    mark = value_of(browser.get(address), "typed_by")
    del browser.cookies["sessionid"]
    data = {"email": "eva@nordlys.example", "name": "Eva", "teams": str(cast.nordic.pk), "typed_by": mark}
    assert browser.post(address, data).headers["Location"].endswith("invite%3Fkept%3D1")
    assert not User.objects.filter(email="eva@nordlys.example").exists()
    again(browser, cast.astrid)
    shown = browser.get(f"{address}?kept=1")
    assert value_of(shown, "email") == "eva@nordlys.example"
    assert f'name="teams" value="{cast.nordic.pk}" checked' in html(shown)
    assert "nothing was saved yet" in text(shown)
    browser.post(address, data)
    assert value_of(browser.get(f"{address}?kept=1"), "email") == ""


def test_a_persons_page_waits_with_what_was_typed(cast: Cast, signed_in: SignedIn) -> None:
    browser, address = signed_in(cast.astrid), f"/settings/people/{cast.cilla.pk}"
    mark = value_of(browser.get(address), "typed_by")
    del browser.cookies["sessionid"]
    browser.post(address, {"name": "Cilla Ek", "email": "", "typed_by": mark})
    again(browser, cast.astrid)
    assert value_of(browser.get(f"{address}?kept=1"), "name") == "Cilla Ek"
    assert value_of(browser.get(address), "name") == "Cilla"


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://localhost/settings/people/7?tab=1", "/settings/people/7%3Ftab%3D1"),
        ("http://evil.example/settings/people/7", "/settings/people/7/link"),
        ("//evil.example/", "/settings/people/7/link"),
        ("", "/settings/people/7/link"),
    ],
)
def test_a_button_pressed_too_late_leads_back_to_its_page(db: None, referer: str, back: str) -> None:
    stranger = Client(SERVER_NAME="localhost", headers={"Referer": referer} if referer else {})
    sent = stranger.post("/settings/people/7/link")
    assert sent.headers["Location"] == f"/account/login/?next={back}"
