"""A goal's page after something was saved in place: drawn anew, for htmx to take its regions from."""

from datetime import date
from urllib.parse import parse_qsl, urlsplit

from django.http import HttpRequest, HttpResponse
from django_htmx.http import reswap
from django_htmx.middleware import HtmxDetails

from goalpost.companies.snapshot import snapshot
from goalpost.goals.queries import GoalView
from goalpost.web.goals.goal_page import draw_goal_page, goal_page_of
from goalpost.web.viewer import Viewer


def redrawn_goal_page(request: HttpRequest, viewer: Viewer, goal: GoalView) -> HttpResponse:
    """Answer with the page as its address asks for it. The form that asked names the regions it takes."""
    query = dict(parse_qsl(urlsplit(HtmxDetails(request).current_url or "").query))
    with snapshot():
        page = goal_page_of(viewer, goal, query)
    selected = _selected(query.get("period", ""))
    beside: dict[str, object] = {"selected_key": selected.isoformat()} if selected else {}
    return reswap(draw_goal_page(request, viewer, page, selected=selected, beside=beside), "none")


def _selected(typed: str) -> date | None:
    """Return the period whose records stand open beside the page."""
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None
