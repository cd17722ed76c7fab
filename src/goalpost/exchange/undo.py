"""Undoes a whole import: what it created is deleted, what it changed is as it was before.

Its batches are taken back from the last to the first, each in one transaction with the ledger, so that what
was stopped goes on when it is asked for again. A record that was changed since is kept as it is, unless that
is to be lost, too. What was known on a day stays known: the book is only added to.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import models
from django.utils.translation import gettext as _

from goalpost.companies.actors import operator_of
from goalpost.companies.audit import AuditAction, Subject, record
from goalpost.companies.errors import InvalidInput, NotAllowed, NotFound
from goalpost.companies.models import Company, User
from goalpost.crm.bulk import (
    ActivityRecord,
    DealRecord,
    deals_by_id,
    mark_deleted,
    update_activities,
    update_deals,
)
from goalpost.crm.models import Activity, ActivityType, Deal, Pipeline, Stage
from goalpost.crm.posting import company_rules, crm_write, reconcile
from goalpost.crm.stage_history import replace_moves
from goalpost.domain.counting import StageMove
from goalpost.domain.permissions import Actor, may_import
from goalpost.exchange.journal import unpacked
from goalpost.exchange.models import Import, ImportBatch, ImportState, StageEvent
from goalpost.exchange.reading.fields import FileKind
from goalpost.ledger.models import Reason, SourceKind
from goalpost.ledger.post import PostingWriter

UNDO_WITHIN = timedelta(days=30)
_SILENT_FOR = timedelta(minutes=5)
"""An import that runs without a job and has written nothing for so long was killed."""
_CHUNK = 5_000
_NAMED = 10
_Record = TypeVar("_Record", DealRecord, ActivityRecord)


@dataclass(slots=True)
class Undoing:
    """What an undo takes back, and what it keeps since it was changed after the import."""

    deleted: int = 0
    restored: int = 0
    kept_new: int = 0
    kept_changed: int = 0
    events: int = 0
    """The arrivals in stages that are forgotten."""
    first_kept: list[str] = field(default_factory=list)
    """The titles of the first ones that are kept."""

    @property
    def kept(self) -> int:
        return self.kept_new + self.kept_changed


def imports_of(actor: Actor) -> models.QuerySet[Import]:
    """Return the company's imports, the newest first. Raises NotAllowed."""
    if not may_import(actor):
        raise NotAllowed
    return Import.objects.filter(company_id=actor.company_id).select_related("made_by").order_by("-number")


def found_import(actor: Actor, number: int) -> Import:
    """Return an import by its number. Raises NotAllowed, NotFound."""
    found = imports_of(actor).filter(number=number).first()
    if found is None:
        raise NotFound
    return found


def is_stopped(done: Import, now: datetime) -> bool:
    """Whether the import ended on the way; one that was killed cannot say so itself."""
    is_silent = not done.job_id and now - done.touched_at > _SILENT_FOR
    return done.state == ImportState.STOPPED or (done.state == ImportState.RUNNING and is_silent)


def why_not(done: Import, now: datetime) -> str:
    """Return the reason why an import cannot be undone, empty where it can: cheap, for lists."""
    if done.state == ImportState.UNDONE:
        return _("It is undone already.")
    if done.state in (ImportState.DRAFT, ImportState.WAITING):
        return _("It has changed nothing yet.")
    if done.state == ImportState.RUNNING and not is_stopped(done, now):
        return _("It is still running.")
    if done.kind == FileKind.USERS:
        return _("People and teams are changed on their own pages.")
    if now - done.created_at > UNDO_WITHIN:
        return _("Possible for 30 days only.")
    return ""


def preview_undo(*, actor: Actor, number: int, now: datetime, discards_edits: bool = False) -> Undoing:
    """Return what an undo would do. Raises NotAllowed, NotFound, InvalidInput with the reason why not."""
    done = _undoable(actor, number, now)
    found = Undoing()
    simulated: dict[tuple[SourceKind, int], datetime | None] = {}
    for batch in _batches(done):
        changed = unpacked(bytes(batch.content))
        found.events += len(changed.arrivals)
        for kind, before in ((SourceKind.DEAL, changed.deals), (SourceKind.ACTIVITY, changed.activities)):
            _preview_changed(found, simulated, kind, before, batch, discards_edits=discards_edits)
        _preview_created(found, simulated, batch, changed.created, discards_edits=discards_edits)
    return found


