"""What `GET /goals/find` is asked: its filters, and which goals they let through."""

from django.db.models import Q
from pydantic import BaseModel, Field

from goalpost.api.goals.shapes import target_shown
from goalpost.api.tokens import Caller
from goalpost.api.wire import CurrencyCode, Day, Id, MeasureGiven, Number, QueryIds
from goalpost.companies.errors import InvalidInput
from goalpost.domain.measures import Metric
from goalpost.domain.permissions import AssigneeKind
from goalpost.goals.queries import GoalView, goals_seen_by, visible_to


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


# Title, is_active and the period alone leave it at the caller's own goals.
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
            # The company is the wall around every list: another's id finds nothing.
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
