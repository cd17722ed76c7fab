"""Copies a workbook's sheet to plain rows in a process of its own, with resource limits.

A workbook is XML in an archive and may be malicious. Whatever it does to this process, the caller only sees
an exit code and one line of text.

    xlsx_worker.py WORKBOOK SHEET-OR-NOTHING

Standard output gets a line of JSON for each row that holds anything: its number, then its cells. Empty
cells are "", a date is {"d": "2017-03-04"}, a moment {"t": "2017-03-04T10:00:00"}, a formula without a
result {"e": "#REF!"}. The number of the last row is printed.
"""

import json
import os
import re
import resource
import sys
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import IO, TextIO

import openpyxl
from openpyxl.cell.read_only import ReadOnlyCell
from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.worksheet.worksheet import Worksheet

MAX_COLUMNS = 1_000
LAST_ROW = 1_048_576
"""The most rows that a spreadsheet program supports."""
_MAX_MEMORY = 1536 << 20
# A million rows of fifteen cells take some four minutes of a common processor.
_MAX_SECONDS = 15 * 60
_MAX_OUTPUT = 4 << 30
_CHUNK = 1 << 20
_REFUSED = 3
_FAULTS = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#SPILL!", "#CALC!"}
_FORMULA = re.compile(
    rb"<(?:\w+:)?c(?P<attributes>\s[^<>]*)?>\s*<(?:\w+:)?f(?:\s[^<>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*"
    # Avoids adjacent runs of spaces, which would backtrack.
    rb"(?:(?P<value><(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)\s*)?</(?:\w+:)?c>"
)
"""A cell with a formula and no result, or an empty one."""
_UNREAD_OF_FORMAT = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
"""The literal parts of a number format, and its colours and conditions."""
_OVERLAP = 64 * 1024


class Refused(Exception):
    """The workbook cannot be used; the message says why."""


def main(arguments: list[str]) -> int:
    workbook, sheet = arguments
    resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY, _MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_MAX_SECONDS, _MAX_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_MAX_OUTPUT, _MAX_OUTPUT))
    warnings.simplefilter("ignore")  # openpyxl warns of styles and pictures it leaves out
    if not openpyxl.DEFUSEDXML:
        return _tell("cannot be read safely: the package defusedxml is missing from this installation.")
    try:
        with os.fdopen(1, "w", encoding="utf-8") as output:
            last = copy_sheet(workbook, output, sheet)
    except Refused as refusal:
        return _tell(str(refusal))
    except OSError as error:
        return _tell(f"cannot be copied to a temporary file: {error.strerror}. Save the table alone as CSV.")
    except MemoryError:
        return _tell("needs more memory than a table should. Save the table alone as CSV.")
    except Exception as error:  # noqa: BLE001  whatever a damaged workbook raises, the answer is the same
        return _tell(f"is a damaged workbook ({type(error).__name__}). Save it again, or as CSV.")
    sys.stderr.write(f"{last}\n")
    return 0


def copy_sheet(path: str, output: TextIO, wanted: str) -> int:
    """Write the rows of the sheet named `wanted`, or of the first one; return the last one's number."""
    # Opened here: given a path, openpyxl would judge the file by the end of its name.
    with open(path, "rb") as file:  # noqa: PTH123  no path arithmetic in this program
        return _copy_sheet(file, output, wanted)


def _copy_sheet(file: IO[bytes], output: TextIO, wanted: str) -> int:
    workbook = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    sheets = {sheet.title: sheet for sheet in workbook.worksheets if isinstance(sheet, ReadOnlyWorksheet)}
    if not sheets:
        raise Refused("has no sheet of cells.")
    if wanted and wanted not in sheets:
        raise Refused(f"has no sheet {wanted!r}. It has: {', '.join(sheets)}.")
    sheet = sheets[wanted] if wanted else next(iter(sheets.values()))
    part_name = str(vars(sheet)["_worksheet_path"])  # openpyxl has no public name for it
    with zipfile.ZipFile(file) as archive, archive.open(part_name) as part:
        _refuse_uncomputed(part)
    sheet.reset_dimensions()  # the stated size is often wrong, and rows past it would be lost
    encode = json.JSONEncoder(ensure_ascii=False, default=_encode).encode
    last = 0
    for number, row in enumerate(_rows(sheet), start=1):
        if number > LAST_ROW:
            raise Refused(
                f"numbers a row past {LAST_ROW:,}, the last a sheet has. Save the table alone as CSV."
            )
        if cells := _plain_cells(row):
            output.write(encode([number, *cells]) + "\n")
            last = number
    return last


