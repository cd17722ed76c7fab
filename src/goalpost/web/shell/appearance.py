"""The browser's theme and language, and the views that change them."""

from enum import StrEnum

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from goalpost.accounts.mail import sends_mail
from goalpost.companies.models import User

THEME_COOKIE = "theme"
_ONE_YEAR = 60 * 60 * 24 * 365


class Theme(StrEnum):
    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


THEME_NAMES = {
    Theme.SYSTEM: gettext_lazy("Like the system"),
    Theme.LIGHT: gettext_lazy("Light"),
    Theme.DARK: gettext_lazy("Dark"),
}
# A language is named in itself, so that whoever needs it can read it.
LANGUAGE_NAMES = {"en": "English", "sv": "Svenska"}


def appearance(request: HttpRequest) -> dict[str, object]:
    """Give every template the theme, the languages, and what can be chosen (a context processor)."""
    return {
        "sends_mail": sends_mail(),
        "single_sign_on": settings.OIDC_NAME if settings.OIDC_ISSUER else "",
        "theme": theme_of(request),
        "themes": THEME_NAMES,
        "language": get_language() or settings.LANGUAGE_CODE,
        "languages": LANGUAGE_NAMES,
    }


def theme_of(request: HttpRequest) -> Theme:
    """Return the browser's theme, else that of the profile."""
    chosen = request.COOKIES.get(THEME_COOKIE)
    if chosen in set(Theme):
        return Theme(chosen)
    user = getattr(request, "user", None)
    return Theme(user.theme) if isinstance(user, User) and user.theme else Theme.SYSTEM


def forget_choices(response: HttpResponse) -> HttpResponse:
    """Delete the browser's own choices, so that it follows the profile."""
    response.delete_cookie(THEME_COOKIE, samesite="Lax")
    response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
    return response


@require_POST
def change_theme(request: HttpRequest) -> HttpResponse:
    theme = request.POST.get("theme", "")
    if theme not in set(Theme):
        return HttpResponseBadRequest(_("Choose one of the themes: system, light or dark."))
    response = _back(request)
    _remember(response, THEME_COOKIE, theme)
    return response


@require_POST
def change_language(request: HttpRequest) -> HttpResponse:
    language = request.POST.get("language", "")
    if language not in LANGUAGE_NAMES:
        return HttpResponseBadRequest(_("Choose one of the languages: English or Swedish."))
    response = _back(request)
    _remember(response, settings.LANGUAGE_COOKIE_NAME, language)
    return response


def _back(request: HttpRequest) -> HttpResponse:
    """Return to the page the choice was made on, if that is one of ours."""
    page = request.POST.get("next", "")
    hosts = {request.get_host()}
    if not url_has_allowed_host_and_scheme(page, hosts, require_https=request.is_secure()):
        page = settings.LOGIN_REDIRECT_URL
    return HttpResponseRedirect(page)


def _remember(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(name, value, max_age=_ONE_YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
