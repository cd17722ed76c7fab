"""Saving how a goal's chart looks, and drawing its page anew after something was saved in place."""

from datetime import date
from urllib.parse import parse_qsl, urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import reswap
from django_htmx.middleware import HtmxDetails

from goalpost.domain.chart_look import ChartColour, ChartLook
from goalpost.goals.actions import change_look
from goalpost.goals.queries import GoalView, goal_seen_by, require_change
from goalpost.storage.snapshot import snapshot
from goalpost.web.goals.goal_page import draw_goal_page, goal_page_of
from goalpost.web.goals.history import tells_when_gone
from goalpost.web.shell.viewer import Viewer, for_viewer


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


@require_POST
@for_viewer
@tells_when_gone()
def save_look(request: HttpRequest, viewer: Viewer, public_id: str) -> HttpResponse:
    """Keep the look with the goal and draw its chart anew."""
    goal = goal_seen_by(viewer.actor, public_id)
    require_change(goal, _("You may see this goal, but not change it."))
    try:
        look = ChartLook(
            result=ChartColour(int(request.POST.get("result", ""))),
            target=_colour(request.POST.get("target", "")),
            reached=_colour(request.POST.get("reached", "")),
            by_result="by_result" in request.POST,
            shows_projection="shows_projection" in request.POST,
        )
    except ValueError:
        return HttpResponseBadRequest(_("Choose one of the six colours."))
    goal = change_look(actor=viewer.actor, public_id=public_id, look=look)
    if "HX-Request" in request.headers:
        return redrawn_goal_page(request, viewer, goal)
    return redirect("web:goal", public_id)


def _colour(typed: str) -> ChartColour | None:
    return ChartColour(int(typed)) if typed else None
