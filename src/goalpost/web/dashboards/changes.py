"""Changes of dashboards from pages: made, filled, arranged, renamed, deleted; each can be undone."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from goalpost.companies.errors import Changed, InvalidInput, NotAllowed, NotFound
from goalpost.goals.periods import active
from goalpost.goals.queries import goal_seen_by, goals_seen_by, visible_to
from goalpost.insights.dashboards import actions
from goalpost.insights.dashboards.actions import NewTile, Placing
from goalpost.insights.dashboards.queries import DashboardView, dashboard_seen_by
from goalpost.insights.tiles import TEXT
from goalpost.web.dashboards.starts import goal_tile, tiles_of
from goalpost.web.dashboards.tiles import CHART, FORMS
from goalpost.web.shell.insights_panel import panel_of
from goalpost.web.shell.toasts import Undo, toast
from goalpost.web.shell.typed import id_in, typed
from goalpost.web.shell.viewer import Viewer, for_viewer


def _address(name: str, dashboard_id: str) -> str:
    return reverse(f"web:{name}", args=[dashboard_id])


def _told(request: HttpRequest, dashboard: DashboardView, text: str) -> None:
    """Say what was done to the tiles, with a button that undoes it."""
    toast(request, text, undo=Undo(_address("dashboard-undo", dashboard.public_id), dashboard.version))


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def new_dashboard(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Make a dashboard, with a goal as its only tile where one is given, and open it."""
    title, goal, error = request.POST.get("title", ""), request.POST.get("goal", ""), ""
    if request.method == "POST":
        tiles = []
        if goal:
            terms = goal_seen_by(viewer.actor, goal).terms
            title, tiles = title or terms.title, [goal_tile(goal, CHART)]
        try:
            made = actions.create_dashboard(actor=viewer.actor, title=title, now=viewer.now, tiles=tiles)
        except InvalidInput as refusal:
            error = refusal.message
        else:
            return redirect("web:dashboard", made.public_id)
    context = {"title": title, "error": error, "panel": panel_of(viewer, is_of_goals=False)}
    return render(request, "dashboards/new.html", context, status=422 if error else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def add(request: HttpRequest, viewer: Viewer, dashboard_id: str) -> HttpResponse:
    """Add a tile: from the page that asks which, from a goal's menu, or by a goal dropped in the panel."""
    dashboard = dashboard_seen_by(viewer.actor, dashboard_id)
    if not dashboard.may_edit:
        raise NotAllowed
    form, error = typed(request, ("form", "goal", "text", "from")), ""
    if request.method == "POST":
        try:
            made = actions.add_tile(
                actor=viewer.actor, public_id=dashboard_id, tile=_tile(viewer, form.values), now=viewer.now
            )
        except InvalidInput as refusal:
            error = refusal.message
        else:
            _told(request, made, _("Added to %(title)s.") % {"title": made.title})
            if form.values["from"] == "goal":
                return redirect("web:goal", form.values["goal"])
            return redirect("web:dashboard", dashboard_id)
    goals = goals_seen_by(viewer.actor, active(visible_to(viewer.actor), viewer.today))
    context = {
        "dashboard": dashboard,
        "goals": sorted(goals, key=lambda each: each.terms.title.casefold()),
        "forms": FORMS,
        "values": form.values,
        "error": error,
        "panel": panel_of(viewer, is_of_goals=False),
    }
    return render(request, "dashboards/add.html", context, status=422 if error else 200)


def _tile(viewer: Viewer, values: Mapping[str, str]) -> NewTile:
    if values["form"] == TEXT:
        if not values["text"].strip():
            raise InvalidInput(_("Write the text of the tile."), field="text")
        return NewTile(TEXT, {"text": values["text"].strip()}, width=4)
    if values["form"] not in FORMS:
        raise InvalidInput(_("Choose one of the kinds of tiles."), field="form")
    try:
        goal = goal_seen_by(viewer.actor, values["goal"])
    except NotFound:
        raise InvalidInput(_("Choose a goal."), field="goal") from None
    return goal_tile(goal.public_id, values["form"])


@require_POST
@for_viewer
def arrange(request: HttpRequest, viewer: Viewer, dashboard_id: str) -> HttpResponse:
    """Save order and sizes after a drop. Answers with the new version; 409 when somebody else was first."""
    placings = []
    for part in request.POST.get("order", "").split():
        key, _colon, size = part.partition(":")
        width, _colon, height = size.partition(":")
        placings.append(Placing(key, id_in(width) or 0, id_in(height) or 0))
    try:
        made = actions.arrange_tiles(
            actor=viewer.actor,
            public_id=dashboard_id,
            placings=placings,
            version=id_in(request.POST.get("version", "")),
            now=viewer.now,
        )
    except Changed:
        return JsonResponse({}, status=409)
    return JsonResponse({"version": made.version})


@require_POST
@for_viewer
def place(request: HttpRequest, viewer: Viewer, dashboard_id: str, tile_key: str) -> HttpResponse:
    """Move, size or remove one tile: the form of its menu, which needs no script."""
    dashboard = dashboard_seen_by(viewer.actor, dashboard_id)
    mine = next((each for each in dashboard.tiles if each.key == tile_key), None)
    if mine is None:
        raise NotFound
    if "remove" in request.POST:
        made = actions.remove_tile(actor=viewer.actor, public_id=dashboard_id, key=tile_key, now=viewer.now)
        _told(request, made, _("Tile removed."))
        return redirect("web:dashboard", dashboard_id)
    width, height, wanted = (id_in(request.POST.get(name, "")) for name in ("width", "height", "place"))
    order = [Placing(each.key, each.width, each.height) for each in dashboard.tiles if each is not mine]
    at = len(order) if wanted is None else max(wanted - 1, 0)
    order.insert(at, Placing(tile_key, width or mine.width, height or mine.height))
    try:
        made = actions.arrange_tiles(
            actor=viewer.actor,
            public_id=dashboard_id,
            placings=order,
            version=dashboard.version,
            now=viewer.now,
        )
    except Changed:
        toast(request, _("Somebody else changed this dashboard. Look again."), is_refused=True)
    else:
        _told(request, made, _("Tile moved."))
    return redirect("web:dashboard", dashboard_id)


@require_POST
@for_viewer
def undo(request: HttpRequest, viewer: Viewer, dashboard_id: str) -> HttpResponse:
    version = id_in(request.POST.get("version", "")) or 0
    try:
        actions.undo_tiles(actor=viewer.actor, public_id=dashboard_id, version=version, now=viewer.now)
    except Changed:
        toast(request, _("The dashboard was changed since. Nothing was undone."), is_refused=True)
    else:
        toast(request, _("Undone."))
    return redirect("web:dashboard", dashboard_id)


@require_POST
@for_viewer
def use_template(request: HttpRequest, viewer: Viewer, dashboard_id: str) -> HttpResponse:
    """Fill a dashboard from a template."""
    if not dashboard_seen_by(viewer.actor, dashboard_id).may_edit:
        raise NotAllowed
    tiles = tiles_of(viewer, request.POST.get("template", ""))
    if not tiles:
        toast(request, _("There are no goals for this template yet."), is_refused=True)
        return redirect("web:dashboard", dashboard_id)
    made = actions.add_tiles(actor=viewer.actor, public_id=dashboard_id, tiles=tiles, now=viewer.now)
    _told(request, made, _("Filled with goals you may see."))
    return redirect("web:dashboard", dashboard_id)


@require_POST
@for_viewer
def rename(request: HttpRequest, viewer: Viewer, dashboard_id: str) -> HttpResponse:
    title = request.POST.get("title", "")
    try:
        actions.rename_dashboard(actor=viewer.actor, public_id=dashboard_id, title=title, now=viewer.now)
    except InvalidInput as refusal:
        toast(request, refusal.message, is_refused=True)
    return redirect("web:dashboard", dashboard_id)


@require_POST
@for_viewer
def delete(request: HttpRequest, viewer: Viewer, dashboard_id: str) -> HttpResponse:
    actions.delete_dashboard(actor=viewer.actor, public_id=dashboard_id, now=viewer.now)
    toast(request, _("Dashboard deleted."), undo=Undo(_address("dashboard-restore", dashboard_id)))
    return redirect("web:goals")


@require_POST
@for_viewer
def restore(request: HttpRequest, viewer: Viewer, dashboard_id: str) -> HttpResponse:
    actions.restore_dashboard(actor=viewer.actor, public_id=dashboard_id, now=viewer.now)
    toast(request, _("Dashboard restored."))
    return redirect("web:dashboard", dashboard_id)
