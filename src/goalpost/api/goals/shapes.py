"""Goals as the wire has them: Pipedrive's shape, names and ids."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, NotRequired

from typing_extensions import TypedDict

from goalpost.api.amounts import figure_shown
from goalpost.api.errors import GOALS_SERVICE
from goalpost.api.scalars import Figure, MeasureName
from goalpost.companies.currencies import CURRENCIES
from goalpost.domain.calendar import Interval
from goalpost.domain.measures import Metric
from goalpost.domain.permissions import AssigneeKind
from goalpost.goals.queries import GoalView
from goalpost.goals.terms import GoalTerms

_ONE_DAY = timedelta(days=1)


class TypeParams(TypedDict):
    """Where a goal counts. `null` means all. `stage_id` is there for progress goals only."""

    pipeline_id: list[int] | None
    stage_id: NotRequired[int]
    activity_type_id: NotRequired[list[int] | None]


class GoalType(TypedDict):
    """What a goal counts."""

    name: MeasureName
    params: TypeParams


class GoalAssignee(TypedDict):
    """Whose a goal is: a user, a team or the company, by id."""

    type: AssigneeKind
    id: int


class GoalDuration(TypedDict):
    """First and last day, both inclusive; `null` runs on."""

    start: date
    end: date | None


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
        duration=GoalDuration(start=terms.starts_on, end=terms.ends_on),
        expected_outcome=_outcome(terms, today),
        is_active=goal.is_active(today),
        report_ids=[goal.report_id],
    )
    if terms.period_targets:
        shape["seasonality"] = _seasonality(terms)
    return shape


def target_told(terms: GoalTerms, today: date) -> int:
    """Return the one target a goal is told to have; of a seasonal goal the current, next or last period's."""
    started = [start for start in terms.period_targets if start <= today]
    if started:
        return terms.period_targets[max(started)]
    return terms.period_targets[min(terms.period_targets)] if terms.period_targets else terms.target


def target_shown(terms: GoalTerms, today: date) -> int | Decimal:
    return figure_shown(target_told(terms, today), terms)


def _params(terms: GoalTerms) -> TypeParams:
    params = TypeParams(pipeline_id=sorted(terms.pipelines) or None)
    if terms.stage_id is not None:
        params["stage_id"] = terms.stage_id
    if terms.measure.counts_activities:
        params["activity_type_id"] = sorted(terms.activity_types) or None
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
