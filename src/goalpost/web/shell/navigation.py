"""The main navigation: an entry for each part of the product, in the rail beside every page.

A feature adds its entry where it names its addresses, so that the shell knows none of them.
"""

from dataclasses import dataclass

from django.template.context import RequestContext
from django.urls import reverse
from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the product. `view` is the name of its first page's address; its others lie below that.

    Parts stand in ascending `order`; Insights, which is always there, is first. `is_at_end` puts one beside
    the settings. `other_pages` are places, not below its own, where pages of it lie too.
    """

    order: int
    title: StrOrPromise
    icon: str
    view: str
    is_at_end: bool = False
    other_pages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A part as it stands in the rail of one page."""

    title: StrOrPromise
    icon: str
    url: str
    is_current: bool


_PARTS: dict[str, Part] = {}


def add_part(part: Part) -> None:
    """Add a part to the navigation; one of the same address takes its place."""
    _PARTS[part.view] = part


def entries(context: RequestContext, *, at_end: bool) -> list[Entry]:
    """Return the entries of the rail for a page, in their order."""
    here = f"{context['request'].path.rstrip('/')}/" if "request" in context else "/"
    found = []
    for part in sorted(_PARTS.values(), key=lambda part: part.order):
        if part.is_at_end is at_end:
            url = reverse(part.view)
            places = (url, *part.other_pages)
            is_current = any(here.startswith(f"{place.rstrip('/')}/") for place in places)
            found.append(Entry(part.title, part.icon, url, is_current))
    return found
