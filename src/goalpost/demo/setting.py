"""What Kaski Systems' records stand in: pipelines, stages, activity types and exchange rates."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from math import sin

from goalpost.crm.actions.pipelines import change_rotting_days
from goalpost.crm.actions.setup import (
    add_activity_type,
    add_lost_reason,
    add_pipeline,
    add_stage,
    set_rate,
)
from goalpost.demo.workdays import HISTORY_MONTHS, months_before
from goalpost.domain.permissions import Actor
from goalpost.ledger.models import Book

CURRENCY = "EUR"
UNPRICED_CURRENCY = "ISK"
"""A currency without a rate, so that a few deals show what an unknown value looks like."""


class PipelineName(StrEnum):
    NEW = "New business"
    EXPANSION = "Expansion"


@dataclass(frozen=True, slots=True)
class StagePlan:
    """A stage and how deals fare in it: their chance to go on, and the days they usually stay."""

    name: str
    probability: int
    goes_on: float
    days: float


WAITING_STAGE = "Proposal sent"
"""Where deals have begun to wait."""

STAGES = {
    PipelineName.NEW: (
        StagePlan("Qualified", 20, 0.66, 8),
        StagePlan("Demo held", 40, 0.74, 9),
        StagePlan(WAITING_STAGE, 55, 0.72, 13),
        StagePlan("Negotiation", 70, 0.86, 9),
        StagePlan("Contract sent", 90, 0.93, 6),
    ),
    PipelineName.EXPANSION: (
        StagePlan("Need identified", 30, 0.8, 9),
        StagePlan("Offer sent", 60, 0.76, 11),
        StagePlan("Agreed", 90, 0.94, 6),
    ),
}


class Kind(StrEnum):
    """An activity type; the value is its key."""

    CALL = "call"
    MEETING = "meeting"
    DEMO = "demo"
    ONBOARDING = "onboarding"
    EMAIL = "email"
    TASK = "task"


_KIND_NAMES = {
    Kind.CALL: "Call",
    Kind.MEETING: "Meeting",
    Kind.DEMO: "Demo",
    Kind.ONBOARDING: "Onboarding",
    Kind.EMAIL: "E-mail",
    Kind.TASK: "Task",
}
_ROTS_AFTER = 2.5
"""A deal rots after so many times the days that one usually stays in its stage."""
_LOST_REASONS = ("Price", "Chose a competitor", "No budget this year", "No answer", "Not a fit")
# What one unit was worth in euro, around which the demo's rates sway.
_USUAL_RATES = {"SEK": Decimal("0.0885"), "USD": Decimal("0.921")}


@dataclass(frozen=True, slots=True)
class Setting:
    """The ids of what was set up."""

    pipelines: dict[PipelineName, int]
    stages: dict[tuple[PipelineName, str], int]
    kinds: dict[Kind, int]


def set_up(actor: Actor, *, today: date, now: datetime) -> Setting:
    """Open the company's book and set up its pipelines, activity types and a rate a month."""
    Book.objects.create(company_id=actor.company_id)
    pipelines: dict[PipelineName, int] = {}
    stages: dict[tuple[PipelineName, str], int] = {}
    for name, plans in STAGES.items():
        pipelines[name] = add_pipeline(actor=actor, name=name, now=now).pk
        for plan in plans:
            stage = add_stage(
                actor=actor,
                pipeline_id=pipelines[name],
                name=plan.name,
                probability=plan.probability,
                now=now,
            )
            stages[name, plan.name] = stage.pk
            change_rotting_days(actor=actor, stage_id=stage.pk, days=round(plan.days * _ROTS_AFTER), now=now)
    for reason in _LOST_REASONS:
        add_lost_reason(actor=actor, name=reason, now=now)
    kinds = {
        kind: add_activity_type(actor=actor, name=name, key=kind, now=now).pk
        for kind, name in _KIND_NAMES.items()
    }
    for currency, usual in _USUAL_RATES.items():
        for ago in range(HISTORY_MONTHS, -1, -1):
            sway = Decimal(round(40 * sin(ago / 3))) / 1000
            rate = (usual * (1 + sway)).quantize(Decimal("0.000001"))
            set_rate(actor=actor, currency=currency, day=months_before(today, ago), rate=rate, now=now)
    return Setting(pipelines, stages, kinds)
