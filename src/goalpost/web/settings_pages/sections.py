"""What the settings consist of: the pages that exist, each shown to whom it is open.

A new page is one line here; its address begins with that of its section.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from goalpost.domain.permissions import Actor, may_administer


class Group(Enum):
    """A heading of the menu."""

    YOU = _("You")
    COMPANY = _("Company")


@dataclass(frozen=True, slots=True)
class Section:
    """A page of the settings with those below it. `view` is the name of its address."""

    group: Group
    title: StrOrPromise
    icon: str
    view: str
    is_for_admins: bool = True


SECTIONS = (
    Section(Group.YOU, _("Sign-in and security"), "lock", "account_change_password", is_for_admins=False),
    Section(Group.COMPANY, _("Company"), "building", "web:company"),
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
    return [section for section in SECTIONS if may_administer(actor) or not section.is_for_admins]


def menu_for(actor: Actor, path: str) -> list[EntryGroup]:
    """Return the menu as the actor sees it on the page at `path`. Groups without a page are left out."""
    sections = sections_open_to(actor)
    current = _current([reverse(section.view) for section in sections], path)
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


def _current(urls: Sequence[str], path: str) -> str:
    """Return the longest of the addresses that the path is at or below; empty when it is at none."""
    here = f"{path.rstrip('/')}/"
    return max((url for url in urls if here.startswith(f"{url.rstrip('/')}/")), key=len, default="")
