"""Tables as CSV, the same in every language: RFC 4180, UTF-8, decimal points, ISO dates.

It begins with a byte order mark, without which Excel takes UTF-8 for something else. Excel also computes
text that begins like a formula, so such text gets an apostrophe in front.
"""

import csv
import io
import tempfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import IO

from goalpost.domain.formulas import CELL_BREAKS, formula_in
from goalpost.insights.export.table import Cell, Table

MEDIA_TYPE = "text/csv; charset=utf-8"
EXTENSION = "csv"

_BYTE_ORDER_MARK = "\ufeff"
_CHUNK = 64 * 1024
_IN_MEMORY = 2 * 1024 * 1024
# Programs that trim a cell would find a formula behind them.
_TRIMMED = ("\t", "\r", "\n", "\0")


def csv_chunks(table: Table) -> Iterator[bytes]:
    """Yield the file piece by piece, one in memory at a time. Units stand in the headers, not in cells."""
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
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  handed to the caller
    try:
        file.writelines(csv_chunks(table))
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def plain_text(text: str) -> str:
    """Return text that no spreadsheet program computes, whichever sign it parts cells at."""
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
