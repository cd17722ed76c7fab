"""A goal on the wire as requests and replies have it, and what it reached over any days."""

import hashlib
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Literal, NotRequired

from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from goalpost.api.errors import GOALS_SERVICE
from goalpost.api.tokens import Caller
from goalpost.api.wire import (
    CurrencyCode,
    Day,
    Figure,
    Id,
    Ids,
    MeasureGiven,
    MeasureName,
    Number,
    Text,
    figure_shown,
    percent_shown,
)
from goalpost.companies.currencies import CURRENCIES
from goalpost.companies.errors import InvalidInput
from goalpost.domain.calendar import MAX_PERIODS, Interval, Period
from goalpost.domain.measures import Metric
from goalpost.domain.permissions import AssigneeKind
from goalpost.goals.periods import periods_shown
from goalpost.goals.queries import GoalView
from goalpost.goals.terms import GoalTerms
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

    Raises InvalidInput for days outside the goal's duration.
    """
    asked = _range_asked(goal.terms, first_day, last_day)
    report = goal_report(caller, GoalQuestion(goal, (asked,)))
    (found,) = report.periods
    return Reached(figure_shown(found.result, goal.terms), found.unvalued, report.is_recounting)


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
    found: list[PeriodOnWire] = []
    report = goal_report(caller, GoalQuestion(goal, periods))
    for each in report.periods:
        shape = PeriodOnWire(
            start=each.period.start,
            end=each.period.last_day,
            target=figure_shown(each.target, terms),
            result=figure_shown(each.result, terms),
            difference=figure_shown(each.difference, terms),
        )
        if each.target:
            shape["progress"] = percent_shown(each.result, each.target)
        if each.unvalued:
            shape["unvalued"] = each.unvalued
        found.append(shape)
    return found, report.is_recounting


def periods_tag(caller: Caller, goal: GoalView, periods: tuple[Period, ...]) -> str:
    """Return the ETag of `goal_periods`: equal as long as nothing it depends on has changed."""
    # The goal's view holds its version, its team's members of now and the rates that it converts with; the
    # actor, the viewer's rights.
    # Its number is left out: it counts the goals that are hidden too.
    depends_on = (
        replace(goal, id=0, may_change=False),
        caller.actor,
        caller.company.currency,
        read.book_state(caller.company.pk),
        caller.today,
        periods,
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


class TypeParams(TypedDict):
    """Where a goal counts; what is left out is not limited. `stage_id` is there for progress goals only."""

    pipeline_id: NotRequired[list[int]]
    stage_id: NotRequired[int]
    activity_type_id: NotRequired[list[int]]


class GoalType(TypedDict):
    """What a goal counts."""

    name: MeasureName
    params: TypeParams


class GoalAssignee(TypedDict):
    """Whose a goal is: a user, a team or the company, by id."""

    type: AssigneeKind
    id: int


class GoalDuration(TypedDict):
    """First and last day, both inclusive; without an end the goal runs on."""

    start: date
    end: NotRequired[date]


class ExpectedOutcome(TypedDict):
    """What each period aims at; of a seasonal goal, what the current, else the next or last one does."""

    target: Figure
    tracking_metric: Metric
    currency_id: NotRequired[int]


class SeasonInterval(TypedDict):
    """One period, first and last day inclusive, with its own target."""

    start: date
    end: date
    target: Figure


class Seasonality(TypedDict):
    """The targets of a goal that has one for each period."""

    tracking_metric: Metric
    currency_id: NotRequired[int]
    intervals: list[SeasonInterval]


class GoalOnWire(TypedDict):
    """A goal. `owner_id` is the user who created it."""

    id: str
    owner_id: int
    title: str
    type: GoalType
    assignee: GoalAssignee
    interval: Interval
    duration: GoalDuration
    expected_outcome: ExpectedOutcome
    seasonality: NotRequired[Seasonality]
    is_active: bool
    report_ids: list[str]


class Done(TypedDict):
    """Success in the envelope of the goals service."""

    success: Literal[True]
    statusCode: int
    statusText: str
    service: str


def done() -> Done:
    return Done(success=True, statusCode=20000, statusText="OK", service=GOALS_SERVICE)


def goal_on_wire(goal: GoalView, today: date) -> GoalOnWire:
    terms = goal.terms
    shape = GoalOnWire(
        id=goal.public_id,
        owner_id=goal.creator.id,
        title=terms.title,
        type=GoalType(name=terms.measure.wire, params=_params(terms)),
        assignee=GoalAssignee(type=terms.assignee.kind, id=terms.assignee.id),
        interval=terms.interval,
        duration=GoalDuration(start=terms.starts_on),
        expected_outcome=_outcome(terms, today),
        is_active=goal.is_active(today),
        report_ids=[goal.report_id],
    )
    if terms.ends_on is not None:
        shape["duration"]["end"] = terms.ends_on
    if terms.period_targets:
        shape["seasonality"] = _seasonality(terms)
    return shape


def current_target(terms: GoalTerms, today: date) -> int:
    """Return the one target a goal is told to have; of a seasonal goal the current, next or last period's."""
    started = [start for start in terms.period_targets if start <= today]
    if started:
        return terms.period_targets[max(started)]
    return terms.period_targets[min(terms.period_targets)] if terms.period_targets else terms.target


