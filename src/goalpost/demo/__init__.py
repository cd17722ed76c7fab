"""Kaski Systems: a sample company with two years of sales up to today, equal for every run on a day.

First `people`, `deals` and `activities` generate plain values from one seeded generator. Then they are
written: older records in bulk (`past`), the last two weeks edit by edit (`last_weeks`), so that the ledger
has a history. Goals come last (`goals`), with targets that fit the results.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import transaction

from goalpost.companies.actions import create_company
from goalpost.companies.actors import operator_of
from goalpost.companies.company import PaceRules, change_pace_rules
from goalpost.companies.models import Company
from goalpost.demo.activities import tell_activities
from goalpost.demo.deals import tell_deals
from goalpost.demo.goals import set_goals
from goalpost.demo.last_weeks import DAYS, activity_edits, correction_edits, deal_edits
from goalpost.demo.past import DemoRecords, import_activities, import_deals
from goalpost.demo.people import BY_KEY, PASSWORD, SIGN_INS, hire
from goalpost.demo.setting import CURRENCY, set_up
from goalpost.demo.workdays import Workdays

NAME = "Kaski Systems"
TIME_ZONE = "Europe/Stockholm"
COUNTRY = "SE"


class SignIn(NamedTuple):
    """How to sign in as someone with a role."""

    role: str
    email: str
    password: str


@dataclass(frozen=True, slots=True)
class DemoCompany:
    """The sample company."""

    company: Company
    sign_ins: list[SignIn]


def build(now: datetime) -> DemoCompany:
    """Create the sample company as of the day of `now` in its time zone, whatever the hour.

    Raises InvalidInput when it exists already.
    """
    zone = ZoneInfo(TIME_ZONE)
    workdays = Workdays(now, zone)
    random = Random(workdays.today.toordinal())  # noqa: S311  a story, not a secret
    founded = workdays.start_of(workdays.first)
    first_day = workdays.today - timedelta(days=DAYS)
    with transaction.atomic():
        company = create_company(name=NAME, currency=CURRENCY, time_zone=TIME_ZONE, now=founded)
        people = hire(company.pk, now=founded)
        operator = operator_of(company.pk)
        company = change_pace_rules(actor=operator, rules=PaceRules(country=COUNTRY), now=founded)
        setting = set_up(operator, today=workdays.today, now=founded)
        deals = tell_deals(random, workdays)
        activities = tell_activities(random, workdays, deals)
        since = workdays.start_of(first_day)
        records = DemoRecords(company.pk, people, setting, deals, activities, first_day, since)
        import_deals(records)
        import_activities(records)
        edits = [
            *deal_edits(records),
            *activity_edits(records, workdays),
            *correction_edits(records, workdays, random),
        ]
        for edit in sorted(edits, key=attrgetter("at")):
            edit.do()
        set_goals(company, people, setting, workdays, random)
    sign_ins = [SignIn(role, BY_KEY[key].email, PASSWORD) for role, key in SIGN_INS.items()]
    return DemoCompany(company, sign_ins)
