"""Saving how a goal's chart looks: its colours, and whether it shows the projection."""

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from goalpost.domain.chart_look import ChartColour, ChartLook
from goalpost.goals.actions import change_look
from goalpost.goals.queries import goal_seen_by
from goalpost.web.goals.gone import tells_when_gone
from goalpost.web.goals.redrawn import redrawn_goal_page
from goalpost.web.goals.rights import require_change
from goalpost.web.viewer import Viewer, for_viewer


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
