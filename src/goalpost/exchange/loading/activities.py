"""Loads activities."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from goalpost.crm.bulk import ActivityRecord, find_activities, insert_activities, update_activities
from goalpost.crm.posting import company_rules
from goalpost.exchange.loading.activity_types import ActivityTypes
from goalpost.exchange.loading.identity import Identities, moment_part
from goalpost.exchange.loading.linked_deals import LinkedDeals
from goalpost.exchange.loading.people import People
from goalpost.exchange.loading.refusal import RowRefused
from goalpost.exchange.loading.report import Remark
from goalpost.exchange.loading.session import Session
from goalpost.exchange.reading.reading import TakenRow
from goalpost.exchange.reading.rows import ActivityRow
from goalpost.exchange.sheets.cell import RejectedRow
from goalpost.ledger.post import Pen

_NEVER = datetime.fromtimestamp(0, UTC)
_BLANK = ActivityRecord(
    "", 0, 0, None, None, None, is_done=False, marked_as_done_time=None, external_id=None, import_key=None,
    is_deleted=False, updated_at=_NEVER,
)  # fmt: skip


class _Identified(NamedTuple):
    row: ActivityRow
    owner_id: int
    type_id: int
    deal_id: int | None
    import_key: str | None


class ActivityLoader:
    """Loads rows of activities. `given` names the fields that the file gives."""

    def __init__(self, session: Session, given: frozenset[str]) -> None:
        self._session = session
        self._given = given
        self._people = People(session)
        self._types = ActivityTypes(session)
        self._deals = LinkedDeals(session.company_id)
        self._identities = Identities()
        self._has_done = bool({"done", "marked_as_done_time"} & given)
        # A due date is put off now and then: it tells rows apart only where nothing better does.
        self._key_day = "add_time" if "add_time" in given else "due_date"
        named = ("subject", "type", "owner", "deal", self._key_day)
        fields = ", ".join(field for field in named if field in given)
        self.known_by = (
            f"external_id; rows without one by {fields}." if "external_id" in given else f"{fields}."
        )

    def load(self, pen: Pen | None, rows: Sequence[TakenRow[ActivityRow]]) -> list[RejectedRow]:
        self._deals.look_up(taken.row.deal for taken in rows)
        rejected: list[RejectedRow] = []
        identified: list[_Identified] = []
        for taken in rows:
            try:
                identified.append(self._identified(taken.row))
            except RowRefused as refusal:
                rejected.append(taken.rejected(str(refusal)))
        self._load(pen, identified)
        return rejected

    def _identified(self, row: ActivityRow) -> _Identified:
        # What may refuse the row comes before what would create something for it.
        deal_id = self._deals.deal(row.deal).id if row.deal else None
        self._people.find(row.owner)
        self._types.find(row.type)
        if row.external_id:
            self._identities.claim(row.external_id, row.line)
        owner_id = self._people.find_or_add(row.owner)
        type_id = self._types.find_or_add(row.type)
        key = None if row.external_id else self._import_key(row, owner_id, type_id, deal_id)
        return _Identified(row, owner_id, type_id, deal_id, key)

    def _import_key(self, row: ActivityRow, owner_id: int, type_id: int, deal_id: int | None) -> str:
        day = row.add_time if self._key_day == "add_time" else row.due_date
        parts = (row.subject, str(type_id), str(owner_id), str(deal_id or ""), moment_part(day))
        key, is_alike = self._identities.key(parts)
        self._session.report.remarks[Remark.TOLD_APART] += is_alike
        return key

    def _load(self, pen: Pen | None, identified: list[_Identified]) -> None:
        now = self._session.now
        ids = [each.row.external_id for each in identified if each.import_key is None]
        keys = [each.import_key for each in identified if each.import_key is not None]
        by_id = find_activities(self._session.company_id, "external_id", ids)
        by_key = find_activities(self._session.company_id, "import_key", keys)
        new: list[ActivityRecord] = []
        updated: dict[int, ActivityRecord] = {}
        unchanged: list[ActivityRecord] = []
        for each in identified:
            key = each.import_key
            known = by_id.get(each.row.external_id) if key is None else by_key.get(key)
            if known is None:
                record = self._merged(each, _BLANK, is_new=True, now=now)
                new.append(record._replace(import_key=key, updated_at=now))
                continue
            activity_id, old = known
            record = self._merged(each, old, is_new=False, now=now)
            if record == old:
                unchanged.append(record)
            else:
                updated[activity_id] = record._replace(updated_at=now)
        if pen is not None:
            self._write(pen, new, updated)
        self._count(new, updated.values(), unchanged)

    def _merged(
        self, each: _Identified, old: ActivityRecord, *, is_new: bool, now: datetime
    ) -> ActivityRecord:
        given, row = self._given, each.row
        is_done = row.is_done if is_new or self._has_done else old.is_done
        if not is_done:
            done_time = None
        elif "marked_as_done_time" in given:
            done_time = row.marked_as_done_time
        else:
            done_time = old.marked_as_done_time if is_new or old.is_done else now
        return ActivityRecord(
            subject=row.subject,
            type_id=each.type_id if is_new or row.type else old.type_id,
            owner_id=each.owner_id,
            deal_id=each.deal_id if "deal" in given else old.deal_id,
            add_time=row.add_time if "add_time" in given else old.add_time,
            due_date=row.due_date if "due_date" in given else old.due_date,
            is_done=is_done,
            marked_as_done_time=done_time,
            external_id=row.external_id or old.external_id,
            import_key=old.import_key,
            is_deleted=old.is_deleted,
            updated_at=old.updated_at,
        )

    def _write(self, pen: Pen, new: list[ActivityRecord], updated: dict[int, ActivityRecord]) -> None:
        rules = company_rules(self._session.company_id)
        records = [*new, *updated.values()]
        pipelines = self._deals.pipelines(record.deal_id for record in records if record.deal_id is not None)
        if new:
            insert_activities(pen, rules, [(record, pipelines.get(record.deal_id or 0, 0)) for record in new])
        if updated:
            update_activities(
                pen,
                rules,
                {
                    activity_id: (record, pipelines.get(record.deal_id or 0, 0))
                    for activity_id, record in updated.items()
                },
            )

    def _count(
        self,
        new: Sequence[ActivityRecord],
        updated: Iterable[ActivityRecord],
        unchanged: Sequence[ActivityRecord],
    ) -> None:
        report, remarks = self._session.report, self._session.report.remarks
        changed = list(updated)
        report.created += len(new)
        report.updated += len(changed)
        report.unchanged += len(unchanged)
        for record in (*new, *changed, *unchanged):
            if record.add_time is None:
                remarks[Remark.NO_ADD_TIME] += 1
            if record.is_done and record.marked_as_done_time is None:
                remarks[Remark.NO_DONE_TIME] += 1
            if record.is_deleted:
                remarks[Remark.DELETED] += 1
