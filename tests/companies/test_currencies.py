"""Money of today and of before: what it is called, and how many decimals it has."""

import pytest
from iso4217 import Currency as IsoCurrency

from goalpost.companies.actions import create_company
from goalpost.companies.currencies import BY_ID, CURRENCIES, DIGITS, PRESENT
from goalpost.companies.errors import InvalidInput
from tests.people import NOW


@pytest.mark.parametrize(
    ("code", "number", "digits"),
    [("HRK", 191, 2), ("DEM", 276, 2), ("LTL", 440, 2), ("ITL", 380, 0), ("BGN", 975, 2), ("EUR", 978, 2)],
)
def test_money_that_no_longer_exists_is_money(code: str, number: int, digits: int) -> None:
    known = CURRENCIES[code]
    assert (known.id, known.digits, DIGITS[code]) == (number, digits, digits)
    assert known.name not in {"", code}


def test_historic_money_without_decimals_is_that_of_java_and_its_accounts() -> None:
    whole = {code for code in set(CURRENCIES) - set(PRESENT) if DIGITS[code] == 0}
    of_java = {"ADP", "BEF", "BYB", "BYR", "ESP", "GRD", "ITL", "LUF", "MGF", "PTE", "TPE", "TRL"}
    assert whole == of_java | {"BEC", "BEL", "ESA", "ESB", "LUC", "LUL"}
    assert {DIGITS[code] for code in set(CURRENCIES) - set(PRESENT)} == {0, 2}


def test_only_money_of_today_is_offered() -> None:
    assert {"EUR", "SEK", "JPY"} < set(PRESENT) == {known.code for known in BY_ID.values()}
    assert not {"HRK", "DEM"} & set(PRESENT)
    assert set(PRESENT) <= {known.code for known in IsoCurrency}
    with pytest.raises(InvalidInput, match="HRK"):
        create_company(name="Adria", currency="HRK", time_zone="Europe/Zagreb", now=NOW)


def test_gold_and_test_codes_are_no_money() -> None:
    assert not {"XAU", "XTS", "XXX", "XFO"} & set(CURRENCIES)
