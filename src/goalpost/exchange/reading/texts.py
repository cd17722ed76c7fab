"""Cells read as text: names, titles, identifiers, e-mail addresses, currency codes."""

import unicodedata
from collections.abc import Callable

from goalpost.companies.currencies import CURRENCIES
from goalpost.exchange.reading.refused import CellRefused
from goalpost.exchange.sheets.cell import Cell, FormulaFault, text_of


def text_reader(max_length: int) -> Callable[[Cell], str]:
    """Return what reads a cell as one line of text: composed letters (NFC), single spaces."""

    def read(cell: Cell) -> str:
        text = cell if isinstance(cell, str) else _shown(cell)
        if not (text.isascii() and text.isprintable()) or "  " in text:
            text = unicodedata.normalize("NFC", " ".join(text.split()))
            if not _is_text(text):
                raise CellRefused("holds half a letter that no database stores: type the text anew.")
        if len(text) > max_length:
            raise CellRefused(f"has {len(text):,} characters, {max_length} at most.")
        if "\0" in text:
            raise CellRefused("holds a NUL character: type the text anew.")
        return text

    return read


def email_reader(max_length: int) -> Callable[[Cell], str]:
    """Return what reads a cell as an e-mail address, in small letters: addresses are compared so."""
    read_text = text_reader(max_length)

    def read(cell: Cell) -> str:
        address = read_text(cell).lower()
        name, _, domain = address.partition("@")
        if not name or not domain or "@" in domain or " " in address:
            raise CellRefused(f"“{address}” is not an e-mail address.")
        return address

    return read


def read_currency(cell: Cell) -> str:
    """Return a cell as an ISO 4217 code, `SEK`."""
    code = text_of(cell).strip()
    if code in CURRENCIES:
        return code
    if code.upper() in CURRENCIES:
        return code.upper()
    raise CellRefused(
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
    if isinstance(cell, FormulaFault):
        raise CellRefused(f"is a formula without a result ({cell.text}).")
    return text_of(cell)
