"""Actions on activities. An activity counts for its assignee."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import TypedDict, Unpack

from django.utils.translation import gettext as _

from goalpost.companies.errors import InvalidInput
from goalpost.crm import checks
from goalpost.crm.models import Activity, columns_of
from goalpost.crm.posting import crm_write, reconcile
from goalpost.crm.seals import insert_sealed
from goalpost.domain.changes import PostingAction
from goalpost.domain.counting import Moment
from goalpost.domain.permissions import Actor


class ActivityDetails(TypedDict, total=False):
    """What of an activity can be set at creation and changed later."""

    subject: str
    type_id: int
    owner_id: int
    deal_id: int | None
    add_time: Moment | None
    due_date: date | None
    due_time: int | None
    duration: int | None
    note: str


def create_activity(*, actor: Actor, now: datetime, **details: Unpack[ActivityDetails]) -> Activity:
    """Create an activity still to be done, of a subject and a type. Raises InvalidInput, NotAllowed."""
    checks.require_record_right(actor, details.get("owner_id", actor.user_id))
    [activity] = plan_weekly(actor=actor, weeks=1, now=now, **details)
    return activity


MOST_WEEKS = 52


def plan_weekly(
    *, actor: Actor, weeks: int, now: datetime, **details: Unpack[ActivityDetails]
) -> list[Activity]:
    """Create the activity once a week, `weeks` times, from its due date on: each one an activity like others.

    All are added now (decision 0033). Raises InvalidInput, NotAllowed.
    """
    checks.require_record_right(actor, details.get("owner_id", actor.user_id))
    if not 1 <= weeks <= MOST_WEEKS:
        raise InvalidInput(_("Use a number from 1 to %(most)d.") % {"most": MOST_WEEKS}, field="weeks")
    due = details.get("due_date")
    if due is None and weeks > 1:
        raise InvalidInput(_("Choose the first day."), field="due_date")
    with crm_write(actor, now=now, action=PostingAction.CREATED) as writer:
        planned = []
        for week in range(weeks):
            activity = Activity(company_id=actor.company_id, add_time=now, updated_at=now)
            begun = ActivityDetails(subject="", type_id=0, owner_id=actor.user_id)
            _set_details(actor, activity, {**begun, **details})
            activity.due_date = _weeks_later(due, week)
            insert_sealed(writer, activity)
            planned.append(activity)
        reconcile(writer, activities=[activity.pk for activity in planned])
    return planned


def _weeks_later(due: date | None, weeks: int) -> date | None:
    try:
        return due + timedelta(weeks=weeks) if due else None
    except OverflowError:
        raise InvalidInput(_("Choose an earlier day."), field="due_date") from None


def change_activity(
    *, actor: Actor, activity_id: int, now: datetime, **details: Unpack[ActivityDetails]
) -> Activity:
    """Change details of an activity. Raises NotFound, InvalidInput, NotAllowed."""
    with _changing(actor, activity_id, PostingAction.CHANGED, now=now) as activity:
        checks.require_record_right(actor, details.get("owner_id", activity.owner_id))
        _set_details(actor, activity, details)
    return activity


def complete_activity(
    *, actor: Actor, activity_id: int, now: datetime, done_at: Moment | None = None
) -> Activity:
    """Mark an activity as done. Raises InvalidInput when it is done already."""
    with _changing(actor, activity_id, PostingAction.COMPLETED, now=now) as activity:
        if activity.is_done:
            raise InvalidInput(_("The activity is already done."), field="done")
        activity.is_done = True
        done = checks.checked_moment(done_at, field="done_at") or now
        activity.marked_as_done_time, activity.marked_as_done_time_is_day = columns_of(done)
    return activity


def reopen_activity(*, actor: Actor, activity_id: int, now: datetime) -> Activity:
    """Mark an activity as not done."""
    with _changing(actor, activity_id, PostingAction.UNDONE, now=now) as activity:
        if not activity.is_done:
            raise InvalidInput(_("The activity is not done yet."), field="done")
        activity.is_done = False
        activity.marked_as_done_time, activity.marked_as_done_time_is_day = columns_of(None)
    return activity


def delete_activity(*, actor: Actor, activity_id: int, now: datetime) -> Activity:
    """Delete an activity: it counts nowhere until it is restored."""
    with _changing(actor, activity_id, PostingAction.DELETED, now=now) as activity:
        activity.is_deleted, activity.is_deleted_at_source = True, False
    return activity


def restore_activity(*, actor: Actor, activity_id: int, now: datetime) -> Activity:
    """Restore a deleted activity."""
    with _changing(actor, activity_id, PostingAction.RESTORED, now=now, is_deleted=True) as activity:
        activity.is_deleted = activity.is_deleted_at_source = False
    return activity


@contextmanager
def _changing(
    actor: Actor, activity_id: int, action: PostingAction, *, now: datetime, is_deleted: bool = False
) -> Iterator[Activity]:
    """Yield the activity while the book is locked; save and post it afterwards if it changed."""
    with crm_write(actor, now=now, action=action) as writer:
        activity = checks.record_to_change(Activity, actor, activity_id, is_deleted=is_deleted)
        before = checks.stored_values(activity)
        yield activity
        if checks.is_changed(activity, before):
            checks.save_changes(writer, activity, before, now=now)
            reconcile(writer, activities=[activity.pk])


def _set_details(actor: Actor, activity: Activity, details: ActivityDetails) -> None:
    """Check each detail given and put it on the activity. Raises InvalidInput."""
    company_id = activity.company_id
    if "subject" in details:
        activity.subject = checks.checked_text(details["subject"], field="subject")
    if "type_id" in details:
        activity.type_id = checks.found_type(company_id, details["type_id"]).pk
    if "owner_id" in details:
        activity.owner_id = checks.found_owner(company_id, details["owner_id"]).pk
    if "deal_id" in details:
        deal_id = details["deal_id"]
        # A link that stands is kept, also where the deal is hidden from who changes the rest.
        if deal_id != activity.deal_id:
            activity.deal_id = None if deal_id is None else checks.found_deal(actor, deal_id).pk
    if "add_time" in details:
        added = checks.checked_moment(details["add_time"], field="add_time")
        activity.add_time, activity.add_time_is_day = columns_of(added)
    _set_when(activity, details)
    if "note" in details:
        activity.note = checks.checked_text(
            details["note"], field="note", longest=checks.LONGEST_NOTE, is_required=False
        )


def _set_when(activity: Activity, details: ActivityDetails) -> None:
    if "due_date" in details:
        activity.due_date = details["due_date"]
    if "due_time" in details:
        activity.due_time = checks.checked_time_of_day(details["due_time"])
    if "duration" in details:
        activity.duration = checks.checked_duration(details["duration"])
