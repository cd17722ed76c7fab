"""What each kind of goal counts: whose, where, which, by number and by value."""

from datetime import date
from decimal import Decimal

import pytest

from goalpost.companies.actions import add_team
from goalpost.companies.memberships import add_member, remove_member
from goalpost.companies.models import User
from goalpost.crm.actions.deals import delete_deal, move_deal, reopen_deal
from goalpost.crm.actions.setup import add_pipeline, add_stage, set_rate
from goalpost.crm.models import Stage
from goalpost.domain.calendar import Interval
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.pace import PaceStatus
from goalpost.domain.permissions import Assignee
from goalpost.goals.queries import goal_seen_by
from tests.goals.builders import (
    TEAM,
    add_activity,
    add_deal,
    add_won,
    noon,
    person,
    reached,
    results,
    set_goal,
    the_company,
)
from tests.people import NOW, Cast, make_company

pytestmark = pytest.mark.django_db

JANUARY, FEBRUARY, MARCH = date(2026, 1, 20), date(2026, 2, 10), date(2026, 3, 1)


@pytest.fixture
def cast() -> Cast:
    return make_company()


@pytest.fixture
def partner_stage(cast: Cast) -> Stage:
    """Return the one stage of a second pipeline."""
    partners = add_pipeline(actor=cast.operator, name="Partners", now=NOW)
    return add_stage(actor=cast.operator, pipeline_id=partners.pk, name="Signed", now=NOW)


def test_deals_started_counts_every_deal_added(cast: Cast) -> None:
    add_deal(cast, cast.cilla, JANUARY, value=100)
    add_won(cast, cast.david, JANUARY, value=250)
    add_deal(cast, cast.cilla, MARCH, value=7)
    goal = set_goal(cast, measure=Measure.DEALS_STARTED)
    assert reached(cast, goal) == [2, 0, 1, 0, 0, 0]
    by_value = set_goal(cast, measure=Measure.DEALS_STARTED, metric=Metric.SUM, currency="EUR")
    assert reached(cast, by_value) == [350, 0, 7, 0, 0, 0]


def test_deals_won_counts_what_is_won_until_it_is_reopened(cast: Cast) -> None:
    add_deal(cast, cast.cilla, JANUARY, value=100)
    won = add_won(cast, cast.cilla, FEBRUARY, value=250)
    goal = set_goal(cast)
    by_value = set_goal(cast, metric=Metric.SUM, currency="EUR")
    assert reached(cast, goal) == [0, 1, 0, 0, 0, 0]
    assert reached(cast, by_value) == [0, 250, 0, 0, 0, 0]
    reopen_deal(actor=cast.operator, deal_id=won.pk, now=NOW)
    assert reached(cast, goal) == reached(cast, by_value) == [0] * 6


def test_deals_progressed_counts_deals_that_enter_the_stage(cast: Cast) -> None:
    enters, third = cast.stages[1], cast.stages[2]
    moved = add_deal(cast, cast.cilla, JANUARY, value=100)
    move_deal(actor=cast.operator, deal_id=moved.pk, stage_id=enters.pk, now=NOW, moved_at=noon(FEBRUARY))
    skipped = add_deal(cast, cast.david, JANUARY, value=30)
    move_deal(actor=cast.operator, deal_id=skipped.pk, stage_id=third.pk, now=NOW, moved_at=noon(MARCH))
    add_deal(cast, cast.david, JANUARY, value=5)
    goal = set_goal(cast, measure=Measure.DEALS_PROGRESSED, stage_id=enters.pk)
    assert reached(cast, goal) == [0, 1, 1, 0, 0, 0]
    by_value = set_goal(
        cast, measure=Measure.DEALS_PROGRESSED, stage_id=enters.pk, metric=Metric.SUM, currency="EUR"
    )
    assert reached(cast, by_value) == [0, 100, 30, 0, 0, 0]


def test_activities_count_when_added_and_again_when_done(cast: Cast) -> None:
    add_activity(cast, cast.cilla, JANUARY, done=FEBRUARY)
    add_activity(cast, cast.cilla, JANUARY)
    added = set_goal(cast, measure=Measure.ACTIVITIES_ADDED)
    completed = set_goal(cast, measure=Measure.ACTIVITIES_COMPLETED)
    assert reached(cast, added) == [2, 0, 0, 0, 0, 0]
    assert reached(cast, completed) == [0, 1, 0, 0, 0, 0]


