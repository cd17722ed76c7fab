"""Taking back what was just saved, from the toast that says so."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from goalpost.companies.errors import Changed, InvalidInput, NotAllowed
from goalpost.goals.actions import undo_change
from goalpost.goals.queries import GoalView, goal_seen_by
from goalpost.web.goals.gone import tells_when_gone
from goalpost.web.goals.history import history_since
from goalpost.web.goals.redrawn import redrawn_goal_page
from goalpost.web.goals.rights import require_change
from goalpost.web.viewer import Viewer, for_viewer

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
