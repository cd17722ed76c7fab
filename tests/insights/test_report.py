"""The records behind a result add up to it, whatever of them the viewer may see."""

from datetime import date

import pytest

from goalpost.companies.actors import actor_for
from goalpost.companies.memberships import add_member
from goalpost.companies.models import User
from goalpost.crm.actions.deals import move_deal
from goalpost.crm.models import Activity, Deal
from goalpost.domain.calendar import Period
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import Actor, Assignee
from goalpost.goals.queries import GoalView, goal_seen_by
from goalpost.insights.report import Answer, Question, RecordsAsked, report
from goalpost.ledger.questions import Selection, Split, Total
from tests.goals.builders import (
    TEAM,
    add_activity,
    add_deal,
    add_won,
    answer,
    noon,
    person,
    results,
    set_goal,
)
from tests.people import NOW, Cast, let_see, make_company

pytestmark = pytest.mark.django_db

JANUARY = Period(date(2026, 1, 1), date(2026, 2, 1))
NONE = Total()


@pytest.fixture
def cast() -> Cast:
    """Return a company that won deals in January (Cilla 3, David 2, Björn 1) and February (Astrid 1)."""
    cast = make_company()
    for owner, wins in ((cast.cilla, 3), (cast.david, 2), (cast.bjorn, 1)):
        for no in range(wins):
            add_won(cast, owner, date(2026, 1, 10 + no), value=100 * owner.pk + no)
    add_won(cast, cast.astrid, date(2026, 2, 1), value=7)
    return cast


def behind(actor: Actor, goal: GoalView, *, limit: int = 100, after: str = "") -> Answer:
    return answer(actor, goal, JANUARY, RecordsAsked(limit, after=after))


def shown_to(user: User, goal: GoalView) -> Answer:
    actor = actor_for(User.objects.get(pk=user.pk))
    return behind(actor, goal_seen_by(actor, goal.public_id))


@pytest.mark.parametrize("measure", Measure.of_goals())
def test_the_records_behind_a_period_sum_to_its_result(cast: Cast, measure: Measure) -> None:
    second = cast.stages[1]
    for day in (3, 3, 31):
        deal = add_deal(cast, cast.cilla, date(2026, 1, day), value=day, expected=date(2026, 1, 30))
        move_deal(
            actor=cast.operator,
            deal_id=deal.pk,
            stage_id=second.pk,
            now=NOW,
            moved_at=noon(date(2026, 1, day)),
        )
        add_activity(cast, cast.david, date(2026, 1, day), deal=deal, done=date(2026, 1, day))
    add_won(cast, cast.cilla, date(2026, 1, 5), value=999, currency="JPY")
    goal = set_goal(
        cast,
        measure=measure,
        stage_id=second.pk if measure is Measure.DEALS_PROGRESSED else None,
        metric=Metric.SUM if measure is Measure.REVENUE_FORECAST else Metric.QUANTITY,
        currency="EUR" if measure is Measure.REVENUE_FORECAST else "",
    )
    found = behind(cast.as_astrid, goal)
    sums = Total(
        len(found.records),
        sum(record.amount or 0 for record in found.records),
        sum(record.amount is None for record in found.records),
    )
    [january, *_] = results(cast, goal).periods
    assert sums == found.total == found.shown == answer(cast.as_astrid, goal, JANUARY).total
    assert january.result == (sums.amount if measure is Measure.REVENUE_FORECAST else sums.count)
    assert january.count == sums.count > 0
    assert found.hidden == NONE
    assert all(JANUARY.contains(record.day) for record in found.records)
    records = Activity.objects if measure.counts_activities else Deal.objects
    sources = {record.id for record in found.records}
    assert records.filter(company=cast.company, pk__in=sources).count() == len(sources) == sums.count


def test_the_latest_come_first_and_pages_hold_each_record_once(cast: Cast) -> None:
    goal = set_goal(cast)
    everything = behind(cast.as_astrid, goal)
    keys = [(record.day, record.id) for record in everything.records]
    assert keys == sorted(keys, reverse=True)
    first = behind(cast.as_astrid, goal, limit=4)
    pages = [first, behind(cast.as_astrid, goal, limit=4, after=first.next_record)]
    assert [len(page.records) for page in pages] == [4, 2]
    assert [bool(page.next_record) for page in pages] == [True, False]
    assert tuple(record for page in pages for record in page.records) == everything.records
    assert {page.total for page in pages} == {everything.total}
    assert {page.shown for page in pages} == {everything.total}


def test_a_goal_for_a_person_or_a_team_lists_only_their_records(cast: Cast) -> None:
    for assignee, owner, count in (
        (person(cast.david), cast.david, 2),
        (Assignee(TEAM, cast.nordic.pk), cast.cilla, 3),
    ):
        found = behind(cast.as_astrid, set_goal(cast, assignee=assignee))
        assert {record.owner.id for record in found.records} == {owner.pk}
        assert len(found.records) == found.total.count == count


