"""Days as they come from a form: a date field's 2027-01-31, or written out in the page's language."""

import re
from datetime import date

from django.utils.translation import gettext as _

from goalpost.insights.formats import locale_of

_WRITTEN = re.compile(r"(?P<day>\d{1,2})\.?\s+(?P<month>[^\W\d]+)\.?\s+(?P<year>\d{4})")
_SHORTEST_MONTH = 3


class NotADay(ValueError):
    """What was typed is no day; the message says how to write one."""


def parse_day(text: str, language: str) -> date:
    """Return the day. Raises NotADay, also for 03/04/2027, which means two days."""
    text = text.strip()
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    match = _WRITTEN.fullmatch(text)
    month = _month(match["month"], language) if match else None
    if match and month:
        try:
            return date(int(match["year"]), month, int(match["day"]))
        except ValueError:
            pass
    raise NotADay(_("Write a day such as 2027-01-31."))


def _month(name: str, language: str) -> int | None:
    names: dict[int, str] = locale_of(language).months["format"]["wide"]
    for number, known in names.items():
        if len(name) >= _SHORTEST_MONTH and known.casefold().startswith(name.casefold()):
            return number
    return None
