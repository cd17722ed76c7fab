"""Parses values of requests strictly, and writes exact numbers in replies."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Final

from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from ninja.parser import Parser
from ninja.renderers import BaseRenderer
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from goalpost.companies.currencies import BY_ID, CURRENCIES, DIGITS
from goalpost.companies.errors import InvalidInput
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.money import divide_half_up, to_major, to_minor
from goalpost.goals.terms import GoalTerms


class UnreadableBody(Exception):
    """The body is not valid JSON; `status` is the HTTP status."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


class ExactParser(Parser):
    """Numbers arrive as `int` or `Decimal`, and repeated keys, `key[]` among them, as one list."""

    def parse_body(self, request: HttpRequest) -> dict[str, object]:
        """Return the JSON object of the body. Raises UnreadableBody."""
        if request.content_type not in {"", "application/json"}:
            raise UnreadableBody(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                "Send JSON, with the header Content-Type: application/json.",
            )
        try:
            body = read_json(request.body)
        except ValueError as error:
            raise UnreadableBody(HTTPStatus.BAD_REQUEST, f"The body is not valid JSON: {error}") from error
        if not isinstance(body, dict):
            raise UnreadableBody(HTTPStatus.BAD_REQUEST, "The body must be a JSON object: {…}.")
        return body

    def parse_querydict(
        self,
        data: "MultiValueDict[str, object]",
        list_fields: list[str],
        request: HttpRequest,  # noqa: ARG002  ninja's
    ) -> dict[str, object]:
        """Return the values by name. What a list holds is for its type to read: commas, JSON or null."""
        found: dict[str, object] = {name: data[name] for name in data if name not in list_fields}
        for name in list_fields:
            if values := [*data.getlist(name), *data.getlist(f"{name}[]")]:
                found[name] = values
        return found


def read_json(text: str | bytes) -> object:
    """Parse JSON with fractions as exact decimals. Raises ValueError for any fault."""
    try:
        found: object = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        raise ValueError("it is not in UTF-8.") from None
    except RecursionError:
        raise ValueError("it is nested too deeply.") from None
    return found


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not a number.")


class ExactJsonRenderer(BaseRenderer):
    """JSON whose numbers come straight from `Decimal`, with all their decimals."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: object, *, response_status: int) -> str:  # noqa: ARG002  ninja's
        return exact_json(data)


def exact_json(data: object) -> str:
    return "".join(_parts(data))


def _parts(data: object) -> Iterator[str]:
    if isinstance(data, Decimal):
        yield f"{data:f}"
    elif isinstance(data, date):
        yield f'"{data.isoformat()}"'
    elif isinstance(data, Mapping):
        yield "{"
        for place, (name, value) in enumerate(data.items()):
            yield f"{',' if place else ''}{json.dumps(str(name))}:"
            yield from _parts(value)
        yield "}"
    elif isinstance(data, list | tuple):
        yield "["
        for place, value in enumerate(data):
            if place:
                yield ","
            yield from _parts(value)
        yield "]"
    else:
        yield json.dumps(data, ensure_ascii=False, allow_nan=False)


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
    """Return the ids of a JSON array or of one id; none of an empty array or null: all. Raises ValueError."""
    if value is None:
        return []
    values = value if isinstance(value, list) else [value]
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
            raise ValueError(f"{value} is not a valid date.") from None
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
    """Return text that a database can store. Raises ValueError for a lone surrogate."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("This contains a broken character (a lone surrogate).") from None
    return value


def read_measure(value: object) -> Measure:
    """Return what a goal counts, by its wire name. Raises ValueError."""
    return Measure.from_wire(value if isinstance(value, str) else "")


_MEASURE_SCHEMA: dict[str, object] = {
    "type": "string",
    "enum": [measure.wire for measure in Measure.of_goals()],
}
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
    WithJsonSchema({"anyOf": [{"type": "array", "items": _ID_SCHEMA}, _ID_SCHEMA, {"type": "null"}]}),
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


_DECIMALS_OF_PERCENT = 2


def figure_given(value: Decimal, metric: Metric, currency: str, *, field: str) -> int:
    """Return a figure from the wire as a count or as minor units. Raises InvalidInput naming the field."""
    try:
        return to_minor(value, DIGITS[currency] if metric is Metric.SUM else 0)
    except ValueError as error:
        message = str(error) if metric is Metric.SUM else "A target by quantity is a whole number."
        raise InvalidInput(message, field=field) from error


def figure_shown(figure: int, terms: GoalTerms) -> int | Decimal:
    """Return a count as it is, or minor units of the goal's currency in major units."""
    return figure if terms.metric is Metric.QUANTITY else to_major(figure, DIGITS[terms.currency])


def percent_shown(result: int, target: int) -> Decimal:
    """Return the result in percent of the target, with two decimals, rounded half up."""
    return to_major(divide_half_up(10_000 * result, target), _DECIMALS_OF_PERCENT)
