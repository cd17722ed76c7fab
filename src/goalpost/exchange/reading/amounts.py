"""Parses numbers, with one decimal sign per file, and currency symbols beside amounts.

An ambiguous number (`1,234`) is read with the sign that the file's other numbers show; if none does, the file
is refused. An amount's own currency symbol must not contradict the row's currency.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from enum import StrEnum

from goalpost.companies.currencies import CURRENCIES
from goalpost.exchange.errors import RowRefused, Unusable
from goalpost.exchange.files.cells import Cell, FormulaError, text_of

_CODES_OF_SYMBOLS = (
    "$ USD CAD AUD NZD SGD HKD TWD MXN ARS CLP COP UYU|us$ USD|a$ AUD|c$ CAD|nz$ NZD|r$ BRL|€ EUR|£ GBP"
    "|¥ JPY CNY|kr SEK NOK DKK ISK|skr SEK|fr CHF|zł PLN|kč CZK|ft HUF|lei RON|₹ INR|₺ TRY|₽ RUB|₩ KRW|₪ ILS"
    "|₴ UAH|r ZAR"
)

CURRENCY_SYMBOLS: dict[str, frozenset[str]] = {
    **{code.casefold(): frozenset({code}) for code in CURRENCIES},
    **{
        symbol: frozenset(codes)
        for symbol, *codes in map(str.split, re.split(r"[|\n]", _CODES_OF_SYMBOLS.strip()))
    },
}
"""The currencies that a symbol or code in small letters may mean."""


# This many consistent numbers decide the sign; the rest of the file is not read.
_ENOUGH_EVIDENCE = 1_000
_MAX_LENGTH = 40
_EXACT = Context(prec=2 * _MAX_LENGTH)
_HUNDRED = 100
_SPACES = r"\u0020\u00a0\u2007\u2009\u202f"
_APOSTROPHES = r"'\u2019"
_MINUS_SIGNS = "-\N{MINUS SIGN}"
_WRITTEN = re.compile(
    # A point before the first digit begins the number (.5) unless it ends a word (kr.5).
    rf"(?P<before>\D*?)(?P<number>(?:(?<!\w)[.,])?\d(?:[\d.,{_APOSTROPHES}{_SPACES}]*\d)?)(?P<after>\D*)"
)
_SWEDISH_ZERO_CENTS = re.compile(r"[:.,]-")


def currency_of(symbol: str, meanings: Mapping[str, str], fallback: str) -> str | None:
    """Return the currency of a value by its symbol, None if the symbol is ambiguous.

    `meanings` say what symbols mean, `fallback` is the currency of values without one.
    """
    codes = CURRENCY_SYMBOLS.get(symbol, frozenset())
    if not codes or fallback in codes:
        return fallback
    return meanings.get(symbol) or (next(iter(codes)) if len(codes) == 1 else None)


class DecimalSign(StrEnum):
    POINT = "."
    COMMA = ","


@dataclass(frozen=True, slots=True)
class WrittenNumber:
    """A number, and the currency or percent sign written with it, if any."""

    number: Decimal
    symbol: str = ""

    def rounded(self, digits: int) -> "WrittenNumber":
        """Return it with so many decimals, halves to the even one."""
        return WrittenNumber(
            self.number.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN, _EXACT), self.symbol
        )


def has_more_decimals(number: Decimal, digits: int) -> bool:
    """Whether the number has non-zero digits after this many decimals."""
    exponent = number.as_tuple().exponent
    return (
        isinstance(exponent, int)
        and -exponent > digits
        and number != number.quantize(Decimal(1).scaleb(-digits), None, _EXACT)
    )


def _grammar(sign: DecimalSign, group: str) -> re.Pattern[str]:
    groups = rf"[1-9]\d{{0,2}}(?P<group>[{group}{_APOSTROPHES}{_SPACES}])\d{{3}}(?:(?P=group)\d{{3}})*"
    indian = rf"[1-9]\d?(?:[{group}]\d{{2}})+[{group}]\d{{3}}"
    return re.compile(rf"(?P<whole>{groups}|{indian}|\d*)(?:{re.escape(sign)}(?P<fraction>\d+))?", re.ASCII)


_GRAMMARS = {
    DecimalSign.POINT: _grammar(DecimalSign.POINT, ","),
    DecimalSign.COMMA: _grammar(DecimalSign.COMMA, "."),
}


class NumberReader:
    """Reads cells as numbers with the file's decimal sign. A workbook's own numbers need none."""

    def __init__(self, sign: DecimalSign, *, has_shares: bool = False) -> None:
        """`has_shares` says that probabilities without a percent sign are from 0 to 1."""
        self._has_shares = has_shares
        self._sign = sign
        self._grammar = _GRAMMARS[sign]
        self._plain = re.compile(rf"-?\d{{1,15}}(?:{re.escape(sign)}\d+)?", re.ASCII)

    def written(self, cell: Cell) -> WrittenNumber:
        """Return a cell's number and symbol. Raises RowRefused."""
        if isinstance(cell, str):
            if self._plain.fullmatch(cell):
                return WrittenNumber(Decimal(cell.replace(",", ".")))
            return self._parse(cell)
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            return WrittenNumber(Decimal(text_of(cell)))
        if isinstance(cell, FormulaError):
            raise RowRefused(f"is a formula without a result ({cell.text}).")
        raise RowRefused(f"“{text_of(cell)}” is not a number.")

    def percent(self, cell: Cell) -> int:
        """Return a cell as whole percent, halves to the even one. Raises RowRefused."""
        written = self.written(cell)
        number = written.number
        if not written.symbol and self._has_shares:
            number *= _HUNDRED
        elif not written.symbol and 0 < number < 1:
            text, share = text_of(cell), round(number * _HUNDRED)
            raise RowRefused(
                f"“{text}” may be {share} % or less than 1 %, and others are whole percent. Say which with"
                f' --value "probability:{text}={share}" or ={round(number)}.'
            )
        if written.symbol not in ("", "%") or not (number.is_finite() and 0 <= number <= _HUNDRED):
            raise RowRefused(f"“{text_of(cell)}” is not a number of percent from 0 to 100.")
        return round(number)

    def _parse(self, text: str) -> WrittenNumber:
        parts = _parts(text)
        if parts is None:
            raise RowRefused(f"“{text[:_MAX_LENGTH]}” is not a number.")
        match = self._grammar.fullmatch(parts.number)
        if match is None:
            raise RowRefused(
                f"“{text}” does not fit the file's decimal sign, a {self._sign.name.lower()}."
                " If the file has another, give --decimal-sign."
            )
        whole = "".join(filter(str.isdecimal, match["whole"]))
        number = Decimal(f"{whole or 0}.{match['fraction'] or 0}")
        return WrittenNumber(-number if parts.is_negative else number, parts.symbol)


