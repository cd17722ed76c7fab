"""Cells and rows of a file, and checks of its header."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple, Protocol, TypeAlias

from goalpost.exchange.errors import RowRefused, Unusable
from goalpost.exchange.reading.fields import is_known_header

MAX_COLUMNS = 1_000
HEADER_WITHIN = 20
"""The header is among the first this many records that are not blank."""
_TABLE_WIDTH = 3
# Beyond this a double cannot represent every whole number.
_EXACT_FLOAT = 1e15


@dataclass(frozen=True, slots=True)
class FormulaError:
    """A workbook's cell whose formula has no result, such as `#REF!`."""

    text: str


Cell: TypeAlias = str | int | float | bool | date | datetime | FormulaError
"""CSV cells are always text; an empty cell is the empty text in both kinds of file."""

Row: TypeAlias = Sequence[Cell]


class SheetRow(NamedTuple):
    """A row as wide as the header, with its line number (in a workbook, its row number)."""

    line: int
    cells: Row


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A rejected row: the line it starts on, the reason, and its cells as they were written."""

    line: int
    reason: str
    cells: tuple[str, ...]
    faults: tuple[RowRefused, ...] = field(default=(), compare=False)
    """Each thing that is wrong with it, where it could be read as a row at all."""


class Sheet(Protocol):
    """A table in a file. `rows()` may be called again and starts over; it holds one row at a time."""

    @property
    def header(self) -> tuple[str, ...]: ...

    @property
    def last_line(self) -> int:
        """The approximate number of lines in the file, for a progress bar."""

    @property
    def description(self) -> str:
        """How the file was read, for the summary: `CSV, UTF-8, separated by ;`."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out, for the summary; complete once all rows were read."""

    def rows(self) -> Iterator[SheetRow | RejectedRow]: ...


def text_of(cell: Cell) -> str:
    """Return a cell as text: whole numbers without `.0`, times in ISO form."""
    match cell:
        case str():
            text = cell
        case bool():
            text = "TRUE" if cell else "FALSE"
        case int():
            text = str(cell)
        case float():
            text = _float_text(cell)
        case datetime():
            text = cell.isoformat(sep=" ")
        case date():
            text = cell.isoformat()
        case FormulaError():
            text = cell.text
    return text


def _float_text(number: float) -> str:
    if number.is_integer() and abs(number) < _EXACT_FLOAT:
        return str(int(number))
    # Spreadsheets keep 15 digits: more would show rounding errors of binary fractions.
    return format(number, ".15g")


def find_header(records: Sequence[tuple[int, Sequence[Cell]]]) -> int:
    """Return the index of the header among a file's first records: the first that is not blank.

    Titles above it have one cell each where the table has three or more. A row of merged cells above it has
    fewer known column names than the header.
    """
    widths = [sum(bool(text_of(cell).strip()) for cell in cells) for _, cells in records]
    filled = [at for at, width in enumerate(widths) if width]
    if not filled:
        return -1
    is_table = max(widths) >= _TABLE_WIDTH
    found = next(at for at in filled if not is_table or widths[at] > 1)
    known = [sum(is_known_header(text_of(cell)) for cell in cells) for _, cells in records]
    likely = next((at for at in filled if known[at] >= _TABLE_WIDTH), found)
    return likely if known[found] < known[likely] else found


def note_of_titles(records: Sequence[tuple[int, Sequence[Cell]]]) -> tuple[str, ...]:
    """Return what the summary says of the lines above the header."""
    titles = [text for _, cells in records if (text := " ".join(" ".join(map(text_of, cells)).split()))]
    return (f"Skipped above the header: {'; '.join(titles)}.",) if titles else ()


def check_header(cells: Sequence[Cell], name: str) -> tuple[str, ...]:
    """Return the column names, blank ones at the end left out. Raises Unusable for too many of them."""
    header = [" ".join(text_of(cell).split()) for cell in cells]
    while header and not header[-1]:
        header.pop()
    if len(header) > MAX_COLUMNS:
        raise Unusable(f"{name} has {len(header):,} columns; at most {MAX_COLUMNS:,} can be read.")
    return tuple(header)


def fit_row(line: int, cells: Sequence[Cell], width: int) -> SheetRow | RejectedRow:
    """Return the row without empty cells past the header's; refuse it if cells are missing or too many."""
    if len(cells) > width and not any(text_of(cell).strip() for cell in cells[width:]):
        return SheetRow(line, cells[:width])
    many = "cell" if len(cells) == 1 else "cells"
    reason = (
        f"has {len(cells)} {many} where the header has {width}: is a delimiter or a quotation mark "
        f"{'missing' if len(cells) < width else 'too many'}?"
    )
    return RejectedRow(line, reason, tuple(text_of(cell) for cell in cells))
