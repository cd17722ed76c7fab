"""Loads deals: new ones, and changes of known ones."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple

from goalpost.companies.currencies import DIGITS
from goalpost.crm.bulk import DealRecord, find_deals, insert_deals, sources_elsewhere, update_deals
from goalpost.crm.posting import company_rules
from goalpost.crm.recount import stage_moves
from goalpost.crm.stage_history import NewMoments, correct_moves
from goalpost.domain.counting import DealStatus, Moment, Rules, StageMove
from goalpost.domain.money import to_deal_value, to_major
from goalpost.exchange.errors import RowRefused
from goalpost.exchange.files.cells import RejectedRow
from goalpost.exchange.loading.names import Identities, People, check_source
from goalpost.exchange.loading.pipelines import Pipelines, Place
from goalpost.exchange.reading.reading import ParsedRow
from goalpost.exchange.reading.rows import DealRow
from goalpost.exchange.report import Remark, Session
from goalpost.ledger.models import SourceKind
from goalpost.ledger.post import PostingWriter


class DealChanges:
    """Computes deals from rows, by the fields that the file has. The currency is the company's."""

    def __init__(self, given: frozenset[str], pipelines: Pipelines, currency: str, source: str) -> None:
        self._given = given
        self._source = source
        self._pipelines = pipelines
        self._has_pipeline = "pipeline" in given
        self._has_status = bool({"status", "is_won", "is_closed", "is_lost", "won_time", "lost_time"} & given)
        self._blank = DealRecord(
            *("", 0, "", 0, None, DealStatus.OPEN.value, 0, currency),
            *(None, None, None, None, None, None, None, None),
            is_archived=False,
            is_deleted=False,
            updated_at=datetime.fromtimestamp(0, UTC),
        )

    def check(self, row: DealRow, old: DealRecord) -> None:
        """Raise RowRefused for an impossible change of a known deal."""
        self._money(row, old)

    def new(self, row: DealRow, owner_id: int, import_key: str | None, now: datetime) -> DealRecord:
        """Return the record of a deal not known yet."""
        place = self._pipelines.place(row.pipeline if self._has_pipeline else None, row.stage, None)
        record = self._merged(row, owner_id, self._blank, place, is_new=True, now=now)
        return record._replace(
            import_key=import_key,
            is_deleted=row.is_deleted,
            is_deleted_at_source=row.is_deleted,
            updated_at=now,
        )

    def changed(self, row: DealRow, owner_id: int, old: DealRecord, now: datetime) -> DealRecord:
        """Return the record of a known deal as the row has it, equal to the old one if nothing differs.

        Raises RowRefused where `check` does, but only after creating a missing stage: check first.
        """
        current = Place(old.pipeline_id, old.stage_id)
        place = self._pipelines.place(row.pipeline if self._has_pipeline else None, row.stage, current)
        record = self._merged(row, owner_id, old, place, is_new=False, now=now)
        return record if record == old else record._replace(updated_at=now)

    def _merged(
        self, row: DealRow, owner_id: int, old: DealRecord, place: Place, *, is_new: bool, now: datetime
    ) -> DealRecord:
        given = self._given
        status = self._status(row, old, is_new=is_new)
        won_time = self._closing_time(row.won_time, old.won_time, DealStatus.WON, status, old, is_new, now)
        lost_time = self._closing_time(
            row.lost_time, old.lost_time, DealStatus.LOST, status, old, is_new, now
        )
        has_expected = "expected_close_date" in given or (
            "close_time" in given and status is DealStatus.OPEN is row.status
        )
        # A deal's closing time is not its stage change time.
        stated = None if row.stage is None else row.stage_change_time
        stage_change_time = stated or old.stage_change_time
        if not is_new and place.stage_id not in (None, old.stage_id):
            stage_change_time = stated or now
        if row.stage and row.probability is not None and place.stage_id and status is DealStatus.OPEN:
            self._pipelines.note_probability(place.stage_id, row.probability)
        value, currency = self._money(row, old)
        return DealRecord(
            title=row.title,
            owner_id=owner_id,
            organization=row.organization if "organization" in given else old.organization,
            pipeline_id=place.pipeline_id,
            stage_id=place.stage_id,
            status=status.value,
            value=value,
            currency=currency,
            probability=row.probability if "probability" in given else old.probability,
            add_time=row.add_time if "add_time" in given else old.add_time,
            won_time=won_time,
            lost_time=lost_time,
            expected_close_date=row.expected_close_date if has_expected else old.expected_close_date,
            stage_change_time=stage_change_time,
            external_id=row.external_id or old.external_id,
            import_key=old.import_key,
            is_archived=old.is_archived,
            is_deleted=old.is_deleted,
            updated_at=old.updated_at,
            is_deleted_at_source=old.is_deleted_at_source,
            source=(row.external_id and self._source) or old.source,
            lost_reason=old.lost_reason if status is DealStatus.LOST else "",
            note=old.note,
        )

    def _status(self, row: DealRow, old: DealRecord, *, is_new: bool) -> DealStatus:
        if is_new or self._has_status or row.status is not DealStatus.OPEN:
            return row.status
        # A stage reopens a deal that was only known as won or lost; for others it changes no status.
        if row.stage and old.stage_id is None:
            return DealStatus.OPEN
        return DealStatus(old.status)

    def _closing_time(
        self,
        stated: Moment | None,
        before: Moment | None,
        meant: DealStatus,
        status: DealStatus,
        old: DealRecord,
        is_new: bool,  # noqa: FBT001  private, and named where it is passed on
        now: datetime,
    ) -> Moment | None:
        """Return the moment of winning or losing, whichever is `meant`, for a deal of this status."""
        if status is not meant:
            return None
        if "close_time" in self._given or f"{meant.value}_time" in self._given:
            return stated
        if is_new or old.status == meant:
            return before
        return now

    def _money(self, row: DealRow, old: DealRecord) -> tuple[int, str]:
        """Return value and currency. A value in a new currency keeps its figure: 100.00 stays 100.00."""
        currency = row.currency if "currency" in self._given else old.currency
        if "value" in self._given:
            return _rescaled(row.value, row.currency, currency), currency
        return _rescaled(old.value, old.currency, currency), currency


