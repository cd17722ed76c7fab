"""All that people did to a goal, on a page of its own."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from goalpost.goals.queries import goal_seen_by
from goalpost.web.goals.gone import tells_when_gone
from goalpost.web.goals.history import history_of
from goalpost.web.goals.panel_goals import panel_of
from goalpost.web.viewer import Viewer, for_viewer

MOST_SHOWN = 500


@require_safe
@for_viewer
@tells_when_gone()
def goal_history_page(request: HttpRequest, viewer: Viewer, public_id: str) -> HttpResponse:
    """List the latest deeds, more than anybody reads."""
    goal = goal_seen_by(viewer.actor, public_id)
    context = {
        "goal": goal,
        "lines": history_of(viewer, goal, limit=MOST_SHOWN),
        "panel": panel_of(viewer, is_past=not goal.is_active(viewer.today), current=goal),
    }
    return render(request, "goals/history_page.html", context)
