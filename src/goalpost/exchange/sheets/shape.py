"""Whether the header can be used, and whether a row has as many cells as it."""

from collections.abc import Sequence

from goalpost.exchange.sheets.cell import Cell, RejectedRow, SheetRow, text_of
from goalpost.exchange.unusable import Unusable

MAX_COLUMNS = 1_000


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
