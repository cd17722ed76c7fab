"""Parsed rows of a file. Names stay text and are resolved by the loaders."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial

from goalpost.companies.currencies import DIGITS
from goalpost.domain.counting import DealStatus, Moment
from goalpost.domain.money import to_deal_value
from goalpost.exchange.errors import RowRefused
from goalpost.exchange.files.cells import Row
from goalpost.exchange.reading.amounts import (
    CURRENCY_SYMBOLS,
    DecimalSign,
    NumberReader,
    WrittenNumber,
    currency_of,
    has_more_decimals,
)
from goalpost.exchange.reading.columns import FieldPlan, Reader
from goalpost.exchange.reading.fields import EMAIL_LENGTH, NAME_LENGTH, TITLE_LENGTH
from goalpost.exchange.reading.history import entered_reader
from goalpost.exchange.reading.times import TimeReader
from goalpost.exchange.reading.values import (
    ACTIVE_WORDS,
    DONE_WORDS,
    YES_NO,
    closing_status,
    email_reader,
    read_currency,
    read_status,
    says_deleted,
    text_reader,
    unless_deleted,
    word_reader,
)

_NO_MOMENT: Moment | None = None
_NO_DAY: date | None = None
_NO_NUMBER: WrittenNumber | None = None
_NO_PERCENT: int | None = None
_NOT_SAID: bool | None = None
_NO_STATUS: DealStatus | None = None
_NAME, _TITLE, _EMAIL_OR_NAME = text_reader(NAME_LENGTH), text_reader(TITLE_LENGTH), text_reader(EMAIL_LENGTH)


@dataclass(frozen=True, slots=True)
class UserRow:
    """A person. Texts are empty if the row has none.

    `manager` is a name, an e-mail address or an id: whoever leads the first of the row's teams. `is_active`
    is None where the file does not say.
    """

    line: int
    name: str
    email: str
    teams: tuple[str, ...]
    manager: str
    is_active: bool | None
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class DealRow:
    """A deal. Texts are empty and times None where the file does not say.

    `written_add_time` is the add time as the file has it: it does not change with the company's time zone.

    `value` is in minor units of `currency`. `won_time` is set for a won deal only, `lost_time` for a lost one
    only; either may be unknown. `stage` is None where the file's says only how the deal ended.
    """

    line: int
    external_id: str
    title: str
    owner: str
    organization: str
    pipeline: str
    stage: str | None
    status: DealStatus
    value: int
    currency: str
    probability: int | None
    add_time: Moment | None
    written_add_time: str
    won_time: Moment | None
    lost_time: Moment | None
    expected_close_date: date | None
    stage_change_time: Moment | None
    is_deleted: bool
    is_rounded: bool = False
    owner_id: str = ""
    """The owner's id in the source program."""
    """Whether the value had more decimals than its currency."""


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """An activity. `deal` is an external id or a title; `marked_as_done_time` is set for a done one only.

    `written_day` is the add time as the file has it, the due date in a file without add times.
    """

    line: int
    external_id: str
    subject: str
    type: str
    owner: str
    deal: str
    add_time: Moment | None
    due_date: date | None
    written_day: str
    is_done: bool
    marked_as_done_time: Moment | None
    is_deleted: bool
    owner_id: str = ""


def user_parser(plan: FieldPlan) -> Callable[[int, Row], UserRow]:
    """Return the parser of people, who join the team of every `team` column, each team once."""
    name = plan.reader("name", _NAME, "")
    first_name, last_name = plan.reader("first_name", _NAME, ""), plan.reader("last_name", _NAME, "")
    external_id = plan.reader("external_id", _NAME, "")
    email = plan.reader("email", email_reader(EMAIL_LENGTH), "")
    teams = plan.each_reader("team", _NAME, "")
    manager = plan.reader("manager", _EMAIL_OR_NAME, "")
    active = plan.reader("active", word_reader(ACTIVE_WORDS, "active", "yes or no", "yes"), _NOT_SAID)

    def parse(line: int, row: Row) -> UserRow:
        named = dict.fromkeys(team for read in teams if (team := read(row)))
        whole = name(row) or f"{first_name(row)} {last_name(row)}".strip() or email(row)
        if not whole:
            raise RowRefused("has no name: fill it in.")
        return UserRow(line, whole, email(row), tuple(named), manager(row), active(row), external_id(row))

    return parse


