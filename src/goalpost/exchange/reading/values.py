"""Parses text, codes and words with a fixed meaning, and words for won and lost."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import TypeVar

from babel import Locale

from goalpost.companies.currencies import CURRENCIES
from goalpost.domain.counting import DealStatus
from goalpost.exchange.errors import RowRefused
from goalpost.exchange.files.cells import Cell, FormulaError, text_of
from goalpost.exchange.reading.amounts import CURRENCY_SYMBOLS
from goalpost.exchange.reading.columns import value_option


def text_reader(max_length: int) -> Callable[[Cell], str]:
    """Return what reads a cell as one line of text: composed letters (NFC), single spaces."""

    def read(cell: Cell) -> str:
        text = cell if isinstance(cell, str) else _shown(cell)
        if not (text.isascii() and text.isprintable()) or "  " in text:
            text = unicodedata.normalize("NFC", " ".join(text.split()))
            if not _is_text(text):
                raise RowRefused("contains a broken character that cannot be stored: type the text again.")
        if len(text) > max_length:
            raise RowRefused(f"has {len(text):,} characters; at most {max_length} are allowed.")
        if "\0" in text:
            raise RowRefused("contains a NUL character: type the text again.")
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
    if (named := _currencies_by_name().get(fold_word(code))) is not None:
        return named
    meant = CURRENCY_SYMBOLS.get(code.casefold(), frozenset())
    if len(meant) == 1:
        return next(iter(meant))
    refusal = f"“{code}” is not a currency of ISO 4217."
    if len(code) != _CODE_LENGTH or not code.isalpha():
        # A valid code is that currency; only other text can be a symbol.
        refusal += f" If it is a way to write one, say which: {value_option('currency', code, 'CODE')}."
    raise RowRefused(refusal)


@cache
def _currencies_by_name() -> dict[str, str]:
    """Return each currency by its names in the languages that files are read in, where a name is of one."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for language in LANGUAGES:
        for code, name in Locale(language).currencies.items():
            if code in CURRENCIES:
                found[fold_word(name)].add(code)
    return {name: codes.pop() for name, codes in found.items() if len(codes) == 1}


def _is_text(text: str) -> bool:
    """Whether the text has no lone surrogate, as truncated input may have."""
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
_CODE_LENGTH = 3
LANGUAGES = ("en", "sv", "es", "de", "fr", "pt", "ru")
"""Those whose names of months and currencies are known."""

_OPEN = "open öppen öppet öppna offen abierto abierta aberto aberta ouvert ouverte открыт открыта открыто"
_WON = (
    "won closedwon gewonnen vunnen vunnet vunna ganado ganada ganados gagne gagnee ganho ganha vinto vinta"
    " gewonnene выигран выиграна выиграно выиграли успешно"
)
_LOST = (
    "lost closedlost verloren verlorene förlorad förlorat förlorade perdido perdida perdidos perdu perdue"
    " perso persa lose проигран проиграна проиграно потерян потеряна"
)
_CLOSED = (
    "closed stängd stängt stängda avslutad avslutat geschlossen abgeschlossen cerrado cerrada ferme fermee"
    " fechado fechada cloture cloturee закрыт закрыта закрыто"
)
_SOUNDS_CLOSED = (
    "done complete completed finished ended dead abandoned cancelled canceled rejected disqualified declined"
    " dropped failed failure apology churned archived signed deleted klar avbruten nekad underskriven"
    " abgebrochen abgelehnt unterschrieben cancelado cancelada rechazado firmado annule annulee refuse signe"
    " rejeitado assinado"
)
_DELETED = (
    "deleted merged raderad raderat raderade borttagen borttaget gelöscht eliminado eliminada"
    " supprime supprimee excluido excluida удален удалена"
)
_FILLERS = "deal stage opportunity status the affär als"


