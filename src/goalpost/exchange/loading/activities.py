"""Loads activities, with their types and linked deals."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import NamedTuple

from goalpost.crm.actions.setup import DEFAULT_ACTIVITY_TYPES, add_activity_type
from goalpost.crm.bulk import (
    ActivityRecord,
    find_activities,
    insert_activities,
    sources_elsewhere,
    update_activities,
)
from goalpost.crm.models import ActivityType, Deal
from goalpost.crm.posting import company_rules
from goalpost.domain.counting import Moment
from goalpost.exchange.errors import RowRefused
from goalpost.exchange.files.cells import RejectedRow
from goalpost.exchange.loading.names import Identities, People, check_name, check_source, fold_name
from goalpost.exchange.reading.fields import NAME_LENGTH
from goalpost.exchange.reading.reading import ParsedRow
from goalpost.exchange.reading.rows import ActivityRow
from goalpost.exchange.report import NameKind, Remark, Session
from goalpost.ledger.models import SourceKind
from goalpost.ledger.post import PostingWriter

_SEVERAL = -1
_PAGE = 5_000
_NEVER = datetime.fromtimestamp(0, UTC)
_BLANK = ActivityRecord(
    "", 0, 0, None, None, None, is_done=False, marked_as_done_time=None, external_id=None, import_key=None,
    is_deleted=False, updated_at=_NEVER,
)  # fmt: skip


class ActivityTypes:
    """The company's activity types by name and by key."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._read_in = 0
        self._types: dict[str, int] = {}
        self._read()

    def find(self, name: str) -> int | None:
        """Return the type of a name or key, the company's first for an empty name; None for a new one.

        Raises RowRefused when the name is invalid for a new one.
        """
        if not name:
            return next(iter(self._types.values()), None)
        found = self._types.get(fold_name(name))
        if found is None and self._session.is_stale(self._read_in):
            # Somebody else may have added it meanwhile; while the book is locked nobody can.
            self._read()
            found = self._types.get(fold_name(name))
        if found is None:
            check_name(name, "an activity type")
            if len(name.lower()) > NAME_LENGTH:  # its key; some letters are two when small
                raise RowRefused(f"“{name}” cannot be an activity type: it is too long in lower case.")
        return found

    def find_or_add(self, name: str) -> int:
        """Return the type, created if new. Raises RowRefused as `find` does."""
        found = self.find(name)
        return self._add(name or DEFAULT_ACTIVITY_TYPES[0][0]) if found is None else found

    def _add(self, name: str) -> int:
        session = self._session
        type_id = session.provisional_id()
        if not session.is_dry_run:
            type_id = add_activity_type(actor=session.actor, name=name, now=session.now).pk
        self._types[fold_name(name)] = type_id
        session.report.add_name(NameKind.ACTIVITY_TYPE, name)
        return type_id

    def _read(self) -> None:
        types = ActivityType.objects.filter(company_id=self._session.company_id).order_by("position", "name")
        rows = list(types.values_list("id", "name", "key"))
        self._types.clear()
        for type_id, name, _ in rows:
            self._types.setdefault(fold_name(name), type_id)
        for type_id, _, key in rows:
            self._types.setdefault(fold_name(key), type_id)
        self._read_in = self._session.batch


class LinkedDeal(NamedTuple):
    id: int
    pipeline_id: int


