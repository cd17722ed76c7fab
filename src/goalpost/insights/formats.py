"""Numbers and money in a reader's words, always through the locale (CLDR, by Babel), never by hand.

`language` is one of `settings.LANGUAGES`. An amount is a count, or minor units when a currency is given.
"""

import copy
import re
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from functools import cache, lru_cache

from babel import Locale, UnknownLocaleError, numbers

from goalpost.companies.currencies import DIGITS
from goalpost.domain.money import divide_half_up, to_major

NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
_MINUS = "\N{MINUS SIGN}"

# Fewer a day than this are told with one decimal.
_TENTH, _TENTHS_BELOW = Decimal("0.1"), 10


# A list of goals writes the same figures again and again, and the locale takes its time over each.
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


def rounded_amount(value: int, currency: str, language: str) -> str:
    """Return money in whole major units when a currency is given, else a count."""
    return rounded_money(value, currency, language) if currency else number(value, language)


def amount_a_day(total: int, days: int, currency: str, language: str, *, is_need: bool = False) -> str:
    """Return what a day brings of a total over one day or more: whole major units, small counts to a tenth.

    A count that is needed is rounded up, so that who brings it each day gets there.
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
    """Return what stands in front of an input field: €, US$, kr."""
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
