"""Requests as they come in: JSON bodies read exactly, and every way clients write arrays in an address."""

import json
from decimal import Decimal
from http import HTTPStatus

from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from ninja.parser import Parser


class UnreadableBody(Exception):
    """The body is nothing that can be read as JSON; `status` says in which way."""

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
            raise UnreadableBody(
                HTTPStatus.BAD_REQUEST, f"The body is no JSON that can be read: {error}"
            ) from error
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
    """Return what JSON says, fractions as exact decimals. Raises ValueError, whatever is wrong with it."""
    try:
        found: object = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        raise ValueError("it is not in UTF-8.") from None
    except RecursionError:
        raise ValueError("it is nested too deeply.") from None
    return found


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no number.")
