"""What people do to activities, and what the ledger says after it."""

from datetime import date, datetime

import pytest

from goalpost.companies.errors import InvalidInput, NotFound
from goalpost.crm.actions import activities, deals
from goalpost.crm.actions.activities import ActivityDetails
from goalpost.crm.actions.setup import add_pipeline, add_stage
from goalpost.domain.measures import Measure
from goalpost.ledger import read
from goalpost.ledger.questions import Selection, Total
from tests.crm.records import ALWAYS, LATER, add_activity, add_deal, days, everything_stored, total, utc
from tests.people import NOW, Cast, make_company

pytestmark = pytest.mark.django_db

NOTHING = Total()
ADDED, COMPLETED = Measure.ACTIVITIES_ADDED, Measure.ACTIVITIES_COMPLETED


def in_pipeline(cast: Cast, measure: Measure, pipeline_id: int) -> int:
    selection = Selection(measure, pipelines=frozenset({pipeline_id}))
    return read.total(cast.company_id, selection, ALWAYS).count


def test_a_new_activity_counts_as_added_for_its_assignee_and_not_as_completed() -> None:
    cast = make_company()
    activity = activities.create_activity(
        actor=cast.as_cilla, now=NOW, subject=" Ring ", type_id=cast.activity_type().pk
    )
    assert (activity.subject, activity.owner_id, activity.add_time) == ("Ring", cast.cilla.pk, NOW)
    assert total(cast, ADDED, owner_id=cast.cilla.pk) == Total(1)
    assert total(cast, COMPLETED) == NOTHING


def test_a_completed_activity_counts_on_the_day_it_was_done() -> None:
    cast = make_company()
    activity = add_activity(cast)
    done = activities.complete_activity(
        actor=cast.as_cilla, activity_id=activity.pk, now=LATER, done_at=utc(2026, 2, 28, 23, 30)
    )
    assert (done.is_done, done.marked_as_done_time) == (True, utc(2026, 2, 28, 23, 30))
    assert days(cast, COMPLETED) == [date(2026, 3, 1)]


def test_an_undone_activity_leaves_completed() -> None:
    cast = make_company()
    activity = add_activity(cast)
    activities.complete_activity(actor=cast.as_cilla, activity_id=activity.pk, now=NOW)
    assert total(cast, COMPLETED) == Total(1)
    undone = activities.reopen_activity(actor=cast.as_cilla, activity_id=activity.pk, now=LATER)
    assert (undone.is_done, undone.marked_as_done_time) == (False, None)
    assert total(cast, COMPLETED) == NOTHING


def test_a_deleted_activity_counts_nowhere_until_it_is_restored() -> None:
    cast = make_company()
    activity = add_activity(cast)
    activities.complete_activity(actor=cast.as_cilla, activity_id=activity.pk, now=NOW)
    activities.delete_activity(actor=cast.as_cilla, activity_id=activity.pk, now=LATER)
    assert total(cast, ADDED) == total(cast, COMPLETED) == NOTHING
    activities.restore_activity(actor=cast.as_cilla, activity_id=activity.pk, now=LATER)
    assert total(cast, ADDED) == total(cast, COMPLETED) == Total(1)


def test_a_reassigned_activity_counts_for_its_new_assignee() -> None:
    cast = make_company()
    activity = add_activity(cast)
    activities.change_activity(
        actor=cast.as_astrid, activity_id=activity.pk, now=LATER, owner_id=cast.david.pk
    )
    assert total(cast, ADDED, owner_id=cast.cilla.pk) == NOTHING
    assert total(cast, ADDED, owner_id=cast.david.pk) == Total(1)


def test_an_activity_counts_in_the_pipeline_of_its_deal_and_moves_along() -> None:
    cast = make_company()
    partners = add_pipeline(actor=cast.operator, name="Partners", now=NOW)
    lead = add_stage(actor=cast.operator, pipeline_id=partners.pk, name="Lead", now=NOW)
    deal = add_deal(cast)
    activity = add_activity(cast, deal_id=deal.pk)
    unlinked = add_activity(cast)
    activities.complete_activity(actor=cast.as_cilla, activity_id=activity.pk, now=NOW)
    for measure in (ADDED, COMPLETED):
        assert in_pipeline(cast, measure, cast.pipeline.pk) == 1
    deals.move_deal(actor=cast.as_cilla, deal_id=deal.pk, stage_id=lead.pk, now=LATER)
    for measure in (ADDED, COMPLETED):
        assert in_pipeline(cast, measure, cast.pipeline.pk) == 0
        assert in_pipeline(cast, measure, partners.pk) == 1
    activities.change_activity(actor=cast.as_cilla, activity_id=activity.pk, now=LATER, deal_id=None)
    assert in_pipeline(cast, ADDED, partners.pk) == 0
    assert total(cast, ADDED) == Total(2), "with all pipelines, unlinked ones count too"
    activities.change_activity(actor=cast.as_cilla, activity_id=unlinked.pk, now=LATER, deal_id=deal.pk)
    assert in_pipeline(cast, ADDED, partners.pk) == 1