def target_shown(terms: GoalTerms, today: date) -> int | Decimal:
    return figure_shown(current_target(terms, today), terms)


def _params(terms: GoalTerms) -> TypeParams:
    params = TypeParams()
    if terms.pipelines:
        params["pipeline_id"] = sorted(terms.pipelines)
    if terms.stage_id is not None:
        params["stage_id"] = terms.stage_id
    if terms.activity_types:
        params["activity_type_id"] = sorted(terms.activity_types)
    return params


def _outcome(terms: GoalTerms, today: date) -> ExpectedOutcome:
    outcome = ExpectedOutcome(target=target_shown(terms, today), tracking_metric=terms.metric)
    if terms.metric is Metric.SUM:
        outcome["currency_id"] = CURRENCIES[terms.currency].id
    return outcome


def _seasonality(terms: GoalTerms) -> Seasonality:
    """Return every period with its target. Each ends where the next begins: a goal's periods have no gaps."""
    starts = sorted(terms.period_targets)
    ends: list[date] = [start - _ONE_DAY for start in starts[1:]]
    assert terms.ends_on is not None  # targets of single periods are refused for a goal without an end
    intervals = [
        SeasonInterval(start=start, end=end, target=figure_shown(terms.period_targets[start], terms))
        for start, end in zip(starts, [*ends, terms.ends_on], strict=True)
    ]
    seasonality = Seasonality(tracking_metric=terms.metric, intervals=intervals)
    if terms.metric is Metric.SUM:
        seasonality["currency_id"] = CURRENCIES[terms.currency].id
    return seasonality


class AssigneeBody(BaseModel):
    """Whose the goal is. The company needs no id."""

    id: Id | None = None
    type: AssigneeKind | None = None


class TypeParamsBody(BaseModel):
    """Where the goal counts. Pipelines and activity types: an array of ids, or null for all."""

    pipeline_id: Ids = Field([], description="Ids, or null for all pipelines.")
    stage_id: Id | None = Field(None, description="The stage deals enter; for deals_progressed only.")
    activity_type_id: Ids = Field([], description="Ids, or null for all types; for activity goals only.")


class TypeBody(BaseModel):
    """What the goal counts."""

    name: MeasureGiven | None = None
    params: TypeParamsBody | None = None


class OutcomeBody(BaseModel):
    """The target of every period. `currency_id` goes with `sum`; without it, the company's is meant."""

    target: Number | None = None
    tracking_metric: Metric | None = None
    currency_id: CurrencyCode | None = None


class IntervalBody(BaseModel):
    """The target of one period, known by its first day. `end`, the last day, is checked when given."""

    start: Day
    end: Day | None = None
    target: Number


class SeasonalityBody(BaseModel):
    """A target for each period. Metric and currency may be left to `expected_outcome`, or to what stands."""

    tracking_metric: Metric | None = None
    currency_id: CurrencyCode | None = None
    intervals: Annotated[list[IntervalBody], Field(max_length=MAX_PERIODS)] | None = None


class DurationBody(BaseModel):
    """First and last day, both inclusive. An end of null runs on."""

    start: Day | None = None
    end: Day | None = None


class GoalBody(BaseModel):
    """Changes to a goal: what is left out stays as it is."""

    title: Text | None = None
    assignee: AssigneeBody | None = None
    type: TypeBody | None = None
    expected_outcome: OutcomeBody | None = None
    seasonality: SeasonalityBody | None = Field(
        None, description="A target for each period; null gives the goal one target for all."
    )
    duration: DurationBody | None = None
    interval: Interval | None = None


class NewGoalBody(GoalBody):
    """A goal to be. It has `expected_outcome`, `seasonality`, or both, in which case seasonality decides."""

    assignee: AssigneeBody
    type: TypeBody
    duration: DurationBody
    interval: Interval
