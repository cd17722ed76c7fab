"""The revenue forecast report: filters in the address, chart and table, the deals behind each figure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from goalpost.companies.errors import NotFound
from goalpost.crm.queries import pipelines_of_company
from goalpost.domain.calendar import Interval, Period, TooManyPeriods, period_of, periods
from goalpost.domain.measures import Measure
from goalpost.domain.pace import PaceStatus
from goalpost.domain.permissions import Assignee, AssigneeKind
from goalpost.goals.queries import AssigneeSeen, assignees_seen_by
from goalpost.insights import formats
from goalpost.insights.charts import ChartOptions, ChartPeriod, ForecastColumn, forecast_chart
from goalpost.insights.forecast_report import (
    MOST_PERIODS,
    ForecastAsked,
    ForecastPeriod,
    ForecastReport,
    forecast_records,
    forecast_report,
    may_ask_for,
)
from goalpost.insights.report import RecordsAsked
from goalpost.storage.snapshot import snapshot
from goalpost.web.shell.insights_panel import panel_of
from goalpost.web.shell.slots import Contents
from goalpost.web.shell.typed import NotADay, id_in, parse_day
from goalpost.web.shell.viewer import Viewer, for_viewer

_INTERVALS = {
    Interval.WEEKLY: gettext_lazy("per week"),
    Interval.MONTHLY: gettext_lazy("per month"),
    Interval.QUARTERLY: gettext_lazy("per quarter"),
    Interval.YEARLY: gettext_lazy("per year"),
}
_KINDS = {"won": Measure.DEALS_WON, "open": Measure.OPEN_VALUE, "forecast": Measure.REVENUE_FORECAST}
_AT_ONCE = 50
_BEFORE, _AFTER = 2, 3
"""Periods shown before and after the current one, unless the address says otherwise."""


def panel_group(viewer: Viewer, path: str) -> Contents:  # noqa: ARG001  everybody has reports
    """Return the reports for the Insights panel."""
    pages = (
        (_("Revenue forecast"), reverse("web:forecast")),
        (_("What moved the forecast"), reverse("web:forecast-moves")),
    )
    links = [{"name": name, "url": url, "is_current": path.startswith(url)} for name, url in pages]
    return {"report_links": links}


@dataclass(frozen=True, slots=True)
class _Filters:
    """What the address asks for. `faults` are messages by the field that cannot be used."""

    asked: ForecastAsked
    typed: Mapping[str, str]
    faults: Mapping[str, str]

    @property
    def query(self) -> dict[str, str]:
        return {name: text for name, text in self.typed.items() if text}


_FIELDS = ("whose", "interval", "from", "to", "pipeline", "cumulative", "goal")


def _filters(request: HttpRequest, viewer: Viewer, seen: tuple[AssigneeSeen, ...]) -> _Filters:
    typed = {name: request.GET.get(name, "") for name in _FIELDS}
    faults: dict[str, str] = {}
    interval = next((each for each in Interval if each == typed["interval"]), Interval.MONTHLY)
    start, end = _usual_range(viewer, interval)
    days = {"from": start, "to": end}
    for name in days:
        try:
            if typed[name].strip():
                days[name] = parse_day(typed[name], viewer.language)
        except NotADay as fault:
            faults[name] = str(fault)
    if days["to"] < days["from"] and not faults:
        faults["to"] = _("Choose a day after the first.")
    pipeline_id = id_in(typed["pipeline"])
    asked = ForecastAsked(
        assignee=assignee_in(viewer, seen, typed["whose"]),
        interval=interval,
        start=start if faults else period_of(days["from"], interval, viewer.calendar).start,
        end=period_of(end if faults else days["to"], interval, viewer.calendar).end,
        pipelines=frozenset() if pipeline_id is None else frozenset({pipeline_id}),
        is_cumulative=bool(typed["cumulative"]),
        goal=typed["goal"],
    )
    try:
        found = periods(asked.start, asked.end, interval, viewer.calendar, today=viewer.today)
    except TooManyPeriods:
        found = ()
    if not 0 < len(found) <= MOST_PERIODS:
        faults["to"] = _("Choose at most %(most)s periods.") % {"most": MOST_PERIODS}
        asked = replace(asked, start=start, end=period_of(end, interval, viewer.calendar).end)
    return _Filters(asked, typed, faults)


def _usual_range(viewer: Viewer, interval: Interval) -> tuple[date, date]:
    """Return the first and the last day of what is shown unasked: some periods around today's."""
    first = last = period_of(viewer.today, interval, viewer.calendar)
    for _number in range(_BEFORE):
        first = period_of(date.fromordinal(first.start.toordinal() - 1), interval, viewer.calendar)
    for _number in range(_AFTER):
        last = period_of(last.end, interval, viewer.calendar)
    return first.start, last.last_day


