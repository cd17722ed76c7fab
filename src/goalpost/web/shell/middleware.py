"""What every page's response and language have in common."""

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

# Device features that no page uses; a script that got in could not either.
_PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in ("browsing-topics", "camera", "geolocation", "microphone", "payment", "serial", "usb")
)


class ResponseHeadersMiddleware:
    """Switch off unused browser features, and keep people's pages out of shared and stale caches."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", _PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response


class UserLanguageMiddleware:
    """Speak the signed-in person's language where this browser has not chosen one."""

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
    """Note where a signed-in browser was last seen, at most once an hour, and end a session too old."""

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
    """Answer htmx for the whole page where a region will not do.

    A redirect to the sign-in page would otherwise be swapped into the region that asked.
    """

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
    """Return the address to sign in at, from where one comes back to the page that is open now.

    That is the page and not the address of its region, when a region asked.
    """
    sign_in = resolve_url(settings.LOGIN_URL)
    page = HtmxDetails(request).current_url_abs_path
    return f"{sign_in}?{urlencode({'next': page})}" if page else sign_in


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Ask whoever was signed out meanwhile to sign in; tell the others that their page is stale.

    The goal form is kept for whom it was shown to, who may have signed in anew since.
    """
    if address := keep(request):
        return back_to(request, address)
    if not request.user.is_authenticated and "HX-Request" in request.headers:
        return HttpResponseClientRedirect(sign_in_for(request))
    return stale_page(request, reason)