def moves_of_new(deal: DealRecord) -> list[StageMove]:
    """Return the moves of a new deal: created in its stage, or moved there at its stage change time."""
    if deal.stage_id is None:
        return []
    return [StageMove(deal.stage_id, deal.stage_change_time or deal.add_time)]


def corrections(old: DealRecord, new: DealRecord) -> NewMoments | None:
    """Return the corrections to the moments of existing moves, None for none."""
    latest = None
    if old.stage_id == new.stage_id and old.stage_change_time != new.stage_change_time:
        latest = new.stage_change_time
    # Where the two are the same moment, the one move there is tells of the stage change.
    was_created_then = old.stage_change_time is None or old.stage_change_time != old.add_time
    if old.add_time != new.add_time and was_created_then:
        return NewMoments(latest, created_before=old.add_time, created=new.add_time)
    return None if latest is None else NewMoments(latest)


def _rescaled(minor: int, from_currency: str, to_currency: str) -> int:
    """Return the same figure in another currency's minor units: 100.00 as 100. Raises RowRefused."""
    if from_currency == to_currency:
        return minor
    figure = to_major(minor, DIGITS[from_currency])
    try:
        return to_deal_value(figure, DIGITS[to_currency])
    except ValueError as error:
        raise RowRefused(f"The value does not fit the deal's currency {to_currency}: {error}") from None


_DAYS = ("add_time", "won_time", "lost_time", "expected_close_date")
_KEY_FIELDS = ("title", "organization", "owner", "add_time")


class _Identified(NamedTuple):
    """A row and its import key: None while the owner is new."""

    taken: ParsedRow[DealRow]
    import_key: str | None


class _Changes:
    """The changes of a batch."""

    def __init__(self) -> None:
        self.new: list[tuple[DealRecord, list[StageMove]]] = []
        self.updated: dict[int, DealRecord] = {}
        self.before: dict[int, DealRecord] = {}
        """The updated ones as they were."""
        self.moves: dict[int, list[StageMove]] = {}
        self.corrected: dict[int, NewMoments] = {}
        self.unchanged: list[DealRecord] = []
        self.marked: list[DealRecord] = []
        """Deals that are only deleted or restored, after the last row."""
        self.rounded = 0

    def records(self) -> Iterable[DealRecord]:
        yield from (record for record, _ in self.new)
        yield from self.updated.values()
        yield from self.unchanged
        yield from self.marked


