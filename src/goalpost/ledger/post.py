"""The only writer of the ledger.

`reconcile` compares what a record should contribute with what it contributes already, and posts the
difference. So an edit, a bulk import, a repair and a rebuild are the same code, and doing it twice changes
nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, cast

from django.db import connection, transaction

from goalpost.domain.changes import PostingAction
from goalpost.domain.counting import Contribution
from goalpost.domain.measures import Measure
from goalpost.ledger.models import (
    Book,
    CompanyDayTally,
    Entry,
    OwnerMonthTally,
    Reason,
    SourceKind,
    Staged,
    Standing,
)
from goalpost.ledger.seals import PostingContent, line_of, seal_of
from goalpost.storage.bulk_rows import Row, StatementBatch, add_to_rows, insert_rows, list_of, read_rows

COUNTED = (
    "company",
    "source_kind",
    "source_id",
    "measure",
    "day",
    "owner_id",
    "pipeline_id",
    "item_id",
    "currency",
    "count",
    "amount",
    "native_amount",
    "unvalued",
)
STANDING = (*COUNTED, "title_key")
STAGED = (*STANDING, "standing_id")
_STANDING = ("source_id", "id", "title_key", *COUNTED[3:])
SUMS = ("count", "amount", "native_amount", "unvalued")
_COMPANY_DAY = ("company", "measure", "day", "pipeline_id", "item_id", "currency")
_OWNER_MONTH = ("company", "measure", "owner_id", "month", "pipeline_id", "item_id", "currency")


_RENAME = (
    "UPDATE ledger_standing SET title_key = %s WHERE company_id = %s AND source_kind = %s AND source_id = %s"
)

RECORDS_MODULUS = 2**62
_MORE_RECORDS = f"records = (records + %s) %% {RECORDS_MODULUS}"

_Grain = tuple[Measure, *tuple[int | str | date, ...]]


@dataclass(frozen=True, slots=True)
class Act:
    """Who writes, when and why: the content of a posting apart from its entries."""

    company_id: int
    now: datetime
    actor_id: int | None = None
    reason: Reason = Reason.EDIT
    note: str = ""
    action: PostingAction = PostingAction.UNKNOWN
    at: datetime | None = None
    """When it happened, where that is not `now`: in a replayed history."""


@contextmanager
def writing(act: Act) -> Iterator["PostingWriter"]:
    """Lock the company's book in a transaction: every other writer of the company waits.

    Raises Book.DoesNotExist for a company without a book.
    """
    with transaction.atomic():
        columns = ("version", "last_posted_at", "seal", "recount_job")
        found = read_rows(Book, columns, company=act.company_id, locks=True)
        if not found:
            raise Book.DoesNotExist(f"Company {act.company_id} has no book.")
        ((version, last_posted_at, seal, recount_job),) = cast(
            "list[tuple[int, datetime | None, str, int]]", found
        )
        writer = PostingWriter(act, version + 1, last_posted_at, seal, recount_job)
        yield writer
        writer.finish()


@dataclass(slots=True)
class PostingWriter:
    """Writes one posting while the book is locked."""

    act: Act
    version: int
    """The version that the posting gets, if there is anything to post."""
    last_posted_at: datetime | None
    last_seal: str
    recount_job: int = 0
    """The job of the current recount, 0 for none: records written meanwhile are marked for it."""
    records: int = 0
    """What was added to the sum of the records' seals."""
    _entry_lines: list[str] = field(default_factory=list)
    _posts: bool = False
    _batch: StatementBatch = field(default_factory=StatementBatch)

    def reconcile(
        self,
        kind: SourceKind,
        wanted: Mapping[int, Collection[Contribution]],
        title_keys: Mapping[int, bytes],
        *,
        are_new: bool = False,
    ) -> int:
        """Make the records contribute exactly what `wanted` says.

        Returns the number of entries posted. `title_keys` are the records' sort keys. `are_new` skips reading
        the standings: the records' ids were reserved in this transaction.
        """
        if not wanted:
            return 0
        if self.recount_job:
            marks = [staging_mark(self.act.company_id, kind, source_id) for source_id in wanted]
            insert_rows(Staged, STAGED, marks, self._batch)
        removed: list[tuple[int, Contribution]] = []
        added: list[tuple[int, Contribution]] = []
        standing_ids: list[int] = []
        standing = {} if are_new else self._standing(kind, list(wanted), title_keys)
        for source_id, contributions in wanted.items():
            have = standing.get(source_id, {})
            if not have:
                added.extend((source_id, contribution) for contribution in contributions)
                continue
            for contribution, standing_id in have.items():
                if contribution not in contributions:
                    removed.append((source_id, contribution))
                    standing_ids.append(standing_id)
            added.extend(
                (source_id, contribution) for contribution in contributions if contribution not in have
            )
        if removed or added:
            self._write(kind, removed, added, standing_ids, title_keys)
        return len(removed) + len(added)

    def _standing(
        self, kind: SourceKind, source_ids: Sequence[int], title_keys: Mapping[int, bytes]
    ) -> dict[int, dict[Contribution, int]]:
        """Return what each record contributes already, with the id of its standing.

        Also updates the sort key of a record that was renamed.
        """
        self._batch.send()
        found: dict[int, dict[Contribution, int]] = defaultdict(dict)
        renamed: set[int] = set()
        rows = read_rows(
            Standing,
            _STANDING,
            company=self.act.company_id,
            source_kind=kind,
            source_id=source_ids,
        )
        for source_id, standing_id, title_key, *contribution in cast(
            "list[tuple[int, int, bytes, *tuple[Any, ...]]]", rows
        ):
            found[source_id][Contribution._make(contribution)] = standing_id
            if title_key != title_keys.get(source_id, title_key):
                renamed.add(source_id)
        for source_id in sorted(renamed):
            self._batch.add(_RENAME, [title_keys[source_id], self.act.company_id, int(kind), source_id])
        return found

    def _write(
        self,
        kind: SourceKind,
        removed: list[tuple[int, Contribution]],
        added: list[tuple[int, Contribution]],
        standing_ids: list[int],
        title_keys: Mapping[int, bytes],
    ) -> None:
        company_id = self.act.company_id
        minus = [(source_id, negated(contribution)) for source_id, contribution in removed]
        standings: list[Row] = [
            (company_id, int(kind), source_id, int(contribution[0]), *contribution[1:])
            for source_id, contribution in added
        ]
        taken: list[Row] = [
            (company_id, int(kind), source_id, int(contribution[0]), *contribution[1:])
            for source_id, contribution in minus
        ]
        self.add_entries(taken + standings)
        if standing_ids:
            # Without statistics SQLite would scan an index of all the company's standings for the ids.
            by_id = "NOT INDEXED" if connection.vendor == "sqlite" else ""
            which = f"WHERE company_id = %s AND id IN ({list_of(standing_ids)})"
            self._batch.add(f"DELETE FROM ledger_standing {by_id} {which}", [company_id])  # noqa: S608  ids
        sorted_by = [
            (*row, title_keys.get(source_id, b""))
            for row, (source_id, _) in zip(standings, added, strict=True)
        ]
        insert_rows(Standing, STANDING, sorted_by, self._batch)
        self._tally([contribution for _, contribution in minus] + [contribution for _, contribution in added])

    def _tally(self, lines: list[Contribution]) -> None:
        company_id = self.act.company_id
        company_days: dict[_Grain, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        owner_months: dict[_Grain, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        months: dict[date, date] = {}
        for measure, day, owner_id, pipeline_id, item_id, currency, count, amount, native, unvalued in lines:
            month = months.get(day) or months.setdefault(day, day.replace(day=1))
            sums = company_days[measure, day, pipeline_id, item_id, currency]
            sums[0] += count
            sums[1] += amount
            sums[2] += native
            sums[3] += unvalued
            sums = owner_months[measure, owner_id, month, pipeline_id, item_id, currency]
            sums[0] += count
            sums[1] += amount
            sums[2] += native
            sums[3] += unvalued
        add_to_rows(
            CompanyDayTally, _COMPANY_DAY, SUMS, _sorted_changes(company_id, company_days), self._batch
        )
        add_to_rows(
            OwnerMonthTally, _OWNER_MONTH, SUMS, _sorted_changes(company_id, owner_months), self._batch
        )

    def add_entries(self, rows: Sequence[Row]) -> None:
        """Append entries, as rows of `COUNTED`, to the posting. The caller writes standings and tallies."""
        self._posts = True
        insert_rows(Entry, (*COUNTED, "version"), [(*row, self.version) for row in rows], self._batch)
        self._entry_lines.extend(line_of(row[1:]) for row in rows)

    def note_lines(self, lines: Sequence[str]) -> None:
        """Seal entries, given as their texts, that the caller inserts by a statement of its own."""
        self._posts = self._posts or bool(lines)
        self._entry_lines.extend(lines)

    def finish(self) -> None:
        """Write the posting, if there is one, and send the pending statements, before the commit."""
        if self._posts:
            self._post()
        elif self.records:
            self._batch.add(
                f"UPDATE ledger_book SET {_MORE_RECORDS} WHERE company_id = %s",  # noqa: S608  a constant
                [self.records % RECORDS_MODULUS, self.act.company_id],
            )
        self._batch.send()

    def _post(self) -> None:
        """Insert the posting and update the book. Plain SQL: the ORM took as long as the database."""
        act, last = self.act, self.last_posted_at
        at = act.at or act.now
        # Clocks differ between machines, but the moments of postings must not decrease.
        at = at if last is None else max(at, last)
        content = PostingContent(
            self.version, at, act.now, act.actor_id, act.reason.value, act.note, act.action.value
        )
        seal = seal_of(self.last_seal, content, self._entry_lines)
        plain = connection.ops.adapt_datetimefield_value
        self._batch.add(
            "INSERT INTO ledger_posting"
            " (company_id, version, at, recorded_at, actor_id, reason, note, action, seal)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                act.company_id,
                self.version,
                plain(at),
                plain(act.now),
                act.actor_id,
                act.reason.value,
                act.note,
                act.action.value,
                seal,
            ],
        )
        self._batch.add(
            f"UPDATE ledger_book SET version = %s, last_posted_at = %s, seal = %s, {_MORE_RECORDS}"  # noqa: S608
            " WHERE company_id = %s",
            [self.version, plain(at), seal, self.records % RECORDS_MODULUS, act.company_id],
        )


def staging_mark(company_id: int, kind: SourceKind, source_id: int) -> Row:
    """Return the row of `STAGED` that marks a record to be recounted when the current recount ends."""
    return (company_id, int(kind), source_id, 0, date.min, 0, 0, 0, "", 0, 0, 0, 0, b"", 0)


def negated(line: Contribution) -> Contribution:
    return line._replace(count=-line[6], amount=-line[7], native_amount=-line[8], unvalued=-line[9])


def _sorted_changes(company_id: int, sums: Mapping[_Grain, Sequence[int]]) -> list[Row]:
    """Return the rows to add, in key order, without those whose sums are zero."""
    return [
        (company_id, int(measure), *key, *added)
        for (measure, *key), added in sorted(sums.items())
        if any(added)
    ]
