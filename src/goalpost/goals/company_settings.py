"""A company's settings by name, and its currency, which can change while the company is empty."""

from datetime import datetime

from django.utils.translation import gettext as _

from goalpost.companies.audit import AuditAction, Subject, record
from goalpost.companies.calendar import work_week_of
from goalpost.companies.checks import require_admin
from goalpost.companies.company import PaceRules, change_pace_rules, locked_company, rename_company
from goalpost.companies.currencies import PRESENT
from goalpost.companies.errors import InvalidInput
from goalpost.companies.models import Company
from goalpost.crm.actions.setup import change_calendar
from goalpost.crm.models import Deal, ExchangeRate
from goalpost.crm.posting import crm_write
from goalpost.domain.calendar import Weekday
from goalpost.domain.pace import PaceDays
from goalpost.domain.permissions import Actor
from goalpost.goals.models import Goal

SETTINGS = ("name", "currency", "time_zone", "week_start", "fiscal_month", "country")


def set_setting(*, actor: Actor, key: str, value: str, now: datetime) -> None:
    """Change one of the `SETTINGS`, given as text. Raises InvalidInput, NotAllowed."""
    company = Company.objects.get(pk=actor.company_id)
    if key == "name":
        rename_company(actor=actor, name=value, now=now)
    elif key == "currency":
        change_currency(actor=actor, currency=value.upper(), now=now)
    elif key == "country":
        country, _dash, subdivision = value.upper().partition("-")
        rules = PaceRules(PaceDays(company.pace_days), work_week_of(company), country, subdivision)
        change_pace_rules(actor=actor, rules=rules, now=now)
    else:
        days = {day.name.lower(): day.value for day in Weekday}
        week_start = days.get(value.lower(), -1) if key == "week_start" else company.week_start
        month = int(value) if value.isdecimal() else 0
        change_calendar(
            actor=actor,
            time_zone=value if key == "time_zone" else company.time_zone,
            week_start=week_start,
            fiscal_month=month if key == "fiscal_month" else company.fiscal_month,
            now=now,
        )


def change_currency(*, actor: Actor, currency: str, now: datetime) -> None:
    """Change the currency of a company without deals, rates and goals. Raises InvalidInput, NotAllowed."""
    require_admin(actor)
    if currency not in PRESENT:
        raise InvalidInput(
            _("Use a three-letter ISO 4217 currency code such as EUR, not “%(code)s”.") % {"code": currency},
            field="currency",
        )
    # Nobody can add a deal while the book is locked.
    with crm_write(actor, now=now):
        company = locked_company(actor)
        before = company.currency
        if currency == before:
            return
        if any(
            model._default_manager.filter(company_id=company.pk).exists()
            for model in (Deal, ExchangeRate, Goal)
        ):
            raise InvalidInput(
                _("The currency cannot be changed once there are deals, exchange rates or goals."),
                field="currency",
            )
        company.currency = currency
        company.save(update_fields=["currency"])
        changes = {"currency": (before, currency)}
        record(actor=actor, action=AuditAction.CHANGED, on=Subject.of(company), now=now, changes=changes)
