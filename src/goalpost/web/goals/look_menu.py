"""What the menu of a goal's chart offers: its colours, and what is wrong with those chosen."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from goalpost.domain.chart_look import ChartColour, ChartLook
from goalpost.insights.chart_colours import (
    ChartPart,
    ChartTheme,
    cannot_be_told_apart,
    faint_parts,
    theme_palettes,
)

_COLOUR_NAMES: dict[ChartColour, StrOrPromise] = {
    ChartColour.ULTRAMARINE: gettext_lazy("Ultramarine"),
    ChartColour.LAKE: gettext_lazy("Lake"),
    ChartColour.HEATHER: gettext_lazy("Heather"),
    ChartColour.LINGON: gettext_lazy("Lingon"),
    ChartColour.COPPER: gettext_lazy("Copper"),
    ChartColour.SLATE: gettext_lazy("Slate"),
}
_PART_NAMES: dict[ChartPart, StrOrPromise] = {
    ChartPart.RESULT: gettext_lazy("Result"),
    ChartPart.TARGET: gettext_lazy("Target"),
    ChartPart.REACHED: gettext_lazy("Reached"),
}


@dataclass(frozen=True, slots=True)
class Swatch:
    """A colour to choose: its value in the form, its name, whether it is the one chosen."""

    value: str
    name: StrOrPromise
    css_class: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class SwatchGroup:
    """The colours of one part of the chart."""

    part: str
    name: StrOrPromise
    swatches: tuple[Swatch, ...]


@dataclass(frozen=True, slots=True)
class Legend:
    """The classes of the legend's swatches: of columns, of the projection, and of posts."""

    result: str
    reached: str
    projection: str
    reached_post: str
    open_post: str


@dataclass(frozen=True, slots=True)
class LookMenu:
    groups: tuple[SwatchGroup, ...]
    warnings: tuple[str, ...]
    legend: Legend


def look_menu(look: ChartLook) -> LookMenu:
    """Return what the menu offers, and what is wrong with the colours chosen."""
    own: dict[ChartPart, tuple[Swatch, ...]] = {
        ChartPart.TARGET: (Swatch("", _("Ink"), "swatch--ink", look.target is None),),
        ChartPart.REACHED: (Swatch("", _("Green"), "swatch--reached", look.reached is None),),
    }
    chosen = {
        ChartPart.RESULT: look.result,
        ChartPart.TARGET: look.target,
        ChartPart.REACHED: look.reached,
    }
    groups = tuple(
        SwatchGroup(
            part.value,
            name,
            own.get(part, ())
            + tuple(
                Swatch(
                    str(colour.value),
                    _COLOUR_NAMES[colour],
                    f"swatch--{colour.value}",
                    colour is chosen[part],
                )
                for colour in ChartColour
            ),
        )
        for part, name in _PART_NAMES.items()
    )
    return LookMenu(groups, look_warnings(look, theme_palettes()), _legend(look))


def _legend(look: ChartLook) -> Legend:
    return Legend(
        result=f"swatch--{look.result.value}",
        reached=f"swatch--{look.reached.value}" if look.reached else "swatch--reached",
        projection=f"is-{look.result.value}",
        reached_post=f"is-{look.reached.value}" if look.reached else "is-reached",
        open_post=f"is-{look.target.value}" if look.target else "",
    )


def look_warnings(look: ChartLook, palettes: Mapping[ChartTheme, Mapping[str, str]]) -> tuple[str, ...]:
    """Return a sentence for each colour that is hard to see by these colours of the themes."""
    warnings = [
        (
            _("%(part)s is hard to see in the light theme: its contrast is below 3 : 1.")
            if faint.theme is ChartTheme.LIGHT
            else _("%(part)s is hard to see in the dark theme: its contrast is below 3 : 1.")
        )
        % {"part": _PART_NAMES[faint.part]}
        for faint in faint_parts(look, palettes)
    ]
    if cannot_be_told_apart(look):
        warnings.append(_("Columns that reached the target look like those that are open."))
    return tuple(warnings)
