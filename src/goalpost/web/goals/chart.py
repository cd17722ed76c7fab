"""A goal's chart: its spec, its legend, and the menu of its colours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from goalpost.domain.chart_look import ChartColour, ChartLook
from goalpost.insights.chart_colours import (
    ChartPart,
    ChartTheme,
    Json,
    cannot_be_told_apart,
    faint_parts,
    reached_expr,
    result_expr,
    target_expr,
    theme_palettes,
)
from goalpost.insights.charts import MOST_COLUMNS, ChartOptions, ChartPeriod, goal_chart
from goalpost.insights.export.chart_picture import LegendEntry, LegendMark
from goalpost.insights.goal_report import GoalReport
from goalpost.web.goals.periods import PeriodLine


def chart_of(
    report: GoalReport, lines: Sequence[PeriodLine], language: str, selected: date | None = None
) -> Mapping[str, Json]:
    """Return the spec of the report's periods. `selected` is the first day of one to mark."""
    periods = [
        ChartPeriod(
            label=line.label,
            short_label=line.initial,
            start=line.figures.period.start,
            end=line.figures.period.end,
            target=line.figures.target,
            result=line.figures.result if line.figures.has_result else None,
            status=line.figures.pace.status,
            link=line.records_url,
            is_running=line.figures.is_now,
            projection=line.figures.projection if line.figures.is_now else None,
        )
        for line in lines
    ]
    return goal_chart(periods, ChartOptions(language, report.currency, selected, report.goal.look))


def draws_lines(report: GoalReport) -> bool:
    """Whether the chart draws lines: for columns there are too many periods."""
    return len(report.periods) > MOST_COLUMNS


def draws_projection(report: GoalReport) -> bool:
    """Whether the chart shows a projection above the column."""
    return report.goal.look.shows_projection and any(
        each.is_now and (each.projection or 0) > each.result for each in report.periods
    )


_MISSED = "colMissed"


def legend_of(report: GoalReport) -> list[LegendEntry]:
    """Return the legend for the chosen look."""
    look = report.goal.look
    result, target, reached = result_expr(look), target_expr(look), reached_expr(look)
    if draws_lines(report):
        return [
            LegendEntry(LegendMark.LINE, result, _("Result")),
            LegendEntry(LegendMark.DASHED_LINE, target, _("Target")),
        ]
    projection = (
        [LegendEntry(LegendMark.PROJECTION, result, _("Projection"))] if draws_projection(report) else []
    )
    if look.by_result:
        return [
            LegendEntry(LegendMark.COLUMN, result, _("Open")),
            LegendEntry(LegendMark.COLUMN, reached, _("Reached")),
            LegendEntry(LegendMark.COLUMN, _MISSED, _("Missed")),
            *projection,
            LegendEntry(LegendMark.POST, target, _("Target")),
        ]
    return [
        LegendEntry(LegendMark.COLUMN, result, _("Result")),
        *projection,
        LegendEntry(LegendMark.POST, reached, _("Target reached")),
        LegendEntry(LegendMark.POST, _MISSED, _("Target missed")),
        LegendEntry(LegendMark.POST, target, _("Target open")),
    ]


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
class ColourChoice:
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
    swatches: tuple[ColourChoice, ...]


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
    """Return the choices of the menu, and warnings about the chosen colours."""
    own: dict[ChartPart, tuple[ColourChoice, ...]] = {
        ChartPart.TARGET: (ColourChoice("", _("Ink"), "swatch--ink", look.target is None),),
        ChartPart.REACHED: (ColourChoice("", _("Green"), "swatch--reached", look.reached is None),),
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
                ColourChoice(
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
