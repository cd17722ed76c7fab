"""What a row makes of a deal: of a new one, or of the one it is known to be.

What the file has no column for stays as it is.
"""

from datetime import UTC, datetime

from goalpost.companies.currencies import DIGITS
from goalpost.crm.bulk import DealRecord
from goalpost.crm.stage_history import NewMoments
from goalpost.domain.counting import DealStatus, StageMove
from goalpost.domain.money import to_deal_value, to_major
from goalpost.exchange.loading.pipelines import Pipelines, Place
from goalpost.exchange.loading.refusal import RowRefused
from goalpost.exchange.reading.rows import DealRow
from goalpost.exchange.reading.words import STATUS_WORDS


class DealChanges:
    """Knows which fields the file gives. The currency is the company's."""

    def __init__(self, given: frozenset[str], pipelines: Pipelines, currency: str) -> None:
        self._given = given
        self._pipelines = pipelines
        self._has_pipeline = "pipeline" in given
        self._has_status = bool({"status", "won_time", "lost_time"} & given)
        self._blank = DealRecord(
            *("", 0, "", 0, 0, DealStatus.OPEN.value, 0, currency),
            *(None, None, None, None, None, None, None, None),
            is_archived=False,
            is_deleted=False,
            updated_at=datetime.fromtimestamp(0, UTC),
        )

    def check(self, row: DealRow, old: DealRecord) -> None:
        """Raise RowRefused for what a row cannot make of a known deal."""
        self._money(row, old)

    def new(self, row: DealRow, owner_id: int, import_key: str | None, now: datetime) -> DealRecord:
        """Return the record of a deal not known yet."""
        place = self._pipelines.place(row.pipeline if self._has_pipeline else None, row.stage, None)
        record = self._merged(row, owner_id, self._blank, place, is_new=True, now=now)
        return record._replace(import_key=import_key, updated_at=now)

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
        stage_change_time = row.stage_change_time or old.stage_change_time
        if not is_new and place.stage_id != old.stage_id:
            stage_change_time = row.stage_change_time or now
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
        )

    def _status(self, row: DealRow, old: DealRecord, *, is_new: bool) -> DealStatus:
        if is_new or self._has_status or row.status is not DealStatus.OPEN:
            return row.status
        # The file tells a status by stages named so only (“Closed Won”). A deal that has left such a stage
        # is open again; of any other the file says nothing.
        if row.stage and self._pipelines.stage_name(old.stage_id) in STATUS_WORDS:
            return DealStatus.OPEN
        return DealStatus(old.status)

    def _closing_time(
        self,
        told: datetime | None,
        before: datetime | None,
        meant: DealStatus,
        status: DealStatus,
        old: DealRecord,
        is_new: bool,  # noqa: FBT001  private, and named where it is passed on
        now: datetime,
    ) -> datetime | None:
        """Return the moment of winning or losing, whichever is `meant`, for a deal of this status."""
        if status is not meant:
            return None
        if "close_time" in self._given or f"{meant.value}_time" in self._given:
            return told
        if is_new or old.status == meant:
            return before
        return now

    def _money(self, row: DealRow, old: DealRecord) -> tuple[int, str]:
        """Return value and currency. What is not given keeps its meaning: 100.00 stays 100.00."""
        currency = row.currency if "currency" in self._given else old.currency
        if "value" in self._given:
            return _rescaled(row.value, row.currency, currency), currency
        return _rescaled(old.value, old.currency, currency), currency


def moves_of_new(deal: DealRecord) -> list[StageMove]:
    """Return how a new deal came to its stage: created there, or there since it is known to have entered."""
    return [StageMove(deal.stage_id, deal.stage_change_time or deal.add_time)]


def corrections(old: DealRecord, new: DealRecord) -> NewMoments | None:
    """Return which moments of the moves made so far the new record corrects, None for none."""
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
