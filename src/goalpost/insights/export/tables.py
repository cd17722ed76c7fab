"""Writes tables of typed values as CSV and as Excel workbooks."""

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, localcontext
from enum import Enum, auto
from typing import IO, TypeAlias

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from goalpost.domain.formulas import CELL_BREAKS, formula_in


class Kind(Enum):
    """What a column holds, which says how its cells are written."""

    TEXT = auto()
    NUMBER = auto()
    """A count (`int`), or an amount in major units (`Decimal`) with the column's `decimals`."""
    PERCENT = auto()
    """Whole per cent: 67, which a workbook holds as 0.67 shown as 67 %."""
    DAY = auto()
    MOMENT = auto()
    """An aware `datetime`, in the time zone it is to be read in: the company's."""


Cell: TypeAlias = str | int | Decimal | date | datetime | None
"""None is an empty cell. A text may stand in a column of any kind, and stays a text there."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. The header names the unit (`Target, EUR`).

    `width` is in characters, 0 for the kind's own.
    """

    header: str
    kind: Kind = Kind.TEXT
    decimals: int = 0
    width: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """A named table. `rows` are as wide as `columns`, and read once, one at a time: there may be millions."""

    name: str
    columns: tuple[Column, ...]
    rows: Iterable[Sequence[Cell]]


CSV_MEDIA_TYPE = "text/csv; charset=utf-8"
CSV_EXTENSION = "csv"

_BYTE_ORDER_MARK = "\ufeff"
_CHUNK = 64 * 1024
_CSV_IN_MEMORY = 2 * 1024 * 1024
# Programs that trim white space would find a formula after these.
_TRIMMED = ("\t", "\r", "\n", "\0")


def csv_chunks(table: Table) -> Iterator[bytes]:
    """Yield the file in chunks. Units are in the headers, not in cells."""
    piece = io.StringIO(newline="")
    piece.write(_BYTE_ORDER_MARK)
    writer = csv.writer(piece)
    writer.writerow([plain_text(column.header) for column in table.columns])
    for row in table.rows:
        writer.writerow([_cell(cell) for cell in row])
        if piece.tell() >= _CHUNK:
            yield _bytes(piece)
            piece.seek(0)
            piece.truncate()
    yield _bytes(piece)


def csv_file(table: Table) -> IO[bytes]:
    """Return the file as a nameless one at its beginning, for the caller to close."""
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_CSV_IN_MEMORY)  # noqa: SIM115  handed to the caller
    try:
        file.writelines(csv_chunks(table))
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def plain_text(text: str) -> str:
    """Return text that no spreadsheet program evaluates as a formula, with any delimiter."""
    if text[:1].isalnum() and not CELL_BREAKS.search(text):
        return text  # most are: the long way takes ten times as long
    covered = "".join(f"'{part}" if formula_in(part) else part for part in CELL_BREAKS.split(text))
    return f"'{covered}" if covered.startswith(_TRIMMED) else covered


def _cell(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case str():
            return plain_text(cell)
        case Decimal():
            return f"{cell:f}"
        case int():
            return str(cell)
        case datetime() | date():
            return cell.isoformat()


def _bytes(piece: io.StringIO) -> bytes:
    # Half of a character that needs two (a lone surrogate) has no bytes.
    return piece.getvalue().encode("utf-8", "replace")


XLSX_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLSX_EXTENSION = "xlsx"

MOST_ROWS = 1_048_575
"""The rows of a sheet below its header; further rows go to another sheet."""

_XLSX_IN_MEMORY = 2 * 1024 * 1024
_LONGEST_TEXT = 32_767
_LONGEST_NAME = 31
_FIRST_YEAR = 1900
_A4 = 9

_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f\x7f]")
# Neither is a character of XML.
_NOT_IN_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")

_WIDTHS = {Kind.TEXT: 28, Kind.NUMBER: 16, Kind.PERCENT: 12, Kind.DAY: 12, Kind.MOMENT: 18}
_NUMBER_FORMATS = {Kind.PERCENT: "0%", Kind.DAY: "yyyy-mm-dd", Kind.MOMENT: "yyyy-mm-dd hh:mm"}

# Text never becomes a formula, a link or a number; dates and numbers are typed.
_AS_TEXT = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}


def xlsx_file(tables: Iterable[Table], *, title: str = "") -> IO[bytes]:
    """Return the workbook as a nameless file at its beginning, for the caller to close.

    It holds one row at a time. Tables are read one after the other; names alike get a number.
    """
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_XLSX_IN_MEMORY)  # noqa: SIM115  handed to the caller
    try:
        # xlsxwriter's temporary rows; the folder is always deleted.
        with tempfile.TemporaryDirectory(prefix="goalpost-xlsx-") as folder:
            workbook = _Workbook(file, title, folder)
            try:
                for table in tables:
                    workbook.add(table)
            finally:
                workbook.close()
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


