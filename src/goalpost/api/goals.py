"""Pipedrive's five goals endpoints, and `periods`: everything about a goal's periods in one call."""

import json
from http import HTTPStatus
from typing import Annotated, NotRequired

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.http import parse_etags
from ninja import Header, Path, Query, Router
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from goalpost.api.errors import GOAL_READ_REFUSALS, GOALS_REFUSALS
from goalpost.api.goal_shapes import (
    Done,
    GoalBody,
    GoalOnWire,
    NewGoalBody,
    PeriodOnWire,
    done,
    goal_on_wire,
    goal_periods,
    periods_asked,
    periods_tag,
    reached_in,
    target_shown,
)
from goalpost.api.goal_terms import changed_terms, new_terms
from goalpost.api.tokens import Caller, caller_of
from goalpost.api.wire import CurrencyCode, Day, Figure, GoalId, Id, MeasureGiven, Number, QueryIds, read_json
from goalpost.companies.errors import Changed, InvalidInput
from goalpost.domain.measures import Metric
from goalpost.domain.permissions import AssigneeKind
from goalpost.goals import actions
from goalpost.goals.queries import GoalView, goal_seen_by, goals_seen_by, require_change, visible_to
from goalpost.storage.snapshot import snapshot


class GoalFilters(BaseModel):
    """Filters by the names of a goal's fields. Others are ignored."""

    measure: MeasureGiven | None = Field(None, alias="type.name")
    title: str | None = Field(None, description="The whole title, upper or lower case.")
    term: str | None = Field(None, description="A part of the title, upper or lower case (an extension).")
    is_active: bool = Field(default=True, description="Goals that run or begin later, or past ones.")
    assignee_id: Id | None = Field(
        None, alias="assignee.id", description="A user's id, unless assignee.type says otherwise."
    )
    assignee_type: AssigneeKind | None = Field(None, alias="assignee.type")
    target: Number | None = Field(None, alias="expected_outcome.target")
    metric: Metric | None = Field(None, alias="expected_outcome.tracking_metric")
    currency: CurrencyCode | None = Field(None, alias="expected_outcome.currency_id")
    pipelines: QueryIds = Field(
        None, alias="type.params.pipeline_id", description="Exactly these pipelines; null: goals for all."
    )
    stage_id: Id | None = Field(None, alias="type.params.stage_id")
    activity_types: QueryIds = Field(
        None,
        alias="type.params.activity_type_id",
        description="Exactly these types; null: activity goals for all.",
    )
    period_start: Day | None = Field(
        None, alias="period.start", description="With period.end: goals that run on any of these days."
    )
    period_end: Day | None = Field(None, alias="period.end")


# With only title, is_active and the period, the list has the caller's own goals.
_WIDENING = {
    "measure",
    "assignee_id",
    "assignee_type",
    "target",
    "metric",
    "currency",
    "pipelines",
    "stage_id",
    "activity_types",
}


def goals_found(caller: Caller, filters: GoalFilters) -> list[GoalView]:
    """Return the goals the caller may see that pass the filters, in a constant number of queries.

    Without a filter that says whose or which, only the caller's own. Raises InvalidInput.
    """
    asked = visible_to(caller.actor).filter(_asked_of_database(caller, filters))
    found = goals_seen_by(caller.actor, asked.order_by("created_at", "title", "public_id"))
    return [goal for goal in found if _passes(goal, caller, filters)]


def _asked_of_database(caller: Caller, filters: GoalFilters) -> Q:
    asked = _whose(caller, filters) & _when(caller, filters)
    if filters.measure is not None:
        asked &= Q(measure=filters.measure)
    if filters.metric is not None:
        asked &= Q(metric=filters.metric)
    if filters.currency is not None:
        asked &= Q(currency=filters.currency)
    if filters.stage_id is not None:
        asked &= Q(stage_id=filters.stage_id)
    return asked


