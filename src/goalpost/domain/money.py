"""Money is an integer number of minor units (cents) and a currency. Nothing passes through a float."""

from dataclasses import dataclass
from decimal import Decimal

# Amounts reach JavaScript clients as numbers: beyond 2^53 they would no longer be exact there.
LARGEST_MINOR = 2**53 - 1

# The most a single deal may be worth, in minor units: a trillion of a currency with cents. Databases sum in
# 64 bits: 92,000 such deals fit, where 2^53 would overflow after a thousand.
LARGEST_VALUE = 10**14


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of `currency` (an ISO 4217 code such as `EUR`)."""

    minor: int
    currency: str


def to_minor(major: Decimal, digits: int) -> int:
    """Return an amount in major units (`1338.50`) as minor units of a currency with `digits` decimals.

    Raises ValueError when the amount is no number, has more decimals than the currency, or is 2^53 minor
    units or more: an amount is refused, never rounded.
    """
    if not major.is_finite():
        raise ValueError(f"{major} is not an amount. Give a plain number, such as 1250.50.")
    # Checked before scaling: 1E+999999 would otherwise be expanded.
    if major and major.adjusted() + digits > len(str(LARGEST_MINOR)):
        raise ValueError(_too_large(major))
    # normalize() would round to the context's precision, so the figures are read one by one.
    sign, figures, exponent = major.as_tuple()
    assert isinstance(exponent, int)
    written = "".join(map(str, figures))
    decimals = -(exponent + digits)
    if decimals > 0:
        # The figures past the currency's last decimal may only be zeros; a short number is all past it.
        if written[-decimals:].strip("0"):
            raise ValueError(f"{major} has more decimals than its currency, which has {digits}.")
        written = written[:-decimals]
    minor = int(written or "0")
    if decimals < 0 and minor:
        minor *= _power_of_ten(-decimals)
    if minor > LARGEST_MINOR:
        raise ValueError(_too_large(major))
    return -minor if sign else minor


def to_deal_value(major: Decimal, digits: int) -> int:
    """Return a deal's value in minor units, as `to_minor`. Raises ValueError beyond LARGEST_VALUE too."""
    minor = to_minor(major, digits)
    if abs(minor) > LARGEST_VALUE:
        raise ValueError(f"{major} is more than a deal can be worth. Check its digits and decimal sign.")
    return minor


def to_major(minor: int, digits: int) -> Decimal:
    """Return minor units as a Decimal in major units with exactly `digits` decimals: 133850 → 1338.50."""
    return Decimal((int(minor < 0), tuple(map(int, str(abs(minor)))), -digits))


def convert(minor: int, *, from_digits: int, to_digits: int, rate: Decimal) -> int:
    """Return an amount in another currency's minor units, rounded half-even once.

    `rate` is what one major unit of the first currency is worth in major units of the second.
    """
    return weigh(minor, 1, 1, from_digits=from_digits, to_digits=to_digits, rate=rate)


def weigh(minor: int, part: int, whole: int, *, from_digits: int, to_digits: int, rate: Decimal) -> int:
    """Return `part / whole` of an amount, converted, in one exact computation rounded half-even once."""
    numerator, denominator = rate.as_integer_ratio()
    return divide_half_even(
        minor * part * numerator * _power_of_ten(to_digits),
        whole * denominator * _power_of_ten(from_digits),
    )


def divide_half_even(numerator: int, denominator: int) -> int:
    """Return the quotient rounded to the nearest integer, ties to the even one. `denominator` is positive."""
    quotient, rest = divmod(numerator, denominator)
    twice = 2 * rest
    if twice > denominator or (twice == denominator and quotient % 2):
        return quotient + 1
    return quotient


def divide_half_up(numerator: int, denominator: int) -> int:
    """Return the quotient rounded to the nearest integer, ties upwards. `denominator` is positive."""
    return (2 * numerator + denominator) // (2 * denominator)


def _power_of_ten(exponent: int) -> int:
    power: int = 10**exponent
    return power


def _too_large(major: Decimal) -> str:
    return f"{major} is too large: amounts must stay under {2**53} of the currency's smallest unit."
