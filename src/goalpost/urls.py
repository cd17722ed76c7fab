"""Every address of the product."""

from django.urls import URLPattern, URLResolver, include, path

from goalpost.web.shell.health import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", health, name="health"),
    path("account/", include("goalpost.web.sign_in.urls")),
    path("", include("goalpost.api.urls")),
    path("", include("goalpost.web.urls")),
]

# Faults outside any view: JSON under the API's addresses, a page elsewhere.
handler400 = "goalpost.api.errors.bad_request"
handler500 = "goalpost.api.errors.server_error"
