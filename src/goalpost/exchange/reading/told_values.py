"""What `--value FIELD:RAW=VALUE` and `--default FIELD=VALUE` say.

RAW is the text of a cell, all of it; RAW and VALUE may be empty. A RAW or VALUE that has `=` or begins
with `"` is written in quotation marks, a quotation mark inside them twice: `--value 'stage:"a=b"=Offer'`.
VALUE and defaults are written plainly whatever the file's own ways are: dates in ISO form, a decimal
point, won, yes.
"""

import re
from collections.abc import Iterable

from goalpost.exchange.reading.columns import find_field
from goalpost.exchange.reading.fields import FileKind
from goalpost.exchange.unusable import Unusable

_PART = r'("(?:[^"]|"")*"|[^"=][^=]*|)'
_PAIR = re.compile(rf"{_PART}={_PART}", re.DOTALL)

ToldValues = dict[str, dict[str, str]]
"""For each field, the plain value of each raw text."""


def parse_values(kind: FileKind, texts: Iterable[str]) -> ToldValues:
    """Return what `--value` options say.

    Raises Unusable for an unknown field, a bad form, two values for one raw text.
    """
    told: ToldValues = {}
    for text in texts:
        option = f"--value {text}"
        name, colon, rest = text.partition(":")
        pair = _PAIR.fullmatch(rest)
        if not colon or pair is None:
            raise Unusable(
                f"{option}: write FIELD:RAW=VALUE, such as --value status:Closed=won. A text with = in it"
                " goes in quotation marks: --value 'stage:\"a=b\"=Offer'."
            )
        values = told.setdefault(find_field(kind, name.strip(), option).name, {})
        raw, value = (_unquote(part) for part in pair.groups())
        if values.setdefault(raw, value) != value:
            raise Unusable(f"{option}: {raw!r} was given the value {values[raw]!r} already.")
    return told


def parse_defaults(kind: FileKind, texts: Iterable[str]) -> dict[str, str]:
    """Return what `--default` options say.

    Raises Unusable for an unknown field, a bad form, a second default for a field.
    """
    defaults: dict[str, str] = {}
    for text in texts:
        option = f"--default {text}"
        name, sign, value = text.partition("=")
        if not sign or not value.strip():
            raise Unusable(f"{option}: write FIELD=VALUE, such as --default currency=SEK.")
        field = find_field(kind, name.strip(), option)
        if field.name in defaults:
            raise Unusable(f"{option}: {field.name} has a default already.")
        defaults[field.name] = _unquote(value)
    return defaults


def _unquote(text: str) -> str:
    text = text.strip()
    if len(text) > 1 and text.startswith('"') and text.endswith('"'):
        return text[1:-1].replace('""', '"')
    return text
