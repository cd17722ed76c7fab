"""The exchange rate of a day."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goalpost.domain.counting import Rates

RATES = Rates(
    {
        # Out of order on purpose: the order is ours to make.
        "EUR": [(date(2026, 3, 1), Decimal("1.10")), (date(2026, 1, 10), Decimal("1.05"))],
        "SEK": [(date(2026, 2, 1), Decimal("0.09"))],
        "NOK": [],
    }
)


@pytest.mark.parametrize(
    ("currency", "day", "rate"),
    [
        ("EUR", date(2020, 1, 1), "1.05"),  # before the first known, the first
        ("EUR", date(2026, 1, 9), "1.05"),
        ("EUR", date(2026, 1, 10), "1.05"),
        ("EUR", date(2026, 2, 28), "1.05"),
        ("EUR", date(2026, 3, 1), "1.10"),
        ("EUR", date(2030, 1, 1), "1.10"),
        ("SEK", date(2026, 1, 31), "0.09"),
        ("SEK", date(2026, 2, 2), "0.09"),
        ("NOK", date(2026, 1, 1), None),
        ("USD", date(2026, 1, 1), None),
    ],
)
def test_the_last_rate_known_on_or_before_the_day_counts(currency: str, day: date, rate: str | None) -> None:
    assert RATES.on(currency, day) == (None if rate is None else Decimal(rate))


known_rates = st.dictionaries(
    st.dates(date(2025, 1, 1), date(2025, 3, 1)), st.integers(1, 10**6).map(Decimal), min_size=1
)


@given(known_rates, st.dates(date(2024, 12, 1), date(2025, 4, 1)))
def test_the_rate_is_the_one_a_walk_back_finds(known: dict[date, Decimal], day: date) -> None:
    at = day
    while at not in known and at > date(2024, 11, 1):
        at -= timedelta(days=1)
    assert Rates({"EUR": known.items()}).on("EUR", day) == known.get(at, known[min(known)])


@pytest.mark.parametrize("rate", ["0", "-1.1", "NaN", "Infinity"])
def test_a_rate_that_is_no_positive_number_is_refused(rate: str) -> None:
    with pytest.raises(ValueError, match="must be above zero"):
        Rates({"EUR": [(date(2026, 1, 1), Decimal(rate))]})


def test_two_rates_on_one_day_are_refused() -> None:
    day = date(2026, 1, 1)
    with pytest.raises(ValueError, match="EUR has two rates on one day"):
        Rates({"EUR": [(day, Decimal("1.1")), (day, Decimal("1.2"))]})
