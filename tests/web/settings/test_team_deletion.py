"""Deleting a team on its page: asked first, told when something changed, undone from the list."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from goalpost.companies.company import set_plan
from goalpost.companies.models import Team
from goalpost.domain.permissions import Assignee, Plan
from goalpost.goals.actions import delete_goal
from goalpost.goals.models import Goal
from goalpost.goals.queries import GoalView, goal_seen_by
from tests.api.caller import caller
from tests.goals.builders import TEAM, set_goal, stored
from tests.people import NOW, Cast, let_see, make_company
from tests.web.conftest import SignedIn
from tests.web.looking import html, rows, text, value_of

pytestmark = pytest.mark.django_db
TEAMS = "/settings/teams"


def page(cast: Cast) -> str:
    return f"{TEAMS}/{cast.nordic.pk}/delete"


def team_goal(cast: Cast, title: str = "Win the north", *, ends_on: date | None = None) -> GoalView:
    return set_goal(cast, assignee=Assignee(TEAM, cast.nordic.pk), title=title, ends_on=ends_on)


def asked(browser: Client, cast: Cast) -> str:
    return value_of(browser.get(page(cast)), "asked")


def test_a_team_without_goals_is_deleted_after_a_plain_question(cast: Cast, signed_in: SignedIn) -> None:
    astrid = signed_in(cast.astrid)
    question = astrid.get(page(cast))
    assert "It has no goals." in text(question)
    assert "Its 1 member stays in the company" in text(question)
    assert 'type="radio"' not in html(question)
    assert astrid.post(page(cast), {"asked": ""}).headers["Location"] == TEAMS
    listed = astrid.get(TEAMS)
    assert "Team “Nordic” deleted" in text(listed)
    assert "Astrid deleted this team, 18 Mar, 13:00." in text(listed)
    assert f"{TEAMS}/{cast.nordic.pk}/restore" in html(listed)


def test_the_question_names_goals_and_each_answer_is_done(cast: Cast, signed_in: SignedIn) -> None:
    running, over = team_goal(cast), team_goal(cast, "Last year", ends_on=date(2026, 2, 28))
    astrid = signed_in(cast.astrid)
    question = text(astrid.get(page(cast)))
    assert "1 goal under way or to come Win the north" in question
    assert "1 past goal Last year" in question
    answer = {"ongoing": "team", "to_team": cast.baltic.pk, "past": "keep", "asked": asked(astrid, cast)}
    assert astrid.post(page(cast), answer).status_code == 302
    assert goal_seen_by(cast.as_astrid, running.public_id).assignee_name == "Baltic"
    kept = astrid.get(f"/goals/{over.public_id}")
    assert "Nordic (deleted)" in text(kept)
    assert "This team was deleted." in text(kept)
    assert f"/goals/{over.public_id}/edit" not in html(kept)
    for stale in ("edit", "edit/title", "delete"):
        refused = astrid.post(f"/goals/{over.public_id}/{stale}", {"title": "Other"})
        assert (refused.status_code, "This team was deleted." in text(refused)) == (403, True)
    assert astrid.get(f"/goals/{over.public_id}/duplicate").status_code == 200
    assert "Deal · Won · Team deleted" in text(astrid.get("/goals/past"), "goal-list")
    assert "Nordic (deleted)" in text(astrid.get("/goals/past")), "in the choice of owners"
    assert "Assignee changed from Nordic to Baltic" in text(astrid.get(f"/goals/{running.public_id}"))
    log = [" ".join(row) for row in rows(astrid.get("/settings/log?area=teams"), "audit-log")]
    assert "Goals handed over: 1 → Baltic" in log[0]
    assert "Goals kept, read-only: 1" in log[0]


def test_what_is_not_answered_is_said_at_its_place_and_the_rest_is_kept(
    cast: Cast, signed_in: SignedIn
) -> None:
    team_goal(cast)
    team_goal(cast, "Last year", ends_on=date(2026, 2, 28))
    astrid = signed_in(cast.astrid)
    before = stored()
    for wrong, where in (
        ({"past": "delete"}, "ongoing_error"),
        ({"past": "delete", "ongoing": "nonsense"}, "ongoing_error"),
        ({"past": "delete", "ongoing": "team"}, "id_to_team_error"),
        ({"past": "delete", "to_team": cast.nordic.pk}, "id_to_team_error"),
        ({"past": "delete", "ongoing": "team", "to_team": "x"}, "id_to_team_error"),
        ({"past": "delete", "ongoing": "team", "to_team": cast.nordic.pk}, "id_to_team_error"),
        (
            {"past": "delete", "ongoing": "team", "to_team": make_company("Else").nordic.pk},
            "id_to_team_error",
        ),
    ):
        refused = astrid.post(page(cast), {**wrong, "asked": asked(astrid, cast)})
        assert refused.status_code == 422, wrong
        assert f'id="{where}"' in html(refused), wrong
        assert 'value="delete" checked' in html(refused)
    assert stored().items() >= {name: kept for name, kept in before.items() if "goal" in name}.items()
    assert Team.objects.get(pk=cast.nordic.pk).deleted_at is None


def test_a_goal_made_or_gone_since_the_question_is_told_and_nothing_is_done(
    cast: Cast, signed_in: SignedIn
) -> None:
    old, gone = team_goal(cast, "Old"), team_goal(cast, "Gone")
    astrid = signed_in(cast.astrid)
    answer = {"ongoing": "delete", "past": "keep", "asked": asked(astrid, cast)}
    delete_goal(actor=cast.as_astrid, public_id=gone.public_id, now=NOW)
    team_goal(cast, "Just made")
    told = astrid.post(page(cast), answer)
    assert told.status_code == 409
    assert "Nothing was done" in text(told)
    assert "1 goal no longer exists." in text(told)
    assert "Just made New or changed" in text(told)
    assert "Old New or changed" not in text(told)
    assert 'value="delete" checked' in html(told)
    assert not Goal.objects.get(public_id=old.public_id).is_deleted
    assert astrid.post(page(cast), {**answer, "asked": value_of(told, "asked")}).status_code == 302


def test_whoever_comes_too_late_is_told_who_deleted_the_team(cast: Cast, signed_in: SignedIn) -> None:
    astrid = signed_in(cast.astrid)
    astrid.post(page(cast), {"asked": ""})
    for address in (page(cast), f"{TEAMS}/{cast.nordic.pk}"):
        late = astrid.get(address)
        assert (late.status_code, "Astrid deleted this team" in text(late)) == (404, True)
        late = astrid.post(address, {"name": "North", "asked": ""})
        assert (late.status_code, "Nothing was saved." in text(late)) == (404, True)
    assert signed_in(make_company("Elsewhere").astrid).get(page(cast)).status_code == 404


def test_it_comes_back_and_says_with_what(cast: Cast, signed_in: SignedIn) -> None:
    team_goal(cast)
    astrid = signed_in(cast.astrid)
    astrid.post(page(cast), {"ongoing": "delete", "past": "keep", "asked": asked(astrid, cast)})
    restore = f"{TEAMS}/{cast.nordic.pk}/restore"
    assert "Team “Nordic” restored, with 1 goal" in text(astrid.post(restore, follow=True))
    assert "already exists" in text(astrid.post(restore, follow=True))
    astrid.post(page(cast), {"ongoing": "company", "past": "keep", "asked": asked(astrid, cast)})
    Goal.objects.update(version=99)
    astrid.post(f"{TEAMS}/new", {"name": "Nordic"})
    refused = astrid.post(restore)
    assert (refused.status_code, "Rename it" in text(refused)) == (422, True)


def test_a_smaller_plan_offers_no_choice_and_says_why(cast: Cast, signed_in: SignedIn) -> None:
    goal = team_goal(cast)
    set_plan(actor=cast.operator, plan=Plan.ESSENTIAL, now=NOW)
    astrid = signed_in(cast.astrid)
    question = astrid.get(page(cast))
    assert "1 read-only goal Win the north" in text(question)
    assert "Team goals need the professional plan." in text(question)
    forged = {"ongoing": "delete", "past": "delete", "asked": value_of(question, "asked")}
    assert astrid.post(page(cast), forged).status_code == 302
    assert goal_seen_by(cast.as_astrid, goal.public_id).is_team_deleted


def test_a_managers_and_a_members_form_is_refused(cast: Cast, signed_in: SignedIn) -> None:
    team_goal(cast)
    sent = {"ongoing": "delete", "past": "delete", "asked": asked(signed_in(cast.astrid), cast)}
    let_see(cast.bjorn, company_statistics=True, other_users_statistics=True)
    before = stored()
    for person in (cast.bjorn, cast.cilla):
        browser = signed_in(person)
        assert browser.get(page(cast)).status_code == 403
        assert browser.post(page(cast), sent).status_code == 403
        assert browser.post(f"{TEAMS}/{cast.nordic.pk}/restore").status_code == 403
        assert "Win the north" not in text(browser.get(page(cast)))
    assert stored() == before


def test_the_question_asks_the_database_as_much_for_many_goals_as_for_few(
    cast: Cast, signed_in: SignedIn
) -> None:
    astrid = signed_in(cast.astrid)

    def cost() -> int:
        with CaptureQueriesContext(connection) as taken:
            astrid.get(page(cast))
        return len(taken)

    team_goal(cast)
    cost()  # the first page of a sign-in writes where one is signed in
    few = cost()
    for number in range(25):
        team_goal(cast, f"Goal {number}")
    assert cost() == few
    assert "and 6 more" in text(astrid.get(page(cast)))


def test_goals_of_deleted_teams_cost_the_list_no_query_each(cast: Cast, signed_in: SignedIn) -> None:
    astrid = signed_in(cast.astrid)

    def cost() -> int:
        with CaptureQueriesContext(connection) as taken:
            astrid.get("/goals/past")
        return len(taken)

    team_goal(cast, ends_on=date(2026, 2, 28))
    astrid.post(page(cast), {"past": "keep", "asked": asked(astrid, cast)})
    few = cost()
    astrid.post(f"{TEAMS}/{cast.nordic.pk}/restore")
    for number in range(8):
        team_goal(cast, f"Goal {number}", ends_on=date(2026, 2, 28))
    astrid.post(page(cast), {"past": "keep", "asked": asked(astrid, cast)})
    assert cost() == few


def test_the_api_tells_deleted_teams_and_keeps_their_goals(cast: Cast, signed_in: SignedIn) -> None:
    over = team_goal(cast, ends_on=date(2026, 2, 28))
    astrid, api = signed_in(cast.astrid), caller(cast.astrid)
    astrid.post(page(cast), {"past": "keep", "asked": asked(astrid, cast)})
    teams = api.get("/legacyTeams", order_by="active_flag").body["data"]
    assert [(team["name"], team["active_flag"], team["deleted_flag"]) for team in teams] == [
        ("Nordic", 0, 1),
        ("Baltic", 1, 0),
    ]
    assert api.get(f"/legacyTeams/{cast.nordic.pk}").body["data"] == teams[0]
    refused = api.put(f"/goals/{over.public_id}", {"title": "Other"})
    assert (refused.status, "This team was deleted." in refused.body["error"]) == (403, True)
    found = api.get("/goals/find", **{"assignee.type": "team", "is_active": "false"}).body["data"]["goals"]
    assert [goal["id"] for goal in found] == [over.public_id]
