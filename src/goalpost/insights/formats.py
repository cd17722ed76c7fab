"""Formats numbers, money, days and periods by locale (CLDR, by Babel).

`language` is one of `settings.LANGUAGES`. An amount is a count, or minor units when a currency is given.
"""

import copy
import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from functools import cache, lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError, dates, numbers
from django.utils import translation
from django.utils.translation import gettext

from goalpost.companies.currencies import DIGITS
from goalpost.domain.calendar import CompanyCalendar, Interval, Period
from goalpost.domain.money import divide_half_up, to_major

NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
_MINUS = "\N{MINUS SIGN}"

# Fewer a day than this are told with one decimal.
_TENTH, _TENTHS_BELOW = Decimal("0.1"), 10


# Cached: lists repeat figures, and formatting by locale is slow.
_remembered = lru_cache(maxsize=8192)


@cache
def locale_of(language: str) -> Locale:
    """Return the locale of a language; English for one that is not known."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")


@_remembered
def number(value: int, language: str) -> str:
    """Return a count: 1,234 or 1 234."""
    return _minus_sign(numbers.format_decimal(value, locale=locale_of(language)))


def decimal(value: Decimal, language: str) -> str:
    """Return a number with the decimals it has: 12.5 or 12,5."""
    return _minus_sign(numbers.format_decimal(value, locale=locale_of(language), decimal_quantization=False))


def exact_decimal(value: Decimal, language: str) -> str:
    """Return a number with all its decimals, closing zeros too: 12.50 or 12,50."""
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    locale = locale_of(language)
    pattern: numbers.NumberPattern = copy.copy(locale.decimal_formats[None])
    pattern.frac_prec = (max(-exponent, 0), max(-exponent, 0))
    return _minus_sign(pattern.apply(value, locale))


@_remembered
def percent(value: int, language: str) -> str:
    """Return whole per cent: 67 as 67% or 67 %."""
    return _minus_sign(numbers.format_percent(Decimal(value) / 100, locale=locale_of(language)))


@_remembered
def money(minor: int, currency: str, language: str) -> str:
    """Return an amount exactly: decimals only where there are any (€121,400, €121,400.50)."""
    digits = DIGITS[currency]
    if minor % 10**digits == 0:
        return _currency(Decimal(minor // 10**digits), currency, language, decimals=0)
    return _currency(to_major(minor, digits), currency, language, decimals=digits)


@_remembered
def rounded_money(minor: int, currency: str, language: str) -> str:
    """Return an amount in whole major units, rounded half up: for what is itself an estimate."""
    major = divide_half_up(minor, 10 ** DIGITS[currency])
    return _currency(Decimal(major), currency, language, decimals=0)


def amount(value: int, currency: str, language: str) -> str:
    """Return money when a currency is given, else a count."""
    return money(value, currency, language) if currency else number(value, language)


def target_amount(value: int, currency: str, language: str) -> str:
    """Return a period's target like `amount`; zero reads as no target."""
    if value:
        return amount(value, currency, language)
    with translation.override(language):
        return gettext("No target")


def rounded_amount(value: int, currency: str, language: str) -> str:
    """Return money in whole major units when a currency is given, else a count."""
    return rounded_money(value, currency, language) if currency else number(value, language)


def amount_a_day(total: int, days: int, currency: str, language: str, *, is_need: bool = False) -> str:
    """Return the daily share of a total over `days` (at least 1): whole major units, small counts to a tenth.

    A needed count is rounded up, so that the days sum to the total.
    """
    if currency:
        return rounded_money(divide_half_up(total, days), currency, language)
    each = Decimal(total) / days
    step = _TENTH if each < _TENTHS_BELOW else Decimal(1)
    rounded = each.quantize(step, ROUND_CEILING if is_need else ROUND_HALF_UP)
    return number(int(rounded), language) if rounded == int(rounded) else decimal(rounded, language)


def signed_amount(value: int, currency: str, language: str) -> str:
    """Return a difference with its sign, + or U+2212; zero has none."""
    sign = "+" if value > 0 else _MINUS if value < 0 else ""
    return sign + amount(abs(value), currency, language)


def axis_amount(value: Decimal, currency: str, language: str) -> str:
    """Return a value in major units as short as an axis wants it: €50k, 1.5M, 50 tn €."""
    locale = locale_of(language)
    if value and abs(value) < 1:
        return decimal(value, language)
    is_plain = value == value.to_integral_value() and abs(value) < 1_000  # noqa: PLR2004  thousands begin
    one_decimal = 0 if is_plain else 1
    if currency:
        short = numbers.format_compact_currency(value, currency, locale=locale, fraction_digits=one_decimal)
        short = _spaced(short, currency, locale)
    else:
        short = numbers.format_compact_decimal(value, locale=locale, fraction_digits=one_decimal)
    if locale.language == "en":
        # English writes thousands on an axis with the small k of the metric prefix.
        short = re.sub(r"(?<=\d)K", "k", short)
    return _minus_sign(short)


def currency_symbol(currency: str, language: str) -> str:
    """Return the currency's symbol for input fields: €, US$, kr."""
    return numbers.get_currency_symbol(currency, locale=locale_of(language))


def currency_name(currency: str, language: str) -> str:
    """Return euro, US Dollar."""
    return str(numbers.get_currency_name(currency, locale=locale_of(language)))


def _currency(major: Decimal, currency: str, language: str, *, decimals: int) -> str:
    locale = locale_of(language)
    pattern: numbers.NumberPattern = copy.copy(locale.currency_formats["standard"])
    pattern.frac_prec = (decimals, decimals)
    text = pattern.apply(major, locale, currency=currency, currency_digits=False)
    return _minus_sign(_spaced(text, currency, locale))


def _spaced(text: str, currency: str, locale: Locale) -> str:
    """Put a space between letters and figures (SEK 500): CLDR's currency spacing, which Babel leaves out."""
    symbol = numbers.get_currency_symbol(currency, locale=locale)
    if symbol and symbol[-1].isalpha() and symbol in text:
        before, after = text.split(symbol, 1)
        if after[:1].isdigit():
            return f"{before}{symbol}{NO_BREAK_SPACE}{after}"
    return text


def _minus_sign(text: str) -> str:
    return text.replace("-", _MINUS)


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
    """Return a column's label: Nov, Q4, w47, 2026; with the year Nov 2026."""
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
