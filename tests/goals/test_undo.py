"""A change is undone by one change more; nobody learns from the history what they may not see."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from goalpost.companies.errors import Changed, InvalidInput, NotAllowed, NotFound
from goalpost.companies.memberships import remove_member
from goalpost.crm.actions.setup import add_pipeline
from goalpost.domain.calendar import Interval
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import Assignee
from goalpost.goals.actions import change_goal, delete_goal, restore_goal, undo_change
from goalpost.goals.history import DetailChange, events_since, goal_history
from goalpost.goals.models import GoalAction
from goalpost.goals.queries import GoalView, goal_seen_by
from tests.goals.builders import TEAM, Terms, person, set_goal, stored, terms
from tests.people import NOW, Cast, let_see, make_company

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def cast() -> Cast:
    return make_company()


CHANGES: dict[str, Callable[[Cast], Terms]] = {
    "title": lambda _: {"title": "Renamed"},
    "kind and stage": lambda cast: {"measure": Measure.DEALS_PROGRESSED, "stage_id": cast.stages[1].pk},
    "assignee": lambda cast: {"assignee": person(cast.cilla)},
    "frequency": lambda _: {"interval": Interval.QUARTERLY, "period_targets": {}},
    "metric": lambda _: {"metric": Metric.SUM, "currency": "EUR", "target": 5_000_00, "period_targets": {}},
    "duration": lambda _: {"starts_on": date(2025, 7, 1), "ends_on": None, "period_targets": {}},
    "pipelines": lambda cast: {"pipelines": frozenset({cast.pipeline.pk})},
    "targets": lambda _: {"period_targets": dict.fromkeys(seasonal(), 7)},
    "to an activity goal": lambda cast: {
        "measure": Measure.ACTIVITIES_ADDED,
        "activity_types": frozenset({cast.activity_type().pk}),
    },
}


def seasonal() -> dict[date, int]:
    return {date(2026, month, 1): month for month in range(1, 7)}


@pytest.mark.parametrize("change", CHANGES)
def test_an_undone_change_leaves_the_goal_as_it_was_and_both_in_its_history(cast: Cast, change: str) -> None:
    goal = set_goal(cast, period_targets=seasonal())
    new = replace(goal.terms, **CHANGES[change](cast))
    changed = change_goal(actor=cast.as_astrid, public_id=goal.public_id, terms=new, now=LATER)
    assert changed.terms != goal.terms
    undone = undo_change(actor=cast.as_astrid, public_id=goal.public_id, version=changed.version, now=LATER)
    assert undone.terms == goal.terms
    assert (undone.version, undone.updated_at) == (3, LATER)
    actions = [event.action for event in goal_history(undone, cast.as_astrid, limit=9)]
    assert actions == [GoalAction.CHANGED, GoalAction.CHANGED, GoalAction.CREATED]


def test_an_undone_change_can_itself_be_undone(cast: Cast) -> None:
    goal = set_goal(cast)
    change_goal(actor=cast.as_astrid, public_id=goal.public_id, terms=terms(cast, target=11), now=NOW)
    undo_change(actor=cast.as_astrid, public_id=goal.public_id, version=2, now=NOW)
    again = undo_change(actor=cast.as_astrid, public_id=goal.public_id, version=3, now=NOW)
    assert again.terms.target == 11


Attempt = Callable[[Cast, GoalView], object]


def undo(cast: Cast, goal: GoalView, version: int = 2) -> object:
    return undo_change(actor=cast.as_astrid, public_id=goal.public_id, version=version, now=NOW)


def after_another_change(cast: Cast, goal: GoalView) -> object:
    change_goal(actor=cast.as_bjorn, public_id=goal.public_id, terms=replace(goal.terms, target=12), now=NOW)
    return undo(cast, goal)


def after_deleting(cast: Cast, goal: GoalView) -> object:
    delete_goal(actor=cast.as_astrid, public_id=goal.public_id, now=NOW)
    return undo(cast, goal)


def the_deletion(cast: Cast, goal: GoalView) -> object:
    delete_goal(actor=cast.as_astrid, public_id=goal.public_id, now=NOW)
    restore_goal(actor=cast.as_astrid, public_id=goal.public_id, now=NOW)
    return undo(cast, goal, version=4)


REFUSALS: dict[str, tuple[type[Exception], Attempt]] = {
    "what somebody changed since": (Changed, after_another_change),
    "another version": (Changed, lambda cast, goal: undo(cast, goal, version=1)),
    "what was no change": (Changed, the_deletion),
    "in a deleted goal": (NotFound, after_deleting),
    "without the right": (
        NotAllowed,
        lambda cast, goal: undo_change(actor=cast.as_david, public_id=goal.public_id, version=2, now=NOW),
    ),
    "what is hidden": (
        NotFound,
        lambda cast, goal: undo_change(actor=cast.as_cilla, public_id=goal.public_id, version=2, now=NOW),
    ),
}


@pytest.mark.parametrize(("refusal", "attempt"), REFUSALS.values(), ids=REFUSALS.keys())
def test_what_cannot_be_undone_stays(cast: Cast, refusal: type[Exception], attempt: Attempt) -> None:
    let_see(cast.david, company_statistics=True, other_users_statistics=True)
    goal = set_goal(cast, assignee=Assignee(TEAM, cast.nordic.pk))
    new = replace(goal.terms, target=11)
    changed = change_goal(actor=cast.as_astrid, public_id=goal.public_id, terms=new, now=NOW)
    with pytest.raises(refusal):
        attempt(cast, changed)
    if refusal is not NotFound:
        assert goal_seen_by(cast.as_astrid, goal.public_id).terms.target in {11, 12}


def test_a_change_is_not_undone_into_terms_that_make_no_sense_any_more(cast: Cast) -> None:
    partners = add_pipeline(actor=cast.operator, name="Partners", now=NOW)
    goal = set_goal(cast, pipelines=frozenset({partners.pk}))
    change_goal(actor=cast.as_astrid, public_id=goal.public_id, terms=terms(cast), now=NOW)
    # No action deletes a pipeline; a row that is gone all the same must not come back.
    partners.delete()
    before = stored()
    with pytest.raises(InvalidInput):
        undo(cast, goal)
    assert stored() == before


def test_a_manager_cannot_undo_a_goal_back_to_somebody_no_longer_on_the_team(cast: Cast) -> None:
    let_see(cast.bjorn, company_statistics=True, other_users_statistics=True)
    goal = set_goal(cast, assignee=person(cast.cilla))
    own = replace(goal.terms, assignee=person(cast.bjorn))
    change_goal(actor=cast.as_bjorn, public_id=goal.public_id, terms=own, now=NOW)
    remove_member(now=NOW, actor=cast.operator, team_id=cast.nordic.pk, user_id=cast.cilla.pk)
    before = stored()
    with pytest.raises(NotAllowed):
        undo_change(actor=cast.as_bjorn, public_id=goal.public_id, version=2, now=NOW)
    assert stored() == before


def test_a_version_tells_what_was_done_since(cast: Cast) -> None:
    goal = set_goal(cast)
    for target in (11, 12):
        change_goal(actor=cast.as_astrid, public_id=goal.public_id, terms=terms(cast, target=target), now=NOW)
    delete_goal(actor=cast.as_astrid, public_id=goal.public_id, now=NOW)
    goal = restore_goal(actor=cast.as_astrid, public_id=goal.public_id, now=NOW)
    assert [len(events_since(goal, cast.as_astrid, version)) for version in range(7)] == [5, 4, 3, 2, 1, 0, 0]
    newest, *_, first = events_since(goal, cast.as_astrid, 1)
    assert newest.action is GoalAction.RESTORED
    assert first.details == (DetailChange("target", 10, 11),)


def test_a_later_assignee_learns_name_and_targets_but_not_whose_the_goal_was(cast: Cast) -> None:
    goal = set_goal(cast, title="Before", assignee=person(cast.david))
    handed = replace(goal.terms, title="Now", target=12, assignee=person(cast.cilla))
    goal = change_goal(actor=cast.as_astrid, public_id=goal.public_id, terms=handed, now=NOW)
    told, _created = goal_history(goal_seen_by(cast.as_cilla, goal.public_id), cast.as_cilla, limit=9)
    assert told.details == (
        DetailChange("title", "Before", "Now"),
        DetailChange("assignee", None, f"person:{cast.cilla.pk}"),
        DetailChange("target", 10, 12),
    )
    whole, _created = goal_history(goal, cast.as_astrid, limit=9)
    assert whole.details[1].old == f"person:{cast.david.pk}"
    let_see(cast.cilla, company_statistics=True, other_users_statistics=True)
    permitted, _created = goal_history(goal, cast.as_cilla, limit=9)
    assert permitted.details[1].old == f"person:{cast.david.pk}"
