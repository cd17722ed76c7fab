"""Loads deals."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from goalpost.crm.bulk import DealRecord, find_deals, insert_deals, update_deals
from goalpost.crm.posting import company_rules
from goalpost.crm.stage_history import NewMoments, correct_moves
from goalpost.domain.counting import DealStatus, Rules, StageMove
from goalpost.exchange.loading.deal_changes import DealChanges, corrections, moves_of_new
from goalpost.exchange.loading.identity import Identities, moment_part
from goalpost.exchange.loading.people import People
from goalpost.exchange.loading.pipelines import Pipelines
from goalpost.exchange.loading.refusal import RowRefused
from goalpost.exchange.loading.report import Remark
from goalpost.exchange.loading.session import Session
from goalpost.exchange.reading.reading import TakenRow
from goalpost.exchange.reading.rows import DealRow
from goalpost.exchange.sheets.cell import RejectedRow
from goalpost.ledger.post import Pen

_KEY_FIELDS = ("title", "organization", "owner", "add_time")


class _Identified(NamedTuple):
    """A row, and what it is known by: the key of one without an external id, None while the owner is new."""

    taken: TakenRow[DealRow]
    import_key: str | None


class _Changes:
    """What a batch comes down to."""

    def __init__(self) -> None:
        self.new: list[tuple[DealRecord, list[StageMove]]] = []
        self.updated: dict[int, DealRecord] = {}
        self.moves: dict[int, list[StageMove]] = {}
        self.corrected: dict[int, NewMoments] = {}
        self.unchanged: list[DealRecord] = []

    def records(self) -> Iterable[DealRecord]:
        yield from (record for record, _ in self.new)
        yield from self.updated.values()
        yield from self.unchanged


class DealLoader:
    """Loads rows of deals. `given` names the fields that the file gives; `currency` is the company's."""

    def __init__(self, session: Session, given: frozenset[str], currency: str) -> None:
        self._session = session
        self._people = People(session)
        self._identities = Identities()
        self._changes = DealChanges(given, Pipelines(session), currency)
        fields = ", ".join(field for field in _KEY_FIELDS if field in given)
        self.known_by = (
            f"external_id; rows without one by {fields}." if "external_id" in given else f"{fields}."
        )

    def load(self, pen: Pen | None, rows: Sequence[TakenRow[DealRow]]) -> list[RejectedRow]:
        rejected: list[RejectedRow] = []
        changes = self._compare(self._identify(rows, rejected), rejected)
        rules = company_rules(self._session.company_id)
        if pen is not None:
            self._write(pen, rules, changes)
        self._count(changes, rules)
        return rejected

    def _identify(self, rows: Sequence[TakenRow[DealRow]], rejected: list[RejectedRow]) -> list[_Identified]:
        """Find out what the rows are known by. Nothing is created yet: a row may still be refused."""
        identified: list[_Identified] = []
        for taken in rows:
            row = taken.row
            key = None
            try:
                owner_id = self._people.find(row.owner)
                if row.external_id:
                    self._identities.claim(row.external_id, row.line)
                elif owner_id is not None:
                    key = self._import_key(row, owner_id)
            except RowRefused as refusal:
                rejected.append(taken.rejected(str(refusal)))
            else:
                identified.append(_Identified(taken, key))
        return identified

    def _import_key(self, row: DealRow, owner_id: int) -> str:
        parts = (row.title, row.organization, str(owner_id), moment_part(row.add_time))
        key, is_alike = self._identities.key(parts)
        self._session.report.remarks[Remark.TOLD_APART] += is_alike
        return key

    def _compare(self, identified: list[_Identified], rejected: list[RejectedRow]) -> _Changes:
        by_id = find_deals(
            self._session.company_id,
            "external_id",
            [taken.row.external_id for taken, _ in identified if taken.row.external_id],
        )
        by_key = find_deals(
            self._session.company_id, "import_key", [key for _, key in identified if key is not None]
        )
        changes, now = _Changes(), self._session.now
        for taken, key in identified:
            row = taken.row
            known = by_id.get(row.external_id) if row.external_id else by_key.get(key or "")
            try:
                if known is not None:
                    self._changes.check(row, known[1])
            except RowRefused as refusal:
                rejected.append(taken.rejected(str(refusal)))
                continue
            # From here on the row goes in, and what it names is created.
            owner_id = self._people.find_or_add(row.owner)
            if known is not None:
                self._change(changes, known, self._changes.changed(row, owner_id, known[1], now))
                continue
            new_key = None if row.external_id else key or self._import_key(row, owner_id)
            record = self._changes.new(row, owner_id, new_key, now)
            changes.new.append((record, moves_of_new(record)))
        return changes

    def _change(self, changes: _Changes, known: tuple[int, DealRecord], record: DealRecord) -> None:
        deal_id, old = known
        if record == old:
            changes.unchanged.append(old)
            return
        changes.updated[deal_id] = record
        if record.stage_id != old.stage_id:
            changes.moves[deal_id] = [StageMove(record.stage_id, record.stage_change_time)]
        corrected = corrections(old, record)
        if corrected is not None:
            changes.corrected[deal_id] = corrected

    def _write(self, pen: Pen, rules: Rules, changes: _Changes) -> None:
        if changes.new:
            insert_deals(pen, rules, changes.new)
        if changes.updated:
            correct_moves(self._session.company_id, changes.corrected)
            update_deals(pen, rules, changes.updated, changes.moves)

    def _count(self, changes: _Changes, rules: Rules) -> None:
        report = self._session.report
        report.created += len(changes.new)
        report.updated += len(changes.updated)
        report.unchanged += len(changes.unchanged)
        remarks = report.remarks
        for record in changes.records():
            if record.add_time is None:
                remarks[Remark.NO_ADD_TIME] += 1
            if record.won_time is None and record.status == DealStatus.WON:
                remarks[Remark.NO_WON_TIME] += 1
            if record.currency != rules.currency and rules.rates.on(record.currency, date.min) is None:
                report.unrated[record.currency] += 1
            if record.is_deleted:
                remarks[Remark.DELETED] += 1
