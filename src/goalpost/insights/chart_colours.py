"""The colours of a goal chart, by name for its spec, and their contrast in both themes."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import TypeAlias

from goalpost.domain.chart_look import ChartLook

LEAST_FOR_SHAPES = 3.0
"""The minimum contrast of graphical objects such as columns (WCAG 2.2, 1.4.11)."""

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def contrast(one: str, other: str) -> float:
    """Return the contrast of two opaque colours written #rrggbb, from 1 (the same) to 21 (black on white).

    Raises ValueError for a colour written otherwise.
    """
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    """Return the relative luminance, 0 to 1, as WCAG 2.2 defines it for sRGB."""
    if not _COLOUR.fullmatch(colour):
        raise ValueError(f"A colour is written #rrggbb, not {colour!r}.")
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4  # noqa: PLR2004  from WCAG


Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | bool | None"

USUAL_LOOK = ChartLook()


class ChartTheme(StrEnum):
    LIGHT = "light"
    DARK = "dark"


class ChartPart(StrEnum):
    """A part of the chart that has a colour to choose."""

    RESULT = "result"
    TARGET = "target"
    REACHED = "reached"


@dataclass(frozen=True, slots=True)
class FaintPart:
    """A part with too little contrast against the surface in a theme."""

    part: ChartPart
    theme: ChartTheme


def faint_parts(look: ChartLook, palettes: Mapping[ChartTheme, Mapping[str, str]]) -> tuple[FaintPart, ...]:
    """Return the parts of the look with less than 3 : 1 against the surface in a theme."""
    exprs = {
        ChartPart.RESULT: result_expr(look),
        ChartPart.TARGET: target_expr(look),
        ChartPart.REACHED: reached_expr(look),
    }
    return tuple(
        FaintPart(part, theme)
        for part, expr in exprs.items()
        for theme, palette in palettes.items()
        if contrast(palette[expr], palette["colSurface"]) < LEAST_FOR_SHAPES
    )


def cannot_be_told_apart(look: ChartLook) -> bool:
    """Whether columns coloured by result have the same colour, reached or open."""
    return look.by_result and look.reached is look.result


@cache
def theme_palettes() -> Mapping[ChartTheme, Mapping[str, str]]:
    """Return the colours of the themes by their names in specs, from the charts' configuration."""
    source = resources.files("goalpost.insights") / "static/insights/chart-config.json"
    config = json.loads(source.read_text(encoding="utf-8"))
    return {
        theme: {param["name"]: param["value"] for param in config[theme.value]["params"]}
        for theme in ChartTheme
    }


def result_expr(look: ChartLook) -> str:
    """Return the config's name for the colour of results."""
    return "colBar" if look.result is USUAL_LOOK.result else f"col{look.result.value}"


def target_expr(look: ChartLook) -> str:
    """Return the config's name for the colour of targets that are open."""
    return f"col{look.target.value}" if look.target else "colTarget"


def reached_expr(look: ChartLook) -> str:
    """Return the config's name for the colour of what was reached."""
    return f"col{look.reached.value}" if look.reached else "colReached"


def column_colour(look: ChartLook) -> dict[str, Json]:
    """Return the colour encoding of columns.

    Only the default colour has a darker hover shade: others fade.
    """
    plain: Json = {"value": {"expr": result_expr(look)}}
    if look.by_result:
        plain = _by_state(look, otherwise=result_expr(look))
    elif look.result is USUAL_LOOK.result:
        hovered: Json = {"test": "datum.key == hovered", "value": {"expr": "colBarHover"}}
        return {"color": {"condition": hovered, "value": {"expr": "colBar"}}}
    return {
        "color": plain,
        "opacity": {"condition": {"test": "datum.key == hovered", "value": 0.8}, "value": 1},
    }


def post_colour(look: ChartLook) -> Json:
    if look.by_result:
        # The column has the colour; a post in the same colour would be invisible over it.
        return {"value": {"expr": target_expr(look)}}
    return _by_state(look, otherwise=target_expr(look))


def _by_state(look: ChartLook, *, otherwise: str) -> Json:
    return {
        "condition": [
            {"test": "datum.state == 'reached'", "value": {"expr": reached_expr(look)}},
            {"test": "datum.state == 'missed'", "value": {"expr": "colMissed"}},
        ],
        "value": {"expr": otherwise},
    }
