"""What a goal has reached, as the wire has it: over any days, and period by period."""

import hashlib
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import NotRequired

from typing_extensions import TypedDict

from goalpost.api.tokens import Caller
from goalpost.api.wire import Figure, GoalCurrency, figure_shown, percent_shown
from goalpost.companies.errors import InvalidInput
from goalpost.domain.calendar import Period
from goalpost.goals.periods import periods_shown, rates_for
from goalpost.goals.queries import GoalView
from goalpost.goals.terms import GoalTerms, periods_of
from goalpost.insights.goal_report import GoalQuestion, goal_report
from goalpost.ledger import read

_ONE_DAY = timedelta(days=1)


class PeriodOnWire(TypedDict):
    """One period of a goal, first and last day inclusive.

    `difference` is result minus target. `progress` is the result in percent of the target, with two decimals;
    left out for a target of zero, which is none.
    `unvalued`, where it is there, says how many records the result lacks the value of.
    """

    start: date
    end: date
    target: Figure
    result: Figure
    difference: Figure
    progress: NotRequired[Figure]
    unvalued: NotRequired[int]


@dataclass(frozen=True, slots=True)
class Reached:
    """What was reached over some days: a count or an amount in major units, and records without a value."""

    progress: int | Decimal
    unvalued: int
    is_recounting: bool


def reached_in(caller: Caller, goal: GoalView, first_day: date, last_day: date) -> Reached:
    """Return what was reached from the first day to the last, both inclusive.

    Raises InvalidInput for days outside the goal's duration. In a goal of another currency than the company's
    each period's part is converted as `goal_periods` converts it, so that the parts add up.
    """
    terms = goal.terms
    asked = _range_asked(terms, first_day, last_day)
    own = GoalCurrency(terms, caller.company, rates_for(caller.company, [terms]))
    ranges = _by_period(caller, terms, asked) if own.differs else {asked: asked.start}
    report = goal_report(caller, GoalQuestion(goal, tuple(ranges)))
    figure = sum(own.result(each.result, ranges[each.period]) for each in report.periods)
    unvalued = sum(each.unvalued for each in report.periods)
    return Reached(figure_shown(figure, terms), unvalued, report.is_recounting)


def periods_asked(
    caller: Caller, goal: GoalView, first_day: date | None, last_day: date | None
) -> tuple[Period, ...]:
    """Return the goal's periods, or those that the days asked for fall in. Raises InvalidInput."""
    if first_day is not None and last_day is not None and last_day < first_day:
        raise InvalidInput("The period must not end before it starts.", field="period.end")
    return tuple(
        period
        for period in periods_shown(goal.terms, caller.company, today=caller.today)
        if (first_day is None or period.last_day >= first_day)
        and (last_day is None or period.start <= last_day)
    )


def goal_periods(
    caller: Caller, goal: GoalView, periods: tuple[Period, ...]
) -> tuple[list[PeriodOnWire], bool]:
    """Return the periods in the goal's own currency, in a constant number of queries.

    With them whether a changed rule is being counted.
    """
    terms = goal.terms
    own = GoalCurrency(terms, caller.company, rates_for(caller.company, [terms]))
    found: list[PeriodOnWire] = []
    report = goal_report(caller, GoalQuestion(goal, periods))
    for each in report.periods:
        start = each.period.start
        target = terms.period_targets.get(start, terms.target)
        result = own.result(each.result, start)
        shape = PeriodOnWire(
            start=start,
            end=each.period.last_day,
            target=figure_shown(target, terms),
            result=figure_shown(result, terms),
            difference=figure_shown(result - target, terms),
        )
        if target:
            shape["progress"] = percent_shown(result, target)
        if each.unvalued:
            shape["unvalued"] = each.unvalued
        found.append(shape)
    return found, report.is_recounting


def periods_tag(caller: Caller, goal: GoalView, periods: tuple[Period, ...]) -> str:
    """Return the ETag of `goal_periods`: equal as long as nothing it depends on has changed."""
    own = GoalCurrency(goal.terms, caller.company, rates_for(caller.company, [goal.terms]))
    rates = [own.rate(period.start) for period in periods] if own.differs else []
    # The goal's view holds its version and its team's members of now; the actor, the viewer's rights.
    # Its number is left out: it counts the goals that are hidden too.
    depends_on = (
        replace(goal, id=0, may_change=False),
        caller.actor,
        caller.company.currency,
        read.book_state(caller.company.pk),
        caller.today,
        periods,
        rates,
    )
    return f'"{hashlib.sha256(repr(depends_on).encode()).hexdigest()[:32]}"'


def _range_asked(terms: GoalTerms, first_day: date, last_day: date) -> Period:
    if last_day < first_day:
        raise InvalidInput("The period must not end before it starts.", field="period.end")
    if first_day < terms.starts_on:
        raise InvalidInput(f"The goal starts on {terms.starts_on}.", field="period.start")
    if terms.ends_on is not None and last_day > terms.ends_on:
        raise InvalidInput(f"The goal ends on {terms.ends_on}.", field="period.end")
    if last_day == date.max:
        raise InvalidInput("Choose an earlier day.", field="period.end")
    return Period(first_day, last_day + _ONE_DAY)


def _by_period(caller: Caller, terms: GoalTerms, asked: Period) -> dict[Period, date]:
    """Return the part of each of the goal's periods that is asked for, with the period's first day."""
    until = replace(terms, ends_on=asked.last_day)
    return {
        Period(max(period.start, asked.start), period.end): period.start
        for period in periods_of(until, caller.company, today=caller.today)
        if period.end > asked.start
    }
