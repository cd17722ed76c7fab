"""Parses days and numbers in the page's language, and keeps input of forms with errors."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from babel import numbers
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from goalpost.companies.currencies import DIGITS
from goalpost.companies.errors import InvalidInput
from goalpost.domain.money import LARGEST_MINOR, to_major, to_minor
from goalpost.insights import formats
from goalpost.insights.formats import locale_of
from goalpost.web.shell.kept_form import kept, tell_it_is_back

_WRITTEN = re.compile(r"(?P<day>\d{1,2})\.?\s+(?P<month>[^\W\d]+)\.?\s+(?P<year>\d{4})")
_SHORTEST_MONTH = 3


class NotADay(ValueError):
    """The text is not a date; the message says how to enter one."""


def parse_day(text: str, language: str) -> date:
    """Return the day. Raises NotADay, also for the ambiguous 03/04/2027."""
    text = text.strip()
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    match = _WRITTEN.fullmatch(text)
    month = _month(match["month"], language) if match else None
    if match and month:
        try:
            return date(int(match["year"]), month, int(match["day"]))
        except ValueError:
            pass
    raise NotADay(_("Enter a date such as 2027-01-31."))


def _month(name: str, language: str) -> int | None:
    names: dict[int, str] = locale_of(language).months["format"]["wide"]
    for number, known in names.items():
        if len(name) >= _SHORTEST_MONTH and known.casefold().startswith(name.casefold()):
            return number
    return None


class DayField(forms.Field):
    """A day as people write it in the language of the page; None for nothing, unless it is required."""

    def clean(self, value: object) -> date | None:
        text = str(value or "")
        if not text.strip() and not self.required:
            return None
        try:
            return parse_day(text, get_language() or "en")
        except NotADay as error:
            raise ValidationError(str(error)) from error


_LONGEST = 40
_SPACES = " \u00a0\u2007\u2009\u202f"
_MINUSES = ("-", "\N{MINUS SIGN}", "\N{EN DASH}")
_APOSTROPHES = "'\u2019"


class NotANumber(ValueError):
    """The text is not an amount; the message says how to enter one."""


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
        raise NotANumber(_("Enter a number such as %(example)s.") % {"example": _example(currency, language)})
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


LARGEST_ID = 2**53
NO_ERRORS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Typed:
    """A submitted or initial form, with an error for each invalid field."""

    values: Mapping[str, str]
    chosen: Mapping[str, frozenset[int]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def general_error(self) -> str:
        """The error of the whole form."""
        return self.errors.get("", "") or self.errors.get("user", "")

    def refused(self, refusal: InvalidInput) -> "Typed":
        return Typed(self.values, self.chosen, refusal.errors)


def typed(request: HttpRequest, fields: Sequence[str], lists: Sequence[str] = ()) -> Typed:
    """Return the named fields of the request."""
    return _filled(request.POST, fields, lists)


def kept_or(request: HttpRequest, begin: Typed, fields: Sequence[str], lists: Sequence[str] = ()) -> Typed:
    """Return the input kept when the person's session ended, else the initial form."""
    back = kept(request, request.user.pk or 0)
    if back is None:
        return begin
    tell_it_is_back(request)
    return _filled(back, fields, lists)


def _filled(data: QueryDict, fields: Sequence[str], lists: Sequence[str]) -> Typed:
    return Typed(
        {name: data.get(name, "") for name in fields},
        {name: ids(data.getlist(name)) for name in lists},
    )


def ids(texts: Sequence[str]) -> frozenset[int]:
    """Return the valid ids among the texts."""
    return frozenset(number for text in texts if (number := id_in(text)) is not None)


def id_in(text: str) -> int | None:
    """Return the id, None for an invalid text."""
    if not (text.isascii() and text.isdecimal()) or len(text) > len(str(LARGEST_ID)):
        return None
    return int(text) if int(text) <= LARGEST_ID else None
