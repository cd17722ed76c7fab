"""A company's calendar, the same for every viewer: time zone, periods, working days, public holidays."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache, lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

import holidays

from goalpost.companies.models import Company, CompanyDay
from goalpost.domain.calendar import CompanyCalendar, Period, Weekday
from goalpost.domain.pace import EVERY_DAY, PaceDays, WorkingCalendar, working_calendar


def calendar_of(company: Company) -> CompanyCalendar:
    return CompanyCalendar(week_start=company.week_start, fiscal_month=company.fiscal_month)


def today_in(company: Company, now: datetime) -> date:
    """Return the current day in the company's time zone."""
    return now.astimezone(ZoneInfo(company.time_zone)).date()


_KEPT = ("public", "de_facto")


@cache
def known_countries() -> Mapping[str, tuple[str, ...]]:
    """Return the countries whose holidays are known, by ISO 3166-1, with the codes of their subdivisions."""
    found = holidays.list_supported_countries(include_aliases=False)
    return MappingProxyType({code: tuple(found[code]) for code in sorted(found)})


@cache
def subdivision_names(country: str) -> Mapping[str, str]:
    """Return the local names of a country's subdivisions, by their codes."""
    codes = known_countries().get(country, ())
    if not codes:
        return MappingProxyType({})
    named: dict[str, str] = {}
    for name, code in holidays.country_holidays(country).subdivisions_aliases.items():
        named.setdefault(code, name)
    return MappingProxyType({code: named.get(code, code) for code in codes})


@lru_cache(maxsize=4096)
def public_holidays(country: str, subdivision: str, year: int) -> frozenset[date]:
    """Return the holidays of a calendar year; none of a year outside those that are known."""
    return frozenset(holiday_names(country, subdivision, year, "en"))


@lru_cache(maxsize=256)
def holiday_names(country: str, subdivision: str, year: int, language: str) -> Mapping[date, str]:
    """Return the holidays of a calendar year in order, named in the language where the names are known in it.

    Otherwise they are named in English, and where that is not known either, as the country does.
    """
    plain = holidays.country_holidays(country)
    spoken = next(
        (known for wanted in (language, "en") for known in plain.supported_languages if known[:2] == wanted),
        None,
    )
    found = holidays.country_holidays(
        country,
        subdiv=subdivision or None,
        years=year,
        language=spoken,
        categories=tuple(kind for kind in _KEPT if kind in plain.supported_categories),
    )
    return MappingProxyType({day: found[day] for day in sorted(found)})


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
    """Return the weekdays as the bit mask that the company stores."""
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
