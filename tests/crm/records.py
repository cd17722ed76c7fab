"""Deals and activities for tests, and what the ledger says of them."""

from datetime import UTC, date, datetime, timedelta
from typing import Unpack

from django.apps import apps
from django.db.models import Model

from goalpost.companies.models import Company
from goalpost.crm.actions.activities import ActivityDetails, create_activity
from goalpost.crm.actions.deals import DealDetails, create_deal
from goalpost.crm.models import Activity, Deal
from goalpost.domain.calendar import Period
from goalpost.domain.measures import Measure
from goalpost.domain.permissions import Actor
from goalpost.ledger import read
from goalpost.ledger.questions import Selection, Total
from goalpost.ledger.records import records
from tests.people import NOW, Cast

ALWAYS = Period(date(2000, 1, 1), date(2100, 1, 1))
LATER = NOW + timedelta(hours=1)


def utc(year: int, month: int, day: int, hour: int = 12, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def add_deal(
    cast: Cast,
    *,
    stage: int = 0,
    actor: Actor | None = None,
    now: datetime = NOW,
    **details: Unpack[DealDetails],
) -> Deal:
    """Create a deal of Cilla's, worth 1,000.00 in the company's currency unless the details say otherwise."""
    given: DealDetails = {
        "title": "Oars",
        "owner_id": cast.cilla.pk,
        "value": 100_000,
        "currency": cast.company.currency,
    }
    given.update(details)
    return create_deal(actor=actor or cast.as_astrid, stage_id=cast.stages[stage].pk, now=now, **given)


def add_activity(
    cast: Cast, *, actor: Actor | None = None, now: datetime = NOW, **details: Unpack[ActivityDetails]
) -> Activity:
    """Create a call of Cilla's."""
    given: ActivityDetails = {
        "subject": "Ring",
        "owner_id": cast.cilla.pk,
        "type_id": cast.activity_type().pk,
    }
    given.update(details)
    return create_activity(actor=actor or cast.as_astrid, now=now, **given)


def total(cast: Cast, measure: Measure, *, owner_id: int | None = None, period: Period = ALWAYS) -> Total:
    owners = None if owner_id is None else frozenset({owner_id})
    return read.total(cast.company_id, Selection(measure, owners), period)


def days(cast: Cast, measure: Measure) -> list[date]:
    """Return the days that something counts on, latest first."""
    found = records(cast.company_id, Selection(measure), ALWAYS, limit=1000)
    return [record.day for record in found.records]


def everything_stored() -> list[list[tuple[object, ...]]]:
    """Return all rows of companies, the CRM and the ledger, to show that nothing changed."""
    models: list[type[Model]] = [Company]
    for label in ("crm", "ledger"):
        models.extend(apps.get_app_config(label).get_models())
    return [list(model._default_manager.order_by("id").values_list()) for model in models]
