"""Imports from the pages: an uploaded file is a draft until it is imported, then a job brings it in.

The file lies in the data folder, under a name of its own. The draft keeps how it is to be read, in the words
of the command line's options, so that both are the same import.
"""

import secrets
import shutil
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks import TaskContext, task

from goalpost.companies.actors import operator_of
from goalpost.companies.errors import InvalidInput, NotAllowed
from goalpost.companies.models import Company, CompanyLock
from goalpost.domain.permissions import Actor, may_import
from goalpost.exchange.errors import Unusable
from goalpost.exchange.files.cells import Row
from goalpost.exchange.files.opening import open_sheet
from goalpost.exchange.journal import add_import
from goalpost.exchange.loading.run import ImportOrder, Stopped, import_file
from goalpost.exchange.models import Import, ImportBatch, ImportState
from goalpost.exchange.reading.columns import ReadOptions
from goalpost.exchange.reading.fields import FIELDS, KNOWN_HEADERS, FileKind, fold_header
from goalpost.exchange.reading.profiles import find_profile
from goalpost.exchange.report import Report
from goalpost.exchange.undo import UNDO_WITHIN, found_import, undo_import
from goalpost.jobs.lease import GiveUp, lease_of
from goalpost.jobs.models import Job
from goalpost.jobs.queue import after_final_failure, for_company
from goalpost.ledger.models import Book

LARGEST = 60_000_000
"""Bytes of a file from a page; larger ones are for the command line."""
MOST_DRAFTS = 20
DRAFTS_FOR = timedelta(days=7)
_BUSY = (ImportState.WAITING, ImportState.RUNNING)
_LONGEST_NAME = 150
_FIRST_ROWS = 200


def add_draft(
    *, actor: Actor, name: str, chunks: Iterable[bytes], kind: FileKind | None, now: datetime
) -> Import:
    """Keep an uploaded file as a draft; without a `kind`, its columns tell.

    Raises NotAllowed, InvalidInput.
    """
    if not may_import(actor):
        raise NotAllowed
    drafts = Import.objects.filter(company_id=actor.company_id, state=ImportState.DRAFT)
    if drafts.count() >= MOST_DRAFTS:
        raise InvalidInput(
            _("There are %(most)s drafts already. Import or delete one of them first.")
            % {"most": MOST_DRAFTS},
            field="file",
        )
    upload = secrets.token_hex(16)
    folder = _folder(upload)
    folder.mkdir(mode=0o700, parents=True)
    path = folder / _safe(name)
    try:
        _store(path, chunks)
        kind = kind or kind_of(path)
        with transaction.atomic():
            draft = add_import(actor.company_id, kind.value, path.name, actor.user_id, ImportState.DRAFT, now)
            draft.upload = upload
            draft.save(update_fields=["upload"])
    except Unusable as error:
        shutil.rmtree(folder)
        raise InvalidInput(str(error), field="file") from None
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return draft


def kind_of(path: Path) -> FileKind:
    """Return what the file holds, as its headers tell. Raises Unusable when it cannot be read."""
    header = open_sheet(path).header
    profiles = [found for kind in FileKind if (found := find_profile(kind, header)) is not None]
    if profiles:
        return max(profiles, key=lambda profile: len(profile.signature)).kind
    folded = {fold_header(name) for name in header}
    fits = {
        kind: sum(bool(folded & set(KNOWN_HEADERS[kind][field.name])) for field in FIELDS[kind])
        for kind in (FileKind.DEALS, FileKind.ACTIVITIES, FileKind.USERS, FileKind.HISTORY)
    }
    return max(fits, key=lambda kind: fits[kind])


def found_draft(actor: Actor, number: int) -> Import:
    """Return a draft. Raises NotAllowed, NotFound, and InvalidInput where it is no draft any more."""
    draft = found_import(actor, number)
    if draft.state != ImportState.DRAFT or not draft.upload:
        raise InvalidInput(_("This file is imported already."), field="number")
    return draft


def file_of(done: Import) -> Path:
    return _folder(done.upload) / done.file_name


def rejects_of(done: Import) -> Path:
    return _folder(done.upload) / "rejected.csv"


