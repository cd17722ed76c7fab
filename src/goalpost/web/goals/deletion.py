"""Deleting a goal, after asking, and bringing it back from the toast that says so."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from goalpost.goals.actions import delete_goal, restore_goal
from goalpost.goals.queries import goal_seen_by
from goalpost.web.goals.gone import tells_when_gone
from goalpost.web.goals.panel_goals import panel_of
from goalpost.web.goals.rights import require_change
from goalpost.web.viewer import Viewer, for_viewer
from goalpost.web.whole_page import go_to

# What the toast of a deletion is known by; the goal's id follows.
RESTORES = "restores:"


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
@tells_when_gone()
def delete(request: HttpRequest, viewer: Viewer, public_id: str) -> HttpResponse:
    """Ask on GET, delete on POST."""
    goal = goal_seen_by(viewer.actor, public_id)
    require_change(goal, _("You may see this goal, but not delete it."))
    if request.method == "POST":
        delete_goal(actor=viewer.actor, public_id=public_id, now=viewer.now)
        messages.success(
            request,
            _("Goal “%(title)s” deleted") % {"title": goal.terms.title},
            extra_tags=f"{RESTORES}{public_id}",
        )
        return go_to(request, "web:goals")
    context = {"goal": goal, "is_dialog": "HX-Request" in request.headers}
    if context["is_dialog"]:
        return render(request, "goals/delete_dialog.html", context)
    context["panel"] = panel_of(viewer, current=goal)
    return render(request, "goals/delete_page.html", context)


@require_POST
@for_viewer
def restore(request: HttpRequest, viewer: Viewer, public_id: str) -> HttpResponse:
    goal = restore_goal(actor=viewer.actor, public_id=public_id, now=viewer.now)
    messages.success(
        request, _("Goal “%(title)s” is back") % {"title": goal.terms.title}, extra_tags="restored"
    )
    return go_to(request, "web:goal", public_id)
