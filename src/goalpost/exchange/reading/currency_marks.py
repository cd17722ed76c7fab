"""Which currencies a sign written beside an amount may mean.

An amount says its currency or leaves it to the file; what it says may not be something else than the file's.
"""

import iso4217

_SIGNS = {
    "$": "USD CAD AUD NZD SGD HKD TWD MXN ARS CLP COP UYU",
    "us$": "USD",
    "a$": "AUD",
    "c$": "CAD",
    "nz$": "NZD",
    "r$": "BRL",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY CNY",
    "kr": "SEK NOK DKK ISK",
    "skr": "SEK",
    "fr": "CHF",
    "zł": "PLN",
    "kč": "CZK",
    "ft": "HUF",
    "lei": "RON",
    "₹": "INR",
    "₺": "TRY",
    "₽": "RUB",
    "₩": "KRW",
    "₪": "ILS",
    "₴": "UAH",
    "r": "ZAR",
}

MARKS: dict[str, frozenset[str]] = {
    **{currency.code.casefold(): frozenset({currency.code}) for currency in iso4217.Currency},
    **{sign: frozenset(codes.split()) for sign, codes in _SIGNS.items()},
}
"""By the mark in small letters."""
