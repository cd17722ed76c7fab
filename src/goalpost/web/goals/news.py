"""What others did to a goal that stands open: asked for when one comes back to the page."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from goalpost.companies.errors import NotFound
from goalpost.goals.queries import goal_seen_by
from goalpost.web.goals.gone import deleted_goal, told
from goalpost.web.goals.history import history_since
from goalpost.web.viewer import Viewer, for_viewer


@require_safe
@for_viewer
def goal_news(request: HttpRequest, viewer: Viewer, public_id: str) -> HttpResponse:
    """Answer with what was done to the goal after the `version` shown, or with nothing."""
    try:
        goal = goal_seen_by(viewer.actor, public_id)
    except NotFound:
        return told(request, viewer, deleted_goal(viewer, public_id))
    typed = request.GET.get("version", "")
    shown = int(typed) if typed.isdecimal() and len(typed) <= len(str(goal.version)) else 0
    lines = history_since(viewer, goal, shown)
    if not lines:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return render(request, "goals/news.html", {"goal": goal, "lines": lines})