def test_a_due_date_counts_nowhere() -> None:
    cast = make_company()
    activity = add_activity(cast)
    version = read.version(cast.company_id)
    changed = activities.change_activity(
        actor=cast.as_cilla, activity_id=activity.pk, now=LATER, due_date=date(2026, 4, 1)
    )
    changed.refresh_from_db()
    assert changed.due_date == date(2026, 4, 1)
    assert read.version(cast.company_id) == version


REFUSED: list[tuple[ActivityDetails, str]] = [
    ({"subject": ""}, "subject"),
    ({"subject": "x" * 501}, "subject"),
    ({"subject": "\x00"}, "subject"),
    ({"type_id": 0}, "type"),
    ({"owner_id": 999_999_999}, "owner"),
    ({"deal_id": 999_999_999}, "deal"),
    ({"add_time": datetime(2026, 1, 1)}, "add_time"),  # noqa: DTZ001  that is what is refused
    ({"add_time": utc(9999, 12, 31)}, "add_time"),
]


@pytest.mark.parametrize(("details", "field"), REFUSED)
def test_what_an_activity_cannot_hold_is_refused_by_name_and_nothing_changes(
    details: ActivityDetails, field: str
) -> None:
    cast = make_company()
    activity = add_activity(cast)
    before = everything_stored()
    with pytest.raises(InvalidInput) as on_change:
        activities.change_activity(actor=cast.as_astrid, activity_id=activity.pk, now=LATER, **details)
    with pytest.raises(InvalidInput) as on_creation:
        add_activity(cast, **details)
    assert on_change.value.field == on_creation.value.field == field
    assert everything_stored() == before


def test_an_activity_needs_a_subject_and_a_type_and_the_operator_an_assignee() -> None:
    cast = make_company()
    with pytest.raises(InvalidInput) as without_subject:
        activities.create_activity(actor=cast.as_cilla, now=NOW, type_id=cast.activity_type().pk)
    assert without_subject.value.field == "subject"
    with pytest.raises(InvalidInput) as without_type:
        activities.create_activity(actor=cast.as_cilla, now=NOW, subject="Ring")
    assert without_type.value.field == "type"
    with pytest.raises(InvalidInput) as without_owner:
        activities.create_activity(
            actor=cast.operator, now=NOW, subject="Ring", type_id=cast.activity_type().pk
        )
    assert without_owner.value.field == "owner"


def test_completing_twice_and_undoing_what_is_not_done_are_refused() -> None:
    cast = make_company()
    activity = add_activity(cast)
    with pytest.raises(InvalidInput):
        activities.reopen_activity(actor=cast.as_cilla, activity_id=activity.pk, now=LATER)
    with pytest.raises(InvalidInput) as without_zone:
        activities.complete_activity(
            actor=cast.as_cilla,
            activity_id=activity.pk,
            now=LATER,
            done_at=datetime(2026, 1, 1),  # noqa: DTZ001  that is what is refused
        )
    assert without_zone.value.field == "done_at"
    activities.complete_activity(actor=cast.as_cilla, activity_id=activity.pk, now=NOW)
    before = everything_stored()
    with pytest.raises(InvalidInput):
        activities.complete_activity(actor=cast.as_cilla, activity_id=activity.pk, now=LATER)
    assert everything_stored() == before


def test_a_deleted_activity_is_not_found_and_a_living_one_cannot_be_restored() -> None:
    cast = make_company()
    activity = add_activity(cast)
    with pytest.raises(NotFound):
        activities.restore_activity(actor=cast.as_astrid, activity_id=activity.pk, now=LATER)
    activities.delete_activity(actor=cast.as_astrid, activity_id=activity.pk, now=LATER)
    for act in (
        activities.change_activity,
        activities.complete_activity,
        activities.reopen_activity,
        activities.delete_activity,
    ):
        with pytest.raises(NotFound):
            act(actor=cast.as_astrid, activity_id=activity.pk, now=LATER)
