"""A dashboard's page: its tiles, drawn with the rights of whoever looks."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from goalpost.domain.permissions import may_share_dashboard
from goalpost.insights.dashboards.models import MOST_TILES
from goalpost.insights.dashboards.queries import DashboardView, dashboard_seen_by
from goalpost.web.dashboards.starts import TEMPLATES
from goalpost.web.dashboards.tiles import TileShown, tiles_shown
from goalpost.web.shell.insights_panel import panel_of
from goalpost.web.shell.viewer import Viewer, for_viewer

WIDTHS = (3, 4, 6, 8, 12)
HEIGHTS = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class DashboardPage:
    """A dashboard with its tiles as the viewer sees them."""

    dashboard: DashboardView
    tiles: tuple[TileShown, ...]

    @property
    def may_add(self) -> bool:
        return self.dashboard.may_edit and len(self.tiles) < MOST_TILES


@require_safe
@for_viewer
def dashboard(request: HttpRequest, viewer: Viewer, dashboard_id: str) -> HttpResponse:
    seen = dashboard_seen_by(viewer.actor, dashboard_id, viewer.today)
    page = DashboardPage(seen, tuple(tiles_shown(viewer, seen.tiles, viewer.language)))
    context = {
        "page": page,
        "dashboard": seen,
        "today": viewer.today,
        "panel": panel_of(viewer, is_of_goals=False),
        "templates": TEMPLATES,
        "widths": WIDTHS,
        "heights": HEIGHTS,
        "may_share": may_share_dashboard(viewer.actor, seen.access),
    }
    return render(request, "dashboards/dashboard.html", context)
