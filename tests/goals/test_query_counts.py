"""A page of goals costs the same number of queries whether they are three or a hundred and twenty."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goalpost.crm.actions.setup import set_rate
from goalpost.domain.calendar import Interval
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import Assignee
from goalpost.goals.periods import periods_shown
from goalpost.goals.queries import goals_seen_by, visible_to
from goalpost.insights.goal_report import GoalQuestion, goal_reports
from tests.goals.builders import TEAM, asking, person, set_goal, the_company
from tests.people import NOW, Cast, make_company

pytestmark = pytest.mark.django_db


def set_three_goals(cast: Cast, interval: Interval) -> None:
    """Set a goal for a person, a team and the company, with all that a goal can refer to."""
    set_goal(
        cast,
        interval=interval,
        measure=Measure.ACTIVITIES_ADDED,
        assignee=person(cast.cilla),
        pipelines=frozenset({cast.pipeline.pk}),
        activity_types=frozenset({cast.activity_type("call").pk, cast.activity_type("lunch").pk}),
        starts_on=date(2026, 1, 15),
    )
    set_goal(
        cast,
        interval=interval,
        measure=Measure.DEALS_PROGRESSED,
        stage_id=cast.stages[1].pk,
        assignee=Assignee(TEAM, cast.nordic.pk),
        ends_on=None,
    )
    set_goal(cast, interval=interval, assignee=the_company(cast), metric=Metric.SUM, currency="USD")


def queries_for(cast: Cast) -> tuple[int, int]:
    """Return how many goals a page of all of them shows, and the queries it takes."""
    reader = asking(cast)
    with CaptureQueriesContext(
        connection,
    ) as taken:
        goals = goals_seen_by(cast.as_astrid, visible_to(cast.as_astrid))
        asked = [
            GoalQuestion(goal, periods_shown(goal.terms, reader.company, today=reader.today))
            for goal in goals
        ]
        found = goal_reports(reader, asked)
    assert len(found) == len(goals)
    return len(goals), len(taken)


def test_goals_and_their_results_take_the_same_queries_however_many_they_are() -> None:
    cast = make_company()
    set_rate(actor=cast.operator, currency="USD", day=date(2026, 1, 1), rate=Decimal("0.9"), now=NOW)
    set_three_goals(cast, Interval.MONTHLY)
    shown, few = queries_for(cast)
    assert shown == 3
    for no in range(39):
        set_three_goals(cast, list(Interval)[no % 4])
    assert queries_for(cast) == (120, few)
    assert few <= 13
