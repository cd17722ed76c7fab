"""Setting up pipelines, stages, activity types, rates and the calendar. Admins only.

A change to a rule recounts the records it concerns under its own reason (`crm.rule_changes`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import available_timezones

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from goalpost.companies.actions import add_user, create_company
from goalpost.companies.actors import operator_of
from goalpost.companies.audit import AuditAction, Subject, record
from goalpost.companies.company import PaceRules, change_pace_rules, change_periods, locked_company
from goalpost.companies.errors import InvalidInput
from goalpost.companies.models import Company
from goalpost.crm import checks
from goalpost.crm.models import Activity, ActivityType, Deal, LostReason, Pipeline, Stage
from goalpost.crm.posting import crm_write
from goalpost.crm.rule_changes import NewProbability, NewRate, NewStageOrder, NewTimeZone, change_rule
from goalpost.crm.seals import insert_sealed
from goalpost.domain.permissions import Actor
from goalpost.ledger.models import Book

DEFAULT_PIPELINE = "Sales pipeline"
DEFAULT_STAGES = (
    ("Qualified", 20),
    ("Contact made", 35),
    ("Demo scheduled", 50),
    ("Proposal made", 65),
    ("Negotiations started", 80),
)
DEFAULT_ACTIVITY_TYPES = (
    ("Call", "call"),
    ("Meeting", "meeting"),
    ("Task", "task"),
    ("Deadline", "deadline"),
    ("Email", "email"),
    ("Lunch", "lunch"),
)

# As the table holds them: twelve digits before and twelve after the decimal sign.
_SMALLEST_RATE = Decimal("1e-12")


def start_books(*, actor: Actor, now: datetime) -> None:
    """Open a new company's book and give it a first pipeline and the usual activity types."""
    Book.objects.create(company_id=actor.company_id)
    pipeline = add_pipeline(actor=actor, name=DEFAULT_PIPELINE, now=now)
    for name, probability in DEFAULT_STAGES:
        add_stage(actor=actor, pipeline_id=pipeline.pk, name=name, probability=probability, now=now)
    for name, key in DEFAULT_ACTIVITY_TYPES:
        add_activity_type(actor=actor, name=name, key=key, now=now)


def add_pipeline(*, actor: Actor, name: str, now: datetime) -> Pipeline:
    """Add a pipeline after the others. Raises InvalidInput when the name is taken."""
    checks.require_admin(actor)
    name = checks.checked_text(name, field="name", longest=200)
    with crm_write(actor, now=now) as writer:
        own = Pipeline.objects.filter(company_id=actor.company_id)
        if own.filter(name=name).exists():
            raise InvalidInput(_("There is already a pipeline with that name."), field="name")
        last = own.aggregate(Max("position"))["position__max"] or 0
        added = Pipeline(company_id=actor.company_id, name=name, position=last + 1)
        insert_sealed(writer, added)
    return added


def add_stage(
    *, actor: Actor, pipeline_id: int, name: str, now: datetime, probability: int | None = None
) -> Stage:
    """Add a stage at the end of a pipeline, where no deal has skipped it. Raises InvalidInput."""
    checks.require_admin(actor)
    name = checks.checked_text(name, field="name", longest=200)
    checks.checked_probability(probability)
    with crm_write(actor, now=now) as writer:
        pipeline = Pipeline.objects.filter(company_id=actor.company_id, id=pipeline_id).first()
        if pipeline is None:
            raise InvalidInput(_("There is no such pipeline."), field="pipeline")
        own = Stage.objects.filter(company_id=actor.company_id, pipeline=pipeline)
        if own.filter(name=name).exists():
            raise InvalidInput(_("The pipeline already has a stage with that name."), field="name")
        last = own.aggregate(Max("position"))["position__max"] or 0
        added = Stage(
            company_id=actor.company_id,
            pipeline=pipeline,
            name=name,
            position=last + 1,
            probability=probability,
        )
        insert_sealed(writer, added)
    return added


def add_activity_type(*, actor: Actor, name: str, now: datetime, key: str = "") -> ActivityType:
    """Add an activity type after the others. Raises InvalidInput when the name or key is taken."""
    checks.require_admin(actor)
    name = checks.checked_text(name, field="name", longest=200)
    key = checks.checked_text(key or name.lower().replace(" ", "_"), field="key", longest=200)
    with crm_write(actor, now=now) as writer:
        own = ActivityType.objects.filter(company_id=actor.company_id)
        if own.filter(name=name).exists() or own.filter(key=key).exists():
            raise InvalidInput(_("There is already an activity type with that name."), field="name")
        last = own.aggregate(Max("position"))["position__max"] or 0
        added = ActivityType(company_id=actor.company_id, name=name, key=key, position=last + 1)
        insert_sealed(writer, added)
    return added


def add_lost_reason(*, actor: Actor, name: str, now: datetime) -> LostReason:
    """Add a reason to choose from when a deal is lost. Raises InvalidInput when there is one of that name."""
    checks.require_admin(actor)
    name = checks.checked_text(name, field="name", longest=200)
    with crm_write(actor, now=now) as writer:
        own = LostReason.objects.filter(company_id=actor.company_id)
        if own.filter(name=name).exists():
            raise InvalidInput(_("There is already a reason with that name."), field="name")
        last = own.aggregate(Max("position"))["position__max"] or 0
        added = LostReason(company_id=actor.company_id, name=name, position=last + 1)
        insert_sealed(writer, added)
    return added


