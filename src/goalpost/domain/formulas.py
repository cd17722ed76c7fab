"""Detects text that a spreadsheet program would evaluate as a formula."""

import re
import unicodedata

CELL_BREAKS = re.compile(r"([;\t\r\n])")
"""After these a program may begin a new cell, even within quotation marks."""

_BEGINS_FORMULA = ("=", "+", "-", "@")


def formula_in(cell: str) -> str:
    """Return the formula that a program might find in a cell, empty for none.

    Some programs read full-width signs as plain ones, and skip invisible characters.
    """
    seen = unicodedata.normalize("NFKC", cell)
    begin = next((i for i, letter in enumerate(seen) if not _is_unseen(letter)), len(seen))
    return seen[begin:] if seen.startswith(_BEGINS_FORMULA, begin) else ""


def _is_unseen(letter: str) -> bool:
    # A quotation mark opens a cell where a part begins one.
    return letter == '"' or unicodedata.category(letter) in ("Cc", "Cf", "Cn", "Co", "Cs", "Zs", "Zl", "Zp")
