"""Every address of the product."""

from typing import NoReturn

from django.http import Http404, HttpRequest
from django.urls import URLPattern, URLResolver, include, path, re_path

from goalpost.web.health import health

_OPEN = "login|logout|inactive|password/change"


def _closed(request: HttpRequest) -> NoReturn:  # noqa: ARG001  every view takes one
    raise Http404


urlpatterns: list[URLPattern | URLResolver] = [
    path("health", health, name="health"),
    # The library has more to offer (sign-up, resets by mail); an admin makes accounts, and no mail is sent.
    re_path(rf"^account/(?!(?:{_OPEN})/$)", _closed),
    path("account/", include("allauth.account.urls")),
    path("", include("goalpost.api.urls")),
    path("", include("goalpost.web.urls")),
]

# Faults outside any view: JSON under the API's addresses, a page elsewhere.
handler400 = "goalpost.api.outside.bad_request"
handler500 = "goalpost.api.outside.server_error"