class LinkedDeals:
    """Finds deals by external id or title; call `look_up` before each batch.

    Titles are read into memory when one is first needed, at some 110 bytes per deal: the table has no index
    on them.
    """

    def __init__(self, company_id: int, source: str) -> None:
        self._company_id = company_id
        self._source = source
        self._by_title: dict[int, int] | None = None
        self._found: dict[str, LinkedDeal | None] = {}

    def look_up(self, texts: Iterable[str]) -> None:
        """Find the deals of a batch's texts, and forget those of the previous batch."""
        wanted = {text for text in texts if text}
        self._found.clear()
        own = Deal.objects.filter(company_id=self._company_id)
        rows = own.filter(external_id__in=wanted)
        if self._source:
            # The later of two rows with one id wins: the one that names its program.
            rows = rows.filter(source__in={self._source, ""}).order_by("source")
        for external_id, deal_id, pipeline_id in rows.values_list("external_id", "id", "pipeline_id"):
            is_alone = bool(self._source) or external_id not in self._found
            self._found[str(external_id)] = LinkedDeal(deal_id, pipeline_id) if is_alone else None
        titles = wanted - self._found.keys()
        if titles:
            self._look_up_titles(titles)

    def deal(self, text: str) -> LinkedDeal | None:
        """Return a deal looked up, None for none. Raises RowRefused when several have the title."""
        found = self._found.get(text)
        if found is None and text in self._found:
            raise RowRefused(
                f"Several deals are called “{text}”: give the deal's external id instead, or say where the"
                " file comes from with --source NAME."
            )
        return found

    def pipelines(self, deal_ids: Iterable[int]) -> dict[int, int]:
        """Return the pipeline each deal is in now."""
        rows = Deal.objects.filter(company_id=self._company_id, id__in=set(deal_ids))
        return dict(rows.values_list("id", "pipeline_id"))

    def _look_up_titles(self, titles: set[str]) -> None:
        if self._by_title is None:
            self._by_title = self._index_titles()
        ids: dict[int, list[str]] = {}
        for title in titles:
            deal_id = self._by_title.get(_digest(title))
            if deal_id == _SEVERAL:
                self._found[title] = None
            elif deal_id is not None:
                ids.setdefault(deal_id, []).append(title)
        rows = Deal.objects.filter(company_id=self._company_id, id__in=list(ids))
        for deal_id, title, pipeline_id in rows.values_list("id", "title", "pipeline_id"):
            for asked in ids[deal_id]:
                # On a hash collision the title does not match.
                if fold_name(asked) == fold_name(title):
                    self._found[asked] = LinkedDeal(deal_id, pipeline_id)

    def _index_titles(self) -> dict[int, int]:
        by_title: dict[int, int] = {}
        deals = Deal.objects.filter(company_id=self._company_id, is_deleted=False).order_by("id")
        last = 0
        while page := list(deals.filter(id__gt=last).values_list("id", "title")[:_PAGE]):
            for deal_id, title in page:
                if by_title.setdefault(_digest(title), deal_id) != deal_id:
                    by_title[_digest(title)] = _SEVERAL
            last = page[-1][0]
        return by_title