def activity_parser(plan: FieldPlan, times: TimeReader) -> Callable[[int, Row], ActivityRow]:
    """Return the parser of activities, done if they have a marked-as-done time, unless `done` says no."""
    read_done = unless_deleted(word_reader(DONE_WORDS, "done", "yes or no", "yes"))
    done = plan.reader("done", read_done, _NOT_SAID)
    deleted = plan.reader("deleted", word_reader(YES_NO, "deleted", "yes or no", "yes"), _NOT_SAID)
    is_gone = plan.reader("done", says_deleted, empty=False)
    marked = _moment(plan, times, "marked_as_done_time")
    external_id = plan.reader("external_id", _NAME, "")
    subject = plan.reader("subject", _TITLE, "")
    type_ = plan.reader("type", _NAME, "")
    read_owner = _owner(plan)
    deal = plan.reader("deal", _TITLE, "")
    add_time = _moment(plan, times, "add_time")
    due_date = _day(plan, times, "due_date")
    # A due date may be postponed: it identifies a row only in a file without add times.
    written_day = _written(plan, times, "add_time" if plan.has("add_time") else "due_date")

    def parse(line: int, row: Row) -> ActivityRow:
        marked_at, said = marked(row), done(row)
        is_done = said if said is not None else marked_at is not None
        owner, owner_id = read_owner(row)
        return ActivityRow(
            line=line,
            external_id=external_id(row),
            subject=subject(row),
            type=type_(row),
            owner=owner,
            deal=deal(row),
            add_time=add_time(row),
            due_date=due_date(row),
            written_day=written_day(row),
            is_done=is_done,
            marked_as_done_time=marked_at if is_done else None,
            is_deleted=bool(deleted(row)) or is_gone(row),
            owner_id=owner_id,
        )

    return parse


class DealParser:
    """Reads rows as deals.

    `close_time` is the won or the lost time, by status, where the row has no such time of its own, and
    the expected close date of an open deal. Without a status column the stage tells (`Closed Won`), else
    which of the won and the lost time there is, else the deal is open: HubSpot and Salesforce export no
    status.
    """

    def __init__(self, plan: FieldPlan, numbers: NumberReader, times: TimeReader, currency: str) -> None:
        self._external_id = plan.reader("external_id", _NAME, "")
        self._title = plan.reader("title", _TITLE, "")
        self._owner = _owner(plan)
        self._organization = plan.reader("organization", _TITLE, "")
        self._pipeline = plan.reader("pipeline", _NAME, "")
        self._stage = plan.reader("stage", _NAME, "")
        yes_no = partial(word_reader, YES_NO, meanings="yes or no", example="yes")
        self._status = plan.reader("status", unless_deleted(read_status), _NO_STATUS)
        self._is_gone = plan.reader("status", says_deleted, empty=False)
        self._is_closed = plan.reader("is_closed", yes_no(field="is_closed"), _NOT_SAID)
        self._is_won = plan.reader("is_won", yes_no(field="is_won"), _NOT_SAID)
        self._is_lost = plan.reader("is_lost", yes_no(field="is_lost"), _NOT_SAID)
        self._deleted = plan.reader("deleted", yes_no(field="deleted"), _NOT_SAID)
        self.finds_status = not plan.has("status")
        self._stage_meanings = {
            raw: read_status(text)
            for raw, text in plan.values.get("status", {}).items()
            if text and not says_deleted(text)
        }
        plain = NumberReader(DecimalSign.POINT)
        self._value = plan.reader("value", numbers.written, _NO_NUMBER, read_plain=plain.written)
        self._won_value = plan.reader("won_value", numbers.written, _NO_NUMBER, read_plain=plain.written)
        plan.reader("currency", read_currency, currency)  # refuses a default that is no currency
        self._told_currency = plan.without_default("currency").reader("currency", read_currency, "")
        self._symbols = plan.values.get("currency", {})
        self._fallback = plan.fallback_currency(currency)
        self._probability = plan.reader("probability", numbers.percent, _NO_PERCENT, read_plain=plain.percent)
        self._add_time = _moment(plan, times, "add_time")
        self._written_add_time = _written(plan, times, "add_time")
        self._won_time = _moment(plan, times, "won_time")
        self._lost_time = _moment(plan, times, "lost_time")
        self._close_time = _moment(plan, times, "close_time")
        self._close_day = _day(plan, times, "close_time")
        self._expected = _day(plan, times, "expected_close_date")
        self._stage_change_time = _moment(plan, times, "stage_change_time")
        self._entered = entered_reader(plan, times) if plan.entered else None

    def __call__(self, line: int, row: Row) -> DealRow:
        stage: str | None = self._stage(row)
        ended = self._stage_meanings.get(stage or "") or closing_status(stage or "")
        if ended is not None and ended is not DealStatus.OPEN:
            stage = None
        status = self._found_status(row, ended)
        won_time = lost_time = None
        expected = self._expected(row)
        if status is DealStatus.WON:
            won_time = self._won_time(row) or self._close_time(row)
        elif status is DealStatus.LOST:
            lost_time = self._lost_time(row) or self._close_time(row)
        elif expected is None:
            expected = self._close_day(row)
        value, is_rounded = self._value(row), False
        if status is DealStatus.WON:
            value = self._won_value(row) or value
        currency = self._told_currency(row)
        if not currency:
            symbol = "" if value is None else value.symbol
            currency = currency_of(symbol, self._symbols, self._fallback) or self._fallback
        if value is not None and has_more_decimals(value.number, DIGITS[currency]):
            value, is_rounded = value.rounded(DIGITS[currency]), True
        owner, owner_id = self._owner(row)
        pipeline, changed = self._pipeline(row), self._stage_change_time(row)
        if changed is None and stage and self._entered is not None:
            changed = self._entered(row, stage, pipeline)
        return DealRow(
            line=line,
            external_id=self._external_id(row),
            title=self._title(row),
            owner=owner,
            owner_id=owner_id,
            organization=self._organization(row),
            pipeline=pipeline,
            stage=stage,
            status=status,
            value=_minor(value, currency),
            currency=currency,
            probability=self._probability(row),
            add_time=self._add_time(row),
            written_add_time=self._written_add_time(row),
            won_time=won_time,
            lost_time=lost_time,
            expected_close_date=expected,
            stage_change_time=changed,
            is_deleted=bool(self._deleted(row)) or self._is_gone(row),
            is_rounded=is_rounded,
        )

    def _found_status(self, row: Row, of_stage: DealStatus | None) -> DealStatus:
        """Return what the row says in its status, else its stage, else yes or no, else a won or lost time."""
        stated = self._status(row)
        if stated is not None:
            if of_stage not in (None, DealStatus.OPEN, stated):
                raise RowRefused(f"says {stated.value} as its status and {of_stage.value} as its stage.")
            return stated
        said = self._said_by_flags(row, of_stage)
        if said is not None:
            if of_stage not in (None, DealStatus.OPEN, said):
                raise RowRefused(
                    f"is {said.value} by is_won, is_lost and is_closed and {of_stage.value} by its stage."
                )
            return said
        if of_stage is not None:
            return of_stage
        won_time, lost_time = self._won_time(row), self._lost_time(row)
        if won_time and lost_time:
            raise RowRefused("has both a won and a lost time and no status. Keep the right one.")
        if won_time:
            return DealStatus.WON
        return DealStatus.LOST if lost_time else DealStatus.OPEN

    def _said_by_flags(self, row: Row, of_stage: DealStatus | None) -> DealStatus | None:
        is_won, is_lost, is_closed = self._is_won(row), self._is_lost(row), self._is_closed(row)
        if is_won and is_lost:
            raise RowRefused("is both won and lost. Keep the one that is true.")
        if is_won or is_lost:
            return DealStatus.WON if is_won else DealStatus.LOST
        if is_closed:
            # Closed and not said to be won: lost, unless nothing but the stage says which.
            return of_stage if is_won is None and of_stage is not None else DealStatus.LOST
        # Not won may be lost: then the stage or a time says so.
        is_open = is_closed is False or (is_won is False and of_stage is DealStatus.WON)
        return DealStatus.OPEN if is_open else None


