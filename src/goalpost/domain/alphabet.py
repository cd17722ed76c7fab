"""The sort order of texts: one alphabet for everybody, so that an index can store it (decision 0018)."""

import unicodedata

LONGEST_KEY = 240
"""In bytes: titles that are equal up to there are sorted by id."""

_COMBINING = "Mn"

# After z and before every other script, where Swedish has them; their neighbours' letters beside them.
_AFTER_Z = str.maketrans({"å": "\x80", "ä": "\x81", "æ": "\x81", "ö": "\x82", "ø": "\x82"})


def sort_key(text: str) -> bytes:
    """Return the sort key of a text: without case, accents and repeated white space.

    The alphabet is a to z, å, ä, ö, as in Swedish; other Latin letters stand with the one they are a form of
    (é with e), other scripts after them in the order of Unicode.
    """
    folded = text.casefold()
    if not folded.isascii():
        folded = _without_accents(unicodedata.normalize("NFC", folded).translate(_AFTER_Z))
    return " ".join(folded.split()).encode(errors="replace")[:LONGEST_KEY]


def by_name(name: str, number: int) -> tuple[bytes, int]:
    """Return the sort key of people, teams and other named objects; `number` is the tie-breaker."""
    return sort_key(name), number


def _without_accents(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text)
    return "".join(character for character in parts if unicodedata.category(character) != _COMBINING)
