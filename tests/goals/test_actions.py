"""Goals are set, changed, deleted and brought back; whatever is refused leaves the database as it was."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest

from goalpost.companies.errors import Changed, InvalidInput, NotAllowed, NotFound
from goalpost.companies.memberships import remove_member
from goalpost.crm.actions.setup import add_pipeline
from goalpost.domain.calendar import Interval
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import Assignee
from goalpost.goals.actions import change_goal, create_goal, delete_goal, restore_goal
from goalpost.goals.models import Goal, GoalActivityType, GoalPipeline, PeriodTarget
from goalpost.goals.queries import GoalView, goal_seen_by, goals_seen_by, visible_to
from tests.goals.builders import TEAM, person, set_goal, stored, terms
from tests.people import NOW, Cast, let_see, make_company

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def cast() -> Cast:
    return make_company()


def seasonal(*targets: int) -> dict[date, int]:
    return {date(2026, month, 1): target for month, target in enumerate(targets, 1)}


def test_a_new_goal_is_read_back_as_it_was_set(cast: Cast) -> None:
    partners = add_pipeline(actor=cast.operator, name="Partners", now=NOW)
    wanted = terms(
        cast,
        title="  Calls for partners ",
        measure=Measure.ACTIVITIES_COMPLETED,
        assignee=Assignee(TEAM, cast.nordic.pk),
        pipelines=frozenset({cast.pipeline.pk, partners.pk}),
        activity_types=frozenset({cast.activity_type("call").pk, cast.activity_type("lunch").pk}),
        period_targets=seasonal(1, 2, 3, 4, 5, 6),
    )
    goal = create_goal(actor=cast.as_bjorn, terms=wanted, now=NOW)
    assert goal.terms == replace(wanted, title="Calls for partners")
    assert (goal.assignee_name, goal.creator.name, goal.version) == ("Nordic", "Björn", 1)
    assert [member.name for member in goal.members] == ["Cilla"]
    assert {pipeline.name for pipeline in goal.pipelines} == {cast.pipeline.name, "Partners"}
    assert {kind.name for kind in goal.activity_types} == {"Call", "Lunch"}
    assert (goal.created_at, goal.updated_at) == (NOW, NOW)
    assert len(goal.public_id) == len(goal.report_id) == 32
    assert goal.public_id != goal.report_id
    assert goal_seen_by(cast.as_astrid, goal.public_id).terms == goal.terms


def test_the_same_request_sent_twice_makes_one_goal(cast: Cast) -> None:
    public_id = uuid4().hex
    first = create_goal(actor=cast.as_astrid, terms=terms(cast), now=NOW, public_id=public_id)
    before = stored()
    other = terms(cast, target=99)
    assert create_goal(actor=cast.as_astrid, terms=other, now=LATER, public_id=public_id) == first
    assert stored() == before
    assert first.public_id == public_id


def test_the_same_id_in_another_company_is_another_goal(cast: Cast) -> None:
    sydvind, public_id = make_company("Sydvind"), uuid4().hex
    ours = create_goal(actor=cast.as_astrid, terms=terms(cast), now=NOW, public_id=public_id)
    theirs = create_goal(actor=sydvind.as_astrid, terms=terms(sydvind), now=NOW, public_id=public_id)
    assert ours.id != theirs.id
    assert goal_seen_by(sydvind.as_astrid, public_id).id == theirs.id


def test_sending_a_request_again_shows_nobody_a_hidden_goal(cast: Cast) -> None:
    goal = set_goal(cast, assignee=person(cast.david))
    with pytest.raises(NotFound):
        create_goal(
            actor=cast.as_cilla,
            terms=terms(cast, assignee=person(cast.cilla)),
            now=NOW,
            public_id=goal.public_id,
        )


@pytest.mark.parametrize("public_id", ["1", "A" * 32, "g" * 32, "0" * 31, "0" * 33, "0" * 32 + "\n"])
def test_an_id_of_another_form_is_refused(cast: Cast, public_id: str) -> None:
    before = stored()
    with pytest.raises(InvalidInput) as refused:
        create_goal(actor=cast.as_astrid, terms=terms(cast), now=NOW, public_id=public_id)
    assert refused.value.field == "id"
    assert stored() == before


def test_a_change_replaces_every_term(cast: Cast) -> None:
    goal = set_goal(
        cast,
        measure=Measure.ACTIVITIES_ADDED,
        pipelines=frozenset({cast.pipeline.pk}),
        activity_types=frozenset({cast.activity_type().pk}),
        period_targets=seasonal(1, 2, 3, 4, 5, 6),
    )
    wanted = terms(
        cast,
        title="Progress",
        measure=Measure.DEALS_PROGRESSED,
        assignee=person(cast.cilla),
        stage_id=cast.stages[1].pk,
        interval=Interval.QUARTERLY,
        metric=Metric.SUM,
        currency="EUR",
        target=5_000,
        starts_on=date(2025, 4, 1),
        ends_on=None,
    )
    changed = change_goal(actor=cast.as_astrid, public_id=goal.public_id, terms=wanted, now=LATER)
    assert changed.terms == wanted
    assert (changed.id, changed.public_id, changed.report_id) == (goal.id, goal.public_id, goal.report_id)
    assert (changed.created_at, changed.updated_at, changed.version) == (NOW, LATER, 2)
    for model in (GoalPipeline, GoalActivityType, PeriodTarget):
        assert not model._default_manager.filter(company=cast.company).exists()


def test_a_change_made_on_what_somebody_else_changed_is_refused(cast: Cast) -> None:
    read = set_goal(cast)
    change_goal(actor=cast.as_astrid, public_id=read.public_id, terms=terms(cast, target=11), now=NOW)
    before = stored()
    with pytest.raises(Changed):
        change_goal(
            actor=cast.as_astrid,
            public_id=read.public_id,
            terms=terms(cast, target=12),
            now=NOW,
            version=read.version,
        )
    assert stored() == before
    again = change_goal(
        actor=cast.as_astrid, public_id=read.public_id, terms=terms(cast, target=12), now=NOW, version=2
    )
    assert (again.terms.target, again.version) == (12, 3)


def test_deleting_and_bringing_back_count_as_changes(cast: Cast) -> None:
    goal = set_goal(cast)
    delete_goal(actor=cast.as_astrid, public_id=goal.public_id, now=NOW)
    restored = restore_goal(actor=cast.as_astrid, public_id=goal.public_id, now=LATER)
    assert (restored.version, restored.updated_at) == (3, LATER)
    with pytest.raises(Changed):
        change_goal(
            actor=cast.as_astrid, public_id=goal.public_id, terms=goal.terms, now=NOW, version=goal.version
        )


def test_a_deleted_goal_is_gone_and_comes_back_as_it_was(cast: Cast) -> None:
    goal = set_goal(cast, pipelines=frozenset({cast.pipeline.pk}), period_targets=seasonal(1, 2, 3, 4, 5, 6))
    delete_goal(actor=cast.as_astrid, public_id=goal.public_id, now=NOW)
    with pytest.raises(NotFound):
        goal_seen_by(cast.as_astrid, goal.public_id)
    assert goals_seen_by(cast.as_astrid, visible_to(cast.as_astrid)) == []
    [deleted] = goals_seen_by(cast.as_astrid, visible_to(cast.as_astrid, is_deleted=True))
    assert deleted.terms == goal.terms
    assert restore_goal(actor=cast.as_astrid, public_id=goal.public_id, now=NOW).terms == goal.terms
    [listed] = goals_seen_by(cast.as_astrid, visible_to(cast.as_astrid))
    assert listed.public_id == goal.public_id


Refused = Callable[[Cast, GoalView], object]

REFUSALS: dict[str, tuple[type[Exception], Refused]] = {
    "creating for somebody else": (
        NotAllowed,
        lambda cast, _: create_goal(actor=cast.as_cilla, terms=terms(cast), now=NOW),
    ),
    "creating at fault": (
        InvalidInput,
        lambda cast, _: create_goal(actor=cast.as_astrid, terms=terms(cast, target=0), now=NOW),
    ),
    "the right is asked for before the terms are read": (
        NotAllowed,
        lambda cast, _: create_goal(actor=cast.as_cilla, terms=terms(cast, target=0, title=""), now=NOW),
    ),
    "changing what is hidden, wrongly and too late": (
        NotFound,
        lambda cast, goal: change_goal(
            actor=cast.as_cilla, public_id=goal.public_id, terms=terms(cast, target=0), now=NOW, version=7
        ),
    ),
    "changing at fault": (
        InvalidInput,
        lambda cast, goal: change_goal(
            actor=cast.as_astrid, public_id=goal.public_id, terms=terms(cast, target=0), now=NOW
        ),
    ),
    "changing too late, at fault": (
        Changed,
        lambda cast, goal: change_goal(
            actor=cast.as_astrid, public_id=goal.public_id, terms=terms(cast, target=0), now=NOW, version=7
        ),
    ),
    "changing what is not there": (
        NotFound,
        lambda cast, _: change_goal(actor=cast.as_astrid, public_id="0" * 32, terms=terms(cast), now=NOW),
    ),
    "deleting what is not there": (
        NotFound,
        lambda cast, _: delete_goal(actor=cast.as_astrid, public_id="nonsense", now=NOW),
    ),
    "bringing back what was not deleted": (
        NotFound,
        lambda cast, goal: restore_goal(actor=cast.as_astrid, public_id=goal.public_id, now=NOW),
    ),
}


@pytest.mark.parametrize(("refusal", "attempt"), REFUSALS.values(), ids=REFUSALS.keys())
def test_what_is_refused_changes_nothing(cast: Cast, refusal: type[Exception], attempt: Refused) -> None:
    goal = set_goal(cast, period_targets=seasonal(1, 2, 3, 4, 5, 6))
    before = stored()
    with pytest.raises(refusal):
        attempt(cast, goal)
    assert stored() == before


def test_nothing_can_be_done_to_a_deleted_goal_but_bring_it_back(cast: Cast) -> None:
    goal = set_goal(cast)
    delete_goal(actor=cast.as_astrid, public_id=goal.public_id, now=NOW)
    before = stored()
    with pytest.raises(NotFound):
        change_goal(actor=cast.as_astrid, public_id=goal.public_id, terms=terms(cast), now=NOW)
    with pytest.raises(NotFound):
        delete_goal(actor=cast.as_astrid, public_id=goal.public_id, now=NOW)
    with pytest.raises(NotFound):
        create_goal(actor=cast.as_astrid, terms=terms(cast), now=NOW, public_id=goal.public_id)
    assert stored() == before


def test_a_manager_loses_a_members_goals_with_the_member(cast: Cast) -> None:
    let_see(cast.bjorn, company_statistics=True, other_users_statistics=True)
    goal = set_goal(cast, assignee=person(cast.cilla))
    assert goal_seen_by(cast.as_bjorn, goal.public_id).may_change
    remove_member(now=NOW, actor=cast.operator, team_id=cast.nordic.pk, user_id=cast.cilla.pk)
    assert not goal_seen_by(cast.as_bjorn, goal.public_id).may_change
    with pytest.raises(NotAllowed):
        delete_goal(actor=cast.as_bjorn, public_id=goal.public_id, now=NOW)


def test_a_goal_that_has_ended_is_past(cast: Cast) -> None:
    goal = set_goal(cast, ends_on=date(2026, 6, 30))
    assert goal.is_active(date(2026, 6, 30))
    assert not goal.is_active(date(2026, 7, 1))
    assert set_goal(cast, ends_on=None).is_active(date(2099, 1, 1))
    assert Goal.objects.filter(company=cast.company).count() == 2