def read_options(draft: Import) -> ReadOptions:
    stored: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in draft.options.items()
        if name in ReadOptions.__annotations__
    }
    return ReadOptions(**stored)


def first_rows(draft: Import) -> tuple[tuple[str, ...], list[Row]]:
    """Return the header and the first rows, as they stand in the file. Raises Unusable."""
    options = read_options(draft)
    sheet = open_sheet(file_of(draft), options.encoding, options.delimiter, options.sheet)
    rows: list[Row] = []
    for row in sheet.rows():
        if hasattr(row, "reason") or len(rows) == _FIRST_ROWS:
            break
        rows.append(row.cells)
    return sheet.header, rows


def change_draft(*, actor: Actor, number: int, now: datetime, kind: str = "", **options: object) -> Import:
    """Change how a draft is read; the options are those of `ReadOptions` and `is_whole`, `is_sure`."""
    draft = found_draft(actor, number)
    if kind and kind != draft.kind:
        draft.kind, draft.options = FileKind(kind).value, {}
    draft.options = {**draft.options, **options}
    draft.summary = {}
    draft.touched_at = now
    draft.save(update_fields=["kind", "options", "summary", "touched_at"])
    return draft


def discard_draft(*, actor: Actor, number: int) -> None:
    draft = found_draft(actor, number)
    draft.delete()
    shutil.rmtree(_folder(draft.upload), ignore_errors=True)


def check_draft(*, actor: Actor, number: int) -> tuple[Report, int]:
    """Return the report of a dry run, and the book's version it was made at. Raises Unusable."""
    draft = found_draft(actor, number)
    version = book_version(actor.company_id)
    order = replace(order_of(draft), is_dry_run=True)
    return import_file(order, clock=timezone.now, show=_unseen), version


def book_version(company_id: int) -> int:
    """Return the version of the company's book: another one means that records changed."""
    return Book.objects.values_list("version", flat=True).get(company_id=company_id)


def order_of(draft: Import) -> ImportOrder:
    return ImportOrder(
        FileKind(draft.kind),
        file_of(draft),
        Company.objects.get(pk=draft.company_id),
        read_options(draft),
        rejects_of(draft),
        is_whole=bool(draft.options.get("is_whole")),
        is_sure=bool(draft.options.get("is_whole")),
        made_by=draft.made_by_id or 0,
        number=draft.number,
    )


def begin_import(*, actor: Actor, number: int, version: int, now: datetime) -> Import:
    """Have a draft imported by a job.

    Raises InvalidInput when records changed since the check at `version`, or another import is under way.
    """
    with transaction.atomic():
        CompanyLock.hold(actor.company_id)
        draft = found_draft(actor, number)
        if book_version(actor.company_id) != version:
            raise InvalidInput(
                _("Records were changed here after the check. Look at it again, then import."),
                field="version",
            )
        _run(draft, now)
    return draft


def resume_import(*, actor: Actor, number: int, now: datetime) -> Import:
    """Have a stopped import go on: the rows that are in are found unchanged."""
    with transaction.atomic():
        CompanyLock.hold(actor.company_id)
        stopped = found_import(actor, number)
        if stopped.state != ImportState.STOPPED or not stopped.upload or not file_of(stopped).exists():
            raise InvalidInput(_("This import cannot go on: upload the file again."), field="number")
        _run(stopped, now)
    return stopped


def stop_import(*, actor: Actor, number: int, now: datetime) -> None:
    """Have an import end after the batch at hand. What is in stays in."""
    found_import(actor, number)
    busy = Import.objects.filter(company_id=actor.company_id, number=number, state__in=_BUSY)
    busy.update(state=ImportState.STOPPED, note="", finished_at=now)


def _run(done: Import, now: datetime) -> None:
    busy = Import.objects.filter(company_id=done.company_id, state__in=_BUSY).exclude(job_id=0)
    if busy.exclude(pk=done.pk).exists():
        raise InvalidInput(_("Another import is under way. Wait until it is in."), field="number")
    asked = for_company(run_import, done.company_id, about=done.file_name)
    done.job_id = int(asked.enqueue(done.company_id, done.number).id)
    done.state, done.created_at, done.touched_at, done.note = ImportState.WAITING, now, now, ""
    done.finished_at = None
    done.save(update_fields=["job_id", "state", "created_at", "touched_at", "note", "finished_at"])


