"""A goal's terms as one value, and why a goal is read-only. `goals.draft` validates them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from django.utils.translation import gettext as _

from goalpost.companies.calendar import calendar_of
from goalpost.companies.currencies import DIGITS
from goalpost.companies.errors import InvalidInput
from goalpost.companies.models import Company
from goalpost.domain.calendar import CompanyCalendar, Interval, Period, TooManyPeriods, periods
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import Assignee, Feature, first_plan_with
from goalpost.domain.targets import raised, year_before, year_later

LONGEST_TITLE = 200
MOST_PERIOD_TARGETS = 520
"""Ten years of weeks: few enough fields for one page."""


@dataclass(frozen=True, slots=True)
class GoalTerms:
    """All that is set on a goal. Empty `pipelines` or `activity_types` mean all of them.

    `target` is a count or minor units of `currency` (empty for a count). `ends_on` is the last day.
    `period_targets` maps the first day of each period to its own target; when given, every period has one.
    """

    title: str
    measure: Measure
    assignee: Assignee
    interval: Interval
    metric: Metric
    target: int
    starts_on: date
    ends_on: date | None = None
    currency: str = ""
    pipelines: frozenset[int] = frozenset()
    stage_id: int | None = None
    activity_types: frozenset[int] = frozenset()
    period_targets: Mapping[date, int] = field(default_factory=dict)

    @property
    def duration_end(self) -> date | None:
        """The day after the last, for half-open ranges."""
        return None if self.ends_on is None else self.ends_on + timedelta(days=1)


def periods_of(terms: GoalTerms, company: Company, *, today: date) -> tuple[Period, ...]:
    """Return the goal's periods. Raises InvalidInput when the duration makes too many."""
    try:
        return periods(terms.starts_on, terms.duration_end, terms.interval, calendar_of(company), today=today)
    except ValueError as error:
        raise InvalidInput(why_no_periods(error), field="duration") from error


def why_no_periods(error: ValueError) -> str:
    """Return in the viewer's language why the dates have no periods; the error's own text is English."""
    if isinstance(error, TooManyPeriods):
        return _("These dates give too many periods. Choose longer periods or a shorter duration.")
    return _("These dates reach outside the years 1 to 9999. Choose other dates.")


def a_year_later(terms: GoalTerms, calendar: CompanyCalendar) -> GoalTerms | None:
    """Return the terms for the next year, each period with the target of the one a year before.

    A week takes that of 52 weeks before. None when the calendar ends before that.
    """
    try:
        first, last = year_later(terms.starts_on, terms.ends_on or terms.starts_on)
        later = replace(terms, starts_on=first, ends_on=None if terms.ends_on is None else last)
    except (ValueError, OverflowError):
        return None
    old = terms.period_targets
    if not old:
        return later
    before, after = (
        periods(each.starts_on, each.duration_end, each.interval, calendar, today=each.starts_on)
        for each in (terms, later)
    )
    was = year_before(after, terms.interval, before, calendar)
    return replace(later, period_targets={start: old[day] for start, day in was.items() if day in old})


def with_raised_targets(terms: GoalTerms, hundredths: int) -> GoalTerms:
    """Return the terms with every target raised by hundredths of a per cent.

    They are rounded half up to whole major units of the currency or whole counts; those that have decimals
    already, to the minor unit.
    """
    unit = 10 ** DIGITS[terms.currency] if terms.currency else 1
    targets = {start: raised(target, hundredths, unit) for start, target in terms.period_targets.items()}
    return replace(terms, target=raised(terms.target, hundredths, unit), period_targets=targets)


def read_only(lacks: Feature | None, *, is_team_deleted: bool) -> str:
    """Return why nobody can change a goal: set under a larger plan, or for a team that was deleted.

    Empty when it can be changed.
    """
    if is_team_deleted:
        return _("This team was deleted. Its goal is kept, read-only, until an admin restores the team.")
    if lacks is None:
        return ""
    kept = _("This goal is kept, read-only.")
    return f"{needs_plan(lacks)} {kept}"


def needs_plan(feature: Feature) -> str:
    """Return which plan the feature needs, in a sentence."""
    what = _("Team goals") if feature is Feature.TEAM_GOALS else _("Forecast goals")
    return _("%(what)s need the %(plan)s plan.") % {"what": what, "plan": first_plan_with(feature).value}