def assignee_in(viewer: Viewer, seen: tuple[AssigneeSeen, ...], typed: str) -> Assignee:
    """Return whose forecast is asked for: without a word the company's, or one's own. Raises NotFound."""
    kind, _sign, number = typed.partition("-")
    if typed:
        wanted = next((each for each in AssigneeKind if each == kind), None)
        pk = id_in(number)
        if wanted is None or pk is None:
            raise NotFound
        found = Assignee(wanted, pk)
        if found not in {each.assignee for each in seen} or not may_ask_for(viewer, found):
            raise NotFound
        return found
    company = Assignee(AssigneeKind.COMPANY, viewer.company.pk)
    own = Assignee(AssigneeKind.PERSON, viewer.actor.user_id)
    return company if may_ask_for(viewer, company) else own


@dataclass(frozen=True, slots=True)
class _Row:
    """A period as the table shows it, with the addresses of the deals behind its figures."""

    figures: ForecastPeriod
    name: str
    key: str
    won_url: str
    open_url: str
    forecast_url: str


@require_safe
@for_viewer
def forecast(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the report that the address asks for; what cannot be used there is told in its field."""
    with snapshot():
        seen = assignees_seen_by(viewer.actor, viewer.company)
        filters = _filters(request, viewer, seen)
        found = forecast_report(viewer, filters.asked)
        context = {
            "report": found,
            "filters": filters,
            "seen": seen,
            "pipelines": pipelines_of_company(viewer.actor),
            "intervals": _INTERVALS.items(),
            "per": _INTERVALS[filters.asked.interval],
            "rows": [_row(viewer, filters, row) for row in found.periods],
            "spec": _chart(viewer, filters, found),
            "panel": panel_of(viewer, is_of_goals=False),
            "sees_company": filters.asked.assignee.kind is AssigneeKind.COMPANY,
            "last_day": date.fromordinal(filters.asked.end.toordinal() - 1),
        }
    return render(request, "reports/forecast.html", context, status=422 if filters.faults else 200)


def _row(viewer: Viewer, filters: _Filters, figures: ForecastPeriod) -> _Row:
    period = figures.period
    name = formats.period_name(period, filters.asked.interval, viewer.calendar, viewer.language)
    urls = [_records_url(filters, kind, period) for kind in _KINDS]
    return _Row(figures, name, period.start.isoformat(), *urls)


def _records_url(filters: _Filters, kind: str, period: Period, after: str = "") -> str:
    shown = {"kind": kind, "period": period.start.isoformat()} | ({"after": after} if after else {})
    return f"{reverse('web:forecast-records')}?{urlencode({**filters.query, **shown})}"


def _chart(viewer: Viewer, filters: _Filters, found: ForecastReport) -> Mapping[str, object]:
    interval, calendar, language = filters.asked.interval, viewer.calendar, viewer.language
    columns = [
        ForecastColumn(
            ChartPeriod(
                label=formats.short_period_name(row.period, interval, calendar, language),
                short_label=formats.initial_of_period(row.period, interval, calendar, language),
                start=row.period.start,
                end=row.period.end,
                target=row.target or 0,
                result=max(row.forecast, 0),
                status=PaceStatus.UPCOMING,
                link=_records_url(filters, "forecast", row.period),
                is_running=row.is_now,
            ),
            row.won.amount,
            row.weighted.amount,
        )
        for row in found.periods
    ]
    return forecast_chart(columns, ChartOptions(language, currency=found.currency))


@require_safe
@for_viewer
def records(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the deals behind a figure of the report, the largest sum whole, some deals at a time."""
    with snapshot():
        filters = _filters(request, viewer, assignees_seen_by(viewer.actor, viewer.company))
        kind = request.GET.get("kind", "forecast")
        try:
            day = date.fromisoformat(request.GET.get("period", ""))
            period = period_of(day, filters.asked.interval, viewer.calendar)
        except ValueError:
            raise NotFound from None
        if kind not in _KINDS:
            raise NotFound
        asked = RecordsAsked(_AT_ONCE, after=request.GET.get("after", ""))
        behind = forecast_records(viewer, filters.asked, _KINDS[kind], period, asked)
        context = {
            "behind": behind,
            "kind": kind,
            "currency": viewer.company.currency,
            "name": formats.period_name(period, filters.asked.interval, viewer.calendar, viewer.language),
            "back": f"{reverse('web:forecast')}?{urlencode(filters.query)}",
            "more": _records_url(filters, kind, period, behind.next_record) if behind.next_record else "",
            "panel": panel_of(viewer, is_of_goals=False),
        }
    return render(request, "reports/records.html", context)
