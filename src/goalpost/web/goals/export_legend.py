"""The legend of an exported chart: the same entries as under the chart of the page."""

from django.utils.translation import gettext as _

from goalpost.insights.chart_colours import reached_expr, result_expr, target_expr
from goalpost.insights.export.chart_picture import LegendEntry, LegendMark
from goalpost.web.goals.goal_page import GoalPage

_MISSED = "colMissed"


def legend_of(page: GoalPage) -> list[LegendEntry]:
    """Return what the marks and colours of the page's chart mean, by the look chosen for it."""
    look = page.goal.look
    result, target, reached = result_expr(look), target_expr(look), reached_expr(look)
    if page.is_line:
        return [
            LegendEntry(LegendMark.LINE, result, _("Result")),
            LegendEntry(LegendMark.DASHED_LINE, target, _("Target")),
        ]
    projection = (
        [LegendEntry(LegendMark.PROJECTION, result, _("Projection"))] if page.draws_projection else []
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