@lru_cache(maxsize=20_000)
def fold_word(text: str) -> str:
    """Return a text without case, accents and signs, words one space apart: `Closed-Won` as `closed won`."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return re.sub(r"[\W_]+", " ", letters).strip()


def _words(text: str) -> frozenset[str]:
    return frozenset(fold_word(text).split())


_WON_WORDS, _LOST_WORDS, _CLOSED_WORDS = _words(_WON), _words(_LOST), _words(_CLOSED)
_NAMELESS_WORDS = _CLOSED_WORDS | _words(_FILLERS)
_END_WORDS = _WON_WORDS | _LOST_WORDS | _CLOSED_WORDS | _words(_SOUNDS_CLOSED)
_TOTAL_WORDS = _words(
    "total totals subtotal totalt sum summa summe gesamt gesamtsumme suma somme soma totaux итого всего"
)
_OF_TOTALS = _words("grand sub general records record rows deals opportunities items count of le la de")
_DELETED_WORDS = _words(_DELETED)
STATUS_WORDS = {
    **dict.fromkeys(_words(_OPEN) | {"en cours"}, DealStatus.OPEN),
    **dict.fromkeys(_WON_WORDS, DealStatus.WON),
    **dict.fromkeys(_LOST_WORDS, DealStatus.LOST),
}


def says_total(text: str) -> bool:
    """Whether a text is what a line of totals begins with: `Total`, `Grand Totals (20 records)`."""
    words = {word for word in fold_word(text).split() if not word.isdecimal()} - _OF_TOTALS
    return bool(words) and words <= _TOTAL_WORDS


@lru_cache(maxsize=20_000)
def closing_status(text: str) -> DealStatus | None:
    """Return the end that a stage or status names: `6 - Closed Won`, `closedlost`, `Lost - Price`, `C6:WON`.

    Before the word that says it there are only numbers and words such as closed; after one for a lost deal
    there may be the reason. None for anything else.
    """
    # HubSpot writes the pipeline behind: Closed won (Sales Pipeline).
    text = re.sub(r"\s*\([^()]*pipeline\)$", "", text, flags=re.IGNORECASE)
    words = [word for word in fold_word(text).split() if not re.fullmatch(r"c?\d+|\d+[a-z]?", word)]
    while words and words[0] in _NAMELESS_WORDS:
        words.pop(0)
    if not words:
        return None
    if words[0] in _WON_WORDS and set(words[1:]) <= _NAMELESS_WORDS:
        return DealStatus.WON
    has_reason = (
        re.search(r"[-\u2013\u2014:(/,]|\b(?:to|due|because|por|wegen|pga)\b", text.casefold())
        or _words(text) & _CLOSED_WORDS
    )
    if words[0] in _LOST_WORDS and (set(words[1:]) <= _NAMELESS_WORDS or has_reason):
        return DealStatus.LOST
    return None


def sounds_closed(text: str) -> bool:
    """Whether a stage's name sounds like the end of a deal, though it may be a stage like any other."""
    return bool(_words(text) & _END_WORDS)


def says_deleted(cell: Cell) -> bool:
    """Whether a status says that the record is deleted: `Deleted`, `raderad`."""
    return fold_word(text_of(cell)) in _DELETED_WORDS


def unless_deleted(read: Callable[[Cell], Meaning]) -> Callable[[Cell], Meaning | None]:
    """Return a reader like `read` that returns None for a status that only says deleted."""
    return lambda cell: None if says_deleted(cell) else read(cell)


YES_NO = {
    **dict.fromkeys(("yes", "y", "true", "t", "1", "ja", "j", "sant", "sann"), True),
    **dict.fromkeys(("no", "n", "false", "f", "0", "nej", "falskt", "falsk"), False),
}
DONE_WORDS = {
    **YES_NO,
    **dict.fromkeys(("done", "completed", "complete", "klar", "klart", "utförd", "slutförd"), True),
    **dict.fromkeys(("to do", "todo", "not done", "open", "planned", "not started", "in progress"), False),
    **dict.fromkeys(
        ("att göra", "ej klar", "inte klar", "planerad", "öppen", "ej påbörjad", "pågående"), False
    ),
}
ACTIVE_WORDS = {
    **YES_NO,
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
            option = value_option(field, text, example)
            raise RowRefused(f"“{text}” is not {meanings}. Say what it means with {option}, or =no.")
        return meaning

    return read


def read_status(cell: Cell) -> DealStatus:
    """Return a cell as a deal's status. Raises RowRefused."""
    text = text_of(cell)
    status = closing_status(text) or STATUS_WORDS.get(fold_word(text))
    if status is None:
        option = value_option("status", text, "open")
        raise RowRefused(
            f"“{text}” is not open, won or lost. Say what it means with {option}, =won or =lost."
        )
    return status
