"""A company's working days: its work week, its country's holidays, its own days; or every day."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from goalpost.companies.calendar import (
    holiday_names,
    known_countries,
    packed_work_week,
    public_holidays,
    subdivision_names,
    work_week_of,
    working_calendar_of,
)
from goalpost.companies.models import Company, CompanyDay
from goalpost.domain.calendar import Period
from goalpost.domain.pace import EVERY_DAY, MONDAY_TO_FRIDAY
from tests.people import Cast, make_company

pytestmark = pytest.mark.django_db

YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
JUNE = Period(date(2026, 6, 1), date(2026, 7, 1))


@pytest.fixture
def cast() -> Cast:
    return make_company()


def working_days_in(company: Company, days: Period) -> int:
    return working_calendar_of(company, days).between(days.start, days.end)


def test_a_new_company_works_from_monday_to_friday_and_has_no_holidays(cast: Cast) -> None:
    assert work_week_of(cast.company) == MONDAY_TO_FRIDAY
    assert working_days_in(cast.company, JUNE) == 22


def test_its_countrys_holidays_are_free(cast: Cast) -> None:
    cast.company.holidays_country = "SE"
    # The national day is a Saturday; Midsummer Eve is no holiday by law, and nobody works.
    assert working_days_in(cast.company, JUNE) == 21
    assert working_days_in(cast.company, YEAR) == 251


def test_a_subdivision_has_holidays_of_its_own(cast: Cast) -> None:
    cast.company.holidays_country = "DE"
    assert working_days_in(cast.company, JUNE) == 22
    cast.company.holidays_subdivision = "BY"
    assert working_days_in(cast.company, JUNE) == 21  # Corpus Christi, in Bavaria


def test_own_days_go_before_the_week_and_the_holidays(cast: Cast) -> None:
    cast.company.holidays_country = "SE"
    for day, is_working in ((5, False), (6, True), (19, True), (13, False)):
        CompanyDay.objects.create(
            company=cast.company, day=date(2026, 6, day), name="Own", is_working=is_working
        )
    # One more free Friday, a Saturday and Midsummer Eve worked, a Saturday free as always.
    assert working_days_in(cast.company, JUNE) == 22


def test_own_days_of_another_company_change_nothing(cast: Cast) -> None:
    other = make_company("Other")
    CompanyDay.objects.create(company=other.company, day=date(2026, 6, 5), name="Theirs")
    assert working_days_in(cast.company, JUNE) == 22


def test_a_company_may_go_by_calendar_days(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    cast.company.pace_days = "calendar"
    cast.company.holidays_country = "SE"
    CompanyDay.objects.create(company=cast.company, day=date(2026, 6, 5), name="Own")
    with django_assert_num_queries(0):
        assert working_calendar_of(cast.company, JUNE) is EVERY_DAY


def test_a_company_may_work_on_other_weekdays(cast: Cast) -> None:
    cast.company.work_week = packed_work_week([6, 0, 1, 2, 3])
    assert work_week_of(cast.company) == {6, 0, 1, 2, 3}
    assert working_days_in(cast.company, Period(date(2026, 6, 1), date(2026, 6, 8))) == 5


@pytest.mark.parametrize("change", [{"work_week": 0}, {"work_week": 128}, {"pace_days": "often"}])
def test_the_database_takes_no_week_without_a_day(cast: Cast, change: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Company.objects.filter(pk=cast.company_id).update(**change)


def test_a_day_is_said_once(cast: Cast) -> None:
    CompanyDay.objects.create(company=cast.company, day=date(2026, 6, 5), name="Own")
    with pytest.raises(IntegrityError), transaction.atomic():
        CompanyDay.objects.create(company=cast.company, day=date(2026, 6, 5), name="Again")


def test_many_years_take_one_query(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    cast.company.holidays_country = "SE"
    days = Period(date(1990, 1, 1), date(2050, 1, 1))
    with django_assert_num_queries(1):
        calendar = working_calendar_of(cast.company, days)
    assert calendar.between(days.start, days.end) < 60 * 253


def test_holidays_are_named_in_the_viewers_language() -> None:
    christmas = date(2026, 12, 25)
    assert holiday_names("SE", "", 2026, "sv")[christmas] == "Juldagen"
    assert holiday_names("SE", "", 2026, "en")[christmas] == "Christmas Day"
    assert holiday_names("DE", "BY", 2026, "sv")[christmas] == "Christmas Day"


def test_no_year_is_too_early_or_too_late() -> None:
    assert public_holidays("SE", "", 1) == frozenset()
    assert public_holidays("SE", "", 9999) == frozenset()


def test_what_the_package_knows_fits_the_columns() -> None:
    countries = known_countries()
    assert {"SE", "DE", "US", "GB"} <= countries.keys()
    assert all(len(code) == 2 for code in countries)
    assert max(len(code) for codes in countries.values() for code in codes) <= 20
    assert subdivision_names("DE")["BY"] == "Bayern"
    assert subdivision_names("SE") == {}
    assert subdivision_names("XX") == {}
