"""Deleting a goal, after asking, and taking back what was just done from the toast that says so."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from goalpost.companies.errors import Changed, InvalidInput, NotAllowed
from goalpost.goals.actions import delete_goal, restore_goal, undo_change
from goalpost.goals.queries import GoalView, goal_seen_by, require_change
from goalpost.web.goals.history import history_since, tells_when_gone
from goalpost.web.goals.look import redrawn_goal_page
from goalpost.web.goals.panel_goals import panel_of
from goalpost.web.shell.viewer import Viewer, for_viewer, go_to

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


# What the toast of a change is known by; the goal's id and the version that the change made follow.
UNDOES = "undoes:"
REFUSED = "refused"


@require_POST
@for_viewer
@tells_when_gone()
def undo(request: HttpRequest, viewer: Viewer, public_id: str) -> HttpResponse:
    """Put back what the change that made the `version` sent had replaced, or say why that cannot be."""
    goal = goal_seen_by(viewer.actor, public_id)
    require_change(goal, _("You may see this goal, but not change it."))
    typed = request.POST.get("version", "")
    version = int(typed) if typed.isdecimal() and len(typed) <= len(str(goal.version)) else 0
    try:
        goal = undo_change(actor=viewer.actor, public_id=public_id, version=version, now=viewer.now)
        messages.success(request, _("The change is undone"))
    except Changed:
        messages.warning(request, _since(viewer, goal, version), extra_tags=REFUSED)
    except (InvalidInput, NotAllowed) as refusal:
        words = _("Nothing was undone. %(why)s") % {"why": str(refusal)}
        messages.warning(request, words, extra_tags=REFUSED)
    if "HX-Request" in request.headers:
        return redrawn_goal_page(request, viewer, goal)
    return redirect("web:goal", public_id)


def _since(viewer: Viewer, goal: GoalView, version: int) -> str:
    lines = history_since(viewer, goal, version)
    if not lines:
        return _("Nothing was undone.")
    words = _("Nothing was undone, because the goal was changed since. %(who)s, %(when)s: %(what)s")
    return words % {"who": lines[0].who, "when": lines[0].when, "what": lines[0].words}
