"""The audit log for admins, as a page and as CSV."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from django_stubs_ext import StrOrPromise

from goalpost.accounts.tokens import last_day
from goalpost.companies.audit import Area, SubjectKind
from goalpost.companies.calendar import subdivision_names
from goalpost.companies.checks import require_admin
from goalpost.companies.people import everybody
from goalpost.domain.alphabet import by_name
from goalpost.domain.calendar import Interval, Weekday
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.membership import Stay
from goalpost.domain.pace import PaceDays
from goalpost.goals.history import LogFilter, LogLine, log_lines, names_in
from goalpost.insights import formats
from goalpost.insights.export.tables import Cell, Column, Kind, Table
from goalpost.insights.formats import country_names, day, decimal, month_names, number, weekday_names
from goalpost.insights.history_words import GoalUnits, HistoryWords, stay_words
from goalpost.web.settings.permissions import BUILT_IN_WORDS, PERMISSION_WORDS, set_name
from goalpost.web.shell.downloads import long_csv_download, one_of_few, require_export
from goalpost.web.shell.typed import id_in
from goalpost.web.shell.viewer import Viewer, for_viewer

_NAMES: Mapping[str, StrOrPromise] = {
    **{permission.value: words for permission, (words, _sentence) in PERMISSION_WORDS.items()},
    "name": gettext_lazy("Name"),
    "manager": gettext_lazy("Manager"),
    "members": gettext_lazy("Members"),
    "teams": gettext_lazy("Teams"),
    "role": gettext_lazy("Meant for"),
    "holders": gettext_lazy("Permission set"),
    "permission_set": gettext_lazy("Permission set"),
    "email": gettext_lazy("E-mail"),
    "is_admin": gettext_lazy("Admin"),
    "language": gettext_lazy("Language"),
    "theme": gettext_lazy("Theme"),
    "second_step": gettext_lazy("Second step"),
    "access": gettext_lazy("It may"),
    "ends": gettext_lazy("Last day"),
    "owner": gettext_lazy("Owner"),
    "deals": gettext_lazy("Deals"),
    "activities": gettext_lazy("Activities"),
    "goals": gettext_lazy("Goals"),
    "goals_handed_over": gettext_lazy("Goals handed over"),
    "goals_deleted": gettext_lazy("Goals deleted"),
    "goals_kept": gettext_lazy("Goals kept, read-only"),
    "file": gettext_lazy("File"),
    "records": gettext_lazy("Records"),
    "plan": gettext_lazy("Plan"),
    "time_zone": gettext_lazy("Time zone"),
    "week_start": gettext_lazy("Weeks start on"),
    "fiscal_month": gettext_lazy("First month of the fiscal year"),
    "pace_days": gettext_lazy("Days that count"),
    "work_week": gettext_lazy("Working days of the week"),
    "holidays": gettext_lazy("Public holidays"),
    "own_day": gettext_lazy("Own days"),
    "pipeline_name": gettext_lazy("Name of the pipeline"),
    "stage_name": gettext_lazy("Names of stages"),
    "stage_order": gettext_lazy("Order of stages"),
    "stage_probability": gettext_lazy("Probability of stages"),
    "stage_rotting": gettext_lazy("Days until deals rot"),
    "rate": gettext_lazy("Exchange rate"),
}
# Labels of stored values, by detail.
_VALUES: Mapping[str, Mapping[str, StrOrPromise]] = {
    "role": {role.value: words for role, words in BUILT_IN_WORDS.items()},
    "pace_days": {
        PaceDays.WORKING.value: gettext_lazy("Working days"),
        PaceDays.CALENDAR.value: gettext_lazy("Calendar days"),
    },
    "theme": {
        "": gettext_lazy("Like the system"),
        "light": gettext_lazy("Light"),
        "dark": gettext_lazy("Dark"),
    },
    "language": {"": gettext_lazy("Like the browser"), "en": "English", "sv": "Svenska"},
    "access": {"read": gettext_lazy("Read only"), "full": gettext_lazy("Read and change")},
    "second_step": {
        "totp": gettext_lazy("Authenticator app"),
        "webauthn": gettext_lazy("Passkey"),
        "recovery_codes": gettext_lazy("Recovery codes"),
        "code": gettext_lazy("Wrong code"),
    },
    "records": {
        "users": gettext_lazy("People"),
        "deals": gettext_lazy("Deals"),
        "activities": gettext_lazy("Activities"),
    },
    "own_day": {"worked": gettext_lazy("worked"), "free": gettext_lazy("free")},
}
# Details without a former value.
_COUNTED = ("deals", "activities", "goals", "goals_deleted", "goals_kept")
_ONLY_NEW = {"role", "access", "ends", "file", "records", *_COUNTED}
_NOTHING = "\N{EN DASH}"


def changes_in_words(viewer: Viewer, changes: Mapping[str, Sequence[object]]) -> tuple[str, ...]:
    """Return a line for each change, in one order whatever the database keeps."""
    places = {name: place for place, name in enumerate(_NAMES)}
    in_order = sorted(changes, key=lambda name: (places.get(name, len(places)), name))
    return tuple(_change(viewer, name, changes[name]) for name in in_order)


def _change(viewer: Viewer, name: str, values: Sequence[object]) -> str:
    """Return “Weeks start on: Monday → Sunday”; without a former value only the new one."""
    if name in {"members", "teams"}:
        values = _differing(values)
    old, new = (_value(viewer, name, value) for value in values)
    words = {"name": _NAMES.get(name, name), "old": old, "new": new}
    if name in _ONLY_NEW or (name == "second_step" and values[0] is None):
        return _("%(name)s: %(new)s") % words
    return _("%(name)s: %(old)s → %(new)s") % words


def _differing(values: Sequence[object]) -> Sequence[object]:
    """Return the items of two lists that are in only one of them: a team may have many members."""
    old, new = (value if isinstance(value, list) else [] for value in values)
    return [each for each in old if each not in new], [each for each in new if each not in old]


def _value(viewer: Viewer, name: str, value: object) -> str:
    words = _VALUES.get(name, {})
    if isinstance(value, str) and value in words:
        return str(words[value])
    if value in (None, "", []):
        return _("no end") if name == "ends" else _NOTHING
    if name in _READERS:
        return _READERS[name](viewer, value)
    match value:
        case bool():
            return _("on") if value else _("off")
        case list():
            return ", ".join(_value(viewer, name, each) for each in value)
    return str(value)


def _own_day(viewer: Viewer, value: object) -> str:
    match value:
        case [str() as when, str() as called, str() as kind]:
            written = day(date.fromisoformat(when), viewer.language)
            return f"{written} {called} ({_VALUES['own_day'].get(kind, kind)})"
    return str(value)


def _rate(viewer: Viewer, value: object) -> str:
    match value:
        case [str() as currency, str() as since, str() as rate]:
            return _("%(currency)s %(rate)s from %(day)s") % {
                "currency": currency,
                "rate": decimal(Decimal(rate), viewer.language),
                "day": day(date.fromisoformat(since), viewer.language),
            }
    return str(value)


def _holidays(viewer: Viewer, value: object) -> str:
    country, _dash, region = str(value).partition("-")
    called = country_names([country], viewer.language)[0][1]
    return f"{called}, {subdivision_names(country).get(region, region)}" if region else called


def _weekday(viewer: Viewer, value: object) -> str:
    """Return the day's name, or those of several."""
    if isinstance(value, list):
        return ", ".join(_weekday(viewer, each) for each in value)
    return weekday_names(viewer.language)[Weekday[str(value).upper()]]


