"""Deleting a team: what becomes of its goals is asked, done in one step, told in each goal's history."""

from collections.abc import Collection
from datetime import date, timedelta

import pytest

from goalpost.accounts.actions import change_person
from goalpost.companies.company import set_plan
from goalpost.companies.errors import Changed, InvalidInput, NotAllowed, NotFound
from goalpost.companies.memberships import add_member, teams_to_be_on
from goalpost.companies.models import AuditEntry, Company, Team, TeamMembership
from goalpost.companies.people import person_line, teams_to_choose
from goalpost.companies.teams import change_team, create_team, deleted_teams, team_line, teams_of_company
from goalpost.domain.chart_look import ChartLook
from goalpost.domain.permissions import Actor, Assignee, Plan
from goalpost.goals.actions import change_goal, change_look, create_goal, delete_goal, restore_goal
from goalpost.goals.departures import TeamGoals, TeamGoalsOutcome, delete_team, goals_of_team
from goalpost.goals.history import goal_history
from goalpost.goals.models import Goal
from goalpost.goals.queries import GoalView, goal_choices, goal_seen_by
from tests.goals.builders import TEAM, add_won, reached, set_goal, stored, terms, the_company
from tests.people import NOW, Cast, let_see, make_company

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def cast() -> Cast:
    return make_company()


def nordic(cast: Cast) -> Assignee:
    return Assignee(TEAM, cast.nordic.pk)


def past_goal(cast: Cast) -> GoalView:
    return set_goal(cast, assignee=nordic(cast), title="Over", ends_on=date(2026, 2, 28))


def ask(cast: Cast) -> TeamGoals:
    return goals_of_team(cast.as_astrid, cast.nordic.pk, now=LATER)


def delete(
    cast: Cast,
    ongoing: TeamGoalsOutcome | None = None,
    *,
    to: Team | None = None,
    past: TeamGoalsOutcome = TeamGoalsOutcome.KEEP,
    asked: Collection[str] | None = None,
    by: Actor | None = None,
) -> TeamGoals:
    return delete_team(
        actor=by or cast.as_astrid,
        team_id=cast.nordic.pk,
        ongoing=ongoing,
        to_team_id=to.pk if to else None,
        past=past,
        asked=ask(cast).marks if asked is None else asked,
        now=LATER,
    )


def seen(cast: Cast, goal: GoalView) -> GoalView:
    return goal_seen_by(cast.as_astrid, goal.public_id)


def test_the_question_names_the_goals_by_what_can_become_of_them(cast: Cast) -> None:
    running = set_goal(cast, assignee=nordic(cast))
    coming = set_goal(cast, assignee=nordic(cast), starts_on=date(2026, 4, 1))
    over = past_goal(cast)
    gone = set_goal(cast, assignee=nordic(cast))
    delete_goal(actor=cast.as_astrid, public_id=gone.public_id, now=NOW)
    set_goal(cast, assignee=Assignee(TEAM, cast.baltic.pk))
    goals = ask(cast)
    assert [goal.public_id for goal in goals.ongoing] == [running.public_id, coming.public_id]
    assert [goal.public_id for goal in goals.past] == [over.public_id]
    assert (goals.locked, goals.count) == ((), 3)


def test_a_deleted_team_is_no_choice_any_more_and_nobody_manages_it(cast: Cast) -> None:
    delete(cast)
    company = Company.objects.get(pk=cast.company_id)
    assert [team.name for team in teams_of_company(cast.as_astrid)] == ["Baltic"]
    assert [team.name for team in teams_to_choose(cast.as_astrid)] == ["Baltic"]
    assert [team.name for team in goal_choices(cast.as_astrid, company).teams] == ["Baltic"]
    assert (cast.as_bjorn.managed_team_ids, cast.as_bjorn.managed_user_ids) == (frozenset(), frozenset())
    assert person_line(cast.as_astrid, cast.cilla.pk).teams == ()
    assert person_line(cast.as_astrid, cast.bjorn.pk).manages == ()
    with pytest.raises(NotFound):
        team_line(cast.as_astrid, cast.nordic.pk)
    [gone] = deleted_teams(cast.as_astrid)
    assert (gone.name, gone.by, gone.at) == ("Nordic", "Astrid", LATER)