def _digest(title: str) -> int:
    return int.from_bytes(blake2b(fold_name(title).encode(), digest_size=8).digest())


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
        self._deals = LinkedDeals(session.company_id, session.source)
        self._identities = Identities()
        self._elsewhere: dict[str, str] = {}
        self._has_done = bool({"done", "marked_as_done_time"} & given)
        named = ("subject", "type", "owner", "deal", "add_time" if "add_time" in given else "due_date")
        fields = ", ".join(field for field in named if field in given)
        self.known_by = (
            f"external_id; rows without one by {fields}." if "external_id" in given else f"{fields}."
        )

    def load(self, writer: PostingWriter | None, rows: Sequence[ParsedRow[ActivityRow]]) -> list[RejectedRow]:
        self._deals.look_up(taken.row.deal for taken in rows)
        self._elsewhere = {}
        if not self._session.source:
            own_ids = [taken.row.external_id for taken in rows if taken.row.external_id]
            company_id = self._session.company_id
            self._elsewhere = sources_elsewhere(SourceKind.ACTIVITY, company_id, own_ids) if own_ids else {}
        rejected: list[RejectedRow] = []
        identified: list[_Identified] = []
        for taken in rows:
            try:
                identified.append(self._identified(taken.row))
            except RowRefused as refusal:
                rejected.append(taken.rejected(refusal))
        self._load(writer, identified)
        return rejected

    def settle(self) -> None:
        """Nothing is left to complete."""

    def finish(self) -> list[RejectedRow]:
        return []

    def _identified(self, row: ActivityRow) -> _Identified:
        # Checks come before anything is created for the row.
        deal = self._deals.deal(row.deal) if row.deal else None
        self._people.find(row.owner, row.owner_id)
        check_source(row.external_id, self._elsewhere)
        self._types.find(row.type)
        if row.external_id:
            self._identities.claim(row.external_id, row.line)
        owner_id = self._people.find_or_add(row.owner, row.owner_id)
        type_id = self._types.find_or_add(row.type)
        key = None if row.external_id else self._import_key(row, owner_id, type_id)
        if row.deal and deal is None:
            self._session.report.remarks[Remark.NO_SUCH_DEAL] += 1
            self._session.report.note_example(Remark.NO_SUCH_DEAL, row.deal)
        return _Identified(row, owner_id, type_id, None if deal is None else deal.id, key)

    def _import_key(self, row: ActivityRow, owner_id: int, type_id: int) -> str:
        # By the row's text for its deal, which may be imported later; the key must not change then.
        parts = (row.subject, str(type_id), str(owner_id), fold_name(row.deal), row.written_day)
        key, is_alike = self._identities.key(parts)
        self._session.report.remarks[Remark.DUPLICATE] += is_alike
        return key

    def _load(self, writer: PostingWriter | None, identified: list[_Identified]) -> None:
        now = self._session.now
        ids = [each.row.external_id for each in identified if each.import_key is None]
        keys = [each.import_key for each in identified if each.import_key is not None]
        by_id = find_activities(self._session.company_id, "external_id", ids, self._session.source)
        by_key = find_activities(self._session.company_id, "import_key", keys)
        new: list[ActivityRecord] = []
        updated: dict[int, ActivityRecord] = {}
        before: dict[int, ActivityRecord] = {}
        unchanged: list[ActivityRecord] = []
        marked: list[ActivityRecord] = []
        for each in identified:
            key = each.import_key
            known = by_id.get(each.row.external_id) if key is None else by_key.get(key)
            if known is None:
                record = self._merged(each, _BLANK, is_new=True, now=now)
                is_gone = each.row.is_deleted
                new.append(
                    record._replace(
                        import_key=key, is_deleted=is_gone, is_deleted_at_source=is_gone, updated_at=now
                    )
                )
                continue
            activity_id, old = known
            is_gone = each.row.is_deleted
            is_marked = self._session.note_named(activity_id, old, is_gone=is_gone)
            # A deleted record keeps its last known details.
            record = old if is_gone else self._merged(each, old, is_new=False, now=now)
            if record == old:
                (marked if is_marked else unchanged).append(record)
            else:
                updated[activity_id] = record._replace(updated_at=now)
                before[activity_id] = old
        if writer is not None:
            self._write(writer, new, updated)
            if self._session.journal is not None:
                self._session.journal.changed.activities |= before
        report = self._session.report
        report.created += len(new)
        report.updated += len(updated) + len(marked)
        report.unchanged += len(unchanged)
        for record in (*new, *updated.values(), *unchanged, *marked):
            report.remarks[Remark.NO_ADD_TIME] += record.add_time is None
            report.remarks[Remark.NO_DONE_TIME] += record.is_done and record.marked_as_done_time is None
            report.remarks[Remark.DELETED] += record.is_deleted and not record.is_deleted_at_source

    def _merged(
        self, each: _Identified, old: ActivityRecord, *, is_new: bool, now: datetime
    ) -> ActivityRecord:
        given, row = self._given, each.row
        is_done = row.is_done if is_new or self._has_done else old.is_done
        done_time: Moment | None
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
            is_deleted_at_source=old.is_deleted_at_source,
            source=(row.external_id and self._session.source) or old.source,
            due_time=old.due_time,
            duration=old.duration,
            note=old.note,
        )

    def _write(
        self, writer: PostingWriter, new: list[ActivityRecord], updated: dict[int, ActivityRecord]
    ) -> None:
        rules = company_rules(self._session.company_id)
        linked = {record.deal_id for record in (*new, *updated.values()) if record.deal_id is not None}
        pipelines = self._deals.pipelines(linked)
        if new:
            placed_new = [(record, pipelines.get(record.deal_id or 0, 0)) for record in new]
            ids = insert_activities(writer, rules, placed_new)
            self._session.named.update(ids)
            if self._session.journal is not None:
                self._session.journal.changed.created.extend(ids)
        if updated:
            placed = {key: (record, pipelines.get(record.deal_id or 0, 0)) for key, record in updated.items()}
            update_activities(writer, rules, placed)
