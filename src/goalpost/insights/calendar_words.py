"""Days, ranges of days and periods in a reader's words, always through the locale (CLDR, by Babel).

English days are written in European order (18 Nov 2026), Swedish ones as CLDR has it (18 nov. 2026).
Ranges are half-open here and shown with their last day.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale, dates
from django.utils import translation
from django.utils.translation import gettext

from goalpost.domain.calendar import CompanyCalendar, Interval, Period
from goalpost.insights.formats import locale_of

_ONE_DAY = timedelta(days=1)


@cache
def _locale_of_days(language: str) -> Locale:
    locale = locale_of(language)
    return Locale.parse("en_IE") if locale.language == "en" else locale


def _plain(text: str) -> str:
    """Shorten September like every other month; CLDR's British English alone gives it four letters."""
    return re.sub(r"\bSept\b", "Sep", text)


def day(when: date, language: str) -> str:
    """Return 18 Nov 2026."""
    return _plain(dates.format_date(when, "medium", locale=_locale_of_days(language)))


def day_of_year(when: date, language: str) -> str:
    """Return 18 Nov: a day whose year is plain from the page."""
    return _plain(dates.format_skeleton("MMMd", when, locale=_locale_of_days(language)))


def long_day(when: date, language: str) -> str:
    """Return Wednesday 18 November 2026."""
    return dates.format_date(when, "full", locale=_locale_of_days(language))


def moment(when: datetime, time_zone: str, language: str, *, this_year: int = 0) -> str:
    """Return 17 Nov, 16:12 in the company's time zone. `when` is aware.

    With `this_year` a day of another year is written with its own: 17 Nov 2025, 16:12.
    """
    local = when.astimezone(ZoneInfo(time_zone))
    clock = dates.format_time(local, "HH:mm", locale=_locale_of_days(language))
    is_plain = this_year in {0, local.year}
    written = day_of_year(local.date(), language) if is_plain else day(local.date(), language)
    return f"{written}, {clock}"


def day_range(start: date, end: date, language: str) -> str:
    """Return the half-open range as "1 to 18 Nov 2026" with a dash, or the one day it is."""
    last = end - _ONE_DAY
    if last <= start:
        return day(start, language)
    return _plain(dates.format_interval(start, last, "yMMMd", locale=_locale_of_days(language)))


def month_range(start: date, end: date, language: str) -> str:
    """Return the months that a half-open range touches: Jan 2026, or "Jan to Dec 2026" with a dash."""
    last = end - _ONE_DAY
    locale = _locale_of_days(language)
    if (start.year, start.month) == (last.year, last.month):
        return _plain(dates.format_skeleton("yMMM", start, locale=locale))
    return _plain(dates.format_interval(start, last, "yMMM", locale=locale))


def period_name(
    period: Period, interval: Interval, calendar: CompanyCalendar, language: str, *, with_year: bool = True
) -> str:
    """Return November 2026, Q4 2026, week 47, 2026 or 2026; without the year November, Q4, week 47.

    A fiscal year that begins later than January is named by both its years: Q1 2026/27.
    """
    locale = _locale_of_days(language)
    match interval:
        case Interval.MONTHLY:
            if with_year:
                return dates.format_skeleton("yMMMM", period.start, locale=locale)
            return _month(period.start, "wide", locale)
        case Interval.QUARTERLY:
            quarter = _quarter_name(period.start, calendar, locale)
            return f"{quarter} {_fiscal_year(period.start, calendar)}" if with_year else quarter
        case Interval.WEEKLY:
            return _week_name(period, calendar, language, with_year=with_year)
        case Interval.YEARLY:
            return _fiscal_year(period.start, calendar)


def short_period_name(
    period: Period, interval: Interval, calendar: CompanyCalendar, language: str, *, with_year: bool = False
) -> str:
    """Return what stands under a column: Nov, Q4, w47, 2026; with the year Nov 2026."""
    locale = _locale_of_days(language)
    match interval:
        case Interval.MONTHLY:
            if with_year:
                return _plain(dates.format_skeleton("yMMM", period.start, locale=locale))
            return _plain(_month(period.start, "abbreviated", locale))
        case Interval.WEEKLY:
            with translation.override(language):
                # Translators: a column's label, the week's number: w47
                return gettext("w%(week)s") % {"week": _week_number(period, calendar)[1]}
        case Interval.QUARTERLY | Interval.YEARLY:
            return period_name(period, interval, calendar, language, with_year=with_year)


def initial_of_period(period: Period, interval: Interval, calendar: CompanyCalendar, language: str) -> str:
    """Return the label of a narrow chart's column: J for January, 47 for a week, else the short name."""
    match interval:
        case Interval.MONTHLY:
            return _month(period.start, "narrow", locale_of(language))
        case Interval.WEEKLY:
            return str(_week_number(period, calendar)[1])
        case Interval.QUARTERLY | Interval.YEARLY:
            return short_period_name(period, interval, calendar, language)


def _month(start: date, width: Literal["wide", "abbreviated", "narrow"], locale: Locale) -> str:
    name: str = locale.months["stand-alone"][width][start.month]
    return name


def _quarter_name(start: date, calendar: CompanyCalendar, locale: Locale) -> str:
    quarter = (start.month - calendar.fiscal_month) % 12 // 3 + 1
    name: str = locale.quarters["format"]["abbreviated"][quarter]
    return name


def _fiscal_year(start: date, calendar: CompanyCalendar) -> str:
    first = start.year - (start.month < calendar.fiscal_month)
    return str(first) if calendar.fiscal_month == 1 else f"{first}/{(first + 1) % 100:02d}"


def _week_number(period: Period, calendar: CompanyCalendar) -> tuple[int, int]:
    """Return year and number of the ISO week that most of the period's calendar week lies in."""
    monday_to_start = (period.start.weekday() - calendar.week_start) % 7
    middle = period.start - timedelta(days=monday_to_start) + timedelta(days=3)
    iso = middle.isocalendar()
    return iso.year, iso.week


def _week_name(period: Period, calendar: CompanyCalendar, language: str, *, with_year: bool) -> str:
    year, week = _week_number(period, calendar)
    with translation.override(language):
        if with_year:
            return gettext("week %(week)s, %(year)s") % {"week": week, "year": year}
        return gettext("week %(week)s") % {"week": week}


def weekday_names(language: str) -> tuple[str, ...]:
    """Return the names of the days of the week as they stand alone, Monday first."""
    names = locale_of(language).days["stand-alone"]["wide"]
    return tuple(names[day] for day in range(7))


def month_names(language: str) -> tuple[str, ...]:
    """Return the names of the months as they stand alone, January first."""
    names = locale_of(language).months["stand-alone"]["wide"]
    return tuple(names[month] for month in range(1, 13))


def country_names(codes: Iterable[str], language: str) -> list[tuple[str, str]]:
    """Return the countries (ISO 3166-1) with their names, in the order of the names."""
    names = locale_of(language).territories
    return sorted(((code, names.get(code, code)) for code in codes), key=lambda each: each[1].casefold())