def _whose(caller: Caller, filters: GoalFilters) -> Q:
    kind, assignee_id = filters.assignee_type, filters.assignee_id
    if not filters.model_fields_set & _WIDENING:
        kind, assignee_id = AssigneeKind.PERSON, caller.actor.user_id
    if assignee_id is None:
        return Q() if kind is None else Q(assignee_kind=kind)
    match kind:
        case AssigneeKind.COMPANY:
            # Every list is limited to the company: another company's id finds nothing.
            return Q(assignee_kind=kind) if assignee_id == caller.company.pk else Q(pk__in=[])
        case AssigneeKind.TEAM:
            return Q(assignee_kind=kind, assignee_team_id=assignee_id)
        case _:
            return Q(assignee_kind=AssigneeKind.PERSON, assignee_user_id=assignee_id)


def _when(caller: Caller, filters: GoalFilters) -> Q:
    runs_on = Q(ends_on__isnull=True)
    asked = (runs_on | Q(ends_on__gte=caller.today)) if filters.is_active else Q(ends_on__lt=caller.today)
    start, end = filters.period_start, filters.period_end
    if start is None and end is None:
        return asked
    if start is None:
        raise InvalidInput("Give it together with period.end.", field="period.start")
    if end is None:
        raise InvalidInput("Give it together with period.start.", field="period.end")
    if end < start:
        raise InvalidInput("The period must not end before it starts.", field="period.end")
    return asked & Q(starts_on__lte=end) & (runs_on | Q(ends_on__gte=start))


def _passes(goal: GoalView, caller: Caller, filters: GoalFilters) -> bool:
    """Check what databases compare differently (letter case), or not at all (sets, shown targets)."""
    terms = goal.terms
    title = terms.title.casefold()
    return (
        (filters.title is None or title == filters.title.casefold())
        and (filters.term is None or filters.term.casefold() in title)
        and (filters.target is None or target_shown(terms, caller.today) == filters.target)
        and (filters.pipelines is None or terms.pipelines == set(filters.pipelines))
        and (
            filters.activity_types is None
            or (terms.measure.counts_activities and terms.activity_types == set(filters.activity_types))
        )
    )


router = Router(tags=["Goals"])

_TRIES = 3


class OneGoal(TypedDict):
    goal: GoalOnWire


class ManyGoals(TypedDict):
    goals: list[GoalOnWire]


class GoalResult(TypedDict):
    """`progress` is in the unit of the goal's metric: a count, or an amount in its currency.

    `recounting`, where it is there, is true: a rule has changed, and until all is recounted results follow
    the rule before.
    """

    goal: GoalOnWire
    progress: Figure
    unvalued: NotRequired[int]
    recounting: NotRequired[bool]


class GoalPeriods(TypedDict):
    """`recounting` as with a result."""

    goal: GoalOnWire
    periods: list[PeriodOnWire]
    recounting: NotRequired[bool]


class GoalReply(Done):
    data: OneGoal


class GoalsReply(Done):
    data: ManyGoals


class ResultReply(Done):
    data: GoalResult


class PeriodsReply(Done):
    data: GoalPeriods


@router.post("/goals", response={200: GoalReply, **GOALS_REFUSALS}, summary="Add a goal")
def add_goal(
    request: HttpRequest,
    body: NewGoalBody,
    idempotency_key: Annotated[str | None, Header(alias="Idempotency-Key", max_length=200)] = None,
) -> GoalReply:
    """Create a goal. Sent again with the same `Idempotency-Key`, it creates nothing and returns the goal.

    The same key with another body is refused.
    """
    caller = caller_of(request)
    public_id = actions.id_for_request(caller.actor, idempotency_key) if idempotency_key else ""
    terms = new_terms(body, caller)
    # Serialised with sorted names, so that the formatting of a repeated body does not matter.
    sent = json.dumps(read_json(request.body), sort_keys=True, default=str)
    goal = actions.create_goal(
        actor=caller.actor, terms=terms, now=caller.now, public_id=public_id, body=sent
    )
    return _goal_reply(goal, caller)


@router.get("/goals/find", response={200: GoalsReply, **GOAL_READ_REFUSALS}, summary="Find goals")
def find_goals(request: HttpRequest, filters: Query[GoalFilters]) -> GoalsReply:
    """Return the goals that pass every filter, as far as the caller may see them.

    Without a filter on type, assignee or expected outcome, only goals of the caller's own. Arrays may be
    written as repeated keys, with commas, as `key[]` or in JSON.
    """
    caller = caller_of(request)
    found = [goal_on_wire(goal, caller.today) for goal in goals_found(caller, filters)]
    return GoalsReply(data=ManyGoals(goals=found), **done())


