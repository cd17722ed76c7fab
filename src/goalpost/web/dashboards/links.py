"""Public links: listed, made and revoked by a dashboard's owner, and what whoever has one sees.

Totals only: tiles that name people are left out, and no number leads anywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from allauth.core.internal import ratelimit
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goalpost.companies.errors import InvalidInput, NotAllowed
from goalpost.domain.permissions import AssigneeKind, may_share_dashboard
from goalpost.insights.dashboards.links import (
    OpenLink,
    create_link,
    links_of,
    links_of_company,
    open_link,
    revoke_link,
)
from goalpost.insights.dashboards.queries import DashboardView, dashboard_seen_by
from goalpost.insights.report import Reader
from goalpost.insights.tiles import TEXT
from goalpost.web.dashboards.tiles import TileShown, tiles_shown
from goalpost.web.shell.insights_panel import panel_of
from goalpost.web.shell.toasts import toast
from goalpost.web.shell.typed import NotADay, parse_day, typed
from goalpost.web.shell.viewer import Viewer, for_viewer

_APP = "goalpost"
_TRIES, _LOOKS = "10/15m", "120/m"
_SALT, _ASKED_AGAIN = "goalpost.public-link", 12 * 60 * 60


@dataclass(frozen=True, slots=True)
class PublicTile:
    """A tile with what keeps it from a public link; empty when it is shown."""

    shown: TileShown
    kept_back: str


def public_tiles(reader: Reader, dashboard: DashboardView, language: str) -> list[PublicTile]:
    """Return the tiles of a dashboard with whether a link of this reader shows them."""
    return [PublicTile(each, _kept_back(each)) for each in tiles_shown(reader, dashboard.tiles, language)]


def _kept_back(tile: TileShown) -> str:
    if tile.form == TEXT:
        return ""
    if tile.report is None:
        return _("You may not see it, or it could not be counted.")
    if tile.report.goal.terms.assignee.kind is AssigneeKind.PERSON:
        return _("It names a person.")
    return ""


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def links(request: HttpRequest, viewer: Viewer, dashboard_id: str) -> HttpResponse:
    """List a dashboard's links, say what one shows, and make one; its address is told once."""
    dashboard = dashboard_seen_by(viewer.actor, dashboard_id, viewer.today)
    if not may_share_dashboard(viewer.actor, dashboard.access):
        raise NotAllowed
    form, error, made = typed(request, ("name", "ends_on", "password")), "", ""
    if request.method == "POST":
        try:
            key = create_link(
                actor=viewer.actor,
                public_id=dashboard_id,
                name=form.values["name"],
                ends_on=_day(viewer, form.values["ends_on"]),
                password=form.values["password"],
                now=viewer.now,
            )
            made = request.build_absolute_uri(f"/shared/{key}")
        except InvalidInput as refusal:
            error = refusal.message
    context = {
        "dashboard": dashboard,
        "links": links_of(viewer.actor, dashboard, viewer.today),
        "tiles": public_tiles(viewer, dashboard, viewer.language),
        "values": {} if made else form.values,
        "error": error,
        "made": made,
        "panel": panel_of(viewer, is_of_goals=False),
    }
    return render(request, "dashboards/links.html", context, status=422 if error else 200)


def _day(viewer: Viewer, text: str) -> date | None:
    try:
        return parse_day(text, viewer.language) if text.strip() else None
    except NotADay as fault:
        raise InvalidInput(str(fault), field="ends_on") from fault


@require_safe
@for_viewer
def all_links(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """List every link of the company for admins."""
    found = links_of_company(viewer.actor, viewer.today)
    context = {"links": found, "panel": panel_of(viewer, is_of_goals=False)}
    return render(request, "dashboards/all_links.html", context)


@require_POST
@for_viewer
def revoke(request: HttpRequest, viewer: Viewer, link_id: int) -> HttpResponse:
    revoke_link(actor=viewer.actor, link_id=link_id, now=viewer.now)
    toast(request, _("Link revoked."))
    if request.POST.get("from") == "all":
        return redirect("web:dashboard-all-links")
    return redirect("web:goals")


@require_http_methods(["GET", "HEAD", "POST"])
def shared(request: HttpRequest, link_key: str) -> HttpResponse:
    """Show a dashboard's totals to whoever has the link."""
    if (
        ratelimit.consume(request, app=_APP, action="public-look", config={"public-look": f"{_LOOKS}/ip"})
        is None
    ):
        return _private(render(request, "429.html", status=429))
    link = open_link(link_key, timezone.now())
    if link is None:
        return _private(render(request, "dashboards/link_over.html", status=404))
    if link.password and not _is_let_in(request, link):
        return _ask_password(request, link)
    tiles = [
        each.shown
        for each in public_tiles(link.reader, link.dashboard, request.LANGUAGE_CODE)
        if not each.kept_back
    ]
    context = {"link": link, "tiles": tiles, "is_public": True}
    return _private(render(request, "dashboards/public.html", context))


def _ask_password(request: HttpRequest, link: OpenLink) -> HttpResponse:
    error, status = "", 200
    if request.method == "POST":
        tries = {"public-password": f"{_TRIES}/key"}
        use = ratelimit.consume(request, app=_APP, action="public-password", config=tries, key=str(link.id))
        if use is None:
            error, status = _("Too many tries. Try again in 15 minutes."), 429
        elif link.takes(request.POST.get("password", "")):
            opened = redirect(request.path)
            opened.set_cookie(
                _cookie(link),
                signing.dumps(_mark(link), salt=_SALT),
                max_age=_ASKED_AGAIN,
                path=request.path,
                secure=request.is_secure(),
                httponly=True,
                samesite="Strict",
            )
            return _private(opened)
        else:
            error, status = _("That is not the password."), 422
    response = _private(render(request, "dashboards/link_password.html", {"error": error}, status=status))
    # Without a referrer a browser sends no origin either, and the form is refused as forged.
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def _is_let_in(request: HttpRequest, link: OpenLink) -> bool:
    try:
        mark: Sequence[object] = signing.loads(
            request.COOKIES.get(_cookie(link), ""), salt=_SALT, max_age=_ASKED_AGAIN
        )
    except signing.BadSignature:
        return False
    return list(mark) == list(_mark(link))


def _cookie(link: OpenLink) -> str:
    return f"link-{link.id}"


def _mark(link: OpenLink) -> tuple[int, str]:
    return link.id, link.password[-12:]


def _private(response: HttpResponse) -> HttpResponse:
    """Keep the page out of search engines and caches, and its address from other sites."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
