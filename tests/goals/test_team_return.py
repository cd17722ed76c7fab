"""A deleted team comes back with its members, and with the goals nobody touched since."""

from datetime import date, timedelta

import pytest

from goalpost.accounts.actions import deactivate_person
from goalpost.companies.company import set_plan
from goalpost.companies.errors import InvalidInput, NotAllowed, NotFound
from goalpost.companies.memberships import members_of
from goalpost.companies.models import AuditEntry, Team
from goalpost.companies.teams import create_team, team_line
from goalpost.domain.membership import Stay
from goalpost.domain.permissions import Assignee, Plan
from goalpost.goals.actions import change_goal, delete_goal
from goalpost.goals.departures import Returned, TeamGoalsOutcome, delete_team, goals_of_team, restore_team
from goalpost.goals.history import goal_history
from goalpost.goals.queries import GoalView, goal_seen_by
from tests.goals.builders import TEAM, set_goal, stored, terms, the_company
from tests.people import NOW, Cast, make_company

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
LATEST = NOW + timedelta(hours=2)


@pytest.fixture
def cast() -> Cast:
    return make_company()


def team_goal(cast: Cast, *, ends_on: date | None = None) -> GoalView:
    return set_goal(cast, assignee=Assignee(TEAM, cast.nordic.pk), ends_on=ends_on)


def delete(cast: Cast, ongoing: TeamGoalsOutcome | None = None, *, team: Team | None = None) -> None:
    team_id = (team or cast.nordic).pk
    delete_team(
        actor=cast.as_astrid,
        team_id=team_id,
        ongoing=ongoing,
        to_team_id=cast.baltic.pk if ongoing is TeamGoalsOutcome.TEAM else None,
        past=TeamGoalsOutcome.DELETE,
        asked=goals_of_team(cast.as_astrid, team_id, now=LATER).marks,
        now=LATER,
    )


def restore(cast: Cast) -> Returned:
    return restore_team(actor=cast.as_astrid, team_id=cast.nordic.pk, now=LATEST)


@pytest.mark.parametrize("fate", [TeamGoalsOutcome.TEAM, TeamGoalsOutcome.COMPANY, TeamGoalsOutcome.DELETE])
def test_a_team_comes_back_with_its_people_and_goals(cast: Cast, fate: TeamGoalsOutcome) -> None:
    goals = [team_goal(cast), team_goal(cast, ends_on=date(2026, 2, 28))]
    line = team_line(cast.as_astrid, cast.nordic.pk)
    delete(cast, fate)
    assert restore(cast) == Returned("Nordic", 2, 0)
    assert team_line(cast.as_astrid, cast.nordic.pk) == line
    assert cast.as_bjorn.managed_team_ids == {cast.nordic.pk}
    for goal in goals:
        back = goal_seen_by(cast.as_astrid, goal.public_id)
        assert (back.terms, back.may_change) == (goal.terms, True)
        assert goal_history(back, cast.as_astrid, limit=1)[0].at == LATEST
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.subject_name) == ("restored", "Nordic")
    assert entry.changes == {"manager": [None, "Björn"], "members": [None, ["Cilla"]]}


def test_who_left_the_company_meanwhile_does_not_come_back_with_the_team(cast: Cast) -> None:
    delete(cast)
    deactivate_person(actor=cast.as_astrid, user_id=cast.cilla.pk, now=LATER)
    assert restore(cast).name == "Nordic"
    [member] = members_of(cast.company_id, [cast.nordic.pk])[cast.nordic.pk]
    assert member.stays == (Stay(None, LATER.date() + timedelta(days=1)),)


def test_a_goal_that_was_touched_since_stays_where_it_went(cast: Cast) -> None:
    changed, gone, back = (team_goal(cast) for _ in range(3))
    delete(cast, TeamGoalsOutcome.COMPANY)
    change_goal(actor=cast.as_astrid, public_id=changed.public_id, terms=terms(cast, target=99), now=LATER)
    delete_goal(actor=cast.as_astrid, public_id=gone.public_id, now=LATER)
    assert restore(cast) == Returned("Nordic", 1, 2)
    assert goal_seen_by(cast.as_astrid, changed.public_id).terms.assignee == the_company(cast)
    assert goal_seen_by(cast.as_astrid, back.public_id).terms == back.terms
    with pytest.raises(NotFound):
        goal_seen_by(cast.as_astrid, gone.public_id)


def test_what_went_to_the_bin_before_the_team_stays_there(cast: Cast) -> None:
    goal = team_goal(cast)
    delete_goal(actor=cast.as_astrid, public_id=goal.public_id, now=NOW)
    delete(cast)
    assert restore(cast) == Returned("Nordic", 0, 0)


def test_a_smaller_plan_leaves_goals_where_they_went(cast: Cast) -> None:
    goal = team_goal(cast)
    delete(cast, TeamGoalsOutcome.COMPANY)
    set_plan(actor=cast.operator, plan=Plan.ESSENTIAL, now=LATER)
    assert restore(cast) == Returned("Nordic", 0, 1)
    assert goal_seen_by(cast.as_astrid, goal.public_id).terms.assignee == the_company(cast)


def test_goals_passed_on_twice_come_back_only_to_whoever_gave_them_last(cast: Cast) -> None:
    goal = team_goal(cast)
    delete(cast, TeamGoalsOutcome.TEAM)
    delete(cast, TeamGoalsOutcome.COMPANY, team=cast.baltic)
    assert restore(cast) == Returned("Nordic", 0, 1)
    back = restore_team(actor=cast.as_astrid, team_id=cast.baltic.pk, now=LATEST)
    assert back == Returned("Baltic", 1, 0)
    assert goal_seen_by(cast.as_astrid, goal.public_id).terms.assignee == Assignee(TEAM, cast.baltic.pk)


def test_another_team_of_its_name_stands_in_the_way(cast: Cast) -> None:
    team_goal(cast)
    delete(cast, TeamGoalsOutcome.DELETE)
    create_team(actor=cast.as_astrid, name="Nordic", manager_id=None, user_ids=[], now=LATER)
    before = stored()
    with pytest.raises(InvalidInput, match="Rename it"):
        restore(cast)
    assert stored() == before


def test_only_an_admin_restores_and_only_what_is_deleted(cast: Cast) -> None:
    with pytest.raises(NotFound):
        restore(cast)
    delete(cast)
    for actor in (cast.as_bjorn, cast.as_cilla):
        with pytest.raises(NotAllowed):
            restore_team(actor=actor, team_id=cast.nordic.pk, now=LATEST)
    with pytest.raises(NotFound):
        restore_team(actor=make_company("Elsewhere").as_astrid, team_id=cast.nordic.pk, now=LATEST)
