"""A leaver's hand-over: what will move is shown first, then all of it moves in one step."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from goalpost.companies.directory import person_line, successors_to_choose
from goalpost.companies.errors import InvalidInput
from goalpost.crm.actions.handover import Extent
from goalpost.goals.handover import estate_of, hand_over
from goalpost.insights import formats
from goalpost.web.settings_pages.typed import Typed, id_in, typed
from goalpost.web.viewer import Viewer, for_viewer

_FIELDS = ("successor", "deals", "activities", "goals")
_BEGIN = Typed({"successor": "", "deals": "open", "activities": "on", "goals": "on"})


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def hand_over_page(request: HttpRequest, viewer: Viewer, user_id: int) -> HttpResponse:
    """Show what could move on GET, move it on POST."""
    line = person_line(viewer.actor, user_id)
    form = _BEGIN
    if request.method == "POST":
        form = typed(request, _FIELDS)
        try:
            said = _hand_over(viewer, user_id, form)
        except InvalidInput as refusal:
            form = form.refused(refusal)
        else:
            messages.success(request, said)
            return redirect("web:person", user_id)
    context = {
        "person": line,
        "form": form,
        "estate": estate_of(viewer.actor, user_id, now=viewer.now),
        "successors": successors_to_choose(viewer.actor, user_id),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "settings/hand_over.html", context, status=status)


def _hand_over(viewer: Viewer, user_id: int, form: Typed) -> str:
    deals = form.values["deals"]
    if deals not in {"", "none", "open", "all"}:
        raise InvalidInput(_("Choose which deals go over."), field="deals")
    successor_id = id_in(form.values["successor"]) or 0
    records, goals = hand_over(
        actor=viewer.actor,
        user_id=user_id,
        successor_id=successor_id,
        extent=Extent(
            open_deals=deals in {"open", "all"},
            closed_deals=deals == "all",
            open_activities=bool(form.values["activities"]),
        ),
        with_goals=bool(form.values["goals"]),
        now=viewer.now,
    )
    deals_moved = records.open_deals + records.closed_deals
    counts = (
        (ngettext("%(count)s deal", "%(count)s deals", deals_moved), deals_moved),
        (
            ngettext("%(count)s activity", "%(count)s activities", records.open_activities),
            records.open_activities,
        ),
        (ngettext("%(count)s goal", "%(count)s goals", goals), goals),
    )
    told = [words % {"count": formats.number(number, viewer.language)} for words, number in counts]
    return _("Handed over: %(what)s") % {"what": ", ".join(told)}
