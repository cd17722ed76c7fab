"""How a company comes to be: itself, its first admin, its book and its first pipeline, all or nothing."""

from datetime import datetime

from django.db import transaction

from goalpost.companies.actions import add_user, create_company
from goalpost.companies.actors import operator_of
from goalpost.companies.company_actions import PaceRules, change_pace_rules
from goalpost.companies.errors import InvalidInput
from goalpost.companies.models import Company
from goalpost.crm.actions.setup import start_books


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
