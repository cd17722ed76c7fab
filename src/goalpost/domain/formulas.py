"""Text that a spreadsheet program would compute: looked for before a person's words go into a table."""

import re
import unicodedata

CELL_BREAKS = re.compile(r"([;\t\r\n])")
"""After these a program may begin a new cell, whatever quotation marks say: it looks for them elsewhere."""

_BEGINS_FORMULA = ("=", "+", "-", "@")


def formula_in(cell: str) -> str:
    """Return what a program might compute of a cell, as it would read it; nothing when there is no danger.

    Some programs read full-width signs as plain ones, and past letters that are not seen.
    """
    seen = unicodedata.normalize("NFKC", cell)
    begin = next((i for i, letter in enumerate(seen) if not _is_unseen(letter)), len(seen))
    return seen[begin:] if seen.startswith(_BEGINS_FORMULA, begin) else ""


def _is_unseen(letter: str) -> bool:
    # A quotation mark opens a cell where a part begins one.
    return letter == '"' or unicodedata.category(letter) in ("Cc", "Cf", "Cn", "Co", "Cs", "Zs", "Zl", "Zp")