def test_a_deleted_team_takes_no_goal_no_change_and_no_member(cast: Cast) -> None:
    delete(cast)
    with pytest.raises(InvalidInput) as refused:
        create_goal(actor=cast.as_astrid, terms=terms(cast, assignee=nordic(cast)), now=LATER)
    assert refused.value.field == "assignee"
    own = set_goal(cast)
    with pytest.raises(InvalidInput):
        change_goal(
            actor=cast.as_astrid,
            public_id=own.public_id,
            terms=terms(cast, assignee=nordic(cast)),
            now=LATER,
        )
    with pytest.raises(NotFound):
        change_team(
            actor=cast.as_astrid,
            team_id=cast.nordic.pk,
            name="North",
            manager_id=None,
            now=LATER,
        )
    before = stored()
    with pytest.raises(NotFound):
        add_member(actor=cast.as_astrid, team_id=cast.nordic.pk, user_id=cast.david.pk, now=LATER)
    with pytest.raises(InvalidInput) as refused:
        teams_to_be_on(cast.as_astrid, cast.david.pk, [cast.nordic.pk], now=LATER)
    assert refused.value.field == "teams"
    assert stored() == before


def test_editing_a_member_leaves_the_deleted_team_as_it_was(cast: Cast) -> None:
    delete(cast)
    change_person(
        actor=cast.as_astrid,
        user_id=cast.cilla.pk,
        name="Cilla B",
        email="cilla@nordlys.example",
        permission_set_id=None,
        is_admin=False,
        now=LATER,
    )
    assert TeamMembership.objects.filter(team=cast.nordic, user=cast.cilla).exists()
    assert AuditEntry.objects.latest("id").changes == {"name": ["Cilla", "Cilla B"]}


def test_its_name_is_free_again(cast: Cast) -> None:
    delete(cast)
    again = create_team(actor=cast.as_astrid, name="Nordic", manager_id=None, user_ids=[], now=LATER)
    assert again.pk != cast.nordic.pk


@pytest.mark.parametrize("fate", [TeamGoalsOutcome.TEAM, TeamGoalsOutcome.COMPANY])
def test_goals_under_way_go_over_and_their_histories_say_so(cast: Cast, fate: TeamGoalsOutcome) -> None:
    goal = set_goal(cast, assignee=nordic(cast))
    add_won(cast, cast.david, date(2026, 1, 12))
    assert reached(cast, goal)[0] == 0
    successor = Assignee(TEAM, cast.baltic.pk) if fate is TeamGoalsOutcome.TEAM else the_company(cast)
    delete(cast, fate, to=cast.baltic)
    now_seen = seen(cast, goal)
    assert (now_seen.terms.assignee, now_seen.may_change) == (successor, True)
    assert reached(cast, now_seen)[0] == 1
    latest, _created = goal_history(now_seen, cast.as_astrid, limit=5)
    assert (latest.at, latest.actor.name) == (LATER, "Astrid")
    [change] = latest.details
    assert (change.name, change.old) == ("assignee", f"team:{cast.nordic.pk}")
    assert change.new == f"{successor.kind.value}:{successor.id}"
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.subject_name) == ("deleted", "Nordic")
    assert entry.changes == {
        "manager": ["Björn", None],
        "members": [["Cilla"], None],
        "goals_handed_over": [1, "Baltic" if fate is TeamGoalsOutcome.TEAM else "Nordlys"],
    }


def test_goals_may_be_deleted_with_the_team(cast: Cast) -> None:
    goals = [set_goal(cast, assignee=nordic(cast)), past_goal(cast)]
    delete(cast, TeamGoalsOutcome.DELETE, past=TeamGoalsOutcome.DELETE)
    assert set(Goal.objects.values_list("is_deleted", flat=True)) == {True}
    for goal in goals:
        with pytest.raises(NotFound):
            seen(cast, goal)
    assert AuditEntry.objects.latest("id").changes["goals_deleted"] == [None, 2]


def test_past_goals_stay_as_they_ended_and_nobody_changes_them(cast: Cast) -> None:
    add_won(cast, cast.cilla, date(2026, 1, 12))
    goal = past_goal(cast)
    delete(cast)
    kept = seen(cast, goal)
    assert (kept.is_team_deleted, kept.may_change, kept.assignee_name) == (True, False, "Nordic")
    assert reached(cast, kept) == [1, 0]
    with pytest.raises(NotAllowed, match="This team was deleted"):
        change_goal(
            actor=cast.as_astrid,
            public_id=goal.public_id,
            terms=terms(cast, assignee=the_company(cast)),
            now=LATER,
        )
    with pytest.raises(NotAllowed):
        delete_goal(actor=cast.as_astrid, public_id=goal.public_id, now=LATER)
    with pytest.raises(NotAllowed):
        change_look(actor=cast.as_astrid, public_id=goal.public_id, look=ChartLook())
    assert AuditEntry.objects.latest("id").changes["goals_kept"] == [None, 1]


def test_the_former_manager_sees_kept_goals_only_as_those_of_any_team(cast: Cast) -> None:
    goal = past_goal(cast)
    delete(cast)
    with pytest.raises(NotFound):
        goal_seen_by(cast.as_bjorn, goal.public_id)
    let_see(cast.bjorn, company_statistics=True, other_users_statistics=True)
    assert not goal_seen_by(cast.as_bjorn, goal.public_id).may_change


