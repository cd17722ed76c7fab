"""The pages of a screen: a code until it is paired, then its scenes; and what it asks every few seconds."""

from http import HTTPStatus
from typing import Any

from allauth.core.internal import ratelimit
from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import urlencode
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from goalpost.companies.calendar import calendar_of
from goalpost.companies.models import User
from goalpost.insights.wall.models import Celebration
from goalpost.insights.wall.pairing import GOOD_FOR, code_for, new_key
from goalpost.insights.wall.screens import screen_seen_by
from goalpost.insights.wall.state import PairedScreen, WallState, note_seen, screen_with, wall_state
from goalpost.storage.snapshot import snapshot
from goalpost.web.shell.viewer import Viewer, for_viewer, release
from goalpost.web.wall.drawing import qr_path

COOKIE = "wall"
_PATH = "/wall"
_FOR_EVER = 60 * 60 * 24 * 400
"""As long as browsers keep a cookie; each look at the page begins it anew."""
_NEW_CODES = "60/m/ip"
_CELEBRATED_FOR = 20
"""Seconds of full screen."""


@require_safe
def wall(request: HttpRequest) -> HttpResponse:
    """Show a paired screen's scenes, or a code to pair it with."""
    now = timezone.now()
    key = request.COOKIES.get(COOKIE, "")
    screen = screen_with(key, now=now, release=release()) if key else None
    if screen is None:
        return _pairing(request, key)
    with snapshot():
        # Asked again in the same snapshot: the tag is of the very state that is shown.
        screen = screen_with(key, now=now, release=release())
        state = wall_state(screen.company_id, screen.screen_id, now=now) if screen else None
    if screen is None or state is None:
        return _pairing(request, key)
    note_seen(screen, now=now)
    language = _language_of(state)
    with translation.override(language):
        context = {**_context(state, screen.tag), "language": language, "theme": "dark"}
        return _kept(render(request, "wall/wall.html", context), key)


@require_safe
def wall_state_now(request: HttpRequest) -> HttpResponse:
    """Answer what a screen asks every few seconds: 304 while nothing has changed, 403 when it is unpaired."""
    now = timezone.now()
    key = request.COOKIES.get(COOKIE, "")
    screen = screen_with(key, now=now, release=release()) if key else None
    if screen is None:
        return HttpResponse("unpaired", content_type="text/plain", status=HTTPStatus.FORBIDDEN)
    note_seen(screen, now=now)
    if request.headers.get("If-None-Match") == _etag(screen):
        unchanged = HttpResponseNotModified()
        unchanged.headers["ETag"] = _etag(screen)
        return unchanged
    with snapshot():
        again = screen_with(key, now=now, release=release())
        state = wall_state(screen.company_id, screen.screen_id, now=now)
    if again is None or state is None:
        return HttpResponse("unpaired", content_type="text/plain", status=HTTPStatus.FORBIDDEN)
    with translation.override(_language_of(state)):
        answer = render(request, "wall/scenes.html", _context(state, again.tag))
    answer.headers["ETag"] = _etag(again)
    return answer


@require_safe
@xframe_options_sameorigin
@csp_replace({"frame-ancestors": ["'self'"]})  # type: ignore[arg-type]  # the stubs know only strings
@for_viewer
def preview(request: HttpRequest, viewer: Viewer, screen_id: int) -> HttpResponse:
    """Show in a frame of the settings what one of the viewer's screens shows now."""
    screen = screen_seen_by(viewer.actor, screen_id)
    with snapshot():
        state = wall_state(screen.company_id, screen.pk, now=viewer.now)
    context = {**_context(state, ""), "theme": "dark", "is_preview": True} if state else {}
    return render(request, "wall/wall.html", context)


@require_safe
def pair(request: HttpRequest) -> HttpResponse:
    """Lead from the short address that a screen shows to the page where its code is entered."""
    query = {"code": request.GET["code"][:20]} if request.GET.get("code") else {}
    address = reverse("web:wall-pair")
    return HttpResponseRedirect(f"{address}?{urlencode(query)}" if query else address)


def _pairing(request: HttpRequest, key: str) -> HttpResponse:
    use = ratelimit.consume(
        request, app="goalpost.wall", action="code", config={"code": _NEW_CODES}, key="code"
    )
    if use is None:
        return render(request, "429.html", status=HTTPStatus.TOO_MANY_REQUESTS)
    key = key if len(key) >= 32 else new_key()  # noqa: PLR2004  characters that one of ours has at least
    now = timezone.now()
    code = code_for(key, now=now)
    address = f"{settings.BASE_URL.rstrip('/')}{reverse('web:pair')}"
    context = {
        "theme": "dark",
        "code": code.text,
        "seconds_left": max(int((code.ends_at - now).total_seconds()), 1),
        "minutes": int(GOOD_FOR.total_seconds()) // 60,
        "address": address.partition("://")[2],
        "qr": qr_path(f"{address}?{urlencode({'code': code.text})}"),
    }
    return _kept(render(request, "wall/pairing.html", context), key)


def _kept(response: HttpResponse, key: str) -> HttpResponse:
    response.set_cookie(
        COOKIE, key, max_age=_FOR_EVER, path=_PATH, secure=settings.IS_HTTPS, httponly=True, samesite="Lax"
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _context(state: WallState, tag: str) -> dict[str, Any]:
    return {
        "state": state,
        "company": state.company,
        "calendar": calendar_of(state.company),
        "today": state.today,
        "tag": f'W/"{tag}"',
        "release": release()[:16],
        "is_full": state.screen.celebration == Celebration.FULL,
        "celebration_seconds": _CELEBRATED_FOR,
    }


def _language_of(state: WallState) -> str:
    people = User.objects.filter(company_id=state.screen.company_id, pk=state.screen.user_id)
    language = people.values_list("language", flat=True).get()
    return language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def _etag(screen: PairedScreen) -> str:
    return f'W/"{screen.tag}"'
