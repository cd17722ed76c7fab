"""The company's calendar, of which the time zone decides the day that every record falls on. Admins only."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from goalpost.companies.audit import Deed, Subject, record
from goalpost.companies.company_actions import change_periods, locked_company
from goalpost.companies.models import Company
from goalpost.crm.actions.setup import change_time_zone
from goalpost.crm.models import Activity, Deal
from goalpost.domain.permissions import Actor


@dataclass(frozen=True, slots=True)
class Recounted:
    """How many records a change of the time zone counts anew."""

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
                deed=Deed.CHANGED,
                on=Subject.of(company),
                now=now,
                changes={"time_zone": (company.time_zone, time_zone)},
            )
        return locked_company(actor)