def undo_import(
    *,
    actor: Actor,
    number: int,
    now: datetime,
    discards_edits: bool = False,
    show: Callable[[int, int], None] = lambda _done, _of: None,
) -> Undoing:
    """Undo an import, batch by batch. Raises NotAllowed, NotFound, InvalidInput with the reason why not.

    `discards_edits` also takes back records that were changed since.
    """
    done = _undoable(actor, number, now)
    found = preview_undo(actor=actor, number=number, now=now, discards_edits=discards_edits)
    writing = replace(operator_of(actor.company_id), user_id=actor.user_id)
    numbers = list(_batches(done).values_list("pk", flat=True))
    for place, key in enumerate(numbers, 1):
        with crm_write(writing, now=now, reason=Reason.UNDO, note=done.file_name) as writer:
            batch = ImportBatch.objects.get(company_id=actor.company_id, pk=key)
            _undo_batch(writer, batch, discards_edits=discards_edits)
            batch.delete()
        show(place, len(numbers))
    Import.objects.filter(company_id=actor.company_id, pk=done.pk).update(
        state=ImportState.UNDONE, undone_at=now, undone_by_id=actor.user_id or None
    )
    record(
        actor=actor,
        action=AuditAction.IMPORT_UNDONE,
        on=Subject.of(Company.objects.get(pk=actor.company_id)),
        now=now,
        changes={"file": (done.file_name, None), "records": (done.kind, None)},
    )
    return found


def _undoable(actor: Actor, number: int, now: datetime) -> Import:
    done = found_import(actor, number)
    reason = why_not(done, now)
    if reason:
        raise InvalidInput(reason, field="number")
    later = _standing_on(done)
    if later is not None:
        raise InvalidInput(
            _("Import %(number)s (%(file)s) came later and changed the same records: undo that first.")
            % {"number": later.number, "file": later.file_name},
            field="number",
        )
    return done


def _batches(done: Import) -> models.QuerySet[ImportBatch]:
    rows = ImportBatch.objects.filter(company_id=done.company_id, import_number=done.number)
    return rows.order_by("-number")


def _standing_on(done: Import) -> Import | None:
    """Return the latest import that changed records after this one did."""
    mine: dict[SourceKind, set[int]] | None = None
    later = Import.objects.filter(company_id=done.company_id, number__gt=done.number)
    for other in later.exclude(state=ImportState.UNDONE).order_by("-number"):
        if not _batches(other).exists():
            continue
        mine = mine if mine is not None else _touched(done)
        for batch in _batches(other):
            theirs = _touched_by(batch)
            if any(mine[kind] & theirs[kind] for kind in SourceKind):
                return other
            if _is_linked(theirs[SourceKind.ACTIVITY], mine[SourceKind.DEAL], done.company_id):
                return other
    return None


def _is_linked(activity_ids: Collection[int], deal_ids: Collection[int], company_id: int) -> bool:
    """Whether one of the activities is linked to one of the deals."""
    if not deal_ids:
        return False
    for chunk in _chunks(activity_ids):
        linked = Activity.objects.filter(company_id=company_id, pk__in=chunk, deal_id__isnull=False)
        if any(deal_id in deal_ids for deal_id in linked.values_list("deal_id", flat=True)):
            return True
    return False


def _touched(done: Import) -> dict[SourceKind, set[int]]:
    found: dict[SourceKind, set[int]] = {kind: set() for kind in SourceKind}
    for batch in _batches(done):
        for kind, ids in _touched_by(batch).items():
            found[kind] |= ids
    return found


def _touched_by(batch: ImportBatch) -> dict[SourceKind, set[int]]:
    changed = unpacked(bytes(batch.content))
    found = {SourceKind.DEAL: set(changed.deals), SourceKind.ACTIVITY: set(changed.activities)}
    found[SourceKind(batch.source_kind)] |= set(changed.created)
    found[SourceKind.DEAL] |= {deal_id for deal_id, _at, _stage in changed.arrivals}
    return found


def _model(kind: SourceKind) -> type[Deal | Activity]:
    return Deal if kind is SourceKind.DEAL else Activity


def _preview_changed(
    found: Undoing,
    simulated: dict[tuple[SourceKind, int], datetime | None],
    kind: SourceKind,
    before: Mapping[int, DealRecord] | Mapping[int, ActivityRecord],
    batch: ImportBatch,
    *,
    discards_edits: bool,
) -> None:
    for chunk in _chunks(before):
        now = _stamps(kind, batch.company_id, chunk)
        for key in chunk:
            stamp = simulated.get((kind, key), now.get(key))
            if stamp == batch.at or discards_edits:
                found.restored += (kind, key) not in simulated
                simulated[kind, key] = before[key].updated_at
            elif (kind, key) not in simulated:
                found.kept_changed += 1
                simulated[kind, key] = None
                _name(found, kind, batch.company_id, key)


def _preview_created(
    found: Undoing,
    simulated: dict[tuple[SourceKind, int], datetime | None],
    batch: ImportBatch,
    created: list[int],
    *,
    discards_edits: bool,
) -> None:
    kind = SourceKind(batch.source_kind)
    for chunk in _chunks(created):
        now = _stamps(kind, batch.company_id, chunk)
        for key in chunk:
            known = (kind, key) in simulated
            stamp = simulated[kind, key] if known else now.get(key)
            if stamp == batch.at or discards_edits:
                found.deleted += 1
                # Of what it created and changed again, only that it is deleted is worth telling.
                found.restored -= known
            else:
                found.kept_new += 1
                found.kept_changed -= known
                if not known:
                    _name(found, kind, batch.company_id, key)


