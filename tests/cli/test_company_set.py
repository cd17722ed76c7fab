"""`goalpost company set`: the settings of a company, all of those named or none."""

import pytest
from typer.testing import CliRunner

from goalpost.cli import app
from tests.crm.records import add_deal
from tests.people import make_company

pytestmark = pytest.mark.django_db


def test_settings_are_changed_as_the_page_does() -> None:
    company = make_company().company
    asked = [
        *("name=Nord AB", "currency=sek", "time_zone=Asia/Tokyo", "week_start=Sunday"),
        *("fiscal_month=7", "country=de-by"),
    ]
    result = CliRunner().invoke(app, ["company", "set", *asked])
    assert result.exit_code == 0, result.output
    company.refresh_from_db()
    assert (company.name, company.currency, company.time_zone) == ("Nord AB", "SEK", "Asia/Tokyo")
    assert (company.week_start, company.fiscal_month) == (6, 7)
    assert (company.holidays_country, company.holidays_subdivision) == ("DE", "BY")


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("currency=SEK", "The currency cannot be changed"),
        ("currency=HRK", "ISO 4217"),
        ("time_zone=Stockholm", "IANA"),
        ("week_start=someday", "Choose the first day of the week"),
        ("fiscal_month=13", "first month"),
        ("country=XX", "ISO 3166"),
        ("plan=advanced", "KEY is one of: name, currency"),
        ("name", "KEY is one of"),
    ],
)
def test_what_cannot_be_set_is_refused_and_nothing_is_changed(setting: str, words: str) -> None:
    cast = make_company()
    add_deal(cast)
    result = CliRunner().invoke(app, ["company", "set", "name=Other", setting])
    assert (result.exit_code, words in result.output) == (2, True), result.output
    before = cast.company.name
    cast.company.refresh_from_db()
    assert cast.company.name == before != "Other"
