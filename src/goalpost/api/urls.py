"""Every address of the API, for the root of the product's addresses. Nothing under them answers in HTML."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt

from goalpost.api.errors import refuse
from goalpost.api.root import api

_View = Callable[..., HttpResponse]


def _answering_as_api(view: _View) -> _View:
    """Speak English whatever the browser prefers, keep replies out of caches, refuse methods in JSON."""

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
                response = refuse(request, HTTPStatus.METHOD_NOT_ALLOWED, f"Use {allowed} at this address.")
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