def change_stage_probability(*, actor: Actor, stage_id: int, probability: int | None, now: datetime) -> Stage:
    """Change a stage's probability and recount its open deals without their own.

    Many deals are recounted by a job, until which the stage keeps its probability.
    """
    checks.require_admin(actor)
    checks.checked_probability(probability)
    checks.found_stage(actor.company_id, stage_id)
    change_rule(actor, NewProbability(stage_id, probability), now=now)
    return checks.found_stage(actor.company_id, stage_id)


def change_stage_order(
    *, actor: Actor, pipeline_id: int, stage_ids: Sequence[int], now: datetime
) -> int | None:
    """Set the order of a pipeline's stages and recount the deals that moved in it.

    Returns the job that does it, if there are many. Raises InvalidInput unless these are its stages.
    """
    checks.require_admin(actor)
    own = Stage.objects.filter(company_id=actor.company_id, pipeline_id=pipeline_id).order_by("position")
    in_order = list(own.values_list("id", flat=True))
    if sorted(stage_ids) != sorted(in_order):
        raise InvalidInput(_("List each stage of the pipeline once."), field="stages")
    if list(stage_ids) == in_order:
        return None
    return change_rule(actor, NewStageOrder(pipeline_id, tuple(stage_ids)), now=now)


def set_rate(*, actor: Actor, currency: str, day: date, rate: Decimal, now: datetime) -> int | None:
    """Set an exchange rate to the company's currency from a day on, and recount the deals in it.

    Returns the job that does it, if there are many.
    """
    checks.require_admin(actor)
    checks.checked_currency(currency)
    if not rate.is_finite() or not _SMALLEST_RATE <= rate < 1 / _SMALLEST_RATE:
        raise InvalidInput(
            _("A rate must be above zero, with at most 12 digits on each side of the decimal point."),
            field="rate",
        )
    if currency == Company.objects.values_list("currency", flat=True).get(pk=actor.company_id):
        raise InvalidInput(_("The company’s own currency needs no rate."), field="currency")
    exact = format(rate.quantize(_SMALLEST_RATE), "f")
    return change_rule(actor, NewRate(currency, day.isoformat(), exact), now=now)


def change_time_zone(*, actor: Actor, time_zone: str, now: datetime) -> None:
    """Change the company's time zone, which decides the day of every moment.

    Many records are recounted by a job, until which the former time zone applies.
    """
    checks.require_admin(actor)
    if time_zone not in available_timezones():
        raise InvalidInput(
            _("Use a time zone from the IANA list, such as Europe/Stockholm."), field="time_zone"
        )
    change_rule(actor, NewTimeZone(time_zone), now=now)


@dataclass(frozen=True, slots=True)
class Recounted:
    """How many records a change of the time zone recounts."""

    deals: int
    activities: int


def recounted_by_time_zone(company_id: int) -> Recounted:
    """Return what changing the time zone recounts, to be said before it is done."""
    return Recounted(
        Deal.objects.filter(company_id=company_id).count(),
        Activity.objects.filter(company_id=company_id).count(),
    )


def change_calendar(
    *, actor: Actor, time_zone: str, week_start: int, fiscal_month: int, now: datetime, state: str = ""
) -> Company:
    """Change the company's calendar; another time zone recounts every record.

    Raises InvalidInput, NotAllowed, and Changed when the settings are no longer in the `state` seen.
    """
    with transaction.atomic():
        company = change_periods(
            actor=actor, week_start=week_start, fiscal_month=fiscal_month, now=now, state=state
        )
        if time_zone != company.time_zone:
            change_time_zone(actor=actor, time_zone=time_zone, now=now)
            record(
                actor=actor,
                action=AuditAction.CHANGED,
                on=Subject.of(company),
                now=now,
                changes={"time_zone": (company.time_zone, time_zone)},
            )
        return locked_company(actor)


def found_company(
    *,
    name: str,
    currency: str,
    time_zone: str,
    admin_email: str,
    admin_name: str,
    password: str,
    now: datetime,
    holidays: str = "",
) -> Company:
    """Found a company; `holidays` names whose it keeps: a country such as SE, or a part of one such as DE-BY.

    Raises InvalidInput, also for a name that is here already; then nothing changed.
    """
    name = name.strip()
    if Company.objects.filter(name=name).exists():
        raise InvalidInput(
            f"There is a company named {name} here already. Nothing was changed.", field="name"
        )
    with transaction.atomic():
        company = create_company(name=name, currency=currency, time_zone=time_zone, now=now)
        operator = operator_of(company.pk)
        add_user(
            actor=operator,
            name=admin_name or admin_email.partition("@")[0],
            email=admin_email,
            password=password,
            is_admin=True,
            now=now,
        )
        if holidays:
            country, _dash, subdivision = holidays.upper().partition("-")
            rules = PaceRules(country=country, subdivision=subdivision)
            change_pace_rules(actor=operator, rules=rules, now=now)
        start_books(actor=operator, now=now)
    return company
