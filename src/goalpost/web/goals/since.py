"""Since when changes are listed: the last 7 or 30 days, or a day that somebody chose."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from goalpost.web.goals.typed_dates import NotADay, parse_day
from goalpost.web.viewer import Viewer

DAYS = (7, 30)
BY_DEFAULT = 30

# Nothing was posted before: earlier days have no moment in every time zone.
_EARLIEST = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class Since:
    """A day, from whose first moment on changes are listed; none when what was typed is no such day.

    `typed` is what the address says, `days` how many of the last days that is, `error` what is wrong with it.
    """

    typed: str
    days: int | None
    day: date | None
    moment: datetime | None
    error: str = ""


def since_of(viewer: Viewer, typed: str) -> Since:
    """Read what an address says. Nothing is the last 30 days."""
    typed = typed.strip()
    for days in DAYS:
        if typed == str(days) or (not typed and days == BY_DEFAULT):
            day = viewer.today - timedelta(days=days)
            return Since(typed, days, day, _first_moment(viewer, day))
    try:
        day = max(parse_day(typed, viewer.language), _EARLIEST)
    except NotADay as fault:
        return Since(typed, None, None, None, str(fault))
    if day > viewer.today:
        return Since(typed, None, None, None, _("Choose a day up to today: nothing has changed later."))
    return Since(day.isoformat(), None, day, _first_moment(viewer, day))


def _first_moment(viewer: Viewer, day: date) -> datetime:
    """Return the last moment before the day, in the company's time zone: what comes after it is listed."""
    midnight = datetime.combine(day, time(), ZoneInfo(viewer.company.time_zone))
    return midnight - timedelta(microseconds=1)