def test_a_goal_deleted_before_its_team_does_not_come_back_alone(cast: Cast) -> None:
    goal = set_goal(cast, assignee=nordic(cast))
    delete_goal(actor=cast.as_astrid, public_id=goal.public_id, now=NOW)
    delete(cast)
    with pytest.raises(NotAllowed, match="This team was deleted"):
        restore_goal(actor=cast.as_astrid, public_id=goal.public_id, now=LATER)


@pytest.mark.parametrize(
    ("fate", "field"),
    [(None, "ongoing"), (TeamGoalsOutcome.KEEP, "ongoing"), (TeamGoalsOutcome.TEAM, "to_team")],
)
def test_an_answer_is_needed_for_goals_under_way(
    cast: Cast, fate: TeamGoalsOutcome | None, field: str
) -> None:
    set_goal(cast, assignee=nordic(cast))
    before = stored()
    with pytest.raises(InvalidInput) as refused:
        delete(cast, fate)
    assert refused.value.field == field
    assert stored() == before


def test_only_another_team_that_is_there_takes_over(cast: Cast) -> None:
    set_goal(cast, assignee=nordic(cast))
    other = make_company("Elsewhere")
    gone = create_team(actor=cast.as_astrid, name="Gone", manager_id=None, user_ids=[], now=NOW)
    Team.objects.filter(pk=gone.pk).update(deleted_at=NOW)
    before = stored()
    for replacement in (cast.nordic, gone, other.baltic):
        with pytest.raises(InvalidInput) as refused:
            delete(cast, TeamGoalsOutcome.TEAM, to=replacement)
        assert refused.value.field == "to_team"
    assert stored() == before


def test_what_changed_since_the_question_stops_everything(cast: Cast) -> None:
    goal = set_goal(cast, assignee=nordic(cast))
    doomed = set_goal(cast, assignee=nordic(cast))
    asked = ask(cast).marks
    set_goal(cast, assignee=nordic(cast), title="New")
    with pytest.raises(Changed):
        delete(cast, TeamGoalsOutcome.DELETE, asked=asked)
    asked = ask(cast).marks
    delete_goal(actor=cast.as_astrid, public_id=doomed.public_id, now=NOW)
    with pytest.raises(Changed):
        delete(cast, TeamGoalsOutcome.DELETE, asked=asked)
    asked = ask(cast).marks
    change_goal(
        actor=cast.as_astrid,
        public_id=goal.public_id,
        terms=terms(cast, assignee=nordic(cast), target=99),
        now=NOW,
    )
    before = stored()
    with pytest.raises(Changed):
        delete(cast, TeamGoalsOutcome.DELETE, asked=asked)
    assert stored() == before
    delete(cast, TeamGoalsOutcome.DELETE)
    with pytest.raises(NotFound):
        delete(cast, TeamGoalsOutcome.DELETE)


def test_a_goal_that_cannot_be_handed_over_keeps_everything_where_it_is(cast: Cast) -> None:
    set_goal(cast, assignee=nordic(cast))
    broken = set_goal(cast, assignee=nordic(cast), title="Broken")
    Goal.objects.filter(public_id=broken.public_id).update(target=2**60)
    before = stored()
    with pytest.raises(InvalidInput, match="“Broken” cannot be handed over") as refused:
        delete(cast, TeamGoalsOutcome.COMPANY)
    assert refused.value.field == "ongoing"
    assert stored() == before


def test_goals_that_the_plan_keeps_read_only_stay_with_the_team(cast: Cast) -> None:
    goal, over = set_goal(cast, assignee=nordic(cast)), past_goal(cast)
    set_plan(actor=cast.operator, plan=Plan.ESSENTIAL, now=NOW)
    goals = ask(cast)
    assert (goals.ongoing, goals.past, len(goals.locked)) == ((), (), 2)
    delete(cast, TeamGoalsOutcome.DELETE, past=TeamGoalsOutcome.DELETE)
    assert [seen(cast, each).is_team_deleted for each in (goal, over)] == [True, True]
    set_plan(actor=cast.operator, plan=Plan.PROFESSIONAL, now=NOW)
    assert not seen(cast, goal).may_change


def test_only_an_admin_asks_and_deletes(cast: Cast) -> None:
    let_see(cast.bjorn, company_statistics=True, other_users_statistics=True)
    for actor in (cast.as_bjorn, cast.as_cilla):
        with pytest.raises(NotAllowed):
            goals_of_team(actor, cast.nordic.pk, now=NOW)
        with pytest.raises(NotAllowed):
            delete(cast, by=actor)
    with pytest.raises(NotFound):
        delete(cast, by=make_company("Elsewhere").as_astrid, asked=())
