"""Adding an exchange rate from the settings, with its line in the audit log. Admins only."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from goalpost.companies.audit import AuditAction, Subject, record
from goalpost.companies.company import locked_company
from goalpost.crm import checks
from goalpost.crm.actions.setup import set_rate
from goalpost.crm.rates import rate_in_force
from goalpost.domain.permissions import Actor


def add_rate(*, actor: Actor, currency: str, day: date, rate: Decimal, now: datetime) -> int | None:
    """Set an exchange rate as `set_rate` does, and log it beside the rate that it replaces.

    Returns the job that recounts the deals, if there are many. Raises NotAllowed and InvalidInput.
    """
    checks.require_admin(actor)
    with transaction.atomic():
        company = locked_company(actor)
        former = rate_in_force(company.pk, currency, day)
        job_id = set_rate(actor=actor, currency=currency, day=day, rate=rate, now=now)
        changes = {
            "rate": (
                None if former is None else [currency, former[0].isoformat(), _written(former[1])],
                [currency, day.isoformat(), _written(rate)],
            )
        }
        record(actor=actor, action=AuditAction.CHANGED, on=Subject.of(company), now=now, changes=changes)
    return job_id


def _written(rate: Decimal) -> str:
    return format(rate.normalize(), "f")
