"""Figures on the wire and inside: the one place where major and minor units, and currencies, meet.

On the wire a figure of a goal is a count, or an amount in major units of the goal's own currency. Inside it
is a count, or minor units: targets of the goal's currency, results of the company's.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from goalpost.companies.currencies import DIGITS
from goalpost.companies.errors import InvalidInput
from goalpost.companies.models import Company
from goalpost.domain.counting import Rates
from goalpost.domain.measures import Metric
from goalpost.domain.money import divide_half_even, divide_half_up, to_major, to_minor
from goalpost.goals.periods import rate_on
from goalpost.goals.terms import GoalTerms

_DECIMALS_OF_PERCENT = 2


def figure_given(value: Decimal, metric: Metric, currency: str, *, field: str) -> int:
    """Return a figure from the wire as a count or as minor units. Raises InvalidInput naming the field."""
    try:
        return to_minor(value, DIGITS[currency] if metric is Metric.SUM else 0)
    except ValueError as error:
        message = str(error) if metric is Metric.SUM else "A target by quantity is a whole number."
        raise InvalidInput(message, field=field) from error


def figure_shown(figure: int, terms: GoalTerms) -> int | Decimal:
    """Return a count as it is, or minor units of the goal's currency in major units."""
    return figure if terms.metric is Metric.QUANTITY else to_major(figure, DIGITS[terms.currency])


def percent_shown(result: int, target: int) -> Decimal:
    """Return the result in percent of the target, with two decimals, rounded half up."""
    return to_major(divide_half_up(10_000 * result, target), _DECIMALS_OF_PERCENT)


@dataclass(frozen=True, slots=True)
class GoalCurrency:
    """Turns results, which are in the company's currency, into the goal's."""

    terms: GoalTerms
    company: Company
    rates: Rates

    @property
    def differs(self) -> bool:
        return self.terms.currency not in {"", self.company.currency}

    def rate(self, day: date) -> Decimal:
        """Return what one unit of the goal's currency is worth in the company's, on a period's first day."""
        return rate_on(self.terms, self.company, self.rates, day)

    def result(self, figure: int, day: date) -> int:
        """Return a result in the goal's currency, at the rate its period's target is converted with.

        So result and target keep their ratio, whichever of the two currencies they are read in.
        """
        if not self.differs:
            return figure
        numerator, denominator = self.rate(day).as_integer_ratio()
        return divide_half_even(
            figure * denominator * 10 ** DIGITS[self.terms.currency],
            numerator * 10 ** DIGITS[self.company.currency],
        )
