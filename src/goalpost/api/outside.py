"""Refusals of requests that never reached the API: a foreign host name, a fault in a middleware.

Django asks the root of the addresses for these (`handler400`, `handler500`). Under the API's addresses they
answer in JSON, elsewhere as Django does.
"""

from http import HTTPStatus

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.views import defaults

from goalpost.api.errors import is_of_api, refuse


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not is_of_api(request):
        return defaults.bad_request(request, exception)
    if isinstance(exception, DisallowedHost):
        return refuse(request, HTTPStatus.BAD_REQUEST, "This server is not called by this host name.")
    return refuse(request, HTTPStatus.BAD_REQUEST, "The request cannot be read.")


def server_error(request: HttpRequest) -> HttpResponse:
    if not is_of_api(request):
        return defaults.server_error(request)
    message = "Something went wrong here. It is in the server's log."
    return refuse(request, HTTPStatus.INTERNAL_SERVER_ERROR, message)
