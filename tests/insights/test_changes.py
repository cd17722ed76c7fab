"""What changed a result: the sum of all changes is the difference between what was known then and now."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goalpost.companies.actors import actor_for
from goalpost.companies.memberships import add_member
from goalpost.companies.models import User
from goalpost.crm.actions import activities, deals
from goalpost.crm.actions.setup import change_stage_probability, set_rate
from goalpost.domain.calendar import Period
from goalpost.domain.changes import ChangeCause
from goalpost.domain.conversion import Conversion
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import Actor, Assignee
from goalpost.goals.periods import selection_of
from goalpost.goals.queries import GoalView
from goalpost.insights.changes import ChangeLine, ChangesAsked, ChangesBehind
from goalpost.insights.report import Question, report
from goalpost.ledger.questions import Total
from tests.goals.builders import TEAM, add_activity, add_deal, add_won, answer, person, set_goal
from tests.people import NOW, Cast, let_see, make_company

pytestmark = pytest.mark.django_db

MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))


def hours(number: int) -> datetime:
    return NOW + timedelta(hours=number)


@pytest.fixture
def cast() -> Cast:
    return make_company()


def value_goal(cast: Cast, measure: Measure = Measure.DEALS_WON, **more: object) -> GoalView:
    return set_goal(
        cast,
        measure=measure,
        metric=Metric.SUM,
        currency="EUR",
        target=100_00,
        **more,  # type: ignore[arg-type]  # terms by name
    )


def since(
    actor: Actor, goal: GoalView, moment: datetime, *, limit: int = 99, after: str = ""
) -> ChangesBehind:
    counts_only = goal.terms.metric is Metric.QUANTITY
    found = answer(actor, goal, MARCH, ChangesAsked(moment, limit, after, counts_only=counts_only)).changes
    assert found is not None
    return found


def actor_of(user: User) -> Actor:
    return actor_for(User.objects.get(pk=user.pk))


def story(cast: Cast) -> list[Callable[[], object]]:
    """Return acts of all kinds on deals of two people, to be done one an hour."""
    first = add_won(cast, cast.cilla, date(2026, 3, 3), value=10_00).pk
    second = add_won(cast, cast.david, date(2026, 3, 4), value=5_00, currency="USD").pk
    third = add_won(cast, cast.cilla, date(2026, 4, 4), value=3_00).pk
    by = cast.as_astrid
    return [
        lambda: deals.change_deal(actor=by, deal_id=first, now=hours(1), value=40_00),
        lambda: deals.change_deal(actor=by, deal_id=first, now=hours(2), owner_id=cast.david.pk),
        lambda: set_rate(actor=by, currency="USD", day=date(2026, 1, 1), rate=Decimal("0.5"), now=hours(3)),
        lambda: deals.reopen_deal(actor=by, deal_id=second, now=hours(4)),
        lambda: deals.delete_deal(actor=by, deal_id=first, now=hours(5)),
        lambda: deals.restore_deal(actor=by, deal_id=first, now=hours(6)),
        lambda: deals.change_deal(
            actor=by, deal_id=third, now=hours(7), won_time=datetime(2026, 3, 9, 12, tzinfo=NOW.tzinfo)
        ),
        lambda: deals.win_deal(actor=by, deal_id=second, now=hours(8)),
        lambda: deals.change_deal(actor=by, deal_id=second, now=hours(9), title="Only the name"),
    ]


def test_all_changes_together_lead_from_the_result_known_then_to_the_one_of_now(cast: Cast) -> None:
    goal, acts = value_goal(cast), story(cast)
    known = [answer(cast.as_astrid, goal, MARCH).total]
    for act in acts:
        act()
        known.append(answer(cast.as_astrid, goal, MARCH).total)
        assert known[-1] != known[-2] or len(known) - 1 in {2, 9}, "a handover and a name change nothing"
    for hour, then in enumerate(known):
        found = since(cast.as_astrid, goal, hours(hour))
        assert (found.then, found.now, found.hidden) == (then, known[-1], Total())
        summed = Total()
        for line in found.lines:
            assert line.by == Total(*(a - b for a, b in zip(line.after, line.before, strict=True)))
            summed = summed.plus(*line.by)
        assert summed == found.shown == Total(*(n - t for n, t in zip(known[-1], then, strict=True)))


def test_changes_to_values_in_their_own_currency_add_up_too(cast: Cast) -> None:
    dollars = Conversion("USD", [], digits=2, company_digits=2)
    selection, acts = replace(selection_of(value_goal(cast)), conversion=dollars), story(cast)
    for act in acts[:4]:
        act()
    question = Question(selection, (MARCH,), explain=ChangesAsked(hours(3), 99))
    [found] = report(cast.as_astrid, [question])
    assert found.changes is not None
    [line] = found.changes.lines
    assert line.by == found.changes.shown == Total(-1, -5_00)


def test_changes_that_one_sees_and_the_hidden_sum_are_the_whole(cast: Cast) -> None:
    add_member(now=NOW, actor=cast.operator, team_id=cast.nordic.pk, user_id=cast.bjorn.pk)
    add_member(now=NOW, actor=cast.operator, team_id=cast.nordic.pk, user_id=cast.david.pk)
    goal = value_goal(cast, assignee=Assignee(TEAM, cast.nordic.pk))
    own = add_won(cast, cast.bjorn, date(2026, 3, 9), value=7_00)
    acts = story(cast)
    for act in acts:
        act()
    deals.change_deal(actor=cast.as_astrid, deal_id=own.pk, now=hours(10), title="Own", value=9_00)
    whole = since(cast.as_astrid, goal, NOW - timedelta(days=1))
    found = since(actor_of(cast.bjorn), goal, NOW - timedelta(days=1))
    assert [line.title for line in found.lines] == ["Own", "Own"]
    assert found.shown == Total(1, 9_00)
    assert found.shown.plus(*found.hidden) == whole.shown
    assert (found.then, found.now) == (whole.then, whole.now)


def happenings(found: ChangesBehind) -> list[ChangeCause]:
    return [line.happening for line in found.lines]


def test_each_act_is_told_by_its_own_verb(cast: Cast) -> None:
    goal = value_goal(cast, assignee=person(cast.cilla))
    for act in story(cast):
        act()
    of_cilla = happenings(since(cast.as_astrid, goal, NOW))
    assert of_cilla == [ChangeCause.DAY_CHANGED, ChangeCause.HANDED_OVER, ChangeCause.VALUE_CHANGED]
    of_all = happenings(since(cast.as_astrid, value_goal(cast), NOW))
    assert of_all == [
        ChangeCause.WON,
        ChangeCause.DAY_CHANGED,
        ChangeCause.RESTORED,
        ChangeCause.DELETED,
        ChangeCause.REOPENED,
        ChangeCause.RATE_CHANGED,
        ChangeCause.VALUE_CHANGED,
    ]


def test_a_forecast_tells_moves_probabilities_and_losses_apart(cast: Cast) -> None:
    goal, by = value_goal(cast, Measure.REVENUE_FORECAST), cast.as_astrid
    deal = add_deal(cast, cast.cilla, date(2026, 2, 27), value=100_00, expected=date(2026, 3, 30)).pk
    deals.move_deal(actor=by, deal_id=deal, stage_id=cast.stages[2].pk, now=hours(1))
    deals.change_deal(actor=by, deal_id=deal, now=hours(2), probability=90)
    deals.change_deal(actor=by, deal_id=deal, now=hours(3), value=200_00)
    deals.change_deal(actor=by, deal_id=deal, now=hours(4), probability=None)
    change_stage_probability(actor=by, stage_id=cast.stages[2].pk, probability=55, now=hours(5))
    deals.change_deal(actor=by, deal_id=deal, now=hours(6), expected_close_date=date(2026, 3, 31))
    deals.lose_deal(actor=by, deal_id=deal, now=hours(7))
    found = since(by, goal, NOW)
    assert (
        happenings(found)
        == [
            ChangeCause.LOST,
            ChangeCause.DAY_CHANGED,
            ChangeCause.STAGE_PROBABILITY_CHANGED,
            ChangeCause.PROBABILITY_CHANGED,
            ChangeCause.VALUE_CHANGED,
            ChangeCause.PROBABILITY_CHANGED,
            ChangeCause.MOVED_STAGE,
        ][: len(found.lines)]
        or found.lines
    )
    moved = found.lines[-1]
    assert (moved.stage, moved.before.amount, moved.after.amount) == ("Demo scheduled", 20_00, 50_00)


def test_a_progress_goal_tells_which_stage_a_deal_came_to_and_left(cast: Cast) -> None:
    goal = set_goal(cast, measure=Measure.DEALS_PROGRESSED, stage_id=cast.stages[2].pk)
    deal = add_deal(cast, cast.cilla, date(2026, 2, 27)).pk
    deals.move_deal(actor=cast.as_astrid, deal_id=deal, stage_id=cast.stages[3].pk, now=hours(1))
    deals.move_deal(actor=cast.as_astrid, deal_id=deal, stage_id=cast.stages[0].pk, now=hours(2))
    found = since(cast.as_astrid, goal, NOW)
    assert [(line.happening, line.stage, line.by.count) for line in found.lines] == [
        (ChangeCause.LEFT_STAGE, "Demo scheduled", -1),
        (ChangeCause.ENTERED_STAGE, "Demo scheduled", 1),
    ]


def test_an_activity_goal_tells_what_became_of_its_activities(cast: Cast) -> None:
    goal = set_goal(cast, measure=Measure.ACTIVITIES_COMPLETED)
    activity = add_activity(cast, cast.cilla, date(2026, 3, 2)).pk
    by = cast.as_astrid
    activities.complete_activity(actor=by, activity_id=activity, now=hours(1))
    activities.reopen_activity(actor=by, activity_id=activity, now=hours(2))
    activities.complete_activity(actor=by, activity_id=activity, now=hours(3))
    activities.delete_activity(actor=by, activity_id=activity, now=hours(4))
    assert happenings(since(by, goal, NOW)) == [
        ChangeCause.DELETED,
        ChangeCause.COMPLETED,
        ChangeCause.UNDONE,
        ChangeCause.COMPLETED,
    ]


def test_a_handover_names_only_those_whose_records_one_may_see(cast: Cast) -> None:
    goal = value_goal(cast, assignee=person(cast.cilla))
    deal = add_won(cast, cast.cilla, date(2026, 3, 3), value=10_00).pk
    deals.change_deal(
        actor=cast.as_astrid, deal_id=deal, now=hours(1), owner_id=cast.david.pk, title="Secret"
    )
    [seen_by_all] = since(cast.as_astrid, goal, NOW).lines
    assert seen_by_all.handover is not None
    assert (seen_by_all.handover.giver, seen_by_all.handover.taker) == ("Cilla", "David")
    [seen_by_cilla] = since(cast.as_cilla, goal, NOW).lines
    assert seen_by_cilla.handover is not None
    assert (seen_by_cilla.handover.giver, seen_by_cilla.handover.taker) == ("Cilla", "")
    assert seen_by_cilla.title == ""


def test_pages_of_changes_hold_each_once_and_cost_the_same_queries(cast: Cast) -> None:
    goal = value_goal(cast)
    deal = add_won(cast, cast.cilla, date(2026, 3, 3), value=1_00).pk
    for value in range(2, 12):
        deals.change_deal(actor=cast.as_astrid, deal_id=deal, now=hours(1), value=value * 100)

    def page(after: str, limit: int) -> tuple[ChangesBehind, int]:
        with CaptureQueriesContext(connection) as taken:
            found = since(cast.as_astrid, goal, NOW, limit=limit, after=after)
        return found, len(taken)

    page("", 99)  # what was known is kept from here on
    everything, whole = page("", 99)
    assert len(everything.lines) == 10
    lines: list[ChangeLine] = []
    after, counts = "", set()
    for _turn in range(4):
        found, count = page(after, 3)
        lines, after = [*lines, *found.lines], found.next
        counts.add(count)
    assert after == ""
    assert tuple(lines) == everything.lines
    assert counts == {whole}
    assert whole <= 14


@pytest.mark.parametrize("after", ["x", "1", "1~2~3", "-1~5", "9" * 17 + "~1", "٣~٣"])
def test_a_place_that_is_none_is_the_latest(cast: Cast, after: str) -> None:
    goal = value_goal(cast)
    add_won(cast, cast.cilla, date(2026, 3, 3), value=1_00)
    long_ago = NOW - timedelta(days=1)
    found = since(cast.as_astrid, goal, long_ago, limit=9, after=after)
    assert len(found.lines) == 1


def test_a_goal_by_number_leaves_out_what_changed_only_the_value(cast: Cast) -> None:
    goal = set_goal(cast)
    deal = add_won(cast, cast.cilla, date(2026, 3, 3), value=1_00).pk
    deals.change_deal(actor=cast.as_astrid, deal_id=deal, now=hours(1), value=2_00)
    let_see(cast.cilla, company_statistics=True, other_users_statistics=True)
    assert happenings(since(cast.as_astrid, goal, NOW - timedelta(days=1))) == [ChangeCause.WON]