def test_a_forecast_adds_won_deals_and_open_ones_by_their_probability(cast: Cast) -> None:
    add_won(cast, cast.cilla, FEBRUARY, value=1_000)
    add_deal(cast, cast.cilla, JANUARY, value=1_000, expected=MARCH)  # its stage has 20 %
    add_deal(cast, cast.cilla, JANUARY, value=1_000)  # expected at no time
    goal = set_goal(cast, measure=Measure.REVENUE_FORECAST, metric=Metric.SUM, currency="EUR")
    assert reached(cast, goal) == [0, 1_000, 200, 0, 0, 0]


def test_a_goal_counts_the_pipelines_chosen(cast: Cast, partner_stage: Stage) -> None:
    add_won(cast, cast.cilla, JANUARY)
    add_won(cast, cast.cilla, FEBRUARY, stage=partner_stage)
    own, other = cast.pipeline.pk, partner_stage.pipeline_id
    assert reached(cast, set_goal(cast, pipelines=frozenset({own})))[:2] == [1, 0]
    assert reached(cast, set_goal(cast, pipelines=frozenset({other})))[:2] == [0, 1]
    assert reached(cast, set_goal(cast, pipelines=frozenset({own, other})))[:2] == [1, 1]
    assert reached(cast, set_goal(cast))[:2] == [1, 1]


@pytest.mark.parametrize("measure", [Measure.ACTIVITIES_ADDED, Measure.ACTIVITIES_COMPLETED])
def test_an_activity_goal_in_a_pipeline_counts_only_activities_linked_to_its_deals(
    cast: Cast, partner_stage: Stage, measure: Measure
) -> None:
    add_activity(cast, cast.cilla, JANUARY, done=JANUARY)
    add_activity(cast, cast.cilla, JANUARY, done=JANUARY, deal=add_deal(cast, cast.cilla, JANUARY))
    partner_deal = add_deal(cast, cast.cilla, JANUARY, stage=partner_stage)
    for _ in range(3):
        add_activity(cast, cast.cilla, JANUARY, done=JANUARY, deal=partner_deal)
    own, other = cast.pipeline.pk, partner_stage.pipeline_id
    assert reached(cast, set_goal(cast, measure=measure, pipelines=frozenset({own})))[0] == 1
    assert reached(cast, set_goal(cast, measure=measure, pipelines=frozenset({other})))[0] == 3
    assert reached(cast, set_goal(cast, measure=measure, pipelines=frozenset({own, other})))[0] == 4
    assert reached(cast, set_goal(cast, measure=measure))[0] == 5


def test_an_activity_goal_counts_the_types_chosen(cast: Cast) -> None:
    call, lunch = cast.activity_type("call"), cast.activity_type("lunch")
    add_activity(cast, cast.cilla, JANUARY, kind=call)
    add_activity(cast, cast.cilla, JANUARY, kind=lunch)
    add_activity(cast, cast.cilla, JANUARY, kind=cast.activity_type("email"))
    for types, count in (({call.pk}, 1), ({call.pk, lunch.pk}, 2), (set[int](), 3)):
        goal = set_goal(cast, measure=Measure.ACTIVITIES_ADDED, activity_types=frozenset(types))
        assert reached(cast, goal)[0] == count


@pytest.mark.parametrize("interval", Interval)
def test_a_person_a_team_and_the_company_count_their_own(cast: Cast, interval: Interval) -> None:
    for owner, wins in ((cast.astrid, 1), (cast.bjorn, 2), (cast.cilla, 4), (cast.david, 8)):
        for _ in range(wins):
            add_won(cast, owner, JANUARY)

    def wins_of(assignee: Assignee) -> int:
        return sum(reached(cast, set_goal(cast, assignee=assignee, interval=interval)))

    assert wins_of(person(cast.cilla)) == 4
    # A manager is no member of the team by managing it.
    assert wins_of(Assignee(TEAM, cast.nordic.pk)) == 4
    assert wins_of(Assignee(TEAM, cast.baltic.pk)) == 8
    assert wins_of(the_company(cast)) == 15


