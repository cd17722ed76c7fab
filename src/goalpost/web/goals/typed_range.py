"""The time range that an address asks for: two days, both inclusive there, and what is wrong with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from goalpost.domain.calendar import Period
from goalpost.insights import calendar_words
from goalpost.web.goals.typed_dates import NotADay, parse_day

_ONE_DAY = timedelta(days=1)
_LATEST = date.max - _ONE_DAY


@dataclass(frozen=True, slots=True)
class TypedRange:
    """What stands in the two fields, a message for each that is at fault, and the days when neither is."""

    first: str = ""
    last: str = ""
    first_fault: str = ""
    last_fault: str = ""
    days: Period | None = None

    @property
    def has_faults(self) -> bool:
        return bool(self.first_fault or self.last_fault)


def range_in(query: Mapping[str, str], whole: Period, language: str) -> TypedRange:
    """Return the days of `from` to `to` in a goal that is `whole`; nothing when the address names none."""
    first, last = query.get("from", "").strip(), query.get("to", "").strip()
    if not first and not last:
        return TypedRange()
    start, first_fault = _day(first, language)
    end, last_fault = _day(last, language)
    if start is None or end is None:
        return TypedRange(first, last, first_fault, last_fault)
    days = None
    if end < start:
        last_fault = _("The range ends before it starts.")
    elif start >= whole.end:
        first_fault = _("The goal has periods until %(day)s.") % {
            "day": calendar_words.day(whole.last_day, language)
        }
    elif end < whole.start:
        last_fault = _("The goal starts on %(day)s.") % {"day": calendar_words.day(whole.start, language)}
    else:
        days = Period(start, min(end, _LATEST) + _ONE_DAY)
    return TypedRange(first, last, first_fault, last_fault, days)


def _day(typed: str, language: str) -> tuple[date | None, str]:
    try:
        return parse_day(typed, language), ""
    except NotADay as refusal:
        return None, str(refusal)
