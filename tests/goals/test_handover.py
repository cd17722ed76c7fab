"""A leaver's hand-over: shown first, done in one step, told by the ledger and the goals' histories."""

from dataclasses import replace
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goalpost.accounts.actions import deactivate_person
from goalpost.companies.errors import InvalidInput, NotAllowed
from goalpost.companies.models import AuditEntry, Company
from goalpost.crm.actions.activities import complete_activity
from goalpost.crm.actions.deals import delete_deal
from goalpost.crm.actions.handover import Belongings, Extent
from goalpost.crm.models import Activity, Deal
from goalpost.crm.verify import differences
from goalpost.domain.calendar import Period
from goalpost.domain.measures import Measure, Metric
from goalpost.goals.departures import hand_over, possessions_of
from goalpost.goals.history import goal_history
from goalpost.goals.models import Goal
from goalpost.goals.queries import goal_seen_by
from goalpost.ledger import read
from goalpost.ledger.models import Posting
from goalpost.ledger.questions import Selection
from tests.goals.builders import add_activity, add_deal, add_won, person, set_goal
from tests.people import NOW, Cast, make_company

pytestmark = pytest.mark.django_db

JANUARY = date(2026, 1, 12)
ALL = Extent(open_deals=True, closed_deals=True, open_activities=True)
OPEN = Extent(open_deals=True, closed_deals=False, open_activities=True)


@pytest.fixture
def cast() -> Cast:
    cast = make_company()
    add_deal(cast, cast.cilla, JANUARY)
    add_deal(cast, cast.cilla, JANUARY)
    add_won(cast, cast.cilla, JANUARY)
    delete_deal(actor=cast.operator, deal_id=add_deal(cast, cast.cilla, JANUARY).pk, now=NOW)
    add_deal(cast, cast.david, JANUARY)
    add_activity(cast, cast.cilla, JANUARY)
    done = add_activity(cast, cast.cilla, JANUARY)
    complete_activity(actor=cast.operator, activity_id=done.pk, now=NOW)
    return cast


def give(cast: Cast, extent: Extent = OPEN, *, with_goals: bool = True) -> tuple[Belongings, int]:
    return hand_over(
        actor=cast.as_astrid,
        user_id=cast.cilla.pk,
        successor_id=cast.david.pk,
        extent=extent,
        with_goals=with_goals,
        now=NOW,
    )


def won_by(cast: Cast, *owners: int) -> int:
    selection = Selection(Measure.DEALS_WON, owners=frozenset(owners))
    return read.total(cast.company_id, selection, Period(date(2026, 1, 1), date(2027, 1, 1))).count


def test_what_will_move_is_told_first_and_nothing_moves_by_looking(cast: Cast) -> None:
    goal = set_goal(cast, assignee=person(cast.cilla))
    set_goal(cast, assignee=person(cast.cilla), ends_on=date(2026, 2, 28))
    set_goal(cast, assignee=person(cast.david))
    possessions = possessions_of(cast.as_astrid, cast.cilla.pk, now=NOW)
    assert possessions.records == Belongings(open_deals=2, closed_deals=1, open_activities=1)
    assert [each.public_id for each in possessions.goals] == [goal.public_id], "a goal that is past stays"
    assert Deal.objects.filter(owner=cast.david).count() == 1


def test_open_deals_and_activities_go_over_and_results_reached_stay(cast: Cast) -> None:
    moved, _goals = give(cast)
    assert moved == Belongings(open_deals=2, closed_deals=0, open_activities=1)
    assert Deal.objects.filter(owner=cast.david, is_deleted=False).count() == 3
    assert Deal.objects.filter(owner=cast.cilla, is_deleted=False).count() == 1
    assert Activity.objects.filter(owner=cast.david).count() == 1
    assert (won_by(cast, cast.cilla.pk), won_by(cast, cast.david.pk)) == (1, 0)
    assert list(differences(cast.company_id)) == []


def test_all_deals_take_their_results_along_and_the_ledger_tells_from_whom(cast: Cast) -> None:
    moved, _goals = give(cast, ALL)
    assert moved == Belongings(open_deals=2, closed_deals=1, open_activities=1)
    assert (won_by(cast, cast.cilla.pk), won_by(cast, cast.david.pk)) == (0, 1)
    assert list(differences(cast.company_id)) == []
    posting = Posting.objects.latest("id")
    assert (posting.actor_id, posting.note) == (cast.astrid.pk, "Cilla → David")