def _rows(sheet: Worksheet) -> Iterator[tuple[object, ...]]:
    """Yield rows of values; one shown in percent is its text, as it is shown: 1 may be 1 % or 100 %."""
    percent_styles = _percent_styles(sheet)
    if not percent_styles:
        yield from sheet.iter_rows(values_only=True)
        return
    for row in sheet.iter_rows():
        yield tuple(
            _percent_text(cell.value)
            if isinstance(cell, ReadOnlyCell) and cell._style_id in percent_styles  # noqa: SLF001  as fast as can be
            else cell.value
            for cell in row
        )


def _percent_styles(sheet: Worksheet) -> set[int]:
    """Return the numbers of the workbook's cell styles that show numbers in percent."""
    workbook = vars(sheet.parent)
    formats = [_format(style.numFmtId, workbook["_number_formats"]) for style in workbook["_cell_styles"]]
    return {number for number, text in enumerate(formats) if "%" in _UNREAD_OF_FORMAT.sub("", text)}


def _format(number: int, of_workbook: Sequence[str]) -> str:
    if number < BUILTIN_FORMATS_MAX_SIZE:
        return BUILTIN_FORMATS.get(number, "")
    return of_workbook[number - BUILTIN_FORMATS_MAX_SIZE]


def _percent_text(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    # Spreadsheets keep 15 digits: more would show rounding errors of binary fractions.
    percent = (Decimal(format(value, ".15g")) * 100).normalize()
    return f"{percent:f}%"


def _plain_cells(row: tuple[object, ...]) -> list[object]:
    width = len(row)
    while width and row[width - 1] is None:
        width -= 1
    if width > MAX_COLUMNS:
        raise Refused(f"has {width:,} columns; at most {MAX_COLUMNS:,} can be read.")
    return ["" if cell is None else {"e": cell} if cell in _FAULTS else cell for cell in row[:width]]


def _encode(cell: object) -> object:
    if isinstance(cell, datetime):
        # A spreadsheet stores a moment as a fraction of days: 10:00 may be read as 09:59:59.999.
        moment = (cell + timedelta(microseconds=500_000)).replace(microsecond=0)
        return {"d": moment.date().isoformat()} if moment.time() == time.min else {"t": moment.isoformat()}
    if isinstance(cell, date):
        return {"d": cell.isoformat()}
    if isinstance(cell, time | timedelta):
        return str(cell)
    raise TypeError(type(cell).__name__)


def _refuse_uncomputed(part: IO[bytes]) -> None:
    """Raise Refused for a formula that was never computed: it would read as an empty cell."""
    for window in _windows(part):
        for found in _FORMULA.finditer(window):
            attributes = found["attributes"] or b""
            if found["value"] and b't="str"' in attributes:
                continue  # the empty text is a result
            reference = re.search(rb'r="(\w+)"', attributes)
            where = reference[1].decode() if reference else "a cell"
            raise Refused(
                f"has a formula without a stored result in {where}."
                " Open it in a spreadsheet program and save it."
            )


def _windows(part: IO[bytes]) -> Iterator[bytes]:
    """Yield the stream in pieces that overlap, so that no formula falls between two."""
    tail = b""
    while chunk := part.read(_CHUNK):
        yield tail + chunk
        tail = chunk[-_OVERLAP:]


def _tell(message: str) -> int:
    sys.stderr.write(message + "\n")
    return _REFUSED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
