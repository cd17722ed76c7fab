"""The sections of the settings, shown to those who may open them.

A new page is one line here; its address begins with that of its section.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template import Library
from django.template.context import RequestContext
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from django_stubs_ext import StrOrPromise

from goalpost.companies.actors import actor_for
from goalpost.companies.models import User
from goalpost.domain.permissions import Actor, may_administer, may_import
from goalpost.web.shell.viewer import Viewer, for_viewer

register = Library()


def _everybody(_actor: Actor) -> bool:
    return True


class Group(Enum):
    """A heading of the menu."""

    YOU = _("You")
    COMPANY = _("Company")
    DATA = _("Data")
    INSTALLATION = _("Installation")


@dataclass(frozen=True, slots=True)
class Section:
    """A page of the settings with those below it. `view` is the name of its address."""

    group: Group
    title: StrOrPromise
    icon: str
    view: str
    may_open: Callable[[Actor], bool] = may_administer
    other_pages: str = ""
    """Where pages of the section lie that are not below its own address."""


SECTIONS = (
    Section(Group.YOU, _("Profile"), "user", "web:profile", may_open=_everybody),
    Section(
        Group.YOU,
        _("Sign-in and security"),
        "lock",
        "web:security",
        may_open=_everybody,
        other_pages="/account",
    ),
    Section(Group.YOU, _("API tokens"), "key", "web:tokens", may_open=_everybody),
    Section(Group.YOU, _("Mail digest"), "mail", "web:digest", may_open=_everybody),
    Section(Group.YOU, _("Wall screens"), "tv", "web:walls", may_open=_everybody),
    Section(Group.COMPANY, _("Company"), "building", "web:company"),
    Section(Group.COMPANY, _("People"), "contacts", "web:people"),
    Section(Group.COMPANY, _("Teams"), "contacts", "web:teams"),
    Section(Group.COMPANY, _("Permission sets"), "table", "web:permission-sets"),
    Section(Group.COMPANY, _("Pipelines and stages"), "pipeline", "web:pipelines", may_open=_everybody),
    Section(Group.COMPANY, _("Currencies and rates"), "globe", "web:rates"),
    Section(Group.COMPANY, _("Audit log"), "clock", "web:audit-log"),
    Section(Group.DATA, _("Imports"), "upload", "web:imports", may_open=may_import),
    Section(Group.INSTALLATION, _("Operation"), "server", "web:operation"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the menu."""

    title: StrOrPromise
    icon: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class EntryGroup:
    """The lines under one heading; `key` is for its id."""

    key: str
    title: StrOrPromise
    entries: tuple[Entry, ...]


def sections_open_to(actor: Actor) -> list[Section]:
    return [section for section in SECTIONS if section.may_open(actor)]


def menu_for(actor: Actor, path: str) -> list[EntryGroup]:
    """Return the menu as the actor sees it on the page at `path`. Groups without a page are left out."""
    sections = sections_open_to(actor)
    places = {reverse(section.view): section.other_pages for section in sections}
    current = _current(places, path)
    groups = []
    for group in Group:
        entries = tuple(
            Entry(section.title, section.icon, url, url == current)
            for section in sections
            if section.group is group
            for url in (reverse(section.view),)
        )
        if entries:
            groups.append(EntryGroup(group.name.lower(), group.value, entries))
    return groups


def _current(places: Mapping[str, str], path: str) -> str:
    """Return the section's address, of those given with their other pages, that the path is at or below.

    The longest of several; empty when it is at none.
    """
    here = f"{path.rstrip('/')}/"
    below = [
        (len(place), url)
        for url, other in places.items()
        for place in (url, other)
        if place and here.startswith(f"{place.rstrip('/')}/")
    ]
    return max(below, default=(0, ""))[1]


@require_safe
@for_viewer
def settings_home(request: HttpRequest, viewer: Viewer) -> HttpResponse:  # noqa: ARG001  every view takes one
    """Go to the first page of the settings that is open to the viewer."""
    return redirect(sections_open_to(viewer.actor)[0].view)


@register.simple_tag(takes_context=True)
def settings_menu(context: RequestContext) -> list[EntryGroup]:
    """`{% settings_menu as groups %}`: the menu for who looks, with the page they are on."""
    request = context["request"]
    if not isinstance(request, HttpRequest) or not isinstance(request.user, User):
        return []
    return menu_for(actor_for(request.user), request.path)