class _Workbook:
    """Writes sheets, and remembers the formats and names it has given out."""

    def __init__(self, file: IO[bytes], title: str, folder: str) -> None:
        self._book = xlsxwriter.Workbook(file, {**_AS_TEXT, "tmpdir": folder})
        self._book.set_properties({"title": _sound(title)})
        self._header: Format = self._book.add_format(
            {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}
        )
        self._formats: dict[tuple[str, bool], Format] = {}
        self._names: set[str] = set()

    def add(self, table: Table) -> None:
        sheet, at = self._sheet(table), 0
        formats = [self._format(_number_format(column)) for column in table.columns]
        for row in table.rows:
            if at == MOST_ROWS:
                sheet, at = self._sheet(table), 0
            at += 1
            for place, cell in enumerate(row):
                self._write(sheet, at, place, cell, table.columns[place], formats[place])

    def close(self) -> None:
        self._book.close()

    def _sheet(self, table: Table) -> Worksheet:
        sheet: Worksheet = self._book.add_worksheet(self._name(table.name))
        for place, column in enumerate(table.columns):
            sheet.set_column(place, place, column.width or _WIDTHS[column.kind])
            sheet.write_string(0, place, _sound(column.header), self._header)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        return sheet

    def _write(
        self, sheet: Worksheet, row: int, place: int, cell: Cell, column: Column, shown: Format
    ) -> None:
        match cell:
            case None | "":
                return
            case str():
                self._write_text(sheet, row, place, cell)
            case Decimal() | int():
                number = float(cell) / 100 if column.kind is Kind.PERCENT else float(cell)
                if column.kind is Kind.PERCENT or _is_exact(cell, number):
                    sheet.write_number(row, place, number, shown)
                else:
                    self._write_text(sheet, row, place, f"{Decimal(cell):f}")
            case datetime():
                if cell.year < _FIRST_YEAR:
                    self._write_text(sheet, row, place, cell.isoformat())
                else:
                    # A workbook has no time zones: it gets the local time of the moment's zone.
                    sheet.write_datetime(row, place, cell.replace(tzinfo=None), shown)
            case date():
                if cell.year < _FIRST_YEAR:
                    self._write_text(sheet, row, place, cell.isoformat())
                else:
                    sheet.write_datetime(row, place, cell, shown)

    def _write_text(self, sheet: Worksheet, row: int, place: int, text: str) -> None:
        # Marked as text, so that opening and leaving the cell does not make a formula of it either.
        shown = self._format("@", is_quoted=True) if formula_in(text) else None
        sheet.write_string(row, place, _sound(text), shown)

    def _format(self, number_format: str, *, is_quoted: bool = False) -> Format:
        key = (number_format, is_quoted)
        if key not in self._formats:
            self._formats[key] = self._book.add_format(
                {"num_format": number_format, "quote_prefix": is_quoted}
            )
        return self._formats[key]

    def _name(self, wanted: str) -> str:
        """Return a sheet name that Excel takes and that no other sheet has."""
        sound = _cut(_NOT_IN_NAMES.sub(" ", _sound(wanted)), _LONGEST_NAME).strip().strip("'").strip()
        if not sound or sound.casefold() == "history":  # Excel's own
            sound = f"{sound} 1".strip()
        name, number = sound, 1
        while name.casefold() in self._names:
            number += 1
            name = f"{_cut(sound, _LONGEST_NAME - len(f' {number}'))} {number}"
        self._names.add(name.casefold())
        return name


def _number_format(column: Column) -> str:
    if column.kind is Kind.NUMBER:
        return "#,##0" + ("." + "0" * column.decimals if column.decimals else "")
    return _NUMBER_FORMATS.get(column.kind, "General")


def _is_exact(number: Decimal | int, written: float) -> bool:
    """Whether a workbook holds the number: what is written, rounded to the decimals it has, is the number.

    xlsxwriter writes sixteen figures: 8.95 as 8.949999999999999, which every program shows and adds as 8.95.
    """
    exact = Decimal(number)
    with localcontext(prec=60):
        return Decimal(f"{written:.16G}").quantize(exact) == exact


def _sound(text: str) -> str:
    return _cut(_NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text), _LONGEST_TEXT)


def _cut(text: str, most: int) -> str:
    """Return as much of a text as fits into `most` units of UTF-16, which is how Excel counts."""
    units = text.encode("utf-16-le")
    return text if len(units) <= 2 * most else units[: 2 * most - 2].decode("utf-16-le", "ignore") + "…"
