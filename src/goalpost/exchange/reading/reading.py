"""A file, opened and understood: what an import goes through row by row.

`read_users`, `read_deals` and `read_activities` raise Unusable before the first row if the file or the
options cannot be used; after that every row comes out, as what it says or as rejected.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, NamedTuple, Protocol, TypeVar
from zoneinfo import ZoneInfo

from goalpost.exchange.reading.activities import ActivityParser
from goalpost.exchange.reading.amounts import DecimalSign, NumberReader, find_decimal_sign
from goalpost.exchange.reading.columns import map_columns
from goalpost.exchange.reading.deals import DealParser
from goalpost.exchange.reading.field_reader import FieldPlan
from goalpost.exchange.reading.fields import FIELDS, CellKind, FileKind
from goalpost.exchange.reading.refused import CellRefused
from goalpost.exchange.reading.rows import ActivityRow, DealRow, UserRow
from goalpost.exchange.reading.times import DateFormat, TimeReader
from goalpost.exchange.reading.told_values import parse_defaults, parse_values
from goalpost.exchange.reading.users import UserParser
from goalpost.exchange.sheets.cell import RejectedRow, Row, Sheet, SheetRow, text_of
from goalpost.exchange.sheets.opening import SheetOptions, open_sheet
from goalpost.exchange.unusable import Unusable

RowRead_co = TypeVar("RowRead_co", covariant=True)


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What a person says of a file on the command line, each text as it was typed.

    `columns` are FIELD=HEADER, `values` FIELD:RAW=VALUE, `defaults` FIELD=VALUE, `decimal_sign` a point
    or a comma.
    """

    columns: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    defaults: tuple[str, ...] = ()
    date_formats: tuple[str, ...] = ()
    decimal_sign: str | None = None
    sheet: SheetOptions = field(default_factory=SheetOptions)


@dataclass(frozen=True, slots=True)
class CompanyFacts:
    """What a file leaves to the company: the currency of amounts and the time zone of local times."""

    currency: str
    zone: ZoneInfo


class _Parser(Protocol[RowRead_co]):
    @property
    def fields(self) -> Sequence[Callable[[Row], object]]: ...

    def parse(self, line: int, row: Row) -> RowRead_co: ...


class TakenRow(NamedTuple, Generic[RowRead_co]):
    """A row as understood and as written: it may still turn out that it cannot be taken."""

    line: int
    row: RowRead_co
    cells: Row

    def rejected(self, reason: str) -> RejectedRow:
        return RejectedRow(self.line, reason, tuple(text_of(cell) for cell in self.cells))


class Reading(Generic[RowRead_co]):
    """An opened file. `rows()` may be called again and starts over; it holds one row at a time.

    `given` names the fields that the file has a column for or that a default says.
    """

    def __init__(
        self, sheet: Sheet, plan: FieldPlan, parser: _Parser[RowRead_co], notes: tuple[str, ...]
    ) -> None:
        self.header = sheet.header
        self.description = sheet.description
        self.last_line = sheet.last_line
        self.columns = _named_columns(plan)
        self.given = frozenset(plan.columns) | frozenset(plan.defaults)
        self.notes = notes
        self._sheet = sheet
        self._parser = parser

    def rows(self) -> Iterator[RowRead_co | RejectedRow]:
        for taken in self.taken_rows():
            yield taken if isinstance(taken, RejectedRow) else taken.row

    def taken_rows(self) -> Iterator[TakenRow[RowRead_co] | RejectedRow]:
        """Yield the rows with their cells, for a loader that may still reject one."""
        parse = self._parser.parse
        for row in self._sheet.rows():
            if isinstance(row, RejectedRow):
                yield row
                continue
            try:
                yield TakenRow(row.line, parse(row.line, row.cells), row.cells)
            except CellRefused as refusal:
                yield self._rejected(row, refusal)

    def _rejected(self, row: SheetRow, first: CellRefused) -> RejectedRow:
        """Return the row with all its faults named: whoever mends it wants to mend it once."""
        faults = [str(first)]
        for read_field in self._parser.fields:
            try:
                read_field(row.cells)
            except CellRefused as refusal:
                faults.append(str(refusal))
        return TakenRow(row.line, None, row.cells).rejected(" ".join(dict.fromkeys(faults)))


def read_users(path: Path, options: ReadOptions) -> Reading[UserRow]:
    sheet, plan = _open(FileKind.USERS, path, options)
    return Reading(sheet, plan, UserParser(plan), ())


def read_deals(path: Path, options: ReadOptions, company: CompanyFacts) -> Reading[DealRow]:
    sheet, plan = _open(FileKind.DEALS, path, options)
    sign = _decimal_sign(sheet, plan, options)
    parser = DealParser(plan, NumberReader(sign), _times(options, company), company.currency)
    notes = [f"The decimal sign is a {sign.name.lower()}."] if plan.columns.get("value") else []
    if parser.finds_status:
        notes.append(
            "Without a status column: won or lost by the stage's name or a won or lost time, else open."
        )
    return Reading(sheet, plan, parser, tuple(notes))


def read_activities(path: Path, options: ReadOptions, company: CompanyFacts) -> Reading[ActivityRow]:
    sheet, plan = _open(FileKind.ACTIVITIES, path, options)
    return Reading(sheet, plan, ActivityParser(plan, _times(options, company)), ())


def _open(kind: FileKind, path: Path, options: ReadOptions) -> tuple[Sheet, FieldPlan]:
    values = parse_values(kind, options.values)
    defaults = parse_defaults(kind, options.defaults)
    sheet = open_sheet(path, options.sheet)
    columns = map_columns(kind, sheet.header, options.columns, frozenset(defaults))
    return sheet, FieldPlan(kind, sheet.header, columns, values, defaults)


def _times(options: ReadOptions, company: CompanyFacts) -> TimeReader:
    return TimeReader(company.zone, tuple(DateFormat(text) for text in options.date_formats))


def _decimal_sign(sheet: Sheet, plan: FieldPlan, options: ReadOptions) -> DecimalSign:
    if options.decimal_sign is not None:
        try:
            return DecimalSign(options.decimal_sign)
        except ValueError:
            raise Unusable(f"--decimal-sign {options.decimal_sign!r}: give . or ,") from None
    return find_decimal_sign(_written_numbers(sheet, plan))


def _written_numbers(sheet: Sheet, plan: FieldPlan) -> Iterator[tuple[int, str]]:
    """Yield the cells whose decimal sign matters, with their lines: text with a point or a comma in it."""
    kinds = (CellKind.AMOUNT, CellKind.PERCENT)
    columns = [
        (position, plan.values.get(field.name, {}))
        for field in FIELDS[plan.kind]
        if field.kind in kinds
        for position in plan.columns.get(field.name, ())
    ]
    for row in sheet.rows() if columns else ():
        if isinstance(row, RejectedRow):
            continue
        for position, told in columns:
            cell = row.cells[position]
            if isinstance(cell, str) and ("," in cell or "." in cell) and cell.strip() not in told:
                yield row.line, cell


def _named_columns(plan: FieldPlan) -> tuple[tuple[str, str], ...]:
    """Return each field with the header that feeds it, in the fields' order, for the summary."""
    return tuple(
        (field.name, plan.header[position])
        for field in FIELDS[plan.kind]
        for position in plan.columns.get(field.name, ())
    )
