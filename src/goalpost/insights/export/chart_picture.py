"""Completes a chart's spec to a standalone picture with size, theme, title and legend."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from pathlib import Path

from goalpost.insights.chart_colours import ChartTheme, Json

WIDTH = 760
"""Of the columns, in pixels of a screen; the axis and the edges come on top."""

_CONFIG = Path(__file__).parents[1] / "static" / "insights" / "chart-config.json"
_EDGE = 20
# Extra space at the axis: the PDF's font may be wider than the measured one.
_PAPER_EDGE = {"left": 24, "right": 4, "top": 4, "bottom": 0}
_PAPER_HEIGHT = 210
_TITLE_SIZE, _SUBTITLE_SIZE = 18, 12
_FROM_TITLE, _BETWEEN = 18, 16

# The legend is laid out by hand: a mark, a gap, words of about this width a letter, a wider gap.
_LETTER, _TO_WORDS, _TO_NEXT, _ROW = 6.4, 12, 30, 20

# A post as the chart draws it, on a square from -0.5 to 0.5 and a little beyond.
_POST = "M-.8,.4L-.8,-.3L.8,-.3L.8,.4"
_LINE = "M-.8,0L.8,0"


class LegendMark(Enum):
    """What stands in front of an entry of the legend."""

    COLUMN = auto()
    PROJECTION = auto()
    POST = auto()
    LINE = auto()
    DASHED_LINE = auto()


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """A mark in a colour that the config names, and what it means."""

    mark: LegendMark
    colour: str
    words: str


@dataclass(frozen=True, slots=True)
class PictureWords:
    """What is written around a chart. Without a title it is part of a page on paper, and less high."""

    legend: Sequence[LegendEntry]
    title: str = ""
    subtitle: str = ""


def chart_picture(
    chart: Mapping[str, Json], words: PictureWords, theme: ChartTheme = ChartTheme.LIGHT
) -> dict[str, Json]:
    """Return the whole spec: nothing else is needed to draw it."""
    config = _configs()[theme]
    inner = {name: chart[name] for name in ("height", "data", "encoding", "layer")}
    if not words.title:
        inner["height"] = _PAPER_HEIGHT
    picture: dict[str, Json] = {
        "$schema": chart["$schema"],
        "config": {**config, "padding": _EDGE if words.title else _PAPER_EDGE, "autosize": {"type": "pad"}},
        "background": _colour(config, "colSurface"),
        "params": chart["params"],
        "spacing": _BETWEEN,
        "vconcat": [{**inner, "width": WIDTH}, _legend(words.legend)],
    }
    if words.title:
        picture["title"] = {
            "text": words.title,
            "subtitle": words.subtitle,
            "fontSize": _TITLE_SIZE,
            "subtitleFontSize": _SUBTITLE_SIZE,
            "subtitleColor": _colour(config, "colLabel"),
            "subtitlePadding": 4,
            "offset": _FROM_TITLE,
            "limit": WIDTH,
            "frame": "bounds",
        }
    return picture


def _legend(entries: Sequence[LegendEntry]) -> Json:
    """Return a small chart of the marks that the big one uses, a word beside each."""
    values: list[Json] = []
    x, row = 0.0, 0
    for place, entry in enumerate(entries):
        wide = _TO_WORDS + _LETTER * len(entry.words) + _TO_NEXT
        if x and x + wide - _TO_NEXT > WIDTH:
            x, row = 0.0, row + 1
        values.append({"entry": place, "words": entry.words, "x": math.floor(x) + 6, "y": row * _ROW + 10})
        x += wide
    words: Json = {
        "mark": {"type": "text", "align": "left", "baseline": "middle", "dx": _TO_WORDS, "fontSize": 12},
        "encoding": {"text": {"field": "words", "type": "nominal"}},
    }
    return {
        "width": WIDTH,
        "height": (row + 1) * _ROW,
        "data": {"values": values},
        "encoding": {
            "x": {"field": "x", "type": "quantitative", "scale": None, "axis": None},
            "y": {"field": "y", "type": "quantitative", "scale": None, "axis": None},
        },
        "layer": [*(_mark(place, entry) for place, entry in enumerate(entries)), words],
    }


def _mark(place: int, entry: LegendEntry) -> Json:
    colour: Json = {"expr": entry.colour}
    look: dict[str, Json] = {"type": "point", "size": 130, "opacity": 1}
    match entry.mark:
        case LegendMark.COLUMN:
            look |= {"shape": "square", "filled": True, "fill": colour, "strokeWidth": 0}
        case LegendMark.PROJECTION:
            look |= {"shape": "square", "filled": False, "stroke": colour}
            look |= {"strokeDash": [3, 2], "strokeWidth": 1.25}
        case LegendMark.POST:
            look |= {"shape": _POST, "filled": False, "stroke": colour, "strokeWidth": 2}
        case LegendMark.LINE:
            look |= {"shape": _LINE, "filled": False, "stroke": colour, "strokeWidth": 2}
        case LegendMark.DASHED_LINE:
            look |= {"shape": _LINE, "filled": False, "stroke": colour, "strokeWidth": 2}
            look |= {"strokeDash": [4, 3]}
    return {"transform": [{"filter": f"datum.entry == {place}"}], "mark": look}


def _colour(config: Mapping[str, Json], name: str) -> Json:
    """Return a colour of the theme by its name, where the spec takes no expression."""
    params = config["params"]
    assert isinstance(params, Sequence)
    return next(each["value"] for each in params if isinstance(each, Mapping) and each["name"] == name)


@cache
def _configs() -> Mapping[ChartTheme, Mapping[str, Json]]:
    read = json.loads(_CONFIG.read_text(encoding="utf-8"))
    return {theme: read[theme] for theme in ChartTheme}
