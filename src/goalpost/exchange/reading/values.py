"""Cells read as text: names, titles, identifiers, e-mail addresses, currency codes.

Words with a fixed meaning: statuses, yes and no, in English and Swedish.
"""

import unicodedata
from collections.abc import Callable, Mapping
from typing import TypeVar

from goalpost.companies.currencies import CURRENCIES
from goalpost.domain.counting import DealStatus
from goalpost.exchange.errors import RowRefused
from goalpost.exchange.files.cells import Cell, FormulaError, text_of


def text_reader(max_length: int) -> Callable[[Cell], str]:
    """Return what reads a cell as one line of text: composed letters (NFC), single spaces."""

    def read(cell: Cell) -> str:
        text = cell if isinstance(cell, str) else _shown(cell)
        if not (text.isascii() and text.isprintable()) or "  " in text:
            text = unicodedata.normalize("NFC", " ".join(text.split()))
            if not _is_text(text):
                raise RowRefused("holds half a letter that no database stores: type the text anew.")
        if len(text) > max_length:
            raise RowRefused(f"has {len(text):,} characters, {max_length} at most.")
        if "\0" in text:
            raise RowRefused("holds a NUL character: type the text anew.")
        return text

    return read


def email_reader(max_length: int) -> Callable[[Cell], str]:
    """Return what reads a cell as an e-mail address, in small letters: addresses are compared so."""
    read_text = text_reader(max_length)

    def read(cell: Cell) -> str:
        address = read_text(cell).lower()
        name, _, domain = address.partition("@")
        if not name or not domain or "@" in domain or " " in address:
            raise RowRefused(f"“{address}” is not an e-mail address.")
        return address

    return read


def read_currency(cell: Cell) -> str:
    """Return a cell as an ISO 4217 code, `SEK`."""
    code = text_of(cell).strip()
    if code in CURRENCIES:
        return code
    if code.upper() in CURRENCIES:
        return code.upper()
    raise RowRefused(
        f'“{code}” is not a currency code such as EUR. Say which it is with --value "currency:{code}=EUR".'
    )


def _is_text(text: str) -> bool:
    """Whether the text has no half of a surrogate pair, as a cut file or a terminal may leave it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(cell: Cell) -> str:
    if isinstance(cell, FormulaError):
        raise RowRefused(f"is a formula without a result ({cell.text}).")
    return text_of(cell)


Meaning = TypeVar("Meaning")

STATUS_WORDS = {
    **dict.fromkeys(("open", "öppen", "öppet", "öppna"), DealStatus.OPEN),
    **dict.fromkeys(("won", "closed won", "vunnen", "vunnet", "vunna", "stängd vunnen"), DealStatus.WON),
    **dict.fromkeys(
        ("lost", "closed lost", "förlorad", "förlorat", "förlorade", "stängd förlorad"), DealStatus.LOST
    ),
}
_YES_NO = {
    **dict.fromkeys(("yes", "y", "true", "t", "1", "ja", "j", "sant", "sann"), True),
    **dict.fromkeys(("no", "n", "false", "f", "0", "nej", "falskt", "falsk"), False),
}
DONE_WORDS = {
    **_YES_NO,
    **dict.fromkeys(("done", "completed", "complete", "klar", "klart", "utförd", "slutförd"), True),
    **dict.fromkeys(("to do", "todo", "not done", "open", "planned", "not started", "in progress"), False),
    **dict.fromkeys(
        ("att göra", "ej klar", "inte klar", "planerad", "öppen", "ej påbörjad", "pågående"), False
    ),
}
ACTIVE_WORDS = {
    **_YES_NO,
    **dict.fromkeys(("active", "activated", "enabled", "aktiv", "aktiverad"), True),
    **dict.fromkeys(("inactive", "deactivated", "disabled", "inaktiv", "inaktiverad", "avaktiverad"), False),
}


def word_reader(
    words: Mapping[str, Meaning], field: str, meanings: str, example: str
) -> Callable[[Cell], Meaning]:
    """Return what reads a cell as one of `words`, in any case. `meanings` and `example` are for errors."""

    def read(cell: Cell) -> Meaning:
        text = text_of(cell)
        meaning = words.get(text)
        if meaning is None:
            meaning = words.get(" ".join(text.casefold().split()))
        if meaning is None:
            raise RowRefused(
                f'“{text}” is not {meanings}. Say what it means with --value "{field}:{text}={example}".'
            )
        return meaning

    return read