def test_a_team_counts_its_members_of_today_in_every_period(cast: Cast) -> None:
    add_won(cast, cast.cilla, JANUARY)
    add_won(cast, cast.david, FEBRUARY)
    goal = set_goal(cast, assignee=Assignee(TEAM, cast.nordic.pk))
    assert reached(cast, goal)[:2] == [1, 0]
    add_member(now=NOW, actor=cast.operator, team_id=cast.nordic.pk, user_id=cast.david.pk)
    assert reached(cast, goal_seen_by(cast.as_astrid, goal.public_id))[:2] == [1, 1]
    remove_member(now=NOW, actor=cast.operator, team_id=cast.nordic.pk, user_id=cast.cilla.pk)
    assert reached(cast, goal_seen_by(cast.as_astrid, goal.public_id))[:2] == [0, 1]


def test_a_person_in_two_teams_counts_once_in_each_and_once_for_the_company(cast: Cast) -> None:
    add_member(now=NOW, actor=cast.operator, team_id=cast.baltic.pk, user_id=cast.cilla.pk)
    add_won(cast, cast.cilla, JANUARY)
    for team in (cast.nordic, cast.baltic):
        assert reached(cast, set_goal(cast, assignee=Assignee(TEAM, team.pk)))[0] == 1
    assert reached(cast, set_goal(cast))[0] == 1


def test_a_team_of_nobody_reaches_nothing(cast: Cast) -> None:
    add_won(cast, cast.cilla, JANUARY)
    empty = add_team(actor=cast.operator, name="Empty", now=NOW)
    assert reached(cast, set_goal(cast, assignee=Assignee(TEAM, empty.pk))) == [0] * 6


def test_the_company_counts_deactivated_people_too(cast: Cast) -> None:
    add_won(cast, cast.cilla, JANUARY)
    User.objects.filter(pk=cast.cilla.pk).update(is_active=False)
    for assignee in (the_company(cast), person(cast.cilla), Assignee(TEAM, cast.nordic.pk)):
        assert reached(cast, set_goal(cast, assignee=assignee))[0] == 1


def test_another_companys_deals_count_nowhere_here(cast: Cast) -> None:
    sydvind = make_company("Sydvind")
    add_won(sydvind, sydvind.cilla, JANUARY, value=500)
    for assignee in (the_company(cast), person(cast.cilla), Assignee(TEAM, cast.nordic.pk)):
        assert reached(cast, set_goal(cast, assignee=assignee)) == [0] * 6


def test_a_deleted_deal_counts_nowhere(cast: Cast) -> None:
    deal = add_won(cast, cast.cilla, JANUARY, value=500)
    delete_deal(actor=cast.operator, deal_id=deal.pk, now=NOW)
    for measure in (Measure.DEALS_STARTED, Measure.DEALS_WON):
        assert reached(cast, set_goal(cast, measure=measure)) == [0] * 6


def test_a_period_says_how_far_it_is(cast: Cast) -> None:
    for _ in range(12):
        add_won(cast, cast.cilla, JANUARY)
    for _ in range(4):
        add_won(cast, cast.cilla, FEBRUARY)
    found = results(cast, set_goal(cast, target=10), today=date(2026, 3, 2))
    january, february, march, *_ = found.periods
    assert (january.difference, january.progress, january.pace.status) == (2, 120, PaceStatus.REACHED)
    assert (february.difference, february.progress, february.pace.status) == (-6, 40, PaceStatus.MISSED)
    assert (march.difference, march.progress) == (-10, 0)
    assert found.current == 2


def test_no_period_is_the_current_one_before_or_after_the_duration(cast: Cast) -> None:
    goal = set_goal(cast)
    assert results(cast, goal, today=date(2025, 12, 31)).current is None
    assert results(cast, goal, today=date(2026, 1, 1)).current == 0
    assert results(cast, goal, today=date(2026, 6, 30)).current == 5
    assert results(cast, goal, today=date(2026, 7, 1)).current is None


def test_deals_of_unknown_value_are_said_and_not_made_up(cast: Cast) -> None:
    add_won(cast, cast.cilla, JANUARY, value=500)
    add_won(cast, cast.cilla, JANUARY, value=900, currency="JPY")
    by_value = set_goal(cast, metric=Metric.SUM, currency="EUR")
    [january, *_] = results(cast, by_value).periods
    assert (january.result, january.count, january.unvalued) == (500, 2, 1)
    [january, *_] = results(cast, set_goal(cast)).periods
    assert (january.result, january.count, january.unvalued) == (2, 2, 0), "their number is known"
    set_rate(actor=cast.operator, currency="JPY", day=JANUARY, rate=Decimal("0.01"), now=NOW)
    [january, *_] = results(cast, by_value).periods
    assert (january.result, january.count, january.unvalued) == (1_400, 2, 0)
