"""A goal as a file: its chart as a picture, its page on paper, its periods as a table, as shown."""

from collections.abc import Iterator
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from goalpost.companies.currencies import DIGITS
from goalpost.domain.calendar import Period
from goalpost.domain.money import to_major
from goalpost.goals.queries import goal_seen_by
from goalpost.insights.chart_colours import ChartTheme
from goalpost.insights.export import rendering
from goalpost.insights.export.file_names import FileFormat, file_name
from goalpost.insights.export.goal_document import document_job
from goalpost.insights.export.renderer import Job
from goalpost.insights.export.tables import Cell, Column, Kind, Table
from goalpost.storage.snapshot import snapshot
from goalpost.web.goals.export_page import document_of, picture_of, range_words
from goalpost.web.goals.goal_page import GoalPage, goal_page_of
from goalpost.web.goals.period_lines import PeriodLine
from goalpost.web.goals.record_files import records_table
from goalpost.web.goals.words import assignee_words
from goalpost.web.shell.downloads import (
    busy,
    csv_download,
    download,
    one_of_few,
    require_export,
    xlsx_download,
)
from goalpost.web.shell.templatetags.parts import pace_word
from goalpost.web.shell.viewer import Viewer, for_viewer


def periods_table(page: GoalPage) -> Table:
    """Return a row for each period shown. What the page leaves open is an empty cell."""
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
    return Table(_("Periods"), tuple(columns), _rows(page, lacks_values=lacks_values))


def _figures(header: str, currency: str) -> Column:
    if not currency:
        return Column(header, Kind.NUMBER)
    return Column(f"{header}, {currency}", Kind.NUMBER, decimals=DIGITS[currency])


def _rows(page: GoalPage, *, lacks_values: bool) -> Iterator[list[Cell]]:
    for line in page.lines:
        figures = line.figures
        yield [
            line.name[:1].upper() + line.name[1:],
            figures.period.start,
            figures.period.last_day,
            _number(figures.target, page.currency),
            *_reached(line, page.currency),
            pace_word(figures.pace.status),
            *([figures.unvalued] if lacks_values else []),
        ]


def _reached(line: PeriodLine, currency: str) -> tuple[Cell, Cell, Cell]:
    figures = line.figures
    if not line.has_result:
        return None, None, None
    return _number(figures.result, currency), _number(figures.difference, currency), figures.progress


def _number(value: int, currency: str) -> int | Decimal:
    return to_major(value, DIGITS[currency]) if currency else value


_MEDIA_TYPES = {
    FileFormat.PNG: "image/png",
    FileFormat.SVG: "image/svg+xml",
    FileFormat.PDF: "application/pdf",
}
# Two pixels for each of a common screen: sharp on paper and on better screens.
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
    """Answer with periods and records, all from one state: the records add up to the periods."""
    with snapshot():
        page = _page(request, viewer, public_id)
        return xlsx_download(_sheets(viewer, page), *_names(viewer, page))


def _sheets(viewer: Viewer, page: GoalPage) -> list[Table]:
    """Return the periods, and the records that their results are made of."""
    reached = [line.figures.period for line in page.lines if line.has_result]
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
    """Answer with what is drawn, or say plainly why it is not."""
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