class DealLoader:
    """Loads rows of deals. `given` names the fields that the file gives; `currency` is the company's."""

    def __init__(
        self, session: Session, given: frozenset[str], currency: str, stage_order: Sequence[str] = ()
    ) -> None:
        self._session = session
        self._people = People(session)
        self._identities = Identities()
        self._pipelines = Pipelines(session, stage_order)
        self._changes = DealChanges(given, self._pipelines, currency, session.source)
        fields = ", ".join(field for field in _KEY_FIELDS if field in given)
        self.known_by = (
            f"external_id; rows without one by {fields}." if "external_id" in given else f"{fields}."
        )

    def load(self, writer: PostingWriter | None, rows: Sequence[ParsedRow[DealRow]]) -> list[RejectedRow]:
        rejected: list[RejectedRow] = []
        changes = self._compare(self._identify(rows, rejected), rejected)
        rules = company_rules(self._session.company_id)
        if writer is not None:
            self._write(writer, rules, changes)
        self._count(changes, rules)
        return rejected

    def settle(self) -> None:
        """Put the stages that the batch created in order."""
        self._pipelines.settle()

    def finish(self) -> list[RejectedRow]:
        self._pipelines.arrange()
        return []

    def _identify(self, rows: Sequence[ParsedRow[DealRow]], rejected: list[RejectedRow]) -> list[_Identified]:
        """Return the rows with their keys. Creates nothing, since a row may still be rejected."""
        identified: list[_Identified] = []
        elsewhere: dict[str, str] = {}
        if not self._session.source:
            ids = [taken.row.external_id for taken in rows if taken.row.external_id]
            elsewhere = sources_elsewhere(SourceKind.DEAL, self._session.company_id, ids) if ids else {}
        for taken in rows:
            row = taken.row
            key = None
            try:
                owner_id = self._people.find(row.owner, row.owner_id)
                check_source(row.external_id, elsewhere)
                if row.external_id:
                    self._identities.claim(row.external_id, row.line)
                elif owner_id is not None:
                    key = self._import_key(row, owner_id)
            except RowRefused as refusal:
                rejected.append(taken.rejected(refusal))
            else:
                identified.append(_Identified(taken, key))
        return identified

    def _import_key(self, row: DealRow, owner_id: int) -> str:
        parts = (row.title, row.organization, str(owner_id), row.written_add_time)
        key, is_alike = self._identities.key(parts)
        self._session.report.remarks[Remark.DUPLICATE] += is_alike
        return key

    def _compare(self, identified: list[_Identified], rejected: list[RejectedRow]) -> _Changes:
        by_id = find_deals(
            self._session.company_id,
            "external_id",
            [taken.row.external_id for taken, _ in identified if taken.row.external_id],
            self._session.source,
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
                rejected.append(taken.rejected(refusal))
                continue
            # From here on the row is accepted, and missing names are created.
            if row.is_rounded:
                changes.rounded += 1
                self._session.report.note_example(Remark.ROUNDED, row.title)
            owner_id = self._people.find_or_add(row.owner, row.owner_id)
            if known is not None:
                deal_id, old = known
                is_marked = self._session.note_named(deal_id, old, is_gone=row.is_deleted)
                # A deleted record keeps its last known details.
                record = old if row.is_deleted else self._changes.changed(row, owner_id, old, now)
                self._change(changes, known, record, is_marked=is_marked)
                continue
            new_key = None if row.external_id else key or self._import_key(row, owner_id)
            record = self._changes.new(row, owner_id, new_key, now)
            changes.new.append((record, moves_of_new(record)))
        return changes

    def _change(
        self, changes: _Changes, known: tuple[int, DealRecord], record: DealRecord, *, is_marked: bool
    ) -> None:
        deal_id, old = known
        if record == old:
            (changes.marked if is_marked else changes.unchanged).append(old)
            return
        changes.updated[deal_id] = record
        changes.before[deal_id] = old
        if record.stage_id is not None and record.stage_id != old.stage_id:
            changes.moves[deal_id] = [StageMove(record.stage_id, record.stage_change_time)]
        corrected = corrections(old, record)
        if corrected is not None:
            changes.corrected[deal_id] = corrected

    def _write(self, writer: PostingWriter, rules: Rules, changes: _Changes) -> None:
        journal = self._session.journal
        if changes.new:
            ids = insert_deals(writer, rules, changes.new)
            self._session.named.update(ids)
            if journal is not None:
                journal.changed.created.extend(ids)
        if changes.updated:
            if journal is not None:
                journal.changed.deals |= changes.before
                moving = sorted(changes.moves.keys() | changes.corrected.keys())
                moves = stage_moves(self._session.company_id, moving)
                journal.changed.moves |= {deal_id: moves.get(deal_id, []) for deal_id in moving}
            correct_moves(self._session.company_id, changes.corrected)
            update_deals(writer, rules, changes.updated, changes.moves)

    def _count(self, changes: _Changes, rules: Rules) -> None:
        report = self._session.report
        report.created += len(changes.new)
        report.updated += len(changes.updated) + len(changes.marked)
        report.unchanged += len(changes.unchanged)
        report.remarks[Remark.ROUNDED] += changes.rounded
        records = list(changes.records())
        remarks, is_won = report.remarks, DealStatus.WON
        remarks[Remark.NO_ADD_TIME] += sum(record.add_time is None for record in records)
        remarks[Remark.NO_WON_TIME] += sum(
            record.won_time is None and record.status == is_won for record in records
        )
        remarks[Remark.DELETED] += sum(
            record.is_deleted and not record.is_deleted_at_source for record in records
        )
        report.statuses.update(record.status for record in records)
        for currency in {record.currency for record in records}:
            own = [record.value for record in records if record.currency == currency]
            report.sums[currency] += sum(own)
            if currency != rules.currency and rules.rates.on(currency, date.min) is None:
                report.unrated[currency] += len(own)
        for name in _DAYS:
            found = [moment for record in records if (moment := getattr(record, name)) is not None]
            moments = [moment for moment in found if isinstance(moment, datetime)]
            days = [moment for moment in found if not isinstance(moment, datetime)]
            # The first moment is on the first day: only these two are worth a look at the time zone.
            for ends in (moments, days):
                for end in (min(ends), max(ends)) if ends else ():
                    report.note_day(name, rules.day(end))
