"""Actions on a goal without its form: delete, restore, undo, colours."""

from urllib.parse import parse_qsl, urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.middleware import HtmxDetails

from goalpost.companies.errors import Changed, InvalidInput, NotAllowed
from goalpost.domain.chart_look import ChartColour, ChartLook
from goalpost.goals.actions import change_look, delete_goal, restore_goal, undo_change
from goalpost.goals.queries import GoalView, goal_seen_by, require_change
from goalpost.web.goals.history import history_since, tells_when_gone
from goalpost.web.shell.insights_panel import panel_of
from goalpost.web.shell.toasts import Undo, toast
from goalpost.web.shell.viewer import Viewer, for_viewer, go_to


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
@tells_when_gone()
def delete(request: HttpRequest, viewer: Viewer, public_id: str) -> HttpResponse:
    """Ask on GET, delete on POST."""
    goal = goal_seen_by(viewer.actor, public_id)
    require_change(goal, _("You may see this goal, but not delete it."))
    if request.method == "POST":
        delete_goal(actor=viewer.actor, public_id=public_id, now=viewer.now)
        words = _("Goal “%(title)s” deleted") % {"title": goal.terms.title}
        toast(request, words, undo=Undo(reverse("web:restore-goal", args=[public_id])), moves_focus=True)
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
    toast(request, _("Goal “%(title)s” restored") % {"title": goal.terms.title}, moves_focus=True)
    return go_to(request, "web:goal", public_id)


def change_saved(request: HttpRequest, words: str, changed: GoalView) -> None:
    """Say that a change is saved, with a button that undoes this version."""
    regions = render_to_string("goals/regions.txt").strip()
    undo = Undo(reverse("web:undo-goal", args=[changed.public_id]), changed.version, regions)
    toast(request, words, undo=undo, moves_focus=True)


@require_POST
@for_viewer
@tells_when_gone()
def undo(request: HttpRequest, viewer: Viewer, public_id: str) -> HttpResponse:
    """Undo the change that made the given `version`, or say why that is impossible."""
    goal = goal_seen_by(viewer.actor, public_id)
    require_change(goal, _("You may see this goal, but not change it."))
    version = version_in(request.POST, goal)
    try:
        undo_change(actor=viewer.actor, public_id=public_id, version=version, now=viewer.now)
        toast(request, _("The change is undone"))
    except Changed:
        toast(request, _since(viewer, goal, version), is_refused=True)
    except (InvalidInput, NotAllowed) as refusal:
        words = _("Nothing was undone. %(why)s") % {"why": str(refusal)}
        toast(request, words, is_refused=True)
    return back_to_page(request, public_id)


def version_in(sent: QueryDict, goal: GoalView) -> int:
    """Return the version sent with the form, 0 for an invalid one."""
    typed = sent.get("version", "")
    is_known = typed.isdecimal() and len(typed) <= len(str(goal.version)) and int(typed) <= goal.version
    return int(typed) if is_known else 0


def _since(viewer: Viewer, goal: GoalView, version: int) -> str:
    lines = history_since(viewer, goal, version)
    if not lines:
        return _("Nothing was undone.")
    words = _("Nothing was undone, because the goal has changed since. %(who)s, %(when)s: %(what)s")
    return words % {"who": lines[0].who, "when": lines[0].when, "what": lines[0].words}


def back_to_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """Redirect to the goal's page with the browser's time range and selected period.

    Htmx takes regions of the page from the response.
    """
    asked = dict(parse_qsl(urlsplit(HtmxDetails(request).current_url or "").query))
    query = {name: text for name, text in asked.items() if name in {"from", "to", "period"}}
    address = reverse("web:goal", args=[public_id])
    return redirect(f"{address}?{urlencode(query)}" if query else address)


@require_POST
@for_viewer
@tells_when_gone()
def save_look(request: HttpRequest, viewer: Viewer, public_id: str) -> HttpResponse:
    """Save the goal's colours and redraw its chart."""
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
    change_look(actor=viewer.actor, public_id=public_id, look=look)
    return back_to_page(request, public_id)


def _colour(typed: str) -> ChartColour | None:
    return ChartColour(int(typed)) if typed else None
