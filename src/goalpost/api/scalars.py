"""Single values on the wire, read strictly: a truth value is no number, a timestamp no day.

Ids and amounts are accepted as numbers or as numeric text, as Pipedrive's clients send both.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from goalpost.api.reading import read_json
from goalpost.companies.currencies import BY_ID, CURRENCIES
from goalpost.domain.measures import Measure

LARGEST_ID: Final = 2**53 - 1
_LONGEST_NUMBER = 40
_ID = re.compile(r"[0-9]{1,16}", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)


def read_id(value: object) -> int:
    """Return an id given as a whole number or as its digits. Raises ValueError."""
    if isinstance(value, str) and _ID.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= LARGEST_ID:
        raise ValueError("Give an id: a whole number above zero.")
    return value


def read_ids(value: object) -> list[int]:
    """Return the ids of a JSON array, of one id, or, as an empty list, of null: all. Raises ValueError."""
    if value is None:
        return []
    values = value if isinstance(value, list) else [value]
    if not values:
        raise ValueError("Give at least one id, or null for all.")
    return [read_id(each) for each in values]


def read_query_ids(value: object) -> list[int]:
    """Return the ids of a query parameter, however it is written.

    `k=1&k=2`, `k[]=1`, `k=1,2` and `k=[1,2]` mean the same; `k=null` means all, an empty list here.
    Raises ValueError.
    """
    texts = [str(text).strip() for text in value] if isinstance(value, list) else [str(value)]
    if texts == ["null"]:
        return []
    ids: list[int] = []
    for text in texts:
        parts: object = (
            read_json(text) if text.startswith("[") else [part.strip() for part in text.split(",")]
        )
        ids.extend(read_ids(parts))
    return ids


def read_day(value: object) -> date:
    """Return a day written as 2026-01-31. Raises ValueError."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"There is no such day as {value}.") from None
    raise ValueError("Give a day as YYYY-MM-DD.")


def read_number(value: object) -> Decimal:
    """Return a number given as such or as plain text. Raises ValueError."""
    if isinstance(value, str) and len(value) <= _LONGEST_NUMBER and _NUMBER.fullmatch(value):
        return Decimal(value)
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**_LONGEST_NUMBER:
        return Decimal(value)
    raise ValueError("Give a number such as 50 or 1250.50.")


def read_currency(value: object) -> str:
    """Return the code of a currency given by its ISO 4217 number or code. Raises ValueError."""
    if isinstance(value, str) and value.upper() in CURRENCIES:
        return value.upper()
    try:
        return BY_ID[read_id(value)].code
    except (KeyError, ValueError):
        raise ValueError(
            "Give the id of a currency as /currencies lists them, such as 978, or its code, such as EUR."
        ) from None


def read_text(value: str) -> str:
    """Return text that a database can keep. Raises ValueError for the half of a surrogate pair."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("This holds half a character (a lone surrogate).") from None
    return value


def read_measure(value: object) -> Measure:
    """Return what a goal counts, by its wire name. Raises ValueError."""
    return Measure.from_wire(value if isinstance(value, str) else "")


_MEASURE_SCHEMA: dict[str, object] = {"type": "string", "enum": [measure.wire for measure in Measure]}
_ID_SCHEMA: dict[str, object] = {
    "anyOf": [
        {"type": "integer", "minimum": 1, "maximum": LARGEST_ID},
        {"type": "string", "pattern": "^[1-9][0-9]{0,14}$"},
    ]
}
_NUMBER_SCHEMA: dict[str, object] = {
    "anyOf": [{"type": "number"}, {"type": "string", "pattern": "^-?[0-9]{1,15}(\\.[0-9]{1,4})?$"}]
}
_CURRENCY_SCHEMA: dict[str, object] = {
    "anyOf": [{"type": "integer", "minimum": 1, "maximum": 999}, {"type": "string", "pattern": "^[A-Z]{3}$"}]
}

Id = Annotated[int, BeforeValidator(read_id), WithJsonSchema(_ID_SCHEMA)]
Ids = Annotated[
    list[int],
    BeforeValidator(read_ids),
    WithJsonSchema(
        {"anyOf": [{"type": "array", "items": _ID_SCHEMA, "minItems": 1}, _ID_SCHEMA, {"type": "null"}]}
    ),
]
# The union stands inside, where ninja looks for what repeated keys are gathered into.
QueryIds = Annotated[
    list[int] | None,
    BeforeValidator(read_query_ids),
    WithJsonSchema({"type": "array", "items": {"type": "integer", "minimum": 1}, "minItems": 1}),
]
Day = Annotated[date, BeforeValidator(read_day), WithJsonSchema({"type": "string", "format": "date"})]
Number = Annotated[Decimal, BeforeValidator(read_number), WithJsonSchema(_NUMBER_SCHEMA)]
CurrencyCode = Annotated[str, BeforeValidator(read_currency), WithJsonSchema(_CURRENCY_SCHEMA)]
Text = Annotated[str, AfterValidator(read_text)]
MeasureGiven = Annotated[Measure, BeforeValidator(read_measure), WithJsonSchema(_MEASURE_SCHEMA)]
MeasureName = Annotated[str, WithJsonSchema(_MEASURE_SCHEMA)]
GoalId = Annotated[str, Field(pattern="^[0-9a-f]{32}$", description="32 hexadecimal characters.")]
Figure = Annotated[
    int | Decimal,
    WithJsonSchema({"type": "number"}),
    Field(description="A count, or an amount in major units with the decimals of its currency."),
]