def _name(found: Undoing, kind: SourceKind, company_id: int, key: int) -> None:
    if len(found.first_kept) < _NAMED:
        row = _model(kind)._default_manager.filter(company_id=company_id, pk=key).first()
        if row is not None:
            found.first_kept.append(str(row))


def _stamps(kind: SourceKind, company_id: int, ids: list[int]) -> dict[int, datetime]:
    """Return when each record was changed last."""
    rows = _model(kind)._default_manager.filter(company_id=company_id, pk__in=ids)
    return dict(rows.values_list("pk", "updated_at"))


def _undo_batch(writer: PostingWriter, batch: ImportBatch, *, discards_edits: bool) -> None:
    changed = unpacked(bytes(batch.content))
    company_id = batch.company_id
    for deal_id, at, stage_id in changed.arrivals:
        told = StageEvent.objects.filter(company_id=company_id, deal_id=deal_id, moment=at, stage_id=stage_id)
        told.delete()
    deals = _as_left(SourceKind.DEAL, batch, changed.deals, discards_edits=discards_edits)
    _restore_deals(writer, {key: changed.deals[key] for key in deals}, changed.moves)
    activities = _as_left(SourceKind.ACTIVITY, batch, changed.activities, discards_edits=discards_edits)
    _restore_activities(writer, {key: changed.activities[key] for key in activities})
    kind = SourceKind(batch.source_kind)
    gone = _as_left(kind, batch, changed.created, discards_edits=discards_edits)
    if gone:
        mark_deleted(writer, kind, gone, is_deleted=True)


def _as_left(kind: SourceKind, batch: ImportBatch, ids: Iterable[int], *, discards_edits: bool) -> list[int]:
    """Return which of the records are as the batch left them, or whose later changes are to be lost."""
    return [
        key
        for chunk in _chunks(ids)
        for key, stamp in sorted(_stamps(kind, batch.company_id, chunk).items())
        if discards_edits or stamp == batch.at
    ]


_NAMED_ROWS: dict[str, type[models.Model]] = {
    "owner_id": User,
    "pipeline_id": Pipeline,
    "stage_id": Stage,
    "type_id": ActivityType,
    "deal_id": Deal,
}


def _with_what_is_there(company_id: int, records: Mapping[int, _Record]) -> dict[int, _Record]:
    """Return the records whose people, pipelines, stages and types are still there."""
    missing: set[tuple[str, int]] = set()
    for name, model in _NAMED_ROWS.items():
        wanted: set[int] = {found for one in records.values() if (found := getattr(one, name, None))}
        rows = model._default_manager.filter(company_id=company_id, pk__in=wanted)
        there = set(rows.values_list("pk", flat=True)) if wanted else set()
        missing |= {(name, one) for one in wanted - there}
    return {
        key: one
        for key, one in records.items()
        if not any((name, getattr(one, name, 0)) in missing for name in _NAMED_ROWS)
    }


def _restore_deals(
    writer: PostingWriter, wanted: Mapping[int, DealRecord], moves: Mapping[int, Sequence[StageMove]]
) -> None:
    deals = _with_what_is_there(writer.act.company_id, wanted)
    if not deals:
        return
    company_id = writer.act.company_id
    now = deals_by_id(company_id, list(deals))
    replace_moves(company_id, {key: moves[key] for key in deals if key in moves})
    update_deals(writer, company_rules(company_id), deals, {})
    elsewhere = [key for key, was in deals.items() if now[key].pipeline_id != was.pipeline_id]
    linked = Activity.objects.filter(company_id=company_id, deal_id__in=elsewhere)
    reconcile(writer, activities=sorted(linked.values_list("pk", flat=True)))


def _restore_activities(writer: PostingWriter, wanted: Mapping[int, ActivityRecord]) -> None:
    activities = _with_what_is_there(writer.act.company_id, wanted)
    if not activities:
        return
    company_id = writer.act.company_id
    linked = {was.deal_id for was in activities.values() if was.deal_id is not None}
    pipelines = dict(
        Deal.objects.filter(company_id=company_id, pk__in=linked).values_list("pk", "pipeline_id")
    )
    placed = {key: (was, pipelines.get(was.deal_id or 0, 0)) for key, was in activities.items()}
    update_activities(writer, company_rules(company_id), placed)


def _chunks(ids: Iterable[int]) -> Iterator[list[int]]:
    every = sorted(ids)
    for start in range(0, len(every), _CHUNK):
        yield every[start : start + _CHUNK]
