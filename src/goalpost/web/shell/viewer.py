"""The viewer of a page, and its ETag."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, wraps
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Concatenate, ParamSpec
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.contrib.messages import get_messages
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django_htmx.http import HttpResponseClientRedirect

from goalpost.accounts.sign_in import client_address
from goalpost.companies.actors import actor_for
from goalpost.companies.calendar import calendar_of, today_in
from goalpost.companies.errors import NotAllowed, NotFound
from goalpost.companies.models import Company, User
from goalpost.domain.calendar import CompanyCalendar
from goalpost.domain.permissions import Actor
from goalpost.web.shell.appearance import theme_of

_P = ParamSpec("_P")


@dataclass(frozen=True, slots=True)
class Viewer:
    """The signed-in person with their rights, their company, and the moment of the request."""

    actor: Actor
    company: Company
    now: datetime
    language: str

    @property
    def today(self) -> date:
        """The current day in the company's time zone."""
        return today_in(self.company, self.now)

    @property
    def calendar(self) -> CompanyCalendar:
        return calendar_of(self.company)


def for_viewer(
    view: Callable[Concatenate[HttpRequest, Viewer, _P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, _P], HttpResponseBase]:
    """Pass the viewer to the view. NotFound becomes 404, NotAllowed 403."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponseBase:
        user = request.user
        if not isinstance(user, User):
            raise PermissionDenied
        now = timezone.now()
        actor = actor_for(user, address=client_address(request), now=now)
        viewer = Viewer(actor, user.company, now, get_language() or "en")
        request.viewer = viewer  # type: ignore[attr-defined]  # for what fills the page's slots
        try:
            return view(request, viewer, *args, **kwargs)
        except NotFound:
            raise Http404 from None
        except NotAllowed as refusal:
            raise PermissionDenied(str(refusal)) from refusal

    return _signed_in(answer)


def _signed_in(
    view: Callable[Concatenate[HttpRequest, _P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, _P], HttpResponseBase]:
    """Redirect to sign in if necessary, and back to the open page afterwards."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponseBase:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        page = request.get_full_path()
        if request.method == "POST":
            # A redirect does not repeat a POST, and some addresses only accept POST.
            page = page_sent_from(request) or page
        return redirect_to_login(page)

    return answer


def page_sent_from(request: HttpRequest) -> str:
    """Return the page that contained the form (Referer); empty if unknown."""
    page = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure()):
        return ""
    parts = urlsplit(page)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def go_to(request: HttpRequest, page: str, *args: str) -> HttpResponse:
    """Redirect the browser, not the region that asked."""
    if "HX-Request" in request.headers:
        return HttpResponseClientRedirect(resolve_url(page, *args))
    return redirect(page, *args)


PACKAGE = Path(__file__).resolve().parent.parent.parent


def etag_of(request: HttpRequest, viewer: Viewer, *parts: object) -> str:
    """Return the ETag of a page that depends on these parts, whose repr shows their whole value."""
    # Pages contain a CSRF token, which depends on the browser's secret; signing in changes it.
    get_token(request)
    drawn_from = (
        release(),
        request.get_full_path(),
        viewer.actor,
        request.user.pk,
        str(request.user),
        viewer.company.name,
        viewer.language,
        theme_of(request),
        request.META.get("CSRF_COOKIE", ""),
        parts,
    )
    return f'W/"{sha256(repr(drawn_from).encode()).hexdigest()[:40]}"'


def unchanged(request: HttpRequest, etag: str) -> HttpResponse | None:
    """Return 304 if the browser's page is current, or None when it has to be rendered."""
    # A pending toast is shown once, so the page must be rendered.
    if len(get_messages(request)):
        return None
    response = get_conditional_response(request, etag=etag)
    return response if isinstance(response, HttpResponse) else None


@cache
def release() -> str:
    """Return a fingerprint of the code, the templates and the static files."""
    files = sorted(file for kind in ("*.py", "*.html", "*.mo") for file in PACKAGE.rglob(kind))
    stamps = [(str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files]
    static = getattr(staticfiles_storage, "manifest_hash", "")
    return sha256(repr((version("goalpost"), static, stamps)).encode()).hexdigest()
