"""What an import changes, written down with each batch, so that the whole of it can be undone.

A batch costs one row: the ids it created, as ranges, and the records it changed as they were before, with
their stage moves where those may change. An import that changes nothing leaves no trace.
"""

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from django.db.models import F, Max

from goalpost.companies.models import CompanyLock
from goalpost.crm.bulk import ActivityRecord, DealRecord
from goalpost.domain.counting import Moment, StageMove
from goalpost.exchange.models import Import, ImportBatch, ImportState
from goalpost.ledger.models import SourceKind

_LEVEL = 1
"""Of compression: the fastest saves nearly as much as the best."""
_TIMES = {
    "add_time", "won_time", "lost_time", "expected_close_date", "stage_change_time", "updated_at", "due_date",
    "marked_as_done_time",
}  # fmt: skip
_Record = TypeVar("_Record", DealRecord, ActivityRecord)

Arrival = tuple[int, datetime, int]
"""A deal's arrival in a stage: deal, moment, stage."""


@dataclass(slots=True)
class Changed:
    """What one batch changed. `deals` and `activities` are as they were before it."""

    created: list[int] = field(default_factory=list)
    deals: dict[int, DealRecord] = field(default_factory=dict)
    activities: dict[int, ActivityRecord] = field(default_factory=dict)
    moves: dict[int, Sequence[StageMove]] = field(default_factory=dict)
    """The stage moves of deals before, where the batch may have changed them."""
    arrivals: list[Arrival] = field(default_factory=list)
    """The stage events that were told."""

    def __bool__(self) -> bool:
        return bool(self.created or self.deals or self.activities or self.arrivals)


@dataclass(slots=True)
class Journal:
    """Writes down one run of an import. `number` is the import's, 0 while it has changed nothing."""

    company_id: int
    kind: str
    file_name: str
    made_by: int = 0
    """Who asked for it; 0 for the server's operator."""
    number: int = 0
    changed: Changed = field(default_factory=Changed)
    is_beside: bool = False
    """Whether what is loaded now is told beside the rows that are counted, in the same file."""
    _batch: int = 0
    _counted: tuple[int, int] = (0, 0)

    def write(self, source_kind: SourceKind, created: int, updated: int, now: datetime) -> None:
        """Store what changed since the last time, in the transaction that changes it.

        `created` and `updated` are the rows counted by now.
        """
        rows = (0, 0)
        if not self.is_beside:
            rows = (created - self._counted[0], updated - self._counted[1])
            self._counted = (created, updated)
        if not (self.changed or any(rows)):
            return
        if not self.number:
            self._begin(now)
        row = Import.objects.filter(company_id=self.company_id, number=self.number)
        row.update(created=F("created") + rows[0], updated=F("updated") + rows[1], touched_at=now)
        if self.changed:
            batches = ImportBatch.objects.filter(company_id=self.company_id, import_number=self.number)
            self._batch = self._batch or batches.aggregate(last=Max("number"))["last"] or 0
            self._batch += 1
            ImportBatch.objects.create(
                company_id=self.company_id,
                import_number=self.number,
                number=self._batch,
                source_kind=source_kind,
                at=now,
                content=packed(self.changed),
            )
            self.changed = Changed()

    def end(self, *, accepted: int, rejected: int, summary: Mapping[str, object], now: datetime) -> None:
        """Note that the import is complete: of the rows it accepted, some may be of a run before."""
        if self.number:
            Import.objects.filter(company_id=self.company_id, number=self.number).update(
                state=ImportState.DONE,
                unchanged=accepted - F("created") - F("updated"),
                rejected=rejected,
                summary=summary,
                note="",
                finished_at=now,
                touched_at=now,
            )

    def stop(self, why: str, now: datetime) -> None:
        """Note why the import ended on the way."""
        if self.number:
            Import.objects.filter(company_id=self.company_id, number=self.number).update(
                state=ImportState.STOPPED, note=why[:500], finished_at=now
            )

    def _begin(self, now: datetime) -> None:
        self.number = add_import(
            self.company_id, self.kind, self.file_name, self.made_by, ImportState.RUNNING, now
        ).number


def add_import(
    company_id: int, kind: str, file_name: str, made_by: int, state: ImportState, now: datetime
) -> Import:
    """Add an import under the next number, in a transaction."""
    CompanyLock.hold(company_id)
    last = Import.objects.filter(company_id=company_id).aggregate(last=Max("number"))["last"] or 0
    return Import.objects.create(
        company_id=company_id,
        number=last + 1,
        kind=kind,
        file_name=file_name.encode(errors="replace").decode()[:255],
        state=state,
        made_by_id=made_by or None,
        created_at=now,
        touched_at=now,
    )


def packed(changed: Changed) -> bytes:
    content = {
        "created": _ranges(changed.created),
        "deals": list(changed.deals.items()),
        "activities": list(changed.activities.items()),
        "moves": [
            (key, [(move.stage_id, move.moved_at) for move in moves]) for key, moves in changed.moves.items()
        ],
        "arrivals": changed.arrivals,
    }
    return zlib.compress(json.dumps(content, default=_text, separators=(",", ":")).encode(), _LEVEL)


def unpacked(content: bytes) -> Changed:
    held = json.loads(zlib.decompress(content))
    return Changed(
        created=[one for start, length in held["created"] for one in range(start, start + length)],
        deals={key: _record(DealRecord, cells) for key, cells in held["deals"]},
        activities={key: _record(ActivityRecord, cells) for key, cells in held["activities"]},
        moves={key: [StageMove(stage, _moment(at)) for stage, at in moves] for key, moves in held["moves"]},
        arrivals=[(deal, datetime.fromisoformat(at), stage) for deal, at, stage in held["arrivals"]],
    )


def _ranges(ids: Iterable[int]) -> list[list[int]]:
    """Return ids as starts and lengths."""
    found: list[list[int]] = []
    for one in sorted(ids):
        if found and sum(found[-1]) == one:
            found[-1][1] += 1
        else:
            found.append([one, 1])
    return found


def _record(kind: type[_Record], cells: list[Any]) -> _Record:
    return kind._make(
        _moment(cell) if name in _TIMES else cell for name, cell in zip(kind._fields, cells, strict=True)
    )


def _moment(text: str | None) -> Moment | None:
    if text is None:
        return None
    return date.fromisoformat(text) if len(text) == len("2026-01-01") else datetime.fromisoformat(text)


def _text(moment: object) -> str:
    assert isinstance(moment, date)
    return moment.isoformat()
