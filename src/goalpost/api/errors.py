"""Error replies in Pipedrive's shapes, with messages that say what to do.

The goals endpoints answer as Pipedrive's goals service does (its status is the HTTP status times 100), all
others in the general shape. Internal errors are not disclosed.
"""

import logging
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Literal

from django.core.exceptions import DisallowedHost, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.views import defaults
from ninja.errors import AuthenticationError, HttpError, ValidationError
from typing_extensions import TypedDict

from goalpost.api.wire import UnreadableBody, exact_json
from goalpost.companies.errors import Changed, InvalidInput, KeyUsed, NotAllowed, NotFound

_log = logging.getLogger(__name__)
_API = re.compile(r"/(?:api|v[12])(?:/|$)")
_GOALS = re.compile(r"/(?:api/)?v[0-9]+/goals(?:/|$)")
_MOST_FAULTS = 10

GOALS_SERVICE = "statistics-goals-api"

# The fields of a goal's terms, by their names on the wire.
WIRE_FIELDS: Mapping[str, str] = {
    "assignee": "assignee.id",
    "measure": "type.name",
    "pipelines": "type.params.pipeline_id",
    "stage": "type.params.stage_id",
    "activity_types": "type.params.activity_type_id",
    "metric": "expected_outcome.tracking_metric",
    "currency": "expected_outcome.currency_id",
    "target": "expected_outcome.target",
    "period_targets": "seasonality.intervals",
    "starts_on": "duration.start",
    "ends_on": "duration.end",
}


class Unauthorized(TypedDict):
    """No token, an unknown one, or one of a deactivated user."""

    success: Literal[False]
    error: str
    errorCode: int


class GoalsRefusal(TypedDict):
    """Why a goals request was refused. `error` names every field at fault."""

    success: Literal[False]
    statusCode: int
    statusText: str
    service: str
    error: str
    error_info: str
    data: None
    additional_data: None


class Refusal(TypedDict):
    """Why a request was refused."""

    success: Literal[False]
    error: str
    error_info: str
    errorCode: int
    data: None
    additional_data: None


GOALS_REFUSALS: dict[object, object] = {
    401: Unauthorized,
    frozenset({400, 403, 404, 409, 413, 415, 422}): GoalsRefusal,
}
GOAL_READ_REFUSALS: dict[object, object] = {401: Unauthorized, frozenset({400, 403, 404}): GoalsRefusal}
REFUSALS: dict[object, object] = {401: Unauthorized, frozenset({400, 403, 404}): Refusal}


def is_of_api(request: HttpRequest) -> bool:
    """Whether the address is one of those that answer in JSON."""
    return _API.match(request.path_info) is not None


def refuse(request: HttpRequest, status: HTTPStatus, error: str) -> HttpResponse:
    """Return a refusal in the shape of the endpoint that was called."""
    return HttpResponse(
        exact_json(_body(request, status, error)),
        status=status,
        content_type="application/json; charset=utf-8",
    )


def refuse_for(request: HttpRequest, problem: Exception | type[Exception]) -> HttpResponse:  # noqa: C901, PLR0911  a table
    """Return the error reply for an exception; unexpected ones are logged."""
    match problem:
        case ValidationError():
            return _refuse_faults(request, problem)
        case InvalidInput():
            faults = {WIRE_FIELDS.get(name, name): words for name, words in problem.errors.items()}
            return refuse(request, HTTPStatus.BAD_REQUEST, _joined(faults))
        case NotAllowed():
            return refuse(
                request, HTTPStatus.FORBIDDEN, str(problem) or "You do not have permission to do this."
            )
        case NotFound() | Http404():
            return refuse(request, HTTPStatus.NOT_FOUND, "This does not exist, or you may not see it.")
        case KeyUsed():
            return refuse(
                request,
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "This Idempotency-Key was used before with another body. Send a new request with a new key.",
            )
        case Changed():
            return refuse(
                request,
                HTTPStatus.CONFLICT,
                "Somebody else changed it in the meantime. Send the request again.",
            )
        case AuthenticationError():
            return refuse(request, HTTPStatus.UNAUTHORIZED, "unauthorized access")
        case HttpError(__cause__=UnreadableBody() as unreadable):
            return refuse(request, unreadable.status, str(unreadable))
        case HttpError():
            return refuse(request, HTTPStatus(problem.status_code), problem.message)
        case RequestDataTooBig():
            return refuse(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too large.")
        case SuspiciousOperation():
            return refuse(request, HTTPStatus.BAD_REQUEST, "The request has too many parameters to be read.")
    # The path, not the whole address: that may hold a token.
    _log.error("%s %s failed", request.method, request.path, exc_info=True)
    return refuse(
        request, HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong. The error is in the server's log."
    )


def _refuse_faults(request: HttpRequest, problem: ValidationError) -> HttpResponse:
    """Refuse missing values and wrong types. An impossible id in the path is a 404."""
    if any(fault["loc"][0] == "path" for fault in problem.errors):
        return refuse_for(request, NotFound())
    faults: dict[str, str] = {}
    for fault in problem.errors:
        source, *names = fault["loc"]
        # ninja puts the name of the endpoint's own argument before the names in a body.
        field = ".".join(map(str, names[1:] if source == "body" else names))
        faults.setdefault(field, _words(fault) if field else "Send a JSON object as the body.")
    return refuse(request, HTTPStatus.BAD_REQUEST, _joined(faults))


def _words(fault: Mapping[str, object]) -> str:
    """Return the message of a fault, in our words where pydantic's name Python types."""
    context = fault.get("ctx")
    match fault["type"]:
        case "value_error" if isinstance(context, Mapping):
            return str(context["error"])
        case "missing":
            return "This is required."
        case "model_type" | "model_attributes_type":
            return "Give a JSON object."
    return f"{fault['msg']}."


def _joined(faults: Mapping[str, str]) -> str:
    written = [f"{name}: {words}" if name else words for name, words in faults.items()]
    more = len(written) - _MOST_FAULTS
    return " ".join([*written[:_MOST_FAULTS], *([f"And {more} more."] if more > 0 else [])])


def _body(request: HttpRequest, status: HTTPStatus, error: str) -> Unauthorized | GoalsRefusal | Refusal:
    if status is HTTPStatus.UNAUTHORIZED:
        return Unauthorized(success=False, error=error, errorCode=status)
    info = "GET /api/v1/openapi.json describes every endpoint."
    if _GOALS.match(request.path_info):
        return GoalsRefusal(
            success=False,
            statusCode=status * 100,
            statusText=status.phrase,
            service=GOALS_SERVICE,
            error=error,
            error_info=info,
            data=None,
            additional_data=None,
        )
    return Refusal(
        success=False, error=error, error_info=info, errorCode=status, data=None, additional_data=None
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not is_of_api(request):
        return defaults.bad_request(request, exception)
    if isinstance(exception, DisallowedHost):
        return refuse(request, HTTPStatus.BAD_REQUEST, "This server does not serve this host name.")
    return refuse(request, HTTPStatus.BAD_REQUEST, "The request cannot be read: check its syntax.")


def server_error(request: HttpRequest) -> HttpResponse:
    if not is_of_api(request):
        return defaults.server_error(request)
    message = "Something went wrong. The error is in the server's log."
    return refuse(request, HTTPStatus.INTERNAL_SERVER_ERROR, message)
