"""What moved the forecast: two days and the bars between them, each with its changes."""

from datetime import date, timedelta
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from goalpost.companies.errors import NotFound
from goalpost.domain.calendar import Interval, period_of
from goalpost.goals.queries import assignees_seen_by
from goalpost.insights.forecast_moves import MoveKind, MovesAsked, forecast_moves, move_lines, moves_between
from goalpost.insights.forecast_report import ForecastAsked, selection_of_forecast
from goalpost.storage.snapshot import snapshot
from goalpost.web.reports.forecast import assignee_in
from goalpost.web.shell.insights_panel import panel_of
from goalpost.web.shell.typed import NotADay, parse_day
from goalpost.web.shell.viewer import Viewer, for_viewer

_NAMES = {
    MoveKind.CREATED: gettext_lazy("New deals"),
    MoveKind.WON: gettext_lazy("Won"),
    MoveKind.PULLED_IN: gettext_lazy("Pulled in"),
    MoveKind.PUSHED_OUT: gettext_lazy("Pushed out"),
    MoveKind.GROWN: gettext_lazy("Grown"),
    MoveKind.SHRUNK: gettext_lazy("Shrunk"),
    MoveKind.LOST: gettext_lazy("Lost"),
    MoveKind.REASSIGNED_IN: gettext_lazy("Reassigned in"),
    MoveKind.REASSIGNED_OUT: gettext_lazy("Reassigned out"),
    MoveKind.REOPENED: gettext_lazy("Reopened"),
    MoveKind.DELETED: gettext_lazy("Deleted"),
    MoveKind.RULES: gettext_lazy("Rates and rules"),
}
_FIELDS = ("whose", "from", "to")
_MOST_LINES = 200


@require_safe
@for_viewer
def moves(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show what moved the forecast of the quarter that the last day is in."""
    typed = {name: request.GET.get(name, "") for name in _FIELDS}
    first, last, faults = _days(viewer, typed)
    chosen = request.GET.get("change", "")
    if chosen and chosen not in set(MoveKind):
        raise NotFound
    with snapshot():
        seen = assignees_seen_by(viewer.actor, viewer.company)
        assignee = assignee_in(viewer, seen, typed["whose"])
        closing = period_of(last, Interval.QUARTERLY, viewer.calendar)
        of = ForecastAsked(assignee, Interval.QUARTERLY, closing.start, closing.end)
        asked = MovesAsked(selection_of_forecast(viewer, of), closing, first, last)
        found = forecast_moves(viewer, asked)
        lines = found.largest
        if chosen:
            own = [move for move in moves_between(viewer, asked) if move.kind == chosen]
            lines = move_lines(viewer, own[-_MOST_LINES:][::-1])
        query = {name: text for name, text in typed.items() if text}
        here = reverse("web:forecast-moves")
        context = {
            "report": found,
            "assignee": assignee,
            "seen": seen,
            "faults": faults,
            "bars": [
                (bar, _NAMES[bar.kind], f"{here}?{urlencode({**query, 'change': bar.kind.value})}")
                for bar in found.bars
            ],
            "lines": [(line, _NAMES[line.move.kind]) for line in lines],
            "chosen": _NAMES[MoveKind(chosen)] if chosen else "",
            "panel": panel_of(viewer, is_of_goals=False),
            "time_zone": viewer.company.time_zone,
        }
    return render(request, "reports/moves.html", context, status=422 if faults else 200)


def _days(viewer: Viewer, typed: dict[str, str]) -> tuple[date, date, dict[str, str]]:
    """Return the two days of the address, this quarter so far where they cannot be used, and why."""
    quarter = period_of(viewer.today, Interval.QUARTERLY, viewer.calendar)
    usual = {"from": quarter.start, "to": viewer.today}
    days, faults = dict(usual), {}
    for name in days:
        try:
            if typed[name].strip():
                days[name] = parse_day(typed[name], viewer.language)
        except NotADay as fault:
            faults[name] = str(fault)
    too_late = days["to"] > viewer.today + timedelta(days=366) or days["from"].year < 1970  # noqa: PLR2004  no deal is older
    if not faults and (days["to"] < days["from"] or too_late):
        faults["to"] = _("Choose a day after the first.")
    if faults:
        days = usual
    return days["from"], days["to"], faults
