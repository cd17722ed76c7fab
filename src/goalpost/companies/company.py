"""The company's settings: name, calendar, pace; the server operator sets its plan.

They change periods and pace, but no results. The time zone, which moves records to other days, is changed by
`crm.actions.setup`.
"""

import hashlib
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from goalpost.companies.audit import AuditAction, AuditValue, Subject, differing, record
from goalpost.companies.calendar import known_countries, packed_work_week, work_week_of
from goalpost.companies.checks import checked_name, require_admin
from goalpost.companies.errors import Changed, InvalidInput, NotFound
from goalpost.companies.models import Company, CompanyDay, CompanyLock
from goalpost.domain.calendar import Weekday
from goalpost.domain.pace import MONDAY_TO_FRIDAY, PaceDays
from goalpost.domain.permissions import Actor, Plan

MOST_OWN_DAYS = 1000
"""The most single days that differ from the work week."""


@dataclass(frozen=True, slots=True)
class PaceRules:
    """Which days pace goes by. Country and subdivision are codes of ISO 3166, empty for no holidays."""

    pace_days: PaceDays = PaceDays.WORKING
    work_week: AbstractSet[int] = MONDAY_TO_FRIDAY
    country: str = ""
    subdivision: str = ""


def state_of(company: Company) -> str:
    """Return a fingerprint of the settings, which a form sends back to detect changes."""
    settings = [
        str(value) for value in (*_calendar(company).values(), *_pace(company).values(), company.name)
    ]
    return hashlib.sha256("\0".join([*settings, company.time_zone]).encode()).hexdigest()[:16]


def rename_company(*, actor: Actor, name: str, now: datetime, state: str = "") -> Company:
    """Change the company's name. Raises InvalidInput, NotAllowed, Changed."""
    require_admin(actor)
    name = checked_name(name)
    with transaction.atomic():
        company = locked_company(actor, state)
        before, company.name = company.name, name
        company.save(update_fields=["name"])
        _log(actor, company, {"name": before}, {"name": name}, now)
    return company


def change_periods(
    *, actor: Actor, week_start: int, fiscal_month: int, now: datetime, state: str = ""
) -> Company:
    """Change when weeks (0 is Monday) and fiscal years (1 is January) begin: every goal's periods follow.

    Raises InvalidInput, NotAllowed, Changed.
    """
    require_admin(actor)
    if week_start not in set(Weekday):
        raise InvalidInput(_("Choose the first day of the week."), field="week_start")
    if fiscal_month not in range(1, 13):
        raise InvalidInput(_("Choose the first month of the fiscal year."), field="fiscal_month")
    with transaction.atomic():
        company = locked_company(actor, state)
        before = _calendar(company)
        company.week_start, company.fiscal_month = week_start, fiscal_month
        company.save(update_fields=["week_start", "fiscal_month"])
        _log(actor, company, before, _calendar(company), now)
    return company


def change_pace_rules(*, actor: Actor, rules: PaceRules, now: datetime, state: str = "") -> Company:
    """Change which days pace goes by. Raises InvalidInput, NotAllowed, Changed."""
    require_admin(actor)
    checked_holidays(rules.country, rules.subdivision)
    if not rules.work_week or not rules.work_week <= set(Weekday):
        raise InvalidInput(_("Choose at least one day of the week."), field="work_week")
    with transaction.atomic():
        company = locked_company(actor, state)
        before = _pace(company)
        company.pace_days = rules.pace_days.value
        company.work_week = packed_work_week(rules.work_week)
        company.holidays_country, company.holidays_subdivision = rules.country, rules.subdivision
        company.save(update_fields=["pace_days", "work_week", "holidays_country", "holidays_subdivision"])
        _log(actor, company, before, _pace(company), now)
    return company


def add_company_day(*, actor: Actor, day: date, name: str, is_working: bool, now: datetime) -> CompanyDay:
    """Set a single day as working or free. Raises InvalidInput when it is set already, NotAllowed."""
    require_admin(actor)
    name = checked_name(name, longest=100)
    with transaction.atomic():
        company = locked_company(actor)
        own = CompanyDay.objects.filter(company=company)
        if own.filter(day=day).exists():
            raise InvalidInput(_("This day is already in the list. Remove it there first."), field="day")
        if own.count() >= MOST_OWN_DAYS:
            raise InvalidInput(
                _("The list already has %(most)d days. Remove some old ones.") % {"most": MOST_OWN_DAYS},
                field="day",
            )
        added = CompanyDay.objects.create(company=company, day=day, name=name, is_working=is_working)
        _log(actor, company, {"own_day": None}, {"own_day": _day_details(added)}, now)
    return added


def remove_company_day(*, actor: Actor, day_id: int, now: datetime) -> CompanyDay:
    """Remove the setting of a single day. Raises NotFound, NotAllowed."""
    require_admin(actor)
    with transaction.atomic():
        company = locked_company(actor)
        found = CompanyDay.objects.filter(company=company, pk=day_id).first()
        if found is None:
            raise NotFound
        CompanyDay.objects.filter(company=company, pk=day_id).delete()
        _log(actor, company, {"own_day": _day_details(found)}, {"own_day": None}, now)
    return found


def checked_holidays(country: str, subdivision: str) -> None:
    """Raise InvalidInput unless these holidays are known; empty for none."""
    if country and country not in known_countries():
        raise InvalidInput(
            _("No holidays are known for “%(code)s”. Use an ISO 3166 code such as SE.") % {"code": country},
            field="country",
        )
    if subdivision and subdivision not in known_countries().get(country, ()):
        raise InvalidInput(
            _("The country has no region “%(code)s” with holidays of its own.") % {"code": subdivision},
            field="subdivision",
        )


def locked_company(actor: Actor, state: str = "") -> Company:
    """Return the actor's company and lock its settings until the transaction ends.

    Raises Changed when its settings are no longer in the `state` that the actor saw.
    """
    company = CompanyLock.hold_and_read(actor.company_id)
    if state and state != state_of(company):
        raise Changed
    return company


def _calendar(company: Company) -> dict[str, AuditValue]:
    return {"week_start": Weekday(company.week_start).name.lower(), "fiscal_month": company.fiscal_month}


def _pace(company: Company) -> dict[str, AuditValue]:
    return {
        "pace_days": company.pace_days,
        "work_week": [Weekday(day).name.lower() for day in sorted(work_week_of(company))],
        "holidays": "-".join(filter(None, [company.holidays_country, company.holidays_subdivision])),
    }


def _day_details(day: CompanyDay) -> list[str]:
    return [day.day.isoformat(), day.name, "worked" if day.is_working else "free"]


def _log(
    actor: Actor, company: Company, before: dict[str, AuditValue], after: dict[str, AuditValue], now: datetime
) -> None:
    """Write the differences to the audit log, if there are any."""
    changes = differing(before, after)
    if changes:
        record(actor=actor, action=AuditAction.CHANGED, on=Subject.of(company), now=now, changes=changes)


def set_plan(*, actor: Actor, plan: Plan, now: datetime) -> None:
    """Give the actor's company a plan. Goals that a smaller one lacks are kept, read-only.

    Only the server operator (`actors.operator_of`) does this, from the command line.
    """
    with transaction.atomic():
        company = locked_company(actor)
        before = company.plan
        if plan == before:
            return
        company.plan = plan
        company.save(update_fields=["plan"])
        changes = {"plan": (before, plan.value)}
        record(actor=actor, action=AuditAction.CHANGED, on=Subject.of(company), now=now, changes=changes)
