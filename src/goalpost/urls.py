"""Every address of the product, and whether it can answer at all."""

from http import HTTPStatus

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.http import require_safe


@require_safe
def health(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  every view takes one
    """Answer 200 when the database answers, else 503: for proxies, containers and the start of the server."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse("unavailable", content_type="text/plain", status=HTTPStatus.SERVICE_UNAVAILABLE)
    return HttpResponse("ok", content_type="text/plain")


urlpatterns: list[URLPattern | URLResolver] = [
    path("health", health, name="health"),
    path("account/", include("goalpost.web.sign_in.urls")),
    path("", include("goalpost.api.urls")),
    path("", include("goalpost.web.urls")),
]

# Faults outside any view: JSON under the API's addresses, a page elsewhere.
handler400 = "goalpost.api.errors.bad_request"
handler500 = "goalpost.api.errors.server_error"
