"""Going to another page, whoever asked: a form, or htmx on behalf of a part of the page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django_htmx.http import HttpResponseClientRedirect


def go_to(request: HttpRequest, page: str, *args: str) -> HttpResponse:
    """Redirect the browser, not the region that asked."""
    if "HX-Request" in request.headers:
        return HttpResponseClientRedirect(resolve_url(page, *args))
    return redirect(page, *args)