_WITH_DAYS = re.compile(r"(?P<name>.*) \((?P<first>[\d-]*)\.\.(?P<last>[\d-]*)\)")


def _memberships(viewer: Viewer, value: object) -> str:
    """Return names with the days of their memberships, which the log keeps as ISO dates."""
    if isinstance(value, list):
        return ", ".join(_memberships(viewer, each) for each in value)
    dated = _WITH_DAYS.fullmatch(str(value))
    if dated is None:
        return str(value)
    first, last = (date.fromisoformat(text) if text else None for text in dated.group("first", "last"))
    stay = Stay(first, last + timedelta(days=1) if last else None)
    return f"{dated['name']} ({stay_words(stay, viewer.language)})"


_READERS: Mapping[str, Callable[[Viewer, object], str]] = {
    "members": _memberships,
    "teams": _memberships,
    "week_start": _weekday,
    "work_week": _weekday,
    "fiscal_month": lambda viewer, value: month_names(viewer.language)[int(str(value)) - 1],
    "holidays": _holidays,
    "own_day": _own_day,
    "rate": _rate,
    "plan": lambda _viewer, value: str(value).capitalize(),
    "permission_set": lambda _viewer, value: set_name(str(value)),
    "holders": lambda _viewer, value: set_name(str(value)),
    "ends": lambda viewer, value: day(
        last_day(viewer.company, datetime.fromisoformat(str(value))), viewer.language
    ),
    **{counted: lambda viewer, value: number(int(str(value)), viewer.language) for counted in _COUNTED},
}


