"""Whether goals are shown as a list or as a grid of cards: chosen on the page, remembered by the browser."""

from enum import StrEnum

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

LOOK_COOKIE = "goals"
_ONE_YEAR = 60 * 60 * 24 * 365


class Look(StrEnum):
    """How the goals are laid out."""

    LIST = "list"
    GRID = "grid"


LOOKS: dict[Look, StrOrPromise] = {Look.LIST: gettext_lazy("List"), Look.GRID: gettext_lazy("Grid")}


def look_of(request: HttpRequest) -> Look:
    """Return what the address says, else what this browser chose before."""
    for said in (request.GET.get("view", ""), request.COOKIES.get(LOOK_COOKIE, "")):
        if said in set(Look):
            return Look(said)
    return Look.LIST


def remember_look(request: HttpRequest, response: HttpResponse) -> None:
    """Keep what the address says for the next visit."""
    said = request.GET.get("view", "")
    if said in set(Look):
        response.set_cookie(
            LOOK_COOKIE, said, max_age=_ONE_YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
        )
