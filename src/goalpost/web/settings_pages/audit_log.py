"""The audit log: who changed what, when, from where, from what to what. For admins, and as a file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from goalpost.companies.audit import Area, SubjectKind
from goalpost.companies.checks import require_admin
from goalpost.companies.models import User
from goalpost.domain.calendar import Interval
from goalpost.domain.measures import Measure, Metric
from goalpost.goals.company_log import LogFilter, LogLine, log_lines
from goalpost.goals.history_names import names_in
from goalpost.insights import calendar_words
from goalpost.insights.export.table import Cell, Column, Kind, Table
from goalpost.web.downloads import long_csv_download, one_of_few, require_export
from goalpost.web.goals.change_words import Standing, words_of
from goalpost.web.settings_pages.audit_words import changes_in_words
from goalpost.web.settings_pages.typed import id_in
from goalpost.web.templatetags.set_names import set_name
from goalpost.web.viewer import Viewer, for_viewer

_PAGE = 50
_LAST_PAGE = 200
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Told:
    """A line in words. `details` are those of the change, one a line."""

    at: datetime
    when: str
    who: str
    address: str
    deed: str
    kind: str
    subject: str
    details: tuple[str, ...]


@require_safe
@for_viewer
def audit_log(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    require_admin(viewer.actor)
    asked = request.GET
    page = min(max(id_in(asked.get("page", "")) or 1, 1), _LAST_PAGE)
    wanted = _filter(viewer, request)
    found = list(log_lines(viewer.actor, wanted, offset=(page - 1) * _PAGE, limit=_PAGE + 1))
    query = urlencode({name: asked[name] for name in ("person", "area", "from", "to") if asked.get(name)})
    people = User.objects.filter(company_id=viewer.company.pk).order_by("name", "pk")
    context = {
        "lines": _told(viewer, found[:_PAGE]),
        "page": page,
        "is_more": len(found) > _PAGE and page < _LAST_PAGE,
        "query": query,
        "people": [(pk, name, pk == wanted.person_id) for pk, name in people.values_list("pk", "name")],
        "areas": [(area.value, area.label, area == wanted.area) for area in Area],
        "first": asked.get("from", ""),
        "last": asked.get("to", ""),
    }
    return render(request, "settings/audit_log.html", context)


@require_safe
@for_viewer
def audit_log_file(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    """Hand out all lines that match, as CSV."""
    require_admin(viewer.actor)
    require_export(viewer.actor)
    columns = (
        Column(_("When"), Kind.MOMENT),
        Column(_("Who")),
        Column(_("From where")),
        Column(_("Deed")),
        Column(_("Kind")),
        Column(_("What")),
        Column(_("From what to what")),
    )
    name = _("Audit log")
    table = Table(name, columns, _rows(viewer, _filter(viewer, request)))
    return one_of_few(request, lambda: long_csv_download(table, name))


def _rows(viewer: Viewer, wanted: LogFilter) -> Iterator[Sequence[Cell]]:
    zone = ZoneInfo(viewer.company.time_zone)
    # Read through once: by pages, every page would be looked for from the log's other end.
    found = log_lines(viewer.actor, wanted)
    while True:
        lines = _told(viewer, list(islice(found, _CHUNK)))
        for line in lines:
            at = line.at.astimezone(zone)
            details = "; ".join(line.details)
            yield (at, line.who, line.address, line.deed, line.kind, line.subject, details)
        if len(lines) < _CHUNK:
            return


def _filter(viewer: Viewer, request: HttpRequest) -> LogFilter:
    """Return what is asked for; what cannot be read filters nothing. Days are the company's."""
    zone, asked = ZoneInfo(viewer.company.time_zone), request.GET
    first, last = _day(asked.get("from", "")), _day(asked.get("to", ""))
    area = asked.get("area", "")
    return LogFilter(
        person_id=id_in(asked.get("person", "")),
        area=Area(area) if area in set(Area) else None,
        start=None if first is None else datetime.combine(first, time(), zone),
        end=None if last is None else datetime.combine(last + timedelta(days=1), time(), zone),
    )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1900 <= day.year < 9999 else None  # noqa: PLR2004  beyond, moments cannot be reckoned


def _told(viewer: Viewer, lines: Sequence[LogLine]) -> tuple[Told, ...]:
    names = names_in(viewer.company.pk, [line.event for line in lines if line.event])
    told = []
    for line in lines:
        details = changes_in_words(viewer, line.changes)
        if line.event and line.goal and line.event.details:
            goal = line.goal
            later = Standing(
                Measure(goal.measure), Interval(goal.interval), Metric(goal.metric), goal.currency
            )
            words = words_of(viewer, line.event, names, former=later.before(line.event), later=later)
            details = (words,)
        told.append(
            Told(
                at=line.at,
                when=calendar_words.moment(
                    line.at, viewer.company.time_zone, viewer.language, this_year=viewer.today.year
                ),
                who=_who(line),
                address=line.address,
                deed=line.deed,
                kind=str(line.subject_kind.label),
                subject=_subject(line),
                details=details,
            )
        )
    return tuple(told)


def _subject(line: LogLine) -> str:
    """Return what it was called then; a built-in permission set in the viewer's language."""
    is_set = line.subject_kind is SubjectKind.PERMISSION_SET
    return set_name(line.subject_name) if is_set else line.subject_name


def _who(line: LogLine) -> str:
    if line.actor is not None:
        return line.actor.name
    # Nobody of the company: at the server's own command line there is no address.
    return _("Somebody not signed in") if line.address else _("Whoever runs the server")
