"""The API: its endpoints, authentication, errors and addresses. Everything answers in JSON."""

from collections.abc import Callable
from functools import cache, wraps
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.operation import Operation

from goalpost.api import catalogs, goals, people
from goalpost.api.errors import refuse, refuse_for
from goalpost.api.tokens import TOKENS
from goalpost.api.wire import ExactJsonRenderer, ExactParser

DESCRIPTION = """\
Goals and their results in the shapes of Pipedrive's API.

Send your token in the header `x-api-token`. Days are written YYYY-MM-DD and are inclusive. Amounts are
numbers in major units with exactly the decimals of their currency. Results of a goal in another currency than
the company's are converted at the rate of their period's first day, as its target is."""


class Api(NinjaAPI):
    """Names operations by their functions instead of the module path."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__


api = Api(
    title="Goalpost",
    version="1",
    description=DESCRIPTION,
    openapi_url=None,
    docs_url=None,
    servers=[{"url": "/api"}, {"url": "/"}],
    auth=TOKENS,
    parser=ExactParser(),
    renderer=ExactJsonRenderer(),
)
api.add_router("/v1", goals.router)
api.add_router("/v1", people.router)
api.add_router("/v1", catalogs.v1)
api.add_router("/v2", catalogs.v2)
api.add_exception_handler(Exception, refuse_for)
for _handled in list(api._exception_handlers):  # noqa: SLF001  ninja's own would answer in its own shape
    api.add_exception_handler(_handled, refuse_for)


@api.get("/v1/openapi.json", include_in_schema=False)
def get_openapi(request: HttpRequest) -> dict[str, object]:  # noqa: ARG001  every endpoint has one
    """Return this description to who has a token."""
    return openapi_schema()


@cache
def openapi_schema() -> dict[str, object]:
    """Return the API's description, in OpenAPI 3.1, without the prefix it stands under."""
    return dict(api.get_openapi_schema(path_prefix=""))


_View = Callable[..., HttpResponse]


def _answering_as_api(view: _View) -> _View:
    """Answer in English, uncached, and refuse methods in JSON."""

    @csrf_exempt  # cookies open nothing here
    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        # A HEAD is a GET whose content the server leaves out.
        asked = request.method
        request.method = "GET" if asked == "HEAD" else asked
        with translation.override("en"):
            response = view(request, *args, **kwargs)
            request.method = asked
            if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
                allowed = response.headers["Allow"]
                response = refuse(
                    request, HTTPStatus.METHOD_NOT_ALLOWED, f"This address supports {allowed} only."
                )
                response.headers["Allow"] = allowed
        response.headers["Cache-Control"] = "no-store"
        response.headers["Content-Language"] = "en"
        return response

    return answer


def _unknown(request: HttpRequest) -> HttpResponse:
    return refuse(request, HTTPStatus.NOT_FOUND, "There is nothing at this address.")


_endpoints: list[URLPattern | URLResolver] = [
    URLPattern(endpoint.pattern, _answering_as_api(endpoint.callback))
    for endpoint in api.urls[0]
    if isinstance(endpoint, URLPattern) and endpoint.name != "api-root"
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", include(_endpoints)),
    *_endpoints,
    re_path(r"^(?:api|v[12])(?:/|$)", _answering_as_api(_unknown)),
]
