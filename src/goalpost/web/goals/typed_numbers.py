"""Numbers as people type them in the page's language: 150,000 or 150 000, 12.50 or 12,50."""

import re
from decimal import Decimal

from babel import numbers
from django.utils.translation import gettext as _

from goalpost.companies.currencies import DIGITS
from goalpost.domain.money import LARGEST_MINOR, to_major, to_minor
from goalpost.insights import formats

_LONGEST = 40
_SPACES = " \u00a0\u2007\u2009\u202f"
_MINUSES = ("-", "\N{MINUS SIGN}", "\N{EN DASH}")
_APOSTROPHES = "'\u2019"


class NotANumber(ValueError):
    """What was typed cannot be read as an amount; the message says how to write it."""


def parse_amount(text: str, currency: str, language: str) -> int:
    """Return minor units of the currency, or a count when `currency` is empty. Raises NotANumber.

    The number may be written with the currency's symbol or code, and with the language's own signs only:
    what another language would read differently is refused.
    """
    digits = DIGITS[currency] if currency else 0
    written = _without_currency(text.strip(), currency, language)
    pattern = _pattern(language)
    match = pattern.fullmatch(written) if len(written) <= _LONGEST else None
    if match is None and written[:1] in _MINUSES and pattern.fullmatch(written[1:].lstrip()):
        raise NotANumber(_("Enter a target above zero."))
    if match is None:
        raise NotANumber(_("Write a number such as %(example)s.") % {"example": _example(currency, language)})
    whole = re.sub(r"\D", "", match["whole"])
    fraction = (match["fraction"] or "").rstrip("0")
    if len(fraction) > digits:
        raise NotANumber(
            _("Use at most %(digits)d decimals.") % {"digits": digits} if digits else _("Use a whole number.")
        )
    try:
        return to_minor(Decimal(f"{whole}.{fraction or 0}"), digits)
    except ValueError as error:
        most = formats.amount(LARGEST_MINOR, currency, language)
        raise NotANumber(_("Use a number up to %(most)s.") % {"most": most}) from error


def written_amount(value: int, currency: str, language: str) -> str:
    """Return an amount as it stands in an input field: without its currency, decimals only where any."""
    digits = DIGITS[currency] if currency else 0
    if value % 10**digits == 0:
        return formats.number(value // 10**digits, language)
    return formats.exact_decimal(to_major(value, digits), language)


def _pattern(language: str) -> re.Pattern[str]:
    locale = formats.locale_of(language)
    group = re.escape(numbers.get_group_symbol(locale) + _SPACES + _APOSTROPHES)
    decimal = re.escape(numbers.get_decimal_symbol(locale))
    grouped = rf"\d{{1,3}}(?P<group>[{group}])\d{{3}}(?:(?P=group)\d{{3}})*"
    return re.compile(rf"(?P<whole>{grouped}|\d+)(?:{decimal}(?P<fraction>\d+))?", re.ASCII)


def _without_currency(text: str, currency: str, language: str) -> str:
    if not currency:
        return text
    for sign in (currency, formats.currency_symbol(currency, language)):
        text = text.removeprefix(sign).removesuffix(sign).strip()
    return text


def _example(currency: str, language: str) -> str:
    digits = DIGITS[currency] if currency else 0
    return written_amount(12_500 * 10**digits, currency, language)
