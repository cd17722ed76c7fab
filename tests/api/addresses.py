"""Every address of the product, with the API's refusals of what never reaches it."""

from goalpost.urls import urlpatterns

__all__ = ["handler400", "handler500", "urlpatterns"]

handler400 = "goalpost.api.errors.bad_request"
handler500 = "goalpost.api.errors.server_error"
