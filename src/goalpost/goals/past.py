"""How past goals ended: as a whole, all results against all targets.

The last period alone would call a year missed for one weak December.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from goalpost.companies.calendar import calendar_of
from goalpost.companies.models import Company
from goalpost.domain.calendar import CompanyCalendar, Period, periods
from goalpost.domain.pace import PaceStatus
from goalpost.goals.latest import latest_periods
from goalpost.goals.queries import GoalView
from goalpost.goals.results import GoalResults, PeriodResult, goal_results, rates_for, target_of
from goalpost.goals.terms import GoalTerms


def past_results(
    company: Company, goals: Sequence[GoalView], *, today: date, most: int = 1
) -> list[GoalResults]:
    """Return goals that have ended, as a whole and with their last periods, in a constant number of queries.

    Raises ValueError for a goal without an end.
    """
    calendar = calendar_of(company)
    asked = [(goal, past_periods(goal.terms, calendar, today=today, most=most)) for goal in goals]
    return judged(company, goal_results(company, asked, today=today), today=today)


def past_periods(
    terms: GoalTerms, calendar: CompanyCalendar, *, today: date, most: int
) -> tuple[Period, ...]:
    """Return the last periods of a goal that has ended, and after them its whole. Raises ValueError."""
    return (*latest_periods(terms, calendar, today=today, most=most), whole_of(terms))


def judged(company: Company, goals: Sequence[GoalResults], *, today: date) -> list[GoalResults]:
    """Return the goals judged as a whole, which is the last of each one's periods."""
    calendar = calendar_of(company)
    rates = rates_for(company, [results.goal.terms for results in goals])
    found: list[GoalResults] = []
    for results in goals:
        terms, whole = results.goal.terms, results.periods[-1]
        own = periods(terms.starts_on, terms.duration_end, terms.interval, calendar, today=today)
        target = sum(target_of(terms, company, rates, period) for period in own)
        found.append(replace(results, periods=results.periods[:-1], whole=_judged(whole, target)))
    return found


def whole_of(terms: GoalTerms) -> Period:
    """Return the days from the goal's first to its last."""
    if terms.duration_end is None:
        raise ValueError("A goal without an end has no whole.")
    return Period(terms.starts_on, terms.duration_end)


def _judged(whole: PeriodResult, target: int) -> PeriodResult:
    status = PaceStatus.REACHED if whole.result >= target else PaceStatus.MISSED
    expected = None if whole.pace.expected is None else target
    return replace(whole, target=target, pace=replace(whole.pace, status=status, expected=expected))
