"""When two names mean the same."""

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=20_000)
def fold(name: str) -> str:
    """Return a name as names are compared: composed letters, single spaces, no case."""
    return unicodedata.normalize("NFC", " ".join(unicodedata.normalize("NFC", name).split()).casefold())
