"""A company's calendar: the same for every viewer."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from goalpost.companies.models import Company
from goalpost.domain.calendar import CompanyCalendar


def calendar_of(company: Company) -> CompanyCalendar:
    return CompanyCalendar(week_start=company.week_start, fiscal_month=company.fiscal_month)


def today_in(company: Company, now: datetime) -> date:
    """Return the day it is in the company's time zone."""
    return now.astimezone(ZoneInfo(company.time_zone)).date()