@dataclass(frozen=True, slots=True)
class _Parts:
    number: str
    symbol: str
    is_negative: bool


def _parts(text: str) -> _Parts | None:
    """Split a text into number, symbol and sign; None if it has anything else."""
    match = _WRITTEN.fullmatch(text.strip()) if len(text) <= _MAX_LENGTH else None
    if match is None:
        return None
    before, after = match["before"].strip(), match["after"].strip()
    if after == ")" and before.startswith("("):
        before, after, minus_signs = before[1:], "", 1
    else:
        after = _SWEDISH_ZERO_CENTS.sub("", after, count=1)
        minus_signs = sum(map((before + after).count, _MINUS_SIGNS))
    symbol = re.sub(rf"[{_MINUS_SIGNS}+.{_SPACES}]", "", before + after)
    if minus_signs > 1 or (symbol and symbol.casefold() not in CURRENCY_SYMBOLS and symbol != "%"):
        return None
    return _Parts(match["number"], symbol.casefold(), bool(minus_signs))


def detect_decimal_sign(numbers: Iterable[tuple[int, str]]) -> DecimalSign:
    """Return the sign that the file's numbers, given with their lines, show; a point if none needs any.

    Raises Unusable for an ambiguous number when no other number decides, or as many show either sign.
    """
    found: Counter[DecimalSign] = Counter()
    examples: dict[DecimalSign | None, str] = {}
    for line, text in numbers:
        parts = _parts(text)
        if parts is None or not ("." in parts.number or "," in parts.number):
            continue
        fitting = [sign for sign, grammar in _GRAMMARS.items() if grammar.fullmatch(parts.number)]
        if not fitting:
            continue
        shown = fitting[0] if len(fitting) == 1 else None
        examples.setdefault(shown, f"line {line} has {text}")
        if shown is not None:
            found[shown] += 1
            if found[shown] >= _ENOUGH_EVIDENCE and len(found) == 1:
                return shown
    point, comma = found[DecimalSign.POINT], found[DecimalSign.COMMA]
    advice = "Say which the decimal sign is with --decimal-sign . or --decimal-sign ,"
    if found and point == comma:
        raise Unusable(
            "The file's numbers disagree:"
            f" {examples[DecimalSign.POINT]}, {examples[DecimalSign.COMMA]}. {advice}"
        )
    if not found and examples:
        raise Unusable(f"The file's numbers can be read in two ways: {examples[None]}. {advice}")
    return DecimalSign.COMMA if comma > point else DecimalSign.POINT
