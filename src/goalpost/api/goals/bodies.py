"""What clients send to set a goal. Keys that are not listed here are ignored; null is as good as left out.

There are two places where null says something: `duration.end` (no end) and `seasonality` (none).
"""

from typing import Annotated

from pydantic import BaseModel, Field

from goalpost.api.scalars import CurrencyCode, Day, Id, Ids, MeasureGiven, Number, Text
from goalpost.domain.calendar import MAX_PERIODS, Interval
from goalpost.domain.measures import Metric
from goalpost.domain.permissions import AssigneeKind


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