def _owner(plan: FieldPlan) -> Reader[tuple[str, str]]:
    """Return what reads a row's owner: how they are called, and their id; either may be empty, not both."""
    owner, owner_id = plan.reader("owner", _EMAIL_OR_NAME, ""), plan.reader("owner_id", _NAME, "")
    if not plan.has("owner_id"):
        return lambda row: (owner(row), "")

    def read(row: Row) -> tuple[str, str]:
        name, own_id = owner(row), owner_id(row)
        if not (name or own_id):
            raise RowRefused("has no owner. Fill it in, or give --default owner=VALUE.")
        return name, own_id

    return read


def _moment(plan: FieldPlan, times: TimeReader, name: str) -> Reader[Moment | None]:
    reader = times.of_column(next(iter(plan.columns.get(name, ())), None))
    return plan.reader(name, reader.moment, _NO_MOMENT, read_plain=reader.without_formats().moment)


def _written(plan: FieldPlan, times: TimeReader, name: str) -> Reader[str]:
    reader = times.of_column(next(iter(plan.columns.get(name, ())), None))
    return plan.reader(name, reader.as_written, "", read_plain=reader.without_formats().as_written)


def _day(plan: FieldPlan, times: TimeReader, name: str) -> Reader[date | None]:
    reader = times.of_column(next(iter(plan.columns.get(name, ())), None))
    return plan.reader(name, reader.day, _NO_DAY, read_plain=reader.without_formats().day)


def _minor(value: WrittenNumber | None, currency: str) -> int:
    if value is None:
        return 0
    if value.symbol and currency not in CURRENCY_SYMBOLS.get(value.symbol, ()):
        raise RowRefused(
            f"The value is written with “{value.symbol}”, but the deal's currency is {currency}."
            " Correct the one that is wrong."
        )
    try:
        return to_deal_value(value.number, DIGITS[currency])
    except ValueError as error:
        raise RowRefused(f"The value in {currency}: {error}") from None
