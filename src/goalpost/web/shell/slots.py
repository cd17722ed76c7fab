"""Slots: places of a page that features fill without the page knowing them.

A dashboard is added from a goal's page, and listed in the Insights panel, though neither knows dashboards. A
feature fills a slot where it names its addresses; `{% slot "panel" %}` draws what fills it.

| slot | where | what it gets beside the viewer |
|---|---|---|
| `panel` | groups of the Insights panel: above the goals (`order` below 0) or below | |
| `create` | entries of the panel's Create menu, after the goal | |
| `goal_actions` | beside the actions of a goal's page | `goal`: a `GoalView` |
| `goal_handle` | before the title of a goal's page | `goal`: a `GoalView` |
| `report_actions` | beside the actions of a report's page | `report`: a `Tile` |
| `anywhere` | at the end of every page | |
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from goalpost.web.shell.viewer import Viewer

Contents = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Filling:
    """What a feature puts into a slot: a template and what it shows a viewer, None for nothing.

    `read` gets the viewer, the path of the page and what the slot is about. Its answer's repr shows its whole
    value: pages that have an ETag include those of the slot `panel` in it.
    """

    order: int
    template: str
    read: Callable[..., Contents | None]


_FILLINGS: dict[str, dict[str, Filling]] = {}


def fill(slot: str, filling: Filling) -> None:
    """Fill a slot; a filling of the same template takes its place."""
    _FILLINGS.setdefault(slot, {})[filling.template] = filling


def fillings(slot: str) -> list[Filling]:
    """Return what fills the slot, in order."""
    return sorted(_FILLINGS.get(slot, {}).values(), key=lambda filling: filling.order)


def contents_of_panel(request: HttpRequest, viewer: Viewer) -> list[tuple[Filling, Contents | None]]:
    """Return what fills the Insights panel of a page; read once in a request."""
    kept: list[tuple[Filling, Contents | None]] | None = getattr(request, "panel_contents", None)
    if kept is None:
        kept = [(each, each.read(viewer, request.path)) for each in fillings("panel")]
        request.panel_contents = kept  # type: ignore[attr-defined]
    return kept


def draw(slot: str, request: HttpRequest, about: Contents, *, above: bool | None = None) -> SafeString:
    """Return the markup of a slot on a page; `above` limits a panel to what is above or below the goals."""
    viewer: Viewer | None = getattr(request, "viewer", None)
    if viewer is None:
        return SafeString("")
    if slot == "panel":
        found = contents_of_panel(request, viewer)
    else:
        found = [(each, each.read(viewer, request.path, **about)) for each in fillings(slot)]
    drawn = [
        render_to_string(filling.template, {**about, **contents}, request)
        for filling, contents in found
        if contents is not None and (above is None or above is (filling.order < 0))
    ]
    return mark_safe("".join(drawn))  # noqa: S308  rendered templates
