"""What a name may be made of."""

import unicodedata

# Formatting characters that turn the direction of what follows: one name could rewrite its neighbours.
_TURNS_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Categories that show nothing: controls, formats, surrogates, separators.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"})
_BREAKING = frozenset({"Cc", "Cs", "Zl", "Zp"})


def is_legible(text: str) -> bool:
    """Whether a one-line name can be read: something to see in it, and nothing that breaks lines or order."""
    kinds = {unicodedata.category(character) for character in text}
    return not kinds <= _UNSEEN and not kinds & _BREAKING and not _TURNS_DIRECTION & set(text)
