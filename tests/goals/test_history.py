"""What people did to a goal stays: who, when, from what to what."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from goalpost.companies.actors import actor_for
from goalpost.domain.calendar import Interval
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import Assignee, AssigneeKind
from goalpost.goals.actions import change_goal, create_goal, delete_goal, restore_goal
from goalpost.goals.history import DetailChange, goal_history
from goalpost.goals.models import GoalAction, GoalChange
from goalpost.goals.terms import GoalTerms
from tests.people import make_company

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_every_deed_is_told_latest_first_with_what_was_and_became() -> None:
    people = make_company()
    astrid = actor_for(people.astrid)
    terms = GoalTerms(
        title="Won",
        measure=Measure.DEALS_WON,
        assignee=Assignee(AssigneeKind.COMPANY, people.company.pk),
        interval=Interval.MONTHLY,
        metric=Metric.QUANTITY,
        target=10,
        starts_on=date(2026, 1, 1),
        ends_on=date(2026, 2, 28),
    )
    goal = create_goal(actor=astrid, terms=terms, now=NOW)
    seasonal = {date(2026, 1, 1): 4, date(2026, 2, 1): 6}
    changed = replace(terms, title="Won deals", period_targets=seasonal)
    change_goal(actor=astrid, public_id=goal.public_id, terms=changed, now=NOW + timedelta(hours=1))
    delete_goal(actor=astrid, public_id=goal.public_id, now=NOW + timedelta(hours=2))
    goal = restore_goal(actor=astrid, public_id=goal.public_id, now=NOW + timedelta(hours=3))

    history = goal_history(goal, astrid, limit=10)

    assert [event.action for event in history] == [
        GoalAction.RESTORED,
        GoalAction.DELETED,
        GoalAction.CHANGED,
        GoalAction.CREATED,
    ]
    numbered = dict(GoalChange.objects.filter(goal_id=goal.id).values_list("number", "action"))
    assert [numbered[number] for number in range(1, goal.version + 1)] == [
        event.action for event in reversed(history)
    ], "an id orders nothing: each change has the number of the version it made"
    assert history[2].at == NOW + timedelta(hours=1)
    assert history[2].actor.name == people.astrid.name
    assert history[2].details == (
        DetailChange("title", "Won", "Won deals"),
        DetailChange("period_targets", {}, {"2026-01-01": 4, "2026-02-01": 6}),
    )


def test_the_same_terms_again_are_no_change() -> None:
    people = make_company()
    astrid = actor_for(people.astrid)
    terms = GoalTerms(
        title="Calls",
        measure=Measure.ACTIVITIES_COMPLETED,
        assignee=Assignee(AssigneeKind.PERSON, people.astrid.pk),
        interval=Interval.WEEKLY,
        metric=Metric.QUANTITY,
        target=25,
        starts_on=date(2026, 1, 1),
    )
    goal = create_goal(actor=astrid, terms=terms, now=NOW)

    again = change_goal(actor=astrid, public_id=goal.public_id, terms=terms, now=NOW + timedelta(hours=1))

    assert again.version == goal.version
    assert len(goal_history(again, astrid, limit=10)) == 1
