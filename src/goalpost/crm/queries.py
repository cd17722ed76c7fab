"""Reading what records are sorted into, as values: pipelines, stages, activity types, currencies.

Everybody of a company sees these. Whose records somebody sees is `visible_record_owners`.
"""

from collections import defaultdict
from dataclasses import dataclass

from goalpost.crm.models import ActivityType, ExchangeRate, Pipeline, Stage
from goalpost.domain.permissions import Actor


@dataclass(frozen=True, slots=True)
class StageRow:
    """A stage; `probability` is percent, none where nobody said."""

    id: int
    name: str
    pipeline_id: int
    position: int
    probability: int | None


@dataclass(frozen=True, slots=True)
class PipelineRow:
    """A pipeline with its stages, in their order."""

    id: int
    name: str
    position: int
    stages: tuple[StageRow, ...]


@dataclass(frozen=True, slots=True)
class ActivityTypeRow:
    """An activity type; `key` is what files and clients call it."""

    id: int
    name: str
    key: str
    position: int


def stages_of_company(actor: Actor) -> tuple[StageRow, ...]:
    """Return the company's stages in their order, in one query."""
    rows = Stage.objects.filter(company_id=actor.company_id).order_by("position", "pk")
    columns = ("pk", "name", "pipeline_id", "position", "probability")
    return tuple(StageRow(*row) for row in rows.values_list(*columns))


def pipelines_of_company(actor: Actor) -> tuple[PipelineRow, ...]:
    """Return the company's pipelines in their order, in two queries."""
    stages: dict[int, list[StageRow]] = defaultdict(list)
    for stage in stages_of_company(actor):
        stages[stage.pipeline_id].append(stage)
    rows = Pipeline.objects.filter(company_id=actor.company_id).order_by("position", "pk")
    return tuple(
        PipelineRow(pk, name, position, tuple(stages[pk]))
        for pk, name, position in rows.values_list("pk", "name", "position")
    )


def activity_types_of_company(actor: Actor) -> tuple[ActivityTypeRow, ...]:
    """Return the company's activity types in their order, in one query."""
    rows = ActivityType.objects.filter(company_id=actor.company_id).order_by("position", "pk")
    return tuple(ActivityTypeRow(*row) for row in rows.values_list("pk", "name", "key", "position"))


def currencies_with_rates(actor: Actor) -> tuple[str, ...]:
    """Return the currencies that the company has rates of, by code, in one query."""
    rates = ExchangeRate.objects.filter(company_id=actor.company_id).order_by("currency")
    return tuple(rates.values_list("currency", flat=True).distinct())
