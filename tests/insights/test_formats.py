"""Numbers, money, days and periods in both languages."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from goalpost.domain.calendar import CompanyCalendar, Interval, Period
from goalpost.insights import formats

NBSP = "\N{NO-BREAK SPACE}"
THIN = "\N{THIN SPACE}"
DASH = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("value", "currency", "english", "swedish"),
    [
        (12140000, "EUR", "€121,400", f"121{NBSP}400{NBSP}€"),
        (12140050, "EUR", "€121,400.50", f"121{NBSP}400,50{NBSP}€"),
        (133846600, "USD", "$1,338,466", f"1{NBSP}338{NBSP}466{NBSP}US$"),
        (50000, "SEK", f"SEK{NBSP}500", f"500{NBSP}kr"),
        (-715000, "EUR", f"{MINUS}€7,150", f"{MINUS}7{NBSP}150{NBSP}€"),
        (500, "JPY", "¥500", f"500{NBSP}JPY"),
        (0, "EUR", "€0", f"0{NBSP}€"),
        (1234, "", "1,234", f"1{NBSP}234"),
    ],
)
def test_an_amount_is_exact_in_either_language(value: int, currency: str, english: str, swedish: str) -> None:
    assert formats.amount(value, currency, "en") == english
    assert formats.amount(value, currency, "sv") == swedish


@pytest.mark.parametrize(("minor", "shown"), [(149, "€1"), (150, "€2"), (250, "€3"), (-150, f"{MINUS}€1")])
def test_an_estimate_is_rounded_half_up_to_whole_units(minor: int, shown: str) -> None:
    assert formats.rounded_amount(minor, "EUR", "en") == shown


@pytest.mark.parametrize(
    ("total", "days", "needed", "brought"),
    [
        (16, 9, "1.8", "1.8"),
        (1, 30, "0.1", "0"),
        (10, 3, "3.4", "3.3"),
        (199, 20, "10", "10"),
        (101, 10, "11", "10"),
    ],
)
def test_a_count_needed_each_day_is_never_too_few(total: int, days: int, needed: str, brought: str) -> None:
    assert formats.amount_a_day(total, days, "", "en", is_need=True) == needed
    assert formats.amount_a_day(total, days, "", "en") == brought


def test_what_a_day_brings_follows_the_language() -> None:
    assert formats.amount_a_day(16, 9, "", "sv", is_need=True) == "1,8"
    assert formats.amount_a_day(1_000_00, 3, "EUR", "en", is_need=True) == "€333"


@pytest.mark.parametrize(("value", "shown"), [(1140000, "+€11,400"), (-715000, f"{MINUS}€7,150"), (0, "€0")])
def test_a_difference_has_its_sign(value: int, shown: str) -> None:
    assert formats.signed_amount(value, "EUR", "en") == shown


def test_per_cent_follow_the_language() -> None:
    assert formats.percent(67, "en") == "67%"
    assert formats.percent(67, "sv") == f"67{NBSP}%"


@pytest.mark.parametrize(
    ("value", "currency", "language", "shown"),
    [
        ("50000", "EUR", "en", "€50k"),
        ("1500000", "EUR", "en", "€1.5M"),
        ("50000", "EUR", "sv", f"50{NBSP}tn{NBSP}€"),
        ("250", "SEK", "en", f"SEK{NBSP}250"),
        ("0.5", "", "en", "0.5"),
        ("0", "EUR", "en", "€0"),
    ],
)
def test_an_axis_is_short(value: str, currency: str, language: str, shown: str) -> None:
    assert formats.axis_amount(Decimal(value), currency, language) == shown


def test_days_are_written_in_the_order_of_the_language() -> None:
    when = date(2026, 9, 18)
    assert formats.day(when, "en") == "18 Sep 2026"
    assert formats.day(when, "sv") == "18 sep. 2026"
    assert formats.day_of_year(when, "en") == "18 Sep"
    assert formats.long_day(date(2026, 11, 18), "en") == "Wednesday 18 November 2026"
    assert formats.long_day(date(2026, 9, 18), "en") == "Friday 18 September 2026"


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        (date(2026, 11, 1), date(2026, 11, 19), f"1{DASH}18 Nov 2026"),
        (date(2026, 1, 1), date(2027, 1, 1), f"1 Jan{THIN}{DASH}{THIN}31 Dec 2026"),
        (date(2025, 12, 1), date(2026, 1, 11), f"1 Dec 2025{THIN}{DASH}{THIN}10 Jan 2026"),
        (date(2026, 11, 18), date(2026, 11, 19), "18 Nov 2026"),
    ],
)
def test_a_half_open_range_is_shown_with_its_last_day(start: date, end: date, shown: str) -> None:
    assert formats.day_range(start, end, "en") == shown


def test_months_of_a_range() -> None:
    assert formats.month_range(date(2026, 1, 1), date(2027, 1, 1), "en") == f"Jan{THIN}{DASH}{THIN}Dec 2026"
    assert formats.month_range(date(2026, 1, 1), date(2026, 1, 9), "en") == "Jan 2026"


def test_a_moment_is_told_in_the_companys_time_zone() -> None:
    when = datetime(2026, 11, 17, 23, 12, tzinfo=UTC)
    assert formats.moment(when, "Europe/Stockholm", "en") == "18 Nov, 00:12"


@pytest.mark.parametrize(
    ("interval", "calendar", "language", "names"),
    [
        (Interval.MONTHLY, CompanyCalendar(), "en", ("November 2026", "November", "Nov", "N")),
        (Interval.MONTHLY, CompanyCalendar(), "sv", ("november 2026", "november", "nov.", "N")),
        (Interval.QUARTERLY, CompanyCalendar(), "en", ("Q4 2026", "Q4", "Q4", "Q4")),
        (Interval.QUARTERLY, CompanyCalendar(), "sv", ("K4 2026", "K4", "K4", "K4")),
        (Interval.QUARTERLY, CompanyCalendar(0, 7), "en", ("Q2 2026/27", "Q2", "Q2", "Q2")),
        (Interval.YEARLY, CompanyCalendar(), "en", ("2026", "2026", "2026", "2026")),
        (Interval.YEARLY, CompanyCalendar(0, 12), "en", ("2025/26",) * 4),
        (Interval.WEEKLY, CompanyCalendar(), "en", ("week 45, 2026", "week 45", "w45", "45")),
        (Interval.WEEKLY, CompanyCalendar(), "sv", ("vecka 45, 2026", "vecka 45", "v45", "45")),
    ],
)
def test_a_period_has_its_names(
    interval: Interval, calendar: CompanyCalendar, language: str, names: tuple[str, str, str, str]
) -> None:
    period = Period(date(2026, 11, 2), date(2026, 11, 9))
    given = (
        formats.period_name(period, interval, calendar, language),
        formats.period_name(period, interval, calendar, language, with_year=False),
        formats.short_period_name(period, interval, calendar, language),
        formats.initial_of_period(period, interval, calendar, language),
    )
    assert given == names


@pytest.mark.parametrize(
    ("start", "week_start", "name"),
    [
        (date(2025, 12, 29), 0, "week 1, 2026"),
        (date(2026, 1, 1), 0, "week 1, 2026"),
        (date(2026, 12, 28), 0, "week 53, 2026"),
        (date(2026, 11, 15), 6, "week 47, 2026"),
        (date(2026, 11, 17), 6, "week 47, 2026"),
    ],
)
def test_a_week_has_the_iso_number_of_most_of_its_days(start: date, week_start: int, name: str) -> None:
    period = Period(start, date.fromordinal(start.toordinal() + 1))
    calendar = CompanyCalendar(week_start=week_start)
    assert formats.period_name(period, Interval.WEEKLY, calendar, "en") == name
