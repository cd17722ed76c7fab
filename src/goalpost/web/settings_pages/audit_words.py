"""A change as the audit log keeps it, in words: what it is called, what was, what became."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from goalpost.companies.public_holidays import subdivision_names
from goalpost.companies.token_words import last_day
from goalpost.domain.calendar import Weekday
from goalpost.domain.working_days import PaceDays
from goalpost.insights.calendar_words import country_names, day, month_names, weekday_names
from goalpost.insights.formats import number
from goalpost.web.settings_pages.permission_words import BUILT_IN_WORDS, PERMISSION_WORDS
from goalpost.web.templatetags.set_names import set_name
from goalpost.web.viewer import Viewer

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
    "owner": gettext_lazy("From whom to whom"),
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
}
# What a word of the log's own stands for, by what it is a value of.
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
# What is told of a deed and was nothing before it.
_COUNTED = ("deals", "activities", "goals", "goals_deleted", "goals_kept")
_ONLY_NEW = {"role", "access", "ends", "file", "records", *_COUNTED}
_NOTHING = "\N{EN DASH}"


def changes_in_words(viewer: Viewer, changes: Mapping[str, Sequence[object]]) -> tuple[str, ...]:
    """Return a line for each change, in one order whatever the database keeps."""
    places = {name: place for place, name in enumerate(_NAMES)}
    in_order = sorted(changes, key=lambda name: (places.get(name, len(places)), name))
    return tuple(_change(viewer, name, changes[name]) for name in in_order)


def _change(viewer: Viewer, name: str, values: Sequence[object]) -> str:
    """Return “Weeks start on: Monday → Sunday”; of what was nothing before, what it is alone."""
    old, new = (_value(viewer, name, value) for value in values)
    words = {"name": _NAMES.get(name, name), "old": old, "new": new}
    if name in _ONLY_NEW or (name == "second_step" and values[0] is None):
        return _("%(name)s: %(new)s") % words
    return _("%(name)s: %(old)s → %(new)s") % words


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


def _holidays(viewer: Viewer, value: object) -> str:
    country, _dash, region = str(value).partition("-")
    called = country_names([country], viewer.language)[0][1]
    return f"{called}, {subdivision_names(country).get(region, region)}" if region else called


def _weekday(viewer: Viewer, value: object) -> str:
    """Return the day's name, or those of several."""
    if isinstance(value, list):
        return ", ".join(_weekday(viewer, each) for each in value)
    return weekday_names(viewer.language)[Weekday[str(value).upper()]]


_READERS: Mapping[str, Callable[[Viewer, object], str]] = {
    "week_start": _weekday,
    "work_week": _weekday,
    "fiscal_month": lambda viewer, value: month_names(viewer.language)[int(str(value)) - 1],
    "holidays": _holidays,
    "own_day": _own_day,
    "plan": lambda _viewer, value: str(value).capitalize(),
    "permission_set": lambda _viewer, value: set_name(str(value)),
    "holders": lambda _viewer, value: set_name(str(value)),
    "ends": lambda viewer, value: day(
        last_day(viewer.company, datetime.fromisoformat(str(value))), viewer.language
    ),
    **{counted: lambda viewer, value: number(int(str(value)), viewer.language) for counted in _COUNTED},
}
