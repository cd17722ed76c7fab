"""Exports of a goal: its chart as a picture, its page as PDF, its periods and records as tables."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_safe

from goalpost.companies.currencies import DIGITS
from goalpost.crm.record_lines import RecordLine
from goalpost.crm.record_order import LATEST, Sorting
from goalpost.domain.calendar import Period
from goalpost.domain.counting import DealStatus
from goalpost.domain.measures import Measure
from goalpost.domain.money import to_major
from goalpost.goals.periods import selection_of
from goalpost.goals.queries import GoalView, goal_seen_by
from goalpost.insights import formats
from goalpost.insights.chart_colours import ChartTheme
from goalpost.insights.export import FileFormat, file_name, rendering
from goalpost.insights.export.goal_document import document_job
from goalpost.insights.export.renderer import Job
from goalpost.insights.export.tables import Cell, Column, Kind, Table
from goalpost.insights.formats import period_name
from goalpost.insights.goal_report import PeriodResult
from goalpost.insights.goal_words import BEING_RECOUNTED, DAY_COLUMNS, assignee_words, how_many
from goalpost.insights.report import Question, RecordsAsked, every_record, report
from goalpost.ledger.questions import Total
from goalpost.storage.snapshot import snapshot
from goalpost.web.goals.export_page import document_of, picture_of, range_words
from goalpost.web.goals.goal_page import GoalPage, goal_page_of
from goalpost.web.goals.records import asked_for
from goalpost.web.shell.downloads import (
    busy,
    csv_download,
    download,
    long_csv_download,
    one_of_few,
    require_export,
    xlsx_download,
)
from goalpost.web.shell.templatetags.parts import pace_word
from goalpost.web.shell.viewer import Viewer, for_viewer


def periods_table(page: GoalPage) -> Table:
    """Return a row for each period shown. Unknown values are empty cells."""
    lacks_values = any(line.figures.unvalued for line in page.lines)
    columns = [
        Column(_("Period"), width=20),
        Column(_("From"), Kind.DAY),
        Column(_("To"), Kind.DAY),
        _figures(_("Target"), page.currency),
        _figures(_("Result"), page.currency),
        _figures(_("Difference"), page.currency),
        Column(f"{_('Progress')}, %", Kind.PERCENT),
        Column(_("Pace"), width=14),
    ]
    if lacks_values:
        columns.append(Column(_("Without a value"), Kind.NUMBER))
    return Table(_("Periods"), tuple(columns), _period_rows(page, lacks_values=lacks_values))


def _figures(header: str, currency: str) -> Column:
    if not currency:
        return Column(header, Kind.NUMBER)
    return Column(f"{header}, {currency}", Kind.NUMBER, decimals=DIGITS[currency])


def _period_rows(page: GoalPage, *, lacks_values: bool) -> Iterator[list[Cell]]:
    for line in page.lines:
        figures = line.figures
        yield [
            line.name[:1].upper() + line.name[1:],
            figures.period.start,
            figures.period.last_day,
            _number(figures.target, page.currency),
            *_reached(line.figures, page.currency),
            pace_word(figures.pace.status),
            *([figures.unvalued] if lacks_values else []),
        ]
    if page.report.is_recounting:
        yield [str(BEING_RECOUNTED), *[None] * (8 if lacks_values else 7)]


def _reached(figures: PeriodResult, currency: str) -> tuple[Cell, Cell, Cell]:
    if not figures.has_result:
        return None, None, None
    return _number(figures.result, currency), _number(figures.difference, currency), figures.progress


def _number(value: int, currency: str) -> int | Decimal:
    return to_major(value, DIGITS[currency]) if currency else value


_MEDIA_TYPES = {
    FileFormat.PNG: "image/png",
    FileFormat.SVG: "image/svg+xml",
    FileFormat.PDF: "application/pdf",
}
# Twice the resolution of a common screen, sharp on paper and high-density screens.
_SCALE = 2


@require_safe
@for_viewer
def export_goal(request: HttpRequest, viewer: Viewer, public_id: str, file_format: str) -> HttpResponseBase:
    if file_format == FileFormat.XLSX:
        return one_of_few(request, lambda: _workbook(request, viewer, public_id))
    with snapshot():
        page = _page(request, viewer, public_id)
    names = _names(viewer, page)
    match wanted := FileFormat(file_format):
        case FileFormat.CSV:
            return csv_download(periods_table(page), *names)
        case _:
            theme = ChartTheme.DARK if request.GET.get("theme") == ChartTheme.DARK else ChartTheme.LIGHT
            return _drawn(request, _job(viewer, page, wanted, theme), file_name(*names, extension=wanted))


def _page(request: HttpRequest, viewer: Viewer, public_id: str) -> GoalPage:
    goal = goal_seen_by(viewer.actor, public_id)
    require_export(viewer.actor)
    return goal_page_of(viewer, goal, request.GET.dict())


def _workbook(request: HttpRequest, viewer: Viewer, public_id: str) -> HttpResponseBase:
    """Answer with periods and records from one snapshot, so that the records add up to the periods."""
    with snapshot():
        page = _page(request, viewer, public_id)
        return xlsx_download(_sheets(viewer, page), *_names(viewer, page))


def _sheets(viewer: Viewer, page: GoalPage) -> list[Table]:
    """Return the periods, and the records that their results are made of."""
    reached = [line.figures.period for line in page.lines if line.figures.has_result]
    if not reached:
        return [periods_table(page)]
    days = Period(reached[0].start, reached[-1].end)
    return [periods_table(page), records_table(viewer, page.goal, days)]


def _job(viewer: Viewer, page: GoalPage, wanted: FileFormat, theme: ChartTheme) -> Job:
    if wanted is FileFormat.PDF:
        return document_job(document_of(viewer, page), picture_of(viewer, page, has_title=False))
    spec = dict[str, object](picture_of(viewer, page, theme))
    return {"format": wanted.value, "spec": spec, "scale": _SCALE}


def _drawn(request: HttpRequest, job: Job, name: str) -> HttpResponse:
    """Answer with the rendered file, or an error page."""
    try:
        return download(rendering.render(job), name, _MEDIA_TYPES[FileFormat(job["format"])])
    except rendering.Busy:
        return busy(request)
    except rendering.CannotRender:
        return render(request, "goals/export_failed.html", status=500)


def _names(viewer: Viewer, page: GoalPage) -> tuple[str, str, str]:
    """Return what the file holds: the goal, whose it is unless its name says so, and the time range."""
    terms = page.goal.terms
    assignee = assignee_words(page.goal)
    is_said = assignee.casefold() in terms.title.casefold()
    return terms.title, "" if is_said else assignee, range_words(viewer, page)


@require_safe
@for_viewer
def records_file(request: HttpRequest, viewer: Viewer, public_id: str, file_format: str) -> HttpResponseBase:
    with snapshot():
        goal = goal_seen_by(viewer.actor, public_id)
        require_export(viewer.actor)
        asked = asked_for(viewer, goal, request.GET.dict())
    table = records_table(viewer, goal, asked.period, asked.sorting)
    period = period_name(asked.period, goal.terms.interval, viewer.calendar, viewer.language)
    # Translators: in a file's name, after the goal's and the period's
    names = (goal.terms.title, period, _("records"))

    def made() -> HttpResponseBase:
        return long_csv_download(table, *names) if file_format == "csv" else xlsx_download([table], *names)

    return one_of_few(request, made)


def records_table(viewer: Viewer, goal: GoalView, days: Period, sorting: Sorting = LATEST) -> Table:
    """Return the table of all records of some days.

    Its rows are read lazily: from the snapshot open at that time, or from one of their own.
    """
    columns = _columns(viewer, goal)
    return Table(
        name=_("Activities") if goal.terms.measure.counts_activities else _("Deals"),
        columns=tuple(each.column for each in columns),
        rows=_record_rows(viewer, goal, days, sorting, columns),
    )


@dataclass(frozen=True, slots=True)
class _RecordColumn:
    """A column, and what a record has in it."""

    column: Column
    of: Callable[[RecordLine], Cell]


def _columns(viewer: Viewer, goal: GoalView) -> tuple[_RecordColumn, ...]:
    measure = goal.terms.measure
    day = _RecordColumn(Column(str(DAY_COLUMNS[measure]), Kind.DAY), lambda record: record.day)
    owner = _RecordColumn(Column(_("Owned by")), lambda record: record.owner.name)
    ids = (
        _RecordColumn(Column("ID", Kind.NUMBER), lambda record: record.id),
        _RecordColumn(Column(_("External ID")), lambda record: record.external_id),
    )
    added = _RecordColumn(Column(_("Added at"), Kind.MOMENT), lambda record: _moment(viewer, record.added_at))
    if measure.counts_activities:
        hidden = _("A deal hidden from you")
        return (
            _RecordColumn(Column(_("Activity")), lambda record: record.title),
            owner,
            _RecordColumn(Column(_("Activity type")), lambda record: record.place),
            _RecordColumn(Column(_("Deal")), lambda record: hidden if record.deal_is_hidden else record.deal),
            day,
            added,
            _RecordColumn(Column(_("Due on"), Kind.DAY), lambda record: record.due_on),
            _RecordColumn(
                Column(_("Done at"), Kind.MOMENT), lambda record: _moment(viewer, record.closed_at)
            ),
            *ids,
        )
    currency = goal.terms.currency or viewer.company.currency
    # Translated now: when the rows are written, the request's language is no longer active.
    statuses = {
        DealStatus.OPEN: _("Still open"),
        DealStatus.WON: _("Won"),
        DealStatus.LOST: _("Lost"),
        None: "",
    }
    value = Column(_("Value, %(currency)s") % {"currency": currency}, Kind.NUMBER, decimals=DIGITS[currency])
    weight = _RecordColumn(Column(_("Counted share"), Kind.PERCENT), lambda record: record.percent)
    return (
        _RecordColumn(Column(_("Deal")), lambda record: record.title),
        _RecordColumn(Column(_("Customer")), lambda record: record.customer),
        owner,
        _RecordColumn(Column(_("Stage")), lambda record: record.place),
        _RecordColumn(Column(_("Status")), lambda record: statuses.get(record.status)),
        day,
        _RecordColumn(
            value, lambda record: None if record.amount is None else to_major(record.amount, DIGITS[currency])
        ),
        *([weight] if measure is Measure.REVENUE_FORECAST else []),
        _RecordColumn(Column(_("Own value"), Kind.NUMBER, decimals=2), _own_value),
        _RecordColumn(
            Column(_("Own currency")), lambda record: record.value.currency if record.value else None
        ),
        added,
        _RecordColumn(Column(_("Won at"), Kind.MOMENT), lambda record: _moment(viewer, record.closed_at)),
        _RecordColumn(Column(_("Expected on"), Kind.DAY), lambda record: record.due_on),
        *ids,
    )


def _record_rows(
    viewer: Viewer, goal: GoalView, days: Period, sorting: Sorting, columns: Sequence[_RecordColumn]
) -> Iterator[tuple[Cell, ...]]:
    actor, selection = viewer.actor, selection_of(goal)
    with snapshot():
        [answer] = report(actor, [Question(selection, (days,), explain=RecordsAsked(limit=0))])
        for record in every_record(actor, selection, days, sorting=sorting, how_many=answer.shown.count):
            yield tuple(each.of(record) for each in columns)
        if answer.hidden.count:
            yield (_hidden_words(viewer, goal, answer.hidden), *(None for _each in columns[1:]))
        if answer.is_recounting:
            with override(viewer.language):
                yield (str(BEING_RECOUNTED), *(None for _each in columns[1:]))


def _hidden_words(viewer: Viewer, goal: GoalView, hidden: Total) -> str:
    language = viewer.language
    with override(language):
        records = how_many(goal.terms.measure, hidden.count, language)
        if goal.terms.measure.counts_activities:
            words = _("%(records)s hidden from you count in the result and are not listed.")
            return words % {"records": records}
        value = formats.money(hidden.amount, goal.terms.currency or viewer.company.currency, language)
        words = _("%(records)s hidden from you, worth %(value)s, count in the result and are not listed.")
        return words % {"records": records, "value": value}


def _own_value(record: RecordLine) -> Cell:
    return to_major(record.value.minor, DIGITS[record.value.currency]) if record.value else None


def _moment(viewer: Viewer, moment: datetime | None) -> Cell:
    return None if moment is None else moment.astimezone(ZoneInfo(viewer.company.time_zone))
