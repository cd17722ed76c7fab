"""A goal's selection, periods and targets, and last year's periods.

Targets and results are counts, or minor units of the goal's currency.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from goalpost.companies.calendar import calendar_of
from goalpost.companies.memberships import Member
from goalpost.companies.models import Company
from goalpost.domain.calendar import CompanyCalendar, Interval, Period, period_of, periods
from goalpost.domain.conversion import Conversion
from goalpost.domain.membership import ALWAYS
from goalpost.domain.permissions import Actor, AssigneeKind
from goalpost.goals.models import Goal, PeriodTarget
from goalpost.goals.queries import GoalView, visible_to
from goalpost.goals.terms import GoalTerms
from goalpost.ledger.questions import OwnerSpan, Selection


def selection_of(goal: GoalView) -> Selection:
    """Return the selection of records that the goal counts."""
    return selection_for(goal.terms, goal.members, goal.conversion)


def selection_for(
    terms: GoalTerms, members: Sequence[Member], conversion: Conversion | None = None
) -> Selection:
    """Return what goals of these terms count; `members` are the team's, when they are for a team.

    `conversion` is to the terms' currency, where that is another than the company's.
    """
    spans: tuple[OwnerSpan, ...] = ()
    match terms.assignee.kind:
        case AssigneeKind.PERSON:
            owners: frozenset[int] | None = frozenset({terms.assignee.id})
        case AssigneeKind.TEAM:
            owners = frozenset(member.id for member in members if member.stays == ALWAYS)
            sometimes = [member for member in members if member.stays != ALWAYS]
            spans = tuple(OwnerSpan(member.id, *stay) for member in sometimes for stay in member.stays)
        case AssigneeKind.COMPANY:
            owners = None
    items = frozenset({terms.stage_id}) if terms.stage_id is not None else terms.activity_types or None
    return Selection(terms.measure, owners, terms.pipelines or None, items, spans, conversion)


def periods_shown(terms: GoalTerms, company: Company, *, today: date) -> tuple[Period, ...]:
    """Return the goal's periods: all of them, or up to the current one and twelve further without an end."""
    return periods(terms.starts_on, terms.duration_end, terms.interval, calendar_of(company), today=today)


def target_of(terms: GoalTerms, period: Period) -> int:
    """Return a period's target, its own or the goal's: a count, or minor units of the goal's currency."""
    return terms.period_targets.get(period.start, terms.target)


_52_WEEKS = timedelta(weeks=52)


def earlier_periods(periods: Sequence[Period], interval: Interval, *, today: date) -> tuple[Period, ...]:
    """Return for each period the same one of the latest year that is complete by today.

    Empty when one of them would lie before the calendar begins.
    """
    try:
        return tuple(_earlier(period, interval, today) for period in periods)
    except (ValueError, OverflowError):
        return ()


def _earlier(period: Period, interval: Interval, today: date) -> Period:
    # A future period may need more than one year back.
    years = max(period.last_day.year - today.year, 1)
    earlier = _back(period, interval, years)
    return earlier if earlier.end <= today else _back(period, interval, years + 1)


def _back(period: Period, interval: Interval, years: int) -> Period:
    if interval is Interval.WEEKLY:
        return Period(period.start - years * _52_WEEKS, period.end - years * _52_WEEKS)
    return Period(_same_day(period.start, years), _same_day(period.end, years))


def _same_day(day: date, years: int) -> date:
    """Return the day that many years earlier; the day before for a 29 February that was none."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


_ONE_DAY = timedelta(days=1)


def active(goals: QuerySet[Goal], today: date) -> QuerySet[Goal]:
    """Filter current and upcoming goals."""
    return goals.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today))


def past(goals: QuerySet[Goal], today: date) -> QuerySet[Goal]:
    """Filter goals whose last day is over."""
    return goals.filter(ends_on__lt=today)


def latest_periods(
    terms: GoalTerms, calendar: CompanyCalendar, *, today: date, most: int
) -> tuple[Period, ...]:
    """Return up to `most` periods, in order, ending with the one that shows the goal's status.

    That is the current one, the first of an upcoming goal, the last of a past one.
    """
    day = max(today, terms.starts_on)
    if terms.ends_on is not None:
        day = min(day, terms.ends_on)
    found: list[Period] = []
    whole = period_of(day, terms.interval, calendar)
    while True:
        end = whole.end if terms.duration_end is None else min(whole.end, terms.duration_end)
        found.append(Period(max(whole.start, terms.starts_on), end))
        if whole.start <= terms.starts_on or len(found) == most:
            return tuple(reversed(found))
        whole = period_of(whole.start - _ONE_DAY, terms.interval, calendar)


@dataclass(frozen=True, slots=True)
class OtherPeriods:
    """How many goals get new periods, and how many of them have individual targets."""

    goals: int
    seasonal: int


def goals_with_other_periods(actor: Actor, *, weeks: bool, fiscal_years: bool) -> OtherPeriods:
    """Count the goals that go by weeks, or by quarters and years, when these begin on another day."""
    concerned = [Interval.WEEKLY] * weeks + [Interval.QUARTERLY, Interval.YEARLY] * fiscal_years
    goals = visible_to(actor).filter(interval__in=concerned)
    seasonal = PeriodTarget.objects.filter(company_id=actor.company_id, goal__in=goals)
    return OtherPeriods(goals.count(), seasonal.values("goal_id").distinct().count())


def whole_of(terms: GoalTerms) -> Period:
    """Return the days from the goal's first to its last."""
    if terms.duration_end is None:
        raise ValueError("A goal without an end has no whole.")
    return Period(terms.starts_on, terms.duration_end)
