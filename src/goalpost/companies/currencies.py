"""Currencies as ISO 4217 lists them: their minor digits and their numbers, which serve as ids on the wire."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from iso4217 import Currency as IsoCurrency


class Currency(NamedTuple):
    """A currency in use. `id` is its ISO 4217 number, `digits` how many decimals an amount has."""

    id: int
    code: str
    name: str
    digits: int


def _known() -> dict[str, Currency]:
    """Return the currencies that have minor digits: gold, test codes and the like cannot price a deal."""
    return {
        known.code: Currency(known.number, known.code, known.currency_name, known.exponent)
        for known in IsoCurrency
        if known.exponent is not None
    }


CURRENCIES: Mapping[str, Currency] = MappingProxyType(_known())
BY_ID: Mapping[int, Currency] = MappingProxyType({known.id: known for known in CURRENCIES.values()})
DIGITS: Mapping[str, int] = MappingProxyType({code: known.digits for code, known in CURRENCIES.items()})
