"""Replies as JSON in which an amount is the number that was counted: 1338466.05, never 1338466.0500000001."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from django.http import HttpRequest
from ninja.renderers import BaseRenderer


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