@router.put("/goals/{goal_id}", response={200: GoalReply, **GOALS_REFUSALS}, summary="Change a goal")
def change_goal(request: HttpRequest, goal_id: Path[GoalId], body: GoalBody) -> GoalReply:
    """Change what the body names and leave the rest.

    `expected_outcome` other than the one told is refused for a goal with seasonality, unless
    `seasonality: null` is sent with it. A new metric or currency needs a new target.
    """
    caller = caller_of(request)
    for _try in range(_TRIES):
        current = goal_seen_by(caller.actor, goal_id)
        require_change(current, "You may see this goal, but not change it.")
        try:
            goal = actions.change_goal(
                actor=caller.actor,
                public_id=goal_id,
                terms=changed_terms(body, current.terms, caller),
                now=caller.now,
                version=current.version,
            )
        except Changed:
            continue  # merged into what no longer stands: merge anew
        return _goal_reply(goal, caller)
    raise Changed


@router.delete("/goals/{goal_id}", response={200: Done, **GOALS_REFUSALS}, summary="Delete a goal")
def delete_goal(request: HttpRequest, goal_id: Path[GoalId]) -> Done:
    """Mark a goal as deleted: it is found no more."""
    caller = caller_of(request)
    actions.delete_goal(actor=caller.actor, public_id=goal_id, now=caller.now)
    return done()


@router.get(
    "/goals/{goal_id}/results", response={200: ResultReply, **GOAL_READ_REFUSALS}, summary="Get a result"
)
def get_results(
    request: HttpRequest,
    goal_id: Path[GoalId],
    period_start: Annotated[Day, Query(alias="period.start")],
    period_end: Annotated[Day, Query(alias="period.end")],
) -> ResultReply:
    """Return what the goal reached from one day to another, both inclusive and within its duration."""
    caller = caller_of(request)
    with snapshot():
        goal = goal_seen_by(caller.actor, goal_id)
        reached = reached_in(caller, goal, period_start, period_end)
    data = GoalResult(goal=goal_on_wire(goal, caller.today), progress=reached.progress)
    if reached.unvalued:
        data["unvalued"] = reached.unvalued
    if reached.is_recounting:
        data["recounting"] = True
    return ResultReply(data=data, **done())


@router.get(
    "/goals/{goal_id}/periods",
    response={200: PeriodsReply, 304: None, **GOAL_READ_REFUSALS},
    summary="Get all periods",
)
def get_periods(
    request: HttpRequest,
    response: HttpResponse,
    goal_id: Path[GoalId],
    period_start: Annotated[Day | None, Query(alias="period.start")] = None,
    period_end: Annotated[Day | None, Query(alias="period.end")] = None,
) -> PeriodsReply | HttpResponseBase:
    """Return each period with target, result, difference and progress (an extension).

    `progress` is the result in percent of the target. A goal without an end shows its periods up to the
    current one and twelve further; `period.start` and `period.end` leave only those their days fall in. The
    reply has an ETag: `If-None-Match` is answered by 304 as long as nothing has changed.
    """
    caller = caller_of(request)
    with snapshot():
        goal = goal_seen_by(caller.actor, goal_id)
        asked = periods_asked(caller, goal, period_start, period_end)
        tag = periods_tag(caller, goal, asked)
        if {tag, f"W/{tag}", "*"} & set(parse_etags(request.headers.get("If-None-Match", ""))):
            return _not_modified(tag)
        periods, is_recounting = goal_periods(caller, goal, asked)
    data = GoalPeriods(goal=goal_on_wire(goal, caller.today), periods=periods)
    if is_recounting:
        data["recounting"] = True
    response.headers["ETag"] = tag
    return PeriodsReply(data=data, **done())


def _not_modified(tag: str) -> HttpResponse:
    reply = HttpResponse(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": tag})
    del reply.headers["Content-Type"]  # there is no content to have one
    return reply


def _goal_reply(goal: GoalView, caller: Caller) -> GoalReply:
    return GoalReply(data=OneGoal(goal=goal_on_wire(goal, caller.today)), **done())
