"""Deletes and restores records that a file marks or, with --whole, no longer has."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from itertools import islice

from django.db.models import Q

from goalpost.crm.bulk import activities_by_id, deals_by_id, mark_deleted
from goalpost.crm.models import Activity, Deal
from goalpost.domain.changes import PostingAction
from goalpost.exchange.errors import Unusable
from goalpost.exchange.reading.fields import FileKind
from goalpost.exchange.report import Remark, Session
from goalpost.ledger.models import SourceKind
from goalpost.ledger.post import PostingWriter

_BATCH = 5_000
_ONE_IN = 10
"""Without --yes, refuse to delete more than one record in this many."""


def find_no_longer_named(kind: FileKind, session: Session, *, is_sure: bool) -> None:
    """Collect the imported records that the whole file no longer has, to be deleted.

    Raises Unusable when rows were rejected, since those name records too, and for more than a tenth of the
    records unless `is_sure`.
    """
    rejected = session.report.rejected
    if rejected:
        rows = "1 row was" if rejected == 1 else f"{rejected:,} rows were"
        raise Unusable(
            f"--whole: {rows} rejected, so it is not known what the file no longer has, and nothing was"
            " changed. Correct them first: without --whole they are written to a file of rejects."
        )
    model = Deal if kind is FileKind.DEALS else Activity
    from_files = Q(external_id__isnull=False) | Q(import_key__isnull=False)
    known = model._default_manager.filter(from_files, company_id=session.company_id, is_deleted=False)
    ids = set(known.values_list("id", flat=True))
    missing = ids - session.named
    if len(missing) * _ONE_IN > len(ids) and not is_sure:
        raise Unusable(
            f"--whole: the file no longer has {len(missing):,} of {len(ids):,} imported"
            f" {kind.value}, more than a tenth. To delete them, add --yes;"
            " if the file is not complete, leave out --whole."
        )
    session.deleted |= missing


def post_deletions(
    kind: FileKind,
    session: Session,
    opened: Callable[[PostingAction], AbstractContextManager[PostingWriter | None]] | None,
) -> None:
    """Delete and restore the records that the session collected, and count them.

    In a dry run (`opened` is None) only count.
    """
    source = SourceKind.DEAL if kind is FileKind.DEALS else SourceKind.ACTIVITY
    for ids, action, remark in (
        (session.deleted, PostingAction.DELETED, Remark.GONE),
        (session.restored, PostingAction.RESTORED, Remark.RESTORED),
    ):
        session.report.remarks[remark] += len(ids)
        if opened is None:
            continue
        for batch in _batches(sorted(ids)):
            with opened(action) as writer:
                if writer is not None:
                    _note(session, source, batch)
                    mark_deleted(writer, source, batch, is_deleted=action is PostingAction.DELETED)
                    session.write_journal(source)


def _note(session: Session, source: SourceKind, ids: list[int]) -> None:
    if session.journal is not None and source is SourceKind.DEAL:
        session.journal.changed.deals |= deals_by_id(session.company_id, ids)
    elif session.journal is not None:
        session.journal.changed.activities |= activities_by_id(session.company_id, ids)


def _batches(ids: Iterable[int]) -> Iterator[list[int]]:
    left = iter(ids)
    while batch := list(islice(left, _BATCH)):
        yield batch
