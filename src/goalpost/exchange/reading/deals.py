"""Rows of a file of deals."""

from collections.abc import Callable
from datetime import date, datetime

from goalpost.companies.currencies import DIGITS
from goalpost.domain.counting import DealStatus
from goalpost.domain.money import to_deal_value
from goalpost.exchange.reading.amounts import DecimalSign, NumberReader, WrittenNumber
from goalpost.exchange.reading.currency_marks import MARKS
from goalpost.exchange.reading.field_reader import FieldPlan
from goalpost.exchange.reading.fields import EMAIL_LENGTH, NAME_LENGTH, TITLE_LENGTH
from goalpost.exchange.reading.refused import CellRefused
from goalpost.exchange.reading.rows import DealRow
from goalpost.exchange.reading.texts import read_currency, text_reader
from goalpost.exchange.reading.times import TimeReader
from goalpost.exchange.reading.words import STATUS_WORDS, word_reader
from goalpost.exchange.sheets.cell import Row

_NO_MOMENT: datetime | None = None
_NO_DAY: date | None = None
_NO_NUMBER: WrittenNumber | None = None
_NO_PERCENT: int | None = None


class DealParser:
    """Reads rows as deals.

    `close_time` is the won or the lost time, by status, where the row has no such time of its own, and
    the expected close date of an open deal. Without a status column the stage tells (`Closed Won`), else
    which of the won and the lost time there is, else the deal is open: HubSpot and Salesforce export no
    status.
    """

    def __init__(self, plan: FieldPlan, numbers: NumberReader, times: TimeReader, currency: str) -> None:
        self._texts(plan)
        self._currency = plan.reader("currency", read_currency, currency)
        plain = NumberReader(DecimalSign.POINT)
        self._value = plan.reader("value", numbers.written, _NO_NUMBER, read_plain=plain.written)
        self._probability = plan.reader("probability", numbers.percent, _NO_PERCENT, read_plain=plain.percent)
        self._times(plan, times)
        status = word_reader(STATUS_WORDS, "status", "open, won or lost", "open")
        self._status = plan.reader("status", status, DealStatus.OPEN)
        self.finds_status = not plan.has("status")
        self.fields: tuple[Callable[[Row], object], ...] = (
            *(self._external_id, self._title, self._owner, self._organization, self._pipeline, self._stage),
            *(self._status, self._value, self._currency, self._probability),
            *(self._add_time, self._won_time, self._lost_time, self._expected, self._stage_change_time),
        )

    def parse(self, line: int, row: Row) -> DealRow:
        """Return the row's deal. Raises CellRefused."""
        stage = self._stage(row)
        status = self._found_status(row, stage) if self.finds_status else self._status(row)
        won_time = lost_time = None
        expected = self._expected(row)
        if status is DealStatus.WON:
            won_time = self._won_time(row) or self._close_time(row)
        elif status is DealStatus.LOST:
            lost_time = self._lost_time(row) or self._close_time(row)
        elif expected is None:
            expected = self._close_day(row)
        currency = self._currency(row)
        return DealRow(
            line=line,
            external_id=self._external_id(row),
            title=self._title(row),
            owner=self._owner(row),
            organization=self._organization(row),
            pipeline=self._pipeline(row),
            stage=stage,
            status=status,
            value=_minor(self._value(row), currency),
            currency=currency,
            probability=self._probability(row),
            add_time=self._add_time(row),
            won_time=won_time,
            lost_time=lost_time,
            expected_close_date=expected,
            stage_change_time=self._stage_change_time(row),
        )

    def _texts(self, plan: FieldPlan) -> None:
        name, title = text_reader(NAME_LENGTH), text_reader(TITLE_LENGTH)
        self._external_id = plan.reader("external_id", name, "")
        self._title = plan.reader("title", title, "")
        self._owner = plan.reader("owner", text_reader(EMAIL_LENGTH), "")
        self._organization = plan.reader("organization", title, "")
        self._pipeline = plan.reader("pipeline", name, "")
        self._stage = plan.reader("stage", name, "")

    def _times(self, plan: FieldPlan, times: TimeReader) -> None:
        plain = times.without_formats()
        self._add_time = plan.reader("add_time", times.moment, _NO_MOMENT, read_plain=plain.moment)
        self._close_time = plan.reader("close_time", times.moment, _NO_MOMENT, read_plain=plain.moment)
        self._close_day = plan.reader("close_time", times.day, _NO_DAY, read_plain=plain.day)
        self._won_time = plan.reader("won_time", times.moment, _NO_MOMENT, read_plain=plain.moment)
        self._lost_time = plan.reader("lost_time", times.moment, _NO_MOMENT, read_plain=plain.moment)
        self._expected = plan.reader("expected_close_date", times.day, _NO_DAY, read_plain=plain.day)
        self._stage_change_time = plan.reader(
            "stage_change_time", times.moment, _NO_MOMENT, read_plain=plain.moment
        )

    def _found_status(self, row: Row, stage: str) -> DealStatus:
        told = STATUS_WORDS.get(stage.casefold())
        if told is not None:
            return told
        won_time, lost_time = self._won_time(row), self._lost_time(row)
        if won_time and lost_time:
            raise CellRefused("has both a won and a lost time and no status. Keep the one that is true.")
        if won_time:
            return DealStatus.WON
        return DealStatus.LOST if lost_time else DealStatus.OPEN


def _minor(value: WrittenNumber | None, currency: str) -> int:
    if value is None:
        return 0
    if value.mark and currency not in MARKS.get(value.mark, ()):
        raise CellRefused(
            f"The value is written with “{value.mark}”, but the deal's currency is {currency}. Give the file"
            " a currency column, or --default currency=CODE."
        )
    try:
        return to_deal_value(value.number, DIGITS[currency])
    except ValueError as error:
        raise CellRefused(f"The value in {currency}: {error}") from None
