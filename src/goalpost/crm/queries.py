"""Queries for pipelines, stages, activity types and currencies, and for records of unknown date.

Everybody of a company sees them; whose records somebody sees is `visible_record_owners`.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Model, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.fields import BooleanField

from goalpost.companies.models import User
from goalpost.crm.models import (
    Activity,
    ActivityType,
    Deal,
    ExchangeRate,
    LostReason,
    Pipeline,
    Stage,
    StageMove,
)
from goalpost.domain.alphabet import by_name
from goalpost.domain.measures import Measure
from goalpost.domain.permissions import Actor, may_change_records_of
from goalpost.ledger.questions import Selection


@dataclass(frozen=True, slots=True)
class StageRow:
    """A stage; `probability` is in percent, None if not set. Deals there for over `rotting_days` days rot."""

    id: int
    name: str
    pipeline_id: int
    position: int
    probability: int | None
    rotting_days: int | None


@dataclass(frozen=True, slots=True)
class PipelineRow:
    """A pipeline with its stages, in their order."""

    id: int
    name: str
    position: int
    stages: tuple[StageRow, ...]


@dataclass(frozen=True, slots=True)
class ActivityTypeRow:
    """An activity type; `key` is its name in files and the API, `icon` one of the sprite or empty."""

    id: int
    name: str
    key: str
    position: int
    icon: str


def stages_of_company(actor: Actor) -> tuple[StageRow, ...]:
    """Return the company's stages in their order, in one query."""
    rows = Stage.objects.filter(company_id=actor.company_id).order_by(
        "pipeline__position", "pipeline__name", "position"
    )
    columns = ("pk", "name", "pipeline_id", "position", "probability", "rotting_days")
    return tuple(StageRow(*row) for row in rows.values_list(*columns))


def pipelines_of_company(actor: Actor) -> tuple[PipelineRow, ...]:
    """Return the company's pipelines in their order, in two queries."""
    stages: dict[int, list[StageRow]] = defaultdict(list)
    for stage in stages_of_company(actor):
        stages[stage.pipeline_id].append(stage)
    rows = Pipeline.objects.filter(company_id=actor.company_id).order_by("position", "name")
    return tuple(
        PipelineRow(pk, name, position, tuple(stages[pk]))
        for pk, name, position in rows.values_list("pk", "name", "position")
    )


def owners_to_choose(actor: Actor) -> tuple["Named", ...]:
    """Return the active people whose records the actor may change, by name, in one query."""
    rows = User.objects.filter(company_id=actor.company_id, is_active=True).values_list("pk", "name")
    own = [Named(pk, name) for pk, name in rows if may_change_records_of(actor, pk)]
    return tuple(sorted(own, key=lambda each: by_name(each.name, each.id)))


def lost_reasons_of_company(actor: Actor) -> tuple[str, ...]:
    """Return the reasons to choose from when a deal is lost, in their order, in one query."""
    rows = LostReason.objects.filter(company_id=actor.company_id).order_by("position", "name")
    return tuple(rows.values_list("name", flat=True))


def activity_types_of_company(actor: Actor) -> tuple[ActivityTypeRow, ...]:
    """Return the company's activity types in their order, in one query."""
    rows = ActivityType.objects.filter(company_id=actor.company_id).order_by("position", "name")
    return tuple(ActivityTypeRow(*row) for row in rows.values_list("pk", "name", "key", "position", "icon"))


def currencies_with_rates(actor: Actor) -> tuple[str, ...]:
    """Return the currencies that the company has rates of, by code, in one query."""
    rates = ExchangeRate.objects.filter(company_id=actor.company_id).order_by("currency")
    return tuple(rates.values_list("currency", flat=True).distinct())


MOST_COUNTED = 500

_Record = TypeVar("_Record", bound=Model)


@dataclass(frozen=True, slots=True)
class UnknownDates:
    """How many records have no day; `is_more` says that there are more than `count`."""

    count: int
    is_more: bool


def unknown_dates_of(company_id: int, selection: Selection) -> UnknownDates:
    """Count the selected records without a date, in one query.

    Of a forecast these are the won deals: an open deal without an expected close date is simply no forecast.
    """
    match selection.measure:
        case Measure.DEALS_STARTED:
            found = _capped(_deals(selection, company_id).filter(add_time__isnull=True))
        case Measure.DEALS_WON | Measure.REVENUE_FORECAST:
            # Inlined: SQLite uses a partial index only for a literal condition.
            is_won = RawSQL("crm_deal.status = 'won'", (), output_field=BooleanField())
            found = _capped(_deals(selection, company_id).filter(is_won, won_time__isnull=True))
        case Measure.DEALS_PROGRESSED:
            found = _capped(_moves(selection, company_id))
        case Measure.ACTIVITIES_ADDED:
            found = _capped(_activities(selection, company_id).filter(add_time__isnull=True))
        case Measure.ACTIVITIES_COMPLETED:
            found = _capped(
                _activities(selection, company_id).filter(is_done=True, marked_as_done_time__isnull=True)
            )
        case Measure.OPEN_VALUE:
            found = 0  # without a day it counts too
    return UnknownDates(min(found, MOST_COUNTED), found > MOST_COUNTED)


def _capped(records: QuerySet[_Record]) -> int:
    return records.order_by()[: MOST_COUNTED + 1].count()


def _deals(selection: Selection, company_id: int) -> QuerySet[Deal]:
    found = Deal.objects.filter(company_id=company_id, is_deleted=False)
    if selection.people is not None:
        found = found.filter(owner_id__in=selection.people)
    if selection.pipelines is not None:
        found = found.filter(pipeline_id__in=selection.pipelines)
    return found


def _moves(selection: Selection, company_id: int) -> QuerySet[StageMove]:
    """Return the arrivals in the stage at an unknown moment."""
    found = StageMove.objects.filter(
        company_id=company_id,
        moved_at__isnull=True,
        stage_id__in=selection.items or (),
        deal__is_deleted=False,
    )
    if selection.people is not None:
        found = found.filter(deal__owner_id__in=selection.people)
    return found


def _activities(selection: Selection, company_id: int) -> QuerySet[Activity]:
    found = Activity.objects.filter(company_id=company_id, is_deleted=False)
    if selection.people is not None:
        found = found.filter(owner_id__in=selection.people)
    if selection.pipelines is not None:
        found = found.filter(deal__pipeline_id__in=selection.pipelines)
    if selection.items is not None:
        found = found.filter(type_id__in=selection.items)
    return found


@dataclass(frozen=True, slots=True)
class Named:
    """A row of another table, as far as a page or a reply needs it."""

    id: int
    name: str
