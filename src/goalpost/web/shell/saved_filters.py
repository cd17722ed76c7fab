"""Saved filters of a list, for any page of deals.

A page passes `saved=SavedFilters.of(viewer, place, query)` and includes `web/saved_filters.html`. The place
is the name of its address.
"""

from dataclasses import dataclass
from typing import Self

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from goalpost.companies.errors import InvalidInput
from goalpost.crm.actions.saved_filters import delete_filter, save_filter
from goalpost.crm.saved_filters import Saved, filters_saved_by
from goalpost.web.shell.toasts import toast
from goalpost.web.shell.viewer import Viewer, for_viewer


@dataclass(frozen=True, slots=True)
class SavedFilters:
    """The viewer's filters of a page, and the query string that the page shows now."""

    place: str
    query: str
    all: tuple[Saved, ...]

    @classmethod
    def of(cls, viewer: Viewer, place: str, query: str) -> Self:
        return cls(place, query, filters_saved_by(viewer.actor, place))

    @property
    def url(self) -> str:
        return reverse(f"web:{self.place}")

    @property
    def current(self) -> str:
        """The name of the filter that is shown, if any."""
        return next((each.name for each in self.all if each.query == self.query and self.query), "")


@require_POST
@for_viewer
def save(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Save the filters of a page under a name, and go back to it."""
    place, query = request.POST.get("place", ""), request.POST.get("query", "")
    try:
        saved = save_filter(
            actor=viewer.actor, place=place, name=request.POST.get("name", ""), query=query, now=viewer.now
        )
    except InvalidInput as refusal:
        toast(request, refusal.message, is_refused=True)
        return redirect("web:pipeline" if place != "deals" else "web:deals")
    toast(request, _("Filter “%(name)s” saved") % {"name": saved.name})
    return redirect(f"{reverse(f'web:{saved.place}')}?{saved.query}")


@require_POST
@for_viewer
def delete(request: HttpRequest, viewer: Viewer, filter_id: int) -> HttpResponse:
    """Delete one of the viewer's filters."""
    gone = delete_filter(actor=viewer.actor, filter_id=filter_id, now=viewer.now)
    toast(request, _("Filter “%(name)s” deleted") % {"name": gone.name})
    return redirect(f"{reverse(f'web:{gone.place}')}?{gone.query}")
