"""What the same selection brought a year before each period: what a new target is held against."""

from collections.abc import Sequence
from datetime import date, timedelta

from goalpost.companies.models import Company
from goalpost.domain.calendar import Interval, Period
from goalpost.domain.measures import Metric
from goalpost.domain.permissions import Actor, AssigneeKind, may_see_goals_of
from goalpost.goals.queries import members_of
from goalpost.goals.results import selection_for
from goalpost.goals.terms import GoalTerms
from goalpost.ledger import read
from goalpost.ledger.read import Question

_52_WEEKS = timedelta(weeks=52)


def earlier_periods(periods: Sequence[Period], interval: Interval, *, today: date) -> tuple[Period, ...]:
    """Return for each period the same one of the latest year that is complete by today.

    Empty when one of them would lie before the calendar begins.
    """
    try:
        return tuple(_earlier(period, interval, today) for period in periods)
    except (ValueError, OverflowError):
        return ()


def earlier_results(
    actor: Actor, company: Company, terms: GoalTerms, periods: Sequence[Period]
) -> tuple[int, ...] | None:
    """Return what the terms would have counted in each range: counts, or minor units of company currency.

    None when the actor may not see the assignee's results. Two queries at most.
    """
    if not may_see_goals_of(actor, terms.assignee):
        return None
    members: list[int] = []
    if terms.assignee.kind is AssigneeKind.TEAM:
        found = members_of(company.pk, [terms.assignee.id])
        members = [member.id for member in found[terms.assignee.id]]
    (totals,) = read.totals(company.pk, [Question(selection_for(terms, members), tuple(periods))])
    return tuple(total.count if terms.metric is Metric.QUANTITY else total.amount for total in totals)


def _earlier(period: Period, interval: Interval, today: date) -> Period:
    # From the future it may take more than one year back to a period that is over.
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
