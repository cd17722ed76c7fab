"""Which periods a goal's page shows, as lines for chart and table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from goalpost.domain.calendar import CompanyCalendar, Interval, Period, period_of
from goalpost.goals.queries import GoalView
from goalpost.insights import formats
from goalpost.insights.formats import initial_of_period, period_name, short_period_name
from goalpost.insights.goal_report import PeriodResult
from goalpost.insights.goal_words import invitation
from goalpost.web.goals.addresses import goal_address, records_address
from goalpost.web.shell.typed import NotADay, parse_day
from goalpost.web.shell.viewer import Viewer


@dataclass(frozen=True, slots=True)
class PeriodLine:
    """One period of a goal in words, with where it leads."""

    key: str
    name: str
    label: str
    initial: str
    figures: PeriodResult
    records_url: str
    invitation: str


def lines_of(
    viewer: Viewer, goal: GoalView, results: Sequence[PeriodResult], window: Period | None
) -> tuple[PeriodLine, ...]:
    """Return the lines in order. `window` is the time range to keep in the addresses."""
    interval, calendar, language = goal.terms.interval, viewer.calendar, viewer.language
    over_years = len({each.period.start.year for each in results}) > 1
    lines: list[PeriodLine] = []
    for at, each in enumerate(results):
        is_new_year = over_years and (at == 0 or results[at - 1].period.start.year != each.period.start.year)
        lines.append(
            PeriodLine(
                key=each.period.start.isoformat(),
                name=period_name(each.period, interval, calendar, language),
                label=short_period_name(each.period, interval, calendar, language, with_year=is_new_year),
                initial=initial_of_period(each.period, interval, calendar, language),
                figures=each,
                records_url=records_address(goal.public_id, each.period.start, window),
                invitation=invitation(goal.terms.measure, each.count, language),
            )
        )
    return tuple(lines)


_ONE_DAY = timedelta(days=1)
_LATEST = date.max - _ONE_DAY


@dataclass(frozen=True, slots=True)
class TypedRange:
    """The two fields' texts, a message for each invalid one, and the days if both are valid."""

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
            "day": formats.day(whole.last_day, language)
        }
    elif end < whole.start:
        last_fault = _("The goal starts on %(day)s.") % {"day": formats.day(whole.start, language)}
    else:
        days = Period(start, min(end, _LATEST) + _ONE_DAY)
    return TypedRange(first, last, first_fault, last_fault, days)


def _day(typed: str, language: str) -> tuple[date | None, str]:
    try:
        return parse_day(typed, language), ""
    except NotADay as refusal:
        return None, str(refusal)


# A goal of no more periods than this is shown whole.
MOST_BY_DEFAULT = 18
_BEFORE, _AFTER = 11, 3

# The most periods on one page: five years of weeks.
MOST_SHOWN = 261

_ABOUT_A_YEAR = timedelta(days=366)
_A_YEAR_AGO = 11


@dataclass(frozen=True, slots=True)
class Preset:
    """A time range by name, where it leads, and whether it is the one shown."""

    name: str
    url: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Window:
    """The periods shown, of all the goal has.

    `chosen` is the range of days the address names, none when it names none that meets the goal. `left_out`
    counts periods inside that range that are too many to show. `typed` is what the address says, faults too.
    """

    shown: tuple[Period, ...]
    chosen: Period | None
    is_whole: bool
    left_out: int
    typed: TypedRange

    @property
    def days(self) -> Period:
        return Period(self.shown[0].start, self.shown[-1].end)

    @property
    def first_field(self) -> str:
        """What stands in the field of the first day."""
        return self.typed.first if self.typed.has_faults else (self.chosen or self.days).start.isoformat()

    @property
    def last_field(self) -> str:
        return self.typed.last if self.typed.has_faults else (self.chosen or self.days).last_day.isoformat()


def window_of(
    query: Mapping[str, str],
    everything: Sequence[Period],
    *,
    today: date,
    language: str,
    must_show: date | None = None,
) -> Window:
    """Return what to show of `everything`, which holds at least one period.

    `must_show` is the first day of a period that has to be among those shown, whatever the address says.
    """
    whole = Period(everything[0].start, everything[-1].end)
    typed = range_in(query, whole, language)
    chosen = typed.days
    shown = [period for period in everything if _meets(period, chosen)] if chosen else []
    if must_show is not None and must_show not in {period.start for period in shown}:
        shown = []
    if not shown:
        chosen, shown = None, _around(everything, must_show or today)
    kept = tuple(shown[-MOST_SHOWN:])
    return Window(kept, chosen, len(kept) == len(everything), len(shown) - len(kept), typed)


def presets(
    public_id: str,
    window: Window,
    everything: Sequence[Period],
    calendar: CompanyCalendar,
    *,
    today: date,
) -> tuple[Preset, ...]:
    """Return the ranges offered by name: those that meet the goal."""
    month = period_of(today, Interval.MONTHLY, calendar)
    a_year_ago = month.start
    for _month in range(_A_YEAR_AGO):
        a_year_ago = period_of(a_year_ago - _ONE_DAY, Interval.MONTHLY, calendar).start
    whole = Period(everything[0].start, everything[-1].end)
    offered = (
        (_("This quarter"), period_of(today, Interval.QUARTERLY, calendar)),
        (_("This year"), period_of(today, Interval.YEARLY, calendar)),
        (_("Last 12 months"), Period(a_year_ago, month.end)),
        (_("Whole goal"), whole),
    )
    shown = window.chosen or window.days
    return tuple(
        Preset(name, goal_address(public_id, days), days == shown)
        for name, days in offered
        if _meets(whole, days)
    )


def _around(everything: Sequence[Period], day: date) -> list[Period]:
    """Return all periods of a short goal, and of a long one those around the day."""
    if len(everything) <= MOST_BY_DEFAULT and everything[-1].end - day <= _ABOUT_A_YEAR:
        return list(everything)
    at = next((place for place, period in enumerate(everything) if period.end > day), len(everything) - 1)
    return list(everything[max(at - _BEFORE, 0) : at + _AFTER + 1])


def _meets(period: Period, days: Period) -> bool:
    return period.start < days.end and days.start < period.end
