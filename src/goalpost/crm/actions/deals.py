"""Actions on deals. Moments default to `now`; amounts are minor units of the deal's currency.

`seen` is when the deal was last updated, as the actor saw it: an action on one that was changed since raises
Changed, and writes nothing. Without it the action is done whatever happened meanwhile.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import TypedDict, Unpack

from django.utils.translation import gettext as _

from goalpost.companies.errors import Changed, InvalidInput
from goalpost.crm import checks
from goalpost.crm.models import Deal, columns_of, is_before, moment_of
from goalpost.crm.posting import crm_write, linked_activities, reconcile, reconcile_deal
from goalpost.crm.recount import stage_moves
from goalpost.crm.seals import insert_sealed
from goalpost.crm.stage_history import NewMoments, add_move, correct_moves, replace_moves
from goalpost.domain.changes import PostingAction
from goalpost.domain.counting import DealStatus, Moment, StageMove
from goalpost.domain.permissions import Actor
from goalpost.ledger.post import PostingWriter


class DealDetails(TypedDict, total=False):
    """What of a deal can be set at creation and changed later."""

    title: str
    organization: str
    owner_id: int
    value: int
    currency: str
    probability: int | None
    add_time: Moment | None
    won_time: Moment | None
    lost_time: Moment | None
    expected_close_date: date | None
    lost_reason: str
    note: str
    is_archived: bool


def create_deal(*, actor: Actor, stage_id: int, now: datetime, **details: Unpack[DealDetails]) -> Deal:
    """Create an open deal in a stage. Raises InvalidInput, NotAllowed."""
    checks.require_record_right(actor, details.get("owner_id", actor.user_id))
    with crm_write(actor, now=now, action=PostingAction.CREATED) as writer:
        stage = checks.found_stage(actor.company_id, stage_id)
        deal = Deal(
            company_id=actor.company_id,
            pipeline_id=stage.pipeline_id,
            stage_id=stage.pk,
            status=DealStatus.OPEN,
            add_time=now,
            updated_at=now,
        )
        _set_details(deal, {"title": "", "currency": "", "owner_id": actor.user_id, **details})
        moves = [StageMove(stage.pk, added_at(deal))]
        insert_sealed(writer, deal, moves)
        add_move(actor.company_id, deal.pk, stage.pk, added_at(deal))
        reconcile_deal(writer, deal, moves)
    return deal


def change_deal(
    *, actor: Actor, deal_id: int, now: datetime, seen: datetime | None = None, **details: Unpack[DealDetails]
) -> Deal:
    """Change details of a deal. Raises NotFound, InvalidInput, NotAllowed."""
    with _changing(actor, deal_id, PostingAction.CHANGED, now=now, seen=seen) as (deal, _writer):
        checks.require_record_right(actor, details.get("owner_id", deal.owner_id))
        added_before, closed_before = added_at(deal), _closed_at(deal)
        _set_details(deal, details)
        if _closed_at(deal) != closed_before:
            checks.require_dates_right(actor)
        # A deal enters its first stage when it is added, so the first move follows the add time.
        moments = NewMoments(latest=None, created_before=added_before, created=added_at(deal))
        correct_moves(actor.company_id, {deal.pk: moments} if added_at(deal) != added_before else {})
    return deal


def move_deal(
    *,
    actor: Actor,
    deal_id: int,
    stage_id: int,
    now: datetime,
    moved_at: Moment | None = None,
    seen: datetime | None = None,
) -> Deal:
    """Move a deal to a stage of any pipeline. Does nothing if it is there already."""
    with _changing(actor, deal_id, PostingAction.MOVED, now=now, seen=seen) as (deal, writer):
        stage = checks.found_stage(actor.company_id, stage_id)
        if stage.pk == deal.stage_id:
            return deal
        moment = checks.checked_moment(moved_at, field="moved_at") or now
        arrived = moment_of(deal.stage_change_time, deal.stage_change_time_is_day) or added_at(deal)
        if arrived is not None and is_before(moment, arrived):
            raise InvalidInput(_("The deal entered its stage later than that."), field="moved_at")
        changes_pipeline = stage.pipeline_id != deal.pipeline_id
        deal.stage_id, deal.pipeline_id = stage.pk, stage.pipeline_id
        deal.stage_change_time, deal.stage_change_time_is_day = columns_of(moment)
        add_move(actor.company_id, deal.pk, stage.pk, moment)
        if changes_pipeline:
            deal.save()
            reconcile(writer, activities=linked_activities(actor.company_id, deal.pk))
    return deal


def undo_move(*, actor: Actor, deal_id: int, now: datetime, seen: datetime) -> Deal:
    """Take a deal's last move back, as if it had not been made: it entered the stage before when it did.

    A move back would enter that stage anew. Raises InvalidInput for a deal that was never moved.
    """
    with _changing(actor, deal_id, PostingAction.MOVED, now=now, seen=seen) as (deal, writer):
        moves = stage_moves(actor.company_id, [deal.pk]).get(deal.pk, [])
        before = moves[-2] if len(moves) > 1 and moves[-1].stage_id == deal.stage_id else None
        if before is None:
            raise InvalidInput(_("The deal has not been moved."), field="stage_id")
        stage = checks.found_stage(actor.company_id, before.stage_id)
        changes_pipeline = stage.pipeline_id != deal.pipeline_id
        deal.stage_id, deal.pipeline_id = stage.pk, stage.pipeline_id
        entered = None if before.moved_at == added_at(deal) else before.moved_at
        deal.stage_change_time, deal.stage_change_time_is_day = columns_of(entered)
        replace_moves(actor.company_id, {deal.pk: moves[:-1]})
        if changes_pipeline:
            deal.save()
            reconcile(writer, activities=linked_activities(actor.company_id, deal.pk))
    return deal


def win_deal(
    *,
    actor: Actor,
    deal_id: int,
    now: datetime,
    won_time: Moment | None = None,
    seen: datetime | None = None,
) -> Deal:
    """Mark a deal as won. Raises InvalidInput when it is won already."""
    return _close(actor, deal_id, DealStatus.WON, now=now, at=won_time, seen=seen)


def lose_deal(
    *,
    actor: Actor,
    deal_id: int,
    now: datetime,
    lost_time: Moment | None = None,
    reason: str = "",
    seen: datetime | None = None,
) -> Deal:
    """Mark a deal as lost, for a reason. Raises InvalidInput when it is lost already."""
    return _close(actor, deal_id, DealStatus.LOST, now=now, at=lost_time, reason=reason, seen=seen)


def reopen_deal(*, actor: Actor, deal_id: int, now: datetime, seen: datetime | None = None) -> Deal:
    """Reopen a won or lost deal: it no longer counts as closed."""
    with _changing(actor, deal_id, PostingAction.REOPENED, now=now, seen=seen) as (deal, _writer):
        if deal.status == DealStatus.OPEN:
            raise InvalidInput(_("The deal is already open."), field="status")
        deal.status, deal.lost_reason = DealStatus.OPEN, ""
        _set_closed(deal, None, None)
    return deal


def delete_deal(*, actor: Actor, deal_id: int, now: datetime, seen: datetime | None = None) -> Deal:
    """Delete a deal: it counts nowhere until it is restored."""
    with _changing(actor, deal_id, PostingAction.DELETED, now=now, seen=seen) as (deal, _writer):
        deal.is_deleted, deal.is_deleted_at_source = True, False
    return deal


def restore_deal(*, actor: Actor, deal_id: int, now: datetime, seen: datetime | None = None) -> Deal:
    """Restore a deleted deal."""
    with _changing(actor, deal_id, PostingAction.RESTORED, now=now, seen=seen, is_deleted=True) as (
        deal,
        _writer,
    ):
        deal.is_deleted = deal.is_deleted_at_source = False
    return deal


def _close(
    actor: Actor,
    deal_id: int,
    status: DealStatus,
    *,
    now: datetime,
    at: Moment | None,
    reason: str = "",
    seen: datetime | None,
) -> Deal:
    action = PostingAction.WON if status is DealStatus.WON else PostingAction.LOST
    with _changing(actor, deal_id, action, now=now, seen=seen) as (deal, _writer):
        if deal.status == status:
            raise InvalidInput(_("The deal already has that status."), field="status")
        moment = checks.checked_moment(at, field="close_time") or now
        if moment != now:
            # Else a reopened deal could be closed on any day.
            checks.require_dates_right(actor)
        deal.status = status
        deal.lost_reason = _checked_reason(reason)
        _set_closed(
            deal, moment if status is DealStatus.WON else None, moment if status is DealStatus.LOST else None
        )
    return deal


@contextmanager
def _changing(
    actor: Actor,
    deal_id: int,
    action: PostingAction,
    *,
    now: datetime,
    seen: datetime | None,
    is_deleted: bool = False,
) -> Iterator[tuple[Deal, PostingWriter]]:
    """Yield the deal while the book is locked; save and post it afterwards if it changed."""
    with crm_write(actor, now=now, action=action) as writer:
        deal = checks.record_to_change(Deal, actor, deal_id, is_deleted=is_deleted)
        if seen is not None and deal.updated_at != seen:
            raise Changed
        before = checks.stored_values(deal)
        yield deal, writer
        if checks.is_changed(deal, before):
            moves = stage_moves(actor.company_id, [deal.pk]).get(deal.pk, [])
            checks.save_changes(writer, deal, before, now=now, moves=moves)
            reconcile_deal(writer, deal, moves)


def _set_details(deal: Deal, details: DealDetails) -> None:
    """Check each detail given and put it on the deal. Raises InvalidInput."""
    company_id = deal.company_id
    if "owner_id" in details:
        deal.owner_id = checks.found_owner(company_id, details["owner_id"]).pk
    if "value" in details:
        deal.value = checks.checked_value(details["value"])
    if "currency" in details:
        deal.currency = checks.checked_currency(details["currency"])
    if "probability" in details:
        deal.probability = checks.checked_probability(details["probability"])
    if "expected_close_date" in details:
        deal.expected_close_date = details["expected_close_date"]
    if "is_archived" in details:
        deal.is_archived = details["is_archived"]
    _set_words(deal, details)
    _set_moments(deal, details)


def _set_words(deal: Deal, details: DealDetails) -> None:
    """Set the texts of the deal; only a lost one has a reason."""
    if "title" in details:
        deal.title = checks.checked_text(details["title"], field="title")
    if "organization" in details:
        deal.organization = checks.checked_text(
            details["organization"], field="organization", is_required=False
        )
    if "note" in details:
        deal.note = checks.checked_text(
            details["note"], field="note", longest=checks.LONGEST_NOTE, is_required=False
        )
    if "lost_reason" in details:
        if details["lost_reason"] and deal.status != DealStatus.LOST:
            raise InvalidInput(
                _("Only a lost deal has a lost reason. Mark it as lost first."), field="lost_reason"
            )
        deal.lost_reason = _checked_reason(details["lost_reason"])


def _set_moments(deal: Deal, details: DealDetails) -> None:
    """Set the given moments of the deal; won and lost times need the matching status."""
    if "add_time" in details:
        added = checks.checked_moment(details["add_time"], field="add_time")
        deal.add_time, deal.add_time_is_day = columns_of(added)
    if "won_time" in details:
        if details["won_time"] is not None and deal.status != DealStatus.WON:
            raise InvalidInput(_("Only a won deal has a won time. Mark it as won first."), field="won_time")
        won = checks.checked_moment(details["won_time"], field="won_time")
        deal.won_time, deal.won_time_is_day = columns_of(won)
    if "lost_time" in details:
        if details["lost_time"] is not None and deal.status != DealStatus.LOST:
            raise InvalidInput(
                _("Only a lost deal has a lost time. Mark it as lost first."), field="lost_time"
            )
        lost = checks.checked_moment(details["lost_time"], field="lost_time")
        deal.lost_time, deal.lost_time_is_day = columns_of(lost)


def _checked_reason(reason: str) -> str:
    return checks.checked_text(reason, field="lost_reason", longest=200, is_required=False)


def added_at(deal: Deal) -> Moment | None:
    """Return when the deal was added: a moment, or a day without a known time."""
    return moment_of(deal.add_time, deal.add_time_is_day)


def _closed_at(deal: Deal) -> tuple[Moment | None, Moment | None]:
    return moment_of(deal.won_time, deal.won_time_is_day), moment_of(deal.lost_time, deal.lost_time_is_day)


def _set_closed(deal: Deal, won: Moment | None, lost: Moment | None) -> None:
    deal.won_time, deal.won_time_is_day = columns_of(won)
    deal.lost_time, deal.lost_time_is_day = columns_of(lost)
