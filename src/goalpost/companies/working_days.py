"""A company's working days, from its settings, its country's holidays and its own days."""

from collections.abc import Iterable
from datetime import date

from goalpost.companies.models import Company, CompanyDay
from goalpost.companies.public_holidays import public_holidays
from goalpost.domain.calendar import Period, Weekday
from goalpost.domain.working_days import EVERY_DAY, PaceDays, WorkingCalendar, working_calendar


def working_calendar_of(company: Company, days: Period | None) -> WorkingCalendar:
    """Return the calendar for these days, in one query at most. Outside of them it may lack holidays."""
    if company.pace_days == PaceDays.CALENDAR:
        return EVERY_DAY
    if days is None:
        return WorkingCalendar(work_week_of(company))
    own = CompanyDay.objects.filter(company=company, day__gte=days.start, day__lt=days.end)
    return working_calendar(
        work_week_of(company),
        holidays=_holidays(company, days),
        own_days=dict(own.values_list("day", "is_working")),
    )


def work_week_of(company: Company) -> frozenset[int]:
    """Return the weekdays worked, numbered as `date.weekday()` does."""
    return frozenset(day for day in Weekday if company.work_week >> day & 1)


def packed_work_week(weekdays: Iterable[int]) -> int:
    """Return the weekdays as the company keeps them."""
    return sum(1 << day for day in set(weekdays))


def _holidays(company: Company, days: Period) -> frozenset[date]:
    if not company.holidays_country:
        return frozenset()
    return frozenset().union(
        *(
            public_holidays(company.holidays_country, company.holidays_subdivision, year)
            for year in range(days.start.year, days.last_day.year + 1)
        )
    )