def test_a_manager_sees_the_teams_result_whole_and_hidden_records_as_a_sum(cast: Cast) -> None:
    goal = set_goal(cast, assignee=Assignee(TEAM, cast.nordic.pk))
    found = shown_to(cast.bjorn, goal)
    assert found.records == ()
    assert (found.shown, found.hidden) == (NONE, found.total)
    assert found.total == behind(cast.as_astrid, goal).total
    let_see(cast.bjorn, company_statistics=False, other_users_statistics=True)
    assert (shown_to(cast.bjorn, goal).hidden, len(shown_to(cast.bjorn, goal).records)) == (NONE, 3)


def test_a_viewer_on_the_team_sees_the_own_records_of_it(cast: Cast) -> None:
    add_member(now=NOW, actor=cast.operator, team_id=cast.nordic.pk, user_id=cast.bjorn.pk)
    found = shown_to(cast.bjorn, set_goal(cast, assignee=Assignee(TEAM, cast.nordic.pk)))
    assert {record.owner.id for record in found.records} == {cast.bjorn.pk}
    assert (found.total.count, found.shown.count, found.hidden.count) == (4, 1, 3)
    assert found.shown.amount + found.hidden.amount == found.total.amount
    assert found.shown.amount == 100 * cast.bjorn.pk


def test_everything_is_listed_for_who_sees_all_statistics(cast: Cast) -> None:
    let_see(cast.cilla, company_statistics=True, other_users_statistics=True)
    found = shown_to(cast.cilla, set_goal(cast))
    assert (len(found.records), found.hidden) == (6, NONE)


def test_ones_own_records_are_always_listed(cast: Cast) -> None:
    found = shown_to(cast.cilla, set_goal(cast, assignee=person(cast.cilla)))
    assert (len(found.records), found.hidden) == (3, NONE)


def test_hidden_records_of_unknown_value_are_counted_among_the_hidden(cast: Cast) -> None:
    add_won(cast, cast.cilla, date(2026, 1, 5), value=999, currency="JPY")
    goal = set_goal(cast, assignee=Assignee(TEAM, cast.nordic.pk), metric=Metric.SUM, currency="EUR")
    found = shown_to(cast.bjorn, goal)
    assert (found.total.count, found.total.unvalued, found.hidden.unvalued) == (4, 1, 1)


def test_another_companys_records_are_behind_nothing_here(cast: Cast) -> None:
    sydvind = make_company("Sydvind")
    add_won(sydvind, sydvind.cilla, date(2026, 1, 10), value=55)
    goal = set_goal(cast)
    theirs = set(Deal.objects.filter(company=sydvind.company).values_list("pk", flat=True))
    assert theirs.isdisjoint(record.id for record in behind(cast.as_astrid, goal).records)
    # Even when a goal of ours is asked about in their name, their own records are all they could get.
    assert behind(sydvind.as_astrid, goal).total.count == 1


def test_the_parts_by_person_are_named_as_far_as_one_sees_and_the_rest_is_hidden(cast: Cast) -> None:
    def split(actor: Actor, by: Split) -> Answer:
        [found] = report(actor, [Question(Selection(Measure.DEALS_WON), (JANUARY,), split=by)])
        return found

    everybody = split(cast.as_astrid, Split.OWNER)
    assert [(part.of.name, part.total.count) for part in everybody.parts] == [
        ("Björn", 1),
        ("Cilla", 3),
        ("David", 2),
    ]
    assert everybody.hidden == NONE
    own = split(cast.as_cilla, Split.OWNER)
    assert [part.of.id for part in own.parts] == [cast.cilla.pk]
    assert (own.total, own.hidden.count) == (everybody.total, 3)
    # A part that names nobody is whole for everybody.
    for actor in (cast.as_astrid, cast.as_cilla):
        found = split(actor, Split.PIPELINE)
        assert [(part.of.name, part.total) for part in found.parts] == [(cast.pipeline.name, everybody.total)]
        assert found.hidden == NONE


def test_activities_are_parted_by_type_in_the_order_of_the_types(cast: Cast) -> None:
    for key in ("lunch", "call", "call"):
        add_activity(cast, cast.cilla, date(2026, 1, 5), kind=cast.activity_type(key))
    question = Question(Selection(Measure.ACTIVITIES_ADDED), (JANUARY,), split=Split.ITEM)
    [found] = report(cast.as_astrid, [question])
    assert [(part.of.id, part.total.count) for part in found.parts] == [
        (cast.activity_type("call").pk, 2),
        (cast.activity_type("lunch").pk, 1),
    ]


def test_equal_versions_are_of_equal_totals(cast: Cast) -> None:
    goal = set_goal(cast)
    first, again = (answer(cast.as_astrid, goal, JANUARY) for _ in range(2))
    assert (first.version, first.total) == (again.version, again.total)
    add_won(cast, cast.cilla, date(2026, 1, 5), value=1)
    assert answer(cast.as_astrid, goal, JANUARY).version > first.version