class _StopAsked(Exception):
    """Somebody stopped the import."""


@task(takes_context=True)
def run_import(context: TaskContext, company_id: int, number: int) -> None:
    """Bring a draft in. Taken over from a killed worker, it goes on: what is in is found unchanged."""
    lease = lease_of(context)
    rows = Import.objects.filter(company_id=company_id, number=number)
    if not rows.filter(state__in=_BUSY).update(state=ImportState.RUNNING, touched_at=timezone.now()):
        return

    def show(done: int, of: int, doing: str) -> None:
        lease.keep({"done": done, "of": of, "doing": doing})
        if not rows.filter(state=ImportState.RUNNING).exists():
            raise _StopAsked

    try:
        import_file(order_of(rows.get()), clock=timezone.now, show=show)
    except _StopAsked:
        rows.update(note="", state=ImportState.STOPPED)
    except (Unusable, Stopped) as error:
        rows.update(state=ImportState.STOPPED, note=str(error)[:500])
        raise GiveUp(str(error)) from error


@after_final_failure(run_import)
def _note_failure(job: Job) -> None:
    """Have the list tell of an import that failed for good."""
    own = Import.objects.filter(company_id=job.company_id, job_id=job.pk, state__in=_BUSY)
    own.update(state=ImportState.STOPPED, note=job.error)


@task(takes_context=True)
def run_undo(context: TaskContext, company_id: int, user_id: int, number: int, discards_edits: bool) -> None:  # noqa: FBT001  arguments of a job
    """Undo an import of many records for who asked for it."""
    lease = lease_of(context)
    actor = replace(operator_of(company_id), user_id=user_id)

    def show(done: int, of: int) -> None:
        lease.keep({"done": done, "of": of})

    try:
        undo_import(actor=actor, number=number, now=timezone.now(), discards_edits=discards_edits, show=show)
    except InvalidInput as error:
        raise GiveUp(error.message) from error


@task
def sweep_imports() -> None:
    """Delete drafts that nobody goes on with, and files and batches that can be undone no more."""
    now = timezone.now()
    old = Q(state=ImportState.DRAFT, touched_at__lt=now - DRAFTS_FOR)
    for company_id in Company.objects.values_list("pk", flat=True):
        own = Import.objects.filter(company_id=company_id)
        for draft in own.filter(old):
            draft.delete()
            shutil.rmtree(_folder(draft.upload), ignore_errors=True)
        for done in own.filter(created_at__lt=now - UNDO_WITHIN).exclude(state=ImportState.DRAFT):
            ImportBatch.objects.filter(company_id=company_id, import_number=done.number).delete()
            if done.upload:
                shutil.rmtree(_folder(done.upload), ignore_errors=True)
        own.filter(created_at__lt=now - UNDO_WITHIN).exclude(state=ImportState.DRAFT).update(upload="")


def _folder(upload: str) -> Path:
    if not upload:
        raise ValueError("There is no file.")
    return Path(settings.DATA_DIR) / "imports" / upload


def _safe(name: str) -> str:
    """Return a file's name without folders and signs that a file system refuses."""
    plain = "".join(sign for sign in name.replace("\\", "/").rpartition("/")[2] if sign.isprintable())
    stem, dot, ending = plain.strip(" .").rpartition(".")
    kept = f"{(stem or ending)[:_LONGEST_NAME]}{f'.{ending[:8]}' if stem else ''}"
    return kept if kept and kept != "rejected.csv" else f"file{dot}{ending[:8]}"


def _store(path: Path, chunks: Iterable[bytes]) -> None:
    size = 0
    with path.open("xb") as file:
        for chunk in chunks:
            size += len(chunk)
            if size > LARGEST:
                raise Unusable(
                    _("The file is larger than %(most)s MB. Use the command line: goalpost import.")
                    % {"most": LARGEST // 1_000_000}
                )
            file.write(chunk)


def _unseen(done: int, of: int, doing: str) -> None:
    """Show no progress of a check."""
