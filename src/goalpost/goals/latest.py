"""How goals stand now: the last few periods of many goals at once, without building those long past."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from goalpost.companies.calendar import calendar_of
from goalpost.companies.models import Company
from goalpost.domain.calendar import CompanyCalendar, Period, period_of
from goalpost.goals.models import Goal
from goalpost.goals.queries import GoalView
from goalpost.goals.results import GoalResults, goal_results
from goalpost.goals.terms import GoalTerms

_ONE_DAY = timedelta(days=1)


def active(goals: QuerySet[Goal], today: date) -> QuerySet[Goal]:
    """Keep the goals that run or are still to begin."""
    return goals.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today))


def past(goals: QuerySet[Goal], today: date) -> QuerySet[Goal]:
    """Keep the goals whose last day is gone."""
    return goals.filter(ends_on__lt=today)


def latest_periods(
    terms: GoalTerms, calendar: CompanyCalendar, *, today: date, most: int
) -> tuple[Period, ...]:
    """Return up to `most` periods, in order, the last of them the one that says how the goal stands.

    That is today's; of a goal to come its first, of a past one its last.
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


def latest_results(
    company: Company, goals: Sequence[GoalView], *, today: date, most: int = 1
) -> list[GoalResults]:
    """Return each goal with its latest periods, in a constant number of queries."""
    calendar = calendar_of(company)
    asked = [(goal, latest_periods(goal.terms, calendar, today=today, most=most)) for goal in goals]
    return goal_results(company, asked, today=today)
