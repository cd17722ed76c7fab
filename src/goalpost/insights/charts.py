"""The goal chart: a Vega-Lite spec that a browser draws and that exports turn into pictures.

A spec holds no colours and no words of its own: colours are params of the config (chart-config.json, one for
each theme), labels come from the caller or the locale. Columns are known by their period's first day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from itertools import chain

from goalpost.companies.currencies import DIGITS
from goalpost.domain.chart_look import ChartLook
from goalpost.domain.money import to_major
from goalpost.domain.pace import PaceStatus
from goalpost.insights.chart_colours import (
    USUAL_LOOK,
    Json,
    column_colour,
    post_colour,
    result_expr,
    target_expr,
)
from goalpost.insights.formats import axis_amount

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
HEIGHT = 270

# Above the first number labels are thinned out, above the second columns become a line.
MOST_LABELLED = 18
MOST_COLUMNS = 60
LABELS_WHEN_THINNED = 12

_MOST_AXIS_STEPS = 4
_ROUND_STEPS = tuple(map(Decimal, ("1", "2", "2.5", "4", "5", "8", "10")))

# A post is 13 % of a column wider than it on each side; its legs are 7 px.
_POST_LEFT, _POST_RIGHT, _POST_LEG = -0.13, 1.13, 7


@dataclass(frozen=True, slots=True)
class ChartPeriod:
    """One column, from `start` up to, not including, `end`.

    `target`, `result` and `projection` are counts or minor units. A period that has not begun has no result.
    `short_label` is for narrow screens; `link` leads to the records behind the result.
    """

    label: str
    short_label: str
    start: date
    end: date
    target: int
    result: int | None
    status: PaceStatus
    link: str
    is_running: bool
    projection: int | None = None

    @property
    def key(self) -> str:
        return self.start.isoformat()


@dataclass(frozen=True, slots=True)
class ChartOptions:
    """`currency` is empty for a goal that counts; `selected` is the first day of the chosen period."""

    language: str
    currency: str = ""
    selected: date | None = None
    look: ChartLook = USUAL_LOOK


def goal_chart(periods: Sequence[ChartPeriod], options: ChartOptions) -> Mapping[str, Json]:
    """Return the spec of results against targets. Raises ValueError without periods."""
    if not periods:
        raise ValueError("A goal chart needs at least one period.")
    steps = axis_steps(periods, options.currency)
    look = options.look
    layers = _line_layers(look) if len(periods) > MOST_COLUMNS else _column_layers(look)
    return {
        "$schema": SCHEMA,
        "width": "container",
        "height": HEIGHT,
        "data": {"values": [_datum(period, options) for period in periods]},
        "params": _params(periods, options, steps),
        "encoding": {"x": _x_channel(periods), "y": _y_channel(steps)},
        "layer": layers,
    }


@dataclass(frozen=True, slots=True)
class ForecastColumn:
    """A column of a forecast: `won` below, `open` above; `period` has their sum and the target."""

    period: ChartPeriod
    won: int
    open: int


def forecast_chart(columns: Sequence[ForecastColumn], options: ChartOptions) -> Mapping[str, Json]:
    """Return the spec of won and open amounts, stacked, against targets. Raises ValueError for none."""
    if not columns:
        raise ValueError("A forecast needs at least one column.")
    periods = [column.period for column in columns]
    steps = axis_steps(periods, options.currency)
    values = [
        {
            "key": column.period.key,
            "won": _plain_number(_major(column.won, options.currency)),
            "all": _plain_number(_major(column.won + column.open, options.currency)),
            "target": _plain_number(_major(column.period.target, options.currency)) or None,
            "state": "open",
        }
        for column in columns
    ]
    has_target: Json = [{"filter": "datum.target != null"}]
    posts: list[Json] = [{"transform": has_target, "layer": [layer]} for layer in _posts(options.look)]
    return {
        "$schema": SCHEMA,
        "width": "container",
        "height": HEIGHT,
        "data": {"values": values},
        "params": _params(periods, options, steps),
        "encoding": {"x": _x_channel(periods), "y": _y_channel(steps)},
        "layer": [
            _selected_band(),
            {
                "mark": {"type": "bar", "tooltip": False, "color": {"expr": "colBar"}, "cornerRadiusEnd": 0},
                "encoding": {"y": {"field": "won"}, "y2": {"datum": 0}},
            },
            {
                "transform": [{"filter": "datum.all > datum.won"}],
                "mark": {
                    "type": "bar",
                    "tooltip": False,
                    "color": {"expr": "colBarSoft"},
                    "stroke": {"expr": "colBar"},
                    "strokeWidth": 1,
                },
                "encoding": {"y": {"field": "all"}, "y2": {"field": "won"}},
            },
            *posts,
        ],
    }


def _datum(period: ChartPeriod, options: ChartOptions) -> Json:
    currency = options.currency
    projection = period.projection if options.look.shows_projection else None
    if projection is not None and projection <= (period.result or 0):
        projection = None
    state = period.status.value if period.status in (PaceStatus.REACHED, PaceStatus.MISSED) else "open"
    return {
        "key": period.key,
        "target": _plain_number(_major(period.target, currency)) if period.target else None,
        "result": None if period.result is None else _plain_number(_major(period.result, currency)),
        "projection": None if projection is None else _plain_number(_major(projection, currency)),
        "state": state,
    }


def _params(periods: Sequence[ChartPeriod], options: ChartOptions, steps: Sequence[Decimal]) -> Json:
    now = next((period.key for period in periods if period.is_running), None)
    ticks = {
        str(_plain_number(step)): axis_amount(step, options.currency, options.language) for step in steps
    }
    return [
        {"name": "now", "value": now},
        {"name": "selected", "value": options.selected.isoformat() if options.selected else None},
        {"name": "hovered", "value": None},
        {"name": "narrow", "value": False},
        {"name": "labels", "value": {period.key: period.label for period in periods}},
        {"name": "initials", "value": {period.key: period.short_label for period in periods}},
        {"name": "ticks", "value": ticks},
    ]


def _x_channel(periods: Sequence[ChartPeriod]) -> Json:
    is_marked = "datum.value == now || datum.value == selected"
    return {
        "field": "key",
        "type": "ordinal",
        "sort": None,
        "title": None,
        "scale": {"domain": [period.key for period in periods]},
        "axis": {
            "values": _labelled(periods),
            "labelExpr": "narrow ? initials[datum.value] : labels[datum.value]",
            "labelFontWeight": {"condition": {"test": is_marked, "value": 600}, "value": 400},
            "labelColor": {"condition": {"test": is_marked, "expr": "colInk"}, "expr": "colLabel"},
        },
    }


def _y_channel(steps: Sequence[Decimal]) -> Json:
    values = [_plain_number(step) for step in steps]
    return {
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [0, values[-1]], "nice": False},
        "axis": {"values": values, "tickCount": len(values), "labelExpr": "ticks[datum.value]"},
    }


def _labelled(periods: Sequence[ChartPeriod]) -> list[Json]:
    """Return the keys that get a label: all, or every so many, counted from the running period."""
    if len(periods) <= MOST_LABELLED:
        return [period.key for period in periods]
    every = -(-len(periods) // LABELS_WHEN_THINNED)
    running = next((at for at, period in enumerate(periods) if period.is_running), 0)
    return [period.key for at, period in enumerate(periods) if at % every == running % every]


def _column_layers(look: ChartLook) -> list[Json]:
    return [
        _selected_band(),
        {
            "transform": [{"filter": "datum.result != null"}],
            "mark": {"type": "bar", "tooltip": False},
            "encoding": {"y": {"field": "result"}, **column_colour(look)},
        },
        {
            "transform": [{"filter": "datum.projection != null"}],
            "mark": {
                "type": "bar",
                "filled": False,
                "color": {"expr": result_expr(look)},
                "strokeWidth": 1.25,
                "strokeDash": [3, 3],
            },
            "encoding": {"y": {"field": "projection"}, "y2": {"field": "result"}},
        },
        *_posts(look),
    ]


def _line_layers(look: ChartLook) -> list[Json]:
    is_usual = look.result is USUAL_LOOK.result
    return [
        _selected_band(),
        {
            "mark": {
                "type": "line",
                "interpolate": "step",
                "style": "goal-line",
                "color": {"expr": target_expr(look)},
            },
            "encoding": {"y": {"field": "target"}},
        },
        {
            "transform": [{"filter": "datum.result != null"}],
            "mark": {"type": "line", "color": {"expr": result_expr(look)}},
            "encoding": {"y": {"field": "result"}},
        },
        {
            "transform": [{"filter": "datum.result != null && datum.key == hovered"}],
            "mark": {
                "type": "point",
                "color": {"expr": "colBarHover" if is_usual else result_expr(look)},
                "stroke": {"expr": "colSurface"},
            },
            "encoding": {"y": {"field": "result"}},
        },
    ]


def _selected_band() -> Json:
    return {
        "transform": [{"filter": "datum.key == selected"}],
        "mark": {"type": "bar", "color": {"expr": "colBand"}, "width": {"band": 1.44}, "cornerRadius": 4},
        "encoding": {"y": {"value": 0}, "y2": {"value": "height"}},
    }


def _posts(look: ChartLook) -> list[Json]:
    """Draw ⊓ at each target: the bar across, then a leg at each end."""
    across: Json = {
        "mark": {"type": "rule"},
        "encoding": {
            "x": {"field": "key", "type": "ordinal", "sort": None, "bandPosition": _POST_LEFT},
            "x2": {"field": "key", "bandPosition": _POST_RIGHT},
            "y": {"field": "target"},
            "color": post_colour(look),
        },
    }
    legs: list[Json] = [
        {
            "mark": {"type": "rule", "y2Offset": _POST_LEG, "strokeCap": "round"},
            "encoding": {
                "x": {"field": "key", "type": "ordinal", "sort": None, "bandPosition": end},
                "y": {"field": "target"},
                "y2": {"field": "target"},
                "color": post_colour(look),
            },
        }
        for end in (_POST_LEFT, _POST_RIGHT)
    ]
    return [across, *legs]


def axis_steps(periods: Sequence[ChartPeriod], currency: str) -> list[Decimal]:
    """Return the axis values from 0: the smallest round step that clears everything in four steps at most."""
    figures = chain.from_iterable((p.target, p.result or 0, p.projection or 0) for p in periods)
    highest = max(_major(max(figures), currency), Decimal(1) if not currency else Decimal("0.01"))
    step = _round_step(highest / _MOST_AXIS_STEPS, whole=not currency)
    count = int((highest / step).to_integral_value(ROUND_CEILING))
    return [step * at for at in range(count + 1)]


def _round_step(least: Decimal, *, whole: bool) -> Decimal:
    power = Decimal(1).scaleb(least.adjusted())
    for step in (power * leading for leading in _ROUND_STEPS):
        if step >= least and not (whole and step % 1):
            return step
    # Only reached by counts below one a step: columns of things are counted in ones.
    return Decimal(1)


def _major(value: int, currency: str) -> Decimal:
    return to_major(value, DIGITS[currency]) if currency else Decimal(value)


def _plain_number(value: Decimal) -> int | float:
    """Return a number for drawing; whole ones without decimals, as JavaScript writes them."""
    return int(value) if value == value.to_integral_value() else float(value)
