"""Middleware of all pages: headers, language, sessions, htmx."""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.views.csrf import csrf_failure as stale_page
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from goalpost.accounts.sessions import see
from goalpost.accounts.sign_in import client_address
from goalpost.web.shell.kept_form import back_to, keep

GetResponse = Callable[[HttpRequest], HttpResponse]

# Device features that no page uses, disabled also for injected scripts.
_PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in ("browsing-topics", "camera", "geolocation", "microphone", "payment", "serial", "usb")
)


class ResponseHeadersMiddleware:
    """Disable unused browser features, and keep pages out of caches."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", _PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response


class UserLanguageMiddleware:
    """Activate the signed-in person's language unless the browser has chosen one."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        has_chosen = bool(request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME))
        if not has_chosen and request.user.is_authenticated:
            language = request.user.language
            if language in dict(settings.LANGUAGES):
                translation.activate(language)
                request.LANGUAGE_CODE = language
        return self.get_response(request)


class SessionSightingMiddleware:
    """Record a session's use, at most once an hour, and end one that is too old."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            is_good = see(
                request.session,
                address=client_address(request),
                agent=request.headers.get("User-Agent", ""),
                now=timezone.now(),
            )
            if not is_good:
                logout(request)
        return self.get_response(request)


class RegionRequestMiddleware:
    """Let htmx load the whole page where a region does not suffice, such as for the sign-in page."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if "HX-Request" not in request.headers:
            return response
        patch_vary_headers(response, ["HX-Request"])
        if response.status_code == HTTPStatus.FOUND:
            sign_in = resolve_url(settings.LOGIN_URL)
            if response.headers["Location"].partition("?")[0] == sign_in:
                return HttpResponseClientRedirect(sign_in_for(request))
        return response


def sign_in_for(request: HttpRequest) -> str:
    """Return the sign-in address with the open page, not the requested region, as the next one."""
    sign_in = resolve_url(settings.LOGIN_URL)
    page = HtmxDetails(request).current_url_abs_path
    return f"{sign_in}?{urlencode({'next': page})}" if page else sign_in


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Redirect a signed-out person to sign in; show others that their page is stale.

    A goal form is kept for its user, who may have signed in again.
    """
    if address := keep(request):
        return back_to(request, address)
    if not request.user.is_authenticated and "HX-Request" in request.headers:
        return HttpResponseClientRedirect(sign_in_for(request))
    return stale_page(request, reason)
