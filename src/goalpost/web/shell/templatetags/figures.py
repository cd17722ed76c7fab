"""Numbers, money, days and periods in templates, in the page's language."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.template import Library
from django.utils import timezone
from django.utils.translation import get_language

from goalpost.domain.calendar import CompanyCalendar, Interval, Period
from goalpost.insights import formats

register = Library()


def _language() -> str:
    return get_language() or "en"


@register.filter
def number(value: int) -> str:
    return formats.number(value, _language())


@register.filter
def percent(value: int | None) -> str:
    """`{{ 67|percent }}`: 67%. Whole per cent, as `progress_percent` gives them; a dash for none."""
    return "\N{EN DASH}" if value is None else formats.percent(value, _language())


_LONGEST_NAME = 72


@register.filter
def cut_in_the_middle(name: str) -> str:
    """Return a long name without its middle, since similar names often differ at the end."""
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[: _LONGEST_NAME // 2].rstrip()}…{name[1 - _LONGEST_NAME // 2 :].lstrip()}"


@register.simple_tag
def amount(value: int, currency: str = "") -> str:
    """`{% amount 12140000 "EUR" %}`: €121,400; without a currency a count."""
    return formats.amount(value, currency, _language())


@register.simple_tag
def target_amount(value: int, currency: str = "") -> str:
    """`{% target_amount figures.target currency %}`: like amount; a target of zero is none."""
    return formats.target_amount(value, currency, _language())


@register.simple_tag
def rounded(value: int, currency: str = "") -> str:
    """Like amount, in whole major units: for estimates such as a projection."""
    return formats.rounded_amount(value, currency, _language())


@register.simple_tag
def a_day(total: int, days: int, currency: str = "", *, is_need: bool = False) -> str:
    """`{% a_day page.missing pace.days_left page.currency is_need=True %}`: what each must bring."""
    return formats.amount_a_day(total, days, currency, _language(), is_need=is_need)


@register.simple_tag
def signed(value: int, currency: str = "") -> str:
    """`{% signed -715000 "EUR" %}`: the difference with its sign, U+2212 for less."""
    return formats.signed_amount(value, currency, _language())


@register.filter
def currency_symbol(currency: str) -> str:
    return formats.currency_symbol(currency, _language())


@register.filter
def day(value: date | None) -> str:
    """`{{ deal.added_on|day }}`: 18 Nov 2026; empty for none, which would be told as today."""
    return formats.day(value, _language()) if value else ""


@register.filter
def day_of_year(value: date | None) -> str:
    """Return 18 Nov; empty for none."""
    return formats.day_of_year(value, _language()) if value else ""


@register.filter
def long_day(value: date) -> str:
    return formats.long_day(value, _language())


@register.simple_tag
def moment(value: datetime, time_zone: str) -> str:
    """`{% moment token.used_at time_zone %}`: 17 Nov, 16:12; of another year than this one with its year."""
    this_year = timezone.now().astimezone(ZoneInfo(time_zone)).year
    return formats.moment(value, time_zone, _language(), this_year=this_year)


@register.simple_tag
def last_day(value: datetime, time_zone: str) -> str:
    """`{% last_day token.expires_at time_zone %}`: the last day of what ends at a moment, itself left out."""
    moment_before = value - timedelta(microseconds=1)
    return formats.day(moment_before.astimezone(ZoneInfo(time_zone)).date(), _language())


def _range_tag(words: Callable[[date, date, str], str]) -> Callable[[date, date], str]:
    def tag(start: date, end: date) -> str:
        return words(start, end, _language())

    return tag


# `{% day_range start end %}`: the end is exclusive, as everywhere in the code.
register.simple_tag(_range_tag(formats.day_range), name="day_range")
register.simple_tag(_range_tag(formats.month_range), name="month_range")


@register.simple_tag
def period_name(period: Period, interval: str, calendar: CompanyCalendar, *, with_year: bool = True) -> str:
    """`{% period_name period goal.interval calendar with_year=False %}`: November, Q4, week 47, 2026."""
    return formats.period_name(period, Interval(interval), calendar, _language(), with_year=with_year)
