"""A company's plan: set by whoever runs the server, not by the company itself."""

from datetime import datetime

from django.db import transaction

from goalpost.companies.audit import Deed, Subject, record
from goalpost.companies.models import Company
from goalpost.domain.permissions import Actor
from goalpost.domain.plan import Plan


def set_plan(*, actor: Actor, plan: Plan, now: datetime) -> None:
    """Give the actor's company a plan. Goals that a smaller one lacks are kept, read-only.

    The actor is the operator (`actors.operator_of`): no page and no endpoint leads here.
    """
    with transaction.atomic():
        company = Company.objects.select_for_update(no_key=True).get(pk=actor.company_id)
        before = company.plan
        if plan == before:
            return
        company.plan = plan
        company.save(update_fields=["plan"])
        changes = {"plan": (before, plan.value)}
        record(actor=actor, deed=Deed.CHANGED, on=Subject.of(company), now=now, changes=changes)
