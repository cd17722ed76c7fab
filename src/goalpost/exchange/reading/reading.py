"""An opened file with its parsed rows.

`read_users`, `read_deals` and `read_activities` raise Unusable before the first row if the file or the
options cannot be used; after that every row comes out, as what it says or as rejected.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from goalpost.exchange.errors import RowRefused, Unusable
from goalpost.exchange.files.cells import RejectedRow, Row, Sheet, SheetRow, text_of
from goalpost.exchange.files.opening import open_sheet
from goalpost.exchange.reading.amounts import DecimalSign, NumberReader, detect_decimal_sign
from goalpost.exchange.reading.columns import (
    FieldPlan,
    ReadOptions,
    map_columns,
    parse_defaults,
    parse_values,
)
from goalpost.exchange.reading.fields import FIELDS, SOURCE_LENGTH, CellKind, FileKind
from goalpost.exchange.reading.history import HistoryRow, entered_columns, history_parser
from goalpost.exchange.reading.profiles import find_profile
from goalpost.exchange.reading.rows import (
    ActivityRow,
    DealParser,
    DealRow,
    UserRow,
    activity_parser,
    user_parser,
)
from goalpost.exchange.reading.survey import check_deals, survey_dates, survey_deals, unused_columns
from goalpost.exchange.reading.times import DateFormat, TimeReader
from goalpost.exchange.reading.values import says_total

Parsed_co = TypeVar("Parsed_co", covariant=True)


class ParsedRow(NamedTuple, Generic[Parsed_co]):
    """A row as parsed and as written; a loader may still reject it."""

    line: int
    row: Parsed_co
    cells: Row

    def rejected(self, *faults: RowRefused) -> RejectedRow:
        different = {str(fault): fault for fault in faults}
        cells = tuple(text_of(cell) for cell in self.cells)
        return RejectedRow(self.line, " ".join(different), cells, tuple(different.values()))


class Reading(Generic[Parsed_co]):
    """An opened file. `rows()` may be called again and starts over; it holds one row at a time.

    `columns` are the fields, each with the header that feeds it, for the summary; `given` names the fields
    that the file has a column for or that a default says.
    """

    def __init__(
        self,
        sheet: Sheet,
        plan: FieldPlan,
        parse: Callable[[int, Row], Parsed_co],
        notes: tuple[str, ...] = (),
    ) -> None:
        self.header = sheet.header
        self.description = sheet.description
        self.last_line = sheet.last_line
        self.columns = tuple(
            (field.name, plan.header[position])
            for field in FIELDS[plan.kind]
            for position in plan.columns.get(field.name, ())
        )
        self.given = frozenset(plan.columns) | frozenset(plan.defaults)
        self.notes = notes
        self.source = ""
        """The program that the ids come from, in lower case; empty if unknown."""
        self.skipped: list[int] = []
        """The lines left out in the current or last pass: totals, and repeated headers."""
        self.titles: list[str] = []
        """The texts between groups of rows and below the last one, left out likewise."""
        self.unused: tuple[str, ...] = ()
        self.has_history = False
        """Whether its columns say when deals entered which stage."""
        self._sheet = sheet
        self._readers = plan.readers
        self._parse = parse

    def sheet_notes(self) -> tuple[str, ...]:
        """Return what was left out of the file, once its rows were read."""
        return self._sheet.notes

    def rows(self) -> Iterator[Parsed_co | RejectedRow]:
        for parsed in self.parsed_rows():
            yield parsed if isinstance(parsed, RejectedRow) else parsed.row

    def parsed_rows(self) -> Iterator[ParsedRow[Parsed_co] | RejectedRow]:
        """Yield the rows with their cells, for a loader that may still reject one."""
        parse, header = self._parse, list(self.header)
        self.skipped.clear()
        self.titles.clear()
        # Lone texts: the name of a group where the header follows, a footer where nothing does.
        lone: list[RejectedRow] = []
        for row in self._sheet.rows():
            if isinstance(row, RejectedRow):
                if _is_lone(row.cells) and row.reason.startswith("has 1 cell "):
                    lone.append(row)
                else:
                    yield from lone
                    lone.clear()
                    yield row
                continue
            if row.cells[0] == header[0] and list(row.cells) == header:
                self._skip(lone)
                self.skipped.append(row.line)
                continue
            try:
                parsed = ParsedRow(row.line, parse(row.line, row.cells), row.cells)
            except RowRefused as refusal:
                if _is_total(row.cells):
                    self.skipped.append(row.line)
                elif _is_lone(row.cells):
                    lone.append(self._rejected(row, refusal))
                else:
                    yield self._rejected(row, refusal)
                continue
            if lone:
                yield from lone
                lone.clear()
            yield parsed
        self._skip(lone)

    def _skip(self, lone: list[RejectedRow]) -> None:
        self.titles += [f"“{''.join(row.cells).strip()}” in line {row.line}" for row in lone]
        lone.clear()

    def _rejected(self, row: SheetRow, first: RowRefused) -> RejectedRow:
        """Return the row with all its faults, so that it is corrected in one go."""
        faults = [first]
        for read in self._readers:
            try:
                read(row.cells)
            except RowRefused as refusal:
                faults.append(refusal)
        return ParsedRow(row.line, None, row.cells).rejected(*faults)


def _is_total(cells: Row) -> bool:
    """Whether a row that cannot be read is a line of totals: it says so, and most of it is empty."""
    filled = [text for cell in cells if (text := text_of(cell).strip())]
    return bool(filled) and says_total(filled[0]) and 2 * len(filled) <= len(cells)


def _is_lone(cells: Row) -> bool:
    """Whether a row that cannot be read is one text in several words: a title, a footer."""
    filled = [text for cell in cells if (text := text_of(cell).strip())]
    return len(filled) == 1 and " " in filled[0] and not filled[0][0].isdecimal()


def read_users(path: Path, options: ReadOptions) -> Reading[UserRow]:
    sheet, plan = _open(FileKind.USERS, path, options)
    return _from(Reading(sheet, plan, user_parser(plan)), plan, options)


def read_deals(path: Path, options: ReadOptions, currency: str, zone: ZoneInfo) -> Reading[DealRow]:
    """Read a file of deals, whose amounts are in `currency` and whose times are those of `zone` at need."""
    sheet, plan = _open(FileKind.DEALS, path, options)
    sign = _decimal_sign(sheet, plan, options)
    survey = survey_deals(sheet, plan, NumberReader(sign))
    check_deals(
        survey,
        plan,
        (text.partition("=")[0].strip() for text in options.columns),
        plan.fallback_currency(currency),
    )
    numbers = NumberReader(sign, has_shares=survey.has_shares)
    parser = DealParser(plan, numbers, _times(sheet, plan, options, zone), currency)
    notes = [f"The decimal sign is a {sign.name.lower()}."] if plan.columns.get("value") else []
    if plan.currency_of_header:
        notes.append(f"The values are in {plan.currency_of_header}, as their column says.")
    if survey.has_shares:
        notes.append("Probabilities are shares: 0.75 is 75 %.")
    if survey.fraction is not None:
        notes.append(
            f"Probabilities are rounded to whole percent: {survey.fraction} is {round(survey.fraction)}."
        )
    if parser.finds_status:
        notes.append(
            "Without a status column: won or lost by the stage's name or a won or lost time, else open."
        )
    reading = _from(Reading(sheet, plan, parser, tuple(notes)), plan, options)
    if "won_value" in reading.given:
        reading.given |= {"value"}
    reading.unused = unused_columns(survey, sheet.header)
    if plan.entered:
        reading.has_history = True
        reading.given |= {"stage_change_time"}
    if survey.tells_ends:
        reading.given |= {"status"}
    if any(survey.symbols):
        reading.given |= {"currency"}
    return reading


def read_activities(path: Path, options: ReadOptions, zone: ZoneInfo) -> Reading[ActivityRow]:
    sheet, plan = _open(FileKind.ACTIVITIES, path, options)
    return _from(
        Reading(sheet, plan, activity_parser(plan, _times(sheet, plan, options, zone))), plan, options
    )


def read_history(path: Path, options: ReadOptions, zone: ZoneInfo) -> Reading[HistoryRow]:
    """Read a file that says when deals entered stages. Raises Unusable where no column tells of stages."""
    sheet, plan = _open(FileKind.HISTORY, path, options)
    if not plan.entered and not (plan.has("stage") or plan.has("new")):
        raise Unusable(
            f"No column was found for stage. The file has: {', '.join(sheet.header)}. Say which it is with"
            " --column stage=HEADER, or --column new=HEADER for the new value of a changed field."
        )
    times = _times(sheet, plan, options, zone)
    reading = _from(Reading(sheet, plan, history_parser(plan, times)), plan, options)
    if not plan.has("moment"):
        reading.notes += (_of_entered(plan),)
    return reading


def _of_entered(plan: FieldPlan) -> str:
    stages = ", ".join(label.stage for label in plan.entered.values())
    return f"When deals entered their stages is in {len(plan.entered)} columns: {stages}."


def _from(reading: Reading[Parsed_co], plan: FieldPlan, options: ReadOptions) -> Reading[Parsed_co]:
    """Say in a reading which program the file comes from."""
    reading.source = _source(plan, options)
    if plan.profile is not None:
        reading.description += f", exported by {plan.profile.name}"
    return reading


def _source(plan: FieldPlan, options: ReadOptions) -> str:
    """Return the program that the file comes from, in small letters: as told, or as its headers tell."""
    if options.source is None:
        return plan.profile.name.casefold() if plan.profile is not None else ""
    source = " ".join(options.source.split()).casefold()
    if not 0 < len(source) <= SOURCE_LENGTH:
        raise Unusable(
            f"--source: give a short name, such as --source hubspot; {SOURCE_LENGTH} letters at most."
        )
    return source


def _open(kind: FileKind, path: Path, options: ReadOptions) -> tuple[Sheet, FieldPlan]:
    kinds = {field.kind for field in FIELDS[kind]}
    for option, given, needed in (
        ("--date-format", options.date_formats, CellKind.TIME),
        ("--decimal-sign", options.decimal_sign, CellKind.AMOUNT),
        ("--stage-order", options.stage_order, CellKind.STATUS),
    ):
        if given and needed not in kinds and (option, kind) != ("--stage-order", FileKind.HISTORY):
            raise Unusable(f"{option} does not apply to {kind.value}: leave it out.")
    values = parse_values(kind, options.values)
    defaults = parse_defaults(kind, options.defaults)
    sheet = open_sheet(path, options.encoding, options.delimiter, options.sheet)
    profile = find_profile(kind, sheet.header)
    entered = entered_columns(sheet.header)
    with_default = frozenset(defaults) | ({"moment"} if entered else frozenset())
    columns = map_columns(kind, sheet.header, options.columns, with_default, profile)
    if profile is not None:
        defaults = {**profile.defaults, **defaults}
        for name, meanings in profile.values.items():
            values[name] = {**meanings, **values.get(name, {})}
    plan = FieldPlan(kind, sheet.header, columns, values, defaults)
    plan.profile = profile
    if kind in (FileKind.DEALS, FileKind.HISTORY):
        plan.entered = entered
    if kind is FileKind.DEALS and not any(
        text.partition("=")[0].strip() == "value" for text in options.columns
    ):
        plan.find_value_with_currency()
    return sheet, plan


def _times(sheet: Sheet, plan: FieldPlan, options: ReadOptions, zone: ZoneInfo) -> TimeReader:
    formats = tuple(DateFormat(text) for text in options.date_formats)
    return TimeReader(zone, formats, survey_dates(sheet, plan))


def _decimal_sign(sheet: Sheet, plan: FieldPlan, options: ReadOptions) -> DecimalSign:
    if options.decimal_sign is not None:
        try:
            return DecimalSign(options.decimal_sign)
        except ValueError:
            raise Unusable(f"--decimal-sign {options.decimal_sign!r}: give . or ,") from None
    return detect_decimal_sign(_written_numbers(sheet, plan))


def _written_numbers(sheet: Sheet, plan: FieldPlan) -> Iterator[tuple[int, str]]:
    """Yield the cells whose decimal sign matters, with their lines: text with a point or a comma in it."""
    columns = [
        (position, plan.values.get(field.name, {}))
        for field in FIELDS[plan.kind]
        if field.kind in (CellKind.AMOUNT, CellKind.PERCENT)
        for position in plan.columns.get(field.name, ())
    ]
    for row in sheet.rows() if columns else ():
        if isinstance(row, RejectedRow):
            continue
        for position, mapped in columns:
            cell = row.cells[position]
            if isinstance(cell, str) and ("," in cell or "." in cell) and cell.strip() not in mapped:
                yield row.line, cell
