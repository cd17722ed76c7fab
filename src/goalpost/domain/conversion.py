"""Converts amounts in the company's currency for a goal in another currency."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from goalpost.domain.money import LARGEST_VALUE, divide_half_even


class Conversion:
    """Turns amounts in the company's currency into `currency`, each at the rate of its own day.

    `rates` say what one major unit of `currency` is worth in the company's, from a day on; the digits are the
    decimals of either. Conversions are equal when they convert every amount alike.
    """

    __slots__ = ("_days", "_known", "_shares", "currency")

    def __init__(
        self, currency: str, rates: Iterable[tuple[date, Decimal]], *, digits: int, company_digits: int
    ) -> None:
        """`rates` name each day once."""
        self.currency = currency
        self._known = tuple(sorted(rates))
        self._days = [day for day, _rate in self._known]
        ratios = [rate.as_integer_ratio() for _day, rate in self._known]
        self._shares = [(below * 10**digits, above * 10**company_digits) for above, below in ratios]

    def of(self, amount: int, day: date) -> int | None:
        """Return minor units of `currency`, at the last rate known on or before the day, rounded half-even.

        Before the first rate known, that one holds. None without any, and where an absurd rate would push the
        amount past what clients can hold.
        """
        if not self._shares:
            return None
        share, whole = self._shares[max(bisect_right(self._days, day) - 1, 0)]
        found = divide_half_even(amount * share, whole)
        return found if abs(found) <= LARGEST_VALUE else None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Conversion):
            return NotImplemented
        return (self.currency, self._days, self._shares) == (other.currency, other._days, other._shares)

    def __hash__(self) -> int:
        return hash(self.currency)

    def __repr__(self) -> str:
        rates = ", ".join(f"{day} {rate.normalize():f}" for day, rate in self._known)
        return f"{self.currency}: {rates}"