def test_a_goal_that_runs_changes_hands_and_its_history_says_so(cast: Cast) -> None:
    goal = set_goal(cast, assignee=person(cast.cilla))
    _moved, goals = give(cast)
    assert goals == 1
    seen = goal_seen_by(cast.as_astrid, goal.public_id)
    assert seen.terms == replace(goal.terms, assignee=person(cast.david))
    [latest, _created] = goal_history(seen, cast.as_astrid, limit=5)
    assert [detail.name for detail in latest.details] == ["assignee"]
    assert possessions_of(cast.as_astrid, cast.cilla.pk, now=NOW).goals == ()


def test_many_goals_cost_no_more_questions_than_one(cast: Cast) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            hand_over(
                actor=cast.as_astrid,
                user_id=cast.cilla.pk,
                successor_id=cast.bjorn.pk,
                extent=Extent(),
                with_goals=True,
                now=NOW,
            )
        return len(queries)

    kinds = (Measure.DEALS_WON, Measure.ACTIVITIES_ADDED)
    goals = [set_goal(cast, assignee=person(cast.cilla), measure=kinds[0])]
    one = asked()
    goals += [set_goal(cast, assignee=person(cast.cilla), measure=kinds[at % 2]) for at in range(6)]
    assert asked() <= one
    for goal in goals:
        seen = goal_seen_by(cast.as_astrid, goal.public_id)
        assert (seen.terms.assignee, seen.version) == (person(cast.bjorn), 2)


def test_what_was_not_chosen_stays(cast: Cast) -> None:
    set_goal(cast, assignee=person(cast.cilla))
    moved, goals = give(
        cast, Extent(open_deals=False, closed_deals=False, open_activities=False), with_goals=False
    )
    assert (moved, goals) == (Belongings(0, 0, 0), 0)
    assert Deal.objects.filter(owner=cast.cilla).count() == 4


def test_the_log_names_both_and_counts_what_moved(cast: Cast) -> None:
    give(cast, ALL)
    entry = AuditEntry.objects.get()
    assert entry.subject_name == "Cilla"
    assert entry.changes == {
        "owner": ["Cilla", "David"],
        "deals": [None, 3],
        "activities": [None, 1],
        "goals": [None, 0],
    }


def test_only_somebody_active_takes_over_and_only_an_admin_gives(cast: Cast) -> None:
    deactivate_person(actor=cast.as_astrid, user_id=cast.david.pk, now=NOW)
    with pytest.raises(InvalidInput) as refused:
        give(cast)
    assert refused.value.field == "successor"
    for actor in (cast.as_bjorn, cast.as_cilla):
        with pytest.raises(NotAllowed):
            hand_over(
                actor=actor,
                user_id=cast.cilla.pk,
                successor_id=cast.bjorn.pk,
                extent=ALL,
                with_goals=True,
                now=NOW,
            )
        with pytest.raises(NotAllowed):
            possessions_of(actor, cast.cilla.pk, now=NOW)


def test_a_goal_that_the_plan_keeps_read_only_stays_and_stops_nothing(cast: Cast) -> None:
    forecast = set_goal(
        cast,
        assignee=person(cast.cilla),
        measure=Measure.REVENUE_FORECAST,
        metric=Metric.SUM,
        currency="EUR",
    )
    other = set_goal(cast, assignee=person(cast.cilla))
    Company.objects.filter(pk=cast.company_id).update(plan="essential")
    possessions = possessions_of(cast.as_astrid, cast.cilla.pk, now=NOW)
    assert [each.public_id for each in possessions.goals] == [other.public_id]
    _moved, goals = give(cast)
    assert goals == 1
    assert goal_seen_by(cast.as_astrid, forecast.public_id).terms.assignee == person(cast.cilla)


def test_a_goal_that_cannot_change_hands_keeps_everything_where_it_is(cast: Cast) -> None:
    goal = set_goal(cast, assignee=person(cast.cilla))
    Goal.objects.filter(public_id=goal.public_id).update(title=" ")
    before = list(Deal.objects.order_by("pk").values_list("owner_id", "updated_at"))
    with pytest.raises(InvalidInput):
        give(cast, ALL)
    assert list(Deal.objects.order_by("pk").values_list("owner_id", "updated_at")) == before
    assert not AuditEntry.objects.exists()