_PAGE = 50
_LAST_PAGE = 200
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line in words. `details` are those of the change, one a line."""

    at: datetime
    when: str
    who: str
    address: str
    action: str
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
    people = sorted(everybody(viewer.actor), key=lambda person: by_name(person.name, person.pk))
    context = {
        "lines": _shown(viewer, found[:_PAGE]),
        "page": page,
        "is_more": len(found) > _PAGE and page < _LAST_PAGE,
        "query": query,
        "people": [(each.pk, each.name, each.pk == wanted.person_id) for each in people],
        "areas": [(area.value, area.label, area == wanted.area) for area in Area],
        "first": asked.get("from", ""),
        "last": asked.get("to", ""),
    }
    return render(request, "settings/audit_log.html", context)


@require_safe
@for_viewer
def audit_log_file(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    """Answer with all matching lines as CSV."""
    require_admin(viewer.actor)
    require_export(viewer.actor)
    columns = (
        Column(_("When"), Kind.MOMENT),
        Column(_("Who")),
        Column(_("Address")),
        Column(_("Action")),
        Column(_("Kind")),
        Column(_("What")),
        Column(_("Change")),
    )
    name = _("Audit log")
    table = Table(name, columns, _rows(viewer, _filter(viewer, request)))
    return one_of_few(request, lambda: long_csv_download(table, name))


def _rows(viewer: Viewer, wanted: LogFilter) -> Iterator[Sequence[Cell]]:
    zone = ZoneInfo(viewer.company.time_zone)
    # One query: with offsets every page would scan the log from its start.
    found = log_lines(viewer.actor, wanted)
    while True:
        lines = _shown(viewer, list(islice(found, _CHUNK)))
        for line in lines:
            at = line.at.astimezone(zone)
            details = "; ".join(line.details)
            yield (at, line.who, line.address, line.action, line.kind, line.subject, details)
        if len(lines) < _CHUNK:
            return


def _filter(viewer: Viewer, request: HttpRequest) -> LogFilter:
    """Parse the filters; invalid ones are ignored. Days are in the company's time zone."""
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


def _shown(viewer: Viewer, lines: Sequence[LogLine]) -> tuple[ShownLine, ...]:
    names = names_in(viewer.company.pk, [line.event for line in lines if line.event])
    words = HistoryWords(names, viewer.language, viewer.calendar)
    shown = []
    for line in lines:
        details = changes_in_words(viewer, line.changes)
        if line.event and line.goal and line.event.details:
            goal = line.goal
            later = GoalUnits(
                Measure(goal.measure), Interval(goal.interval), Metric(goal.metric), goal.currency
            )
            details = (words.of(line.event, former=later.before(line.event), later=later),)
        shown.append(
            ShownLine(
                at=line.at,
                when=formats.moment(
                    line.at, viewer.company.time_zone, viewer.language, this_year=viewer.today.year
                ),
                who=_who(line),
                address=line.address,
                action=line.action,
                kind=str(line.subject_kind.label),
                subject=_subject(line),
                details=details,
            )
        )
    return tuple(shown)


def _subject(line: LogLine) -> str:
    """Return what it was called then; a built-in permission set in the viewer's language."""
    is_set = line.subject_kind is SubjectKind.PERMISSION_SET
    return set_name(line.subject_name) if is_set else line.subject_name


def _who(line: LogLine) -> str:
    if line.actor is not None:
        return line.actor.name
    # The server operator: the command line has no address.
    return _("Somebody not signed in") if line.address else _("Server operator")
