"""Money: exact in, exact out, rounded half-even once where rounding cannot be avoided."""

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goalpost.domain.money import (
    LARGEST_MINOR,
    LARGEST_VALUE,
    convert,
    divide_half_even,
    divide_half_up,
    to_deal_value,
    to_major,
    to_minor,
    weigh,
)

minors = st.integers(-LARGEST_MINOR, LARGEST_MINOR)
digit_counts = st.integers(0, 4)
rates = st.decimals("0.000001", "100000", allow_nan=False, allow_infinity=False, places=6)


@pytest.mark.parametrize(
    ("major", "digits", "minor"),
    [
        ("1338466", 2, 133_846_600),
        ("1338466.00", 2, 133_846_600),
        ("0.29", 2, 29),  # 0.29 * 100 is 28.999999999999996 in floats
        ("1.10", 2, 110),
        ("-4.35", 2, -435),
        ("531", 0, 531),
        ("531.000", 0, 531),
        ("0.005", 3, 5),
        ("1.2300000", 2, 123),
        ("1.5E+3", 2, 150_000),
        ("0E+999999", 2, 0),
        ("0E-999999", 2, 0),
        ("-0", 2, 0),
        ("90071992547409.91", 2, LARGEST_MINOR),
    ],
)
def test_major_units_become_minor_units_exactly(major: str, digits: int, minor: int) -> None:
    assert to_minor(Decimal(major), digits) == minor


@pytest.mark.parametrize(
    ("major", "digits", "why"),
    [
        ("1.005", 2, "more decimals"),
        ("0.5", 0, "more decimals"),
        ("0.0001", 3, "more decimals"),
        ("100.00001", 2, "more decimals"),
        ("1E-999999", 2, "more decimals"),
        ("90071992547409.92", 2, "too large"),
        ("-90071992547409.92", 2, "too large"),
        ("1E+999999", 2, "too large"),
        ("NaN", 2, "not an amount"),
        ("sNaN", 2, "not an amount"),
        ("Infinity", 2, "not an amount"),
        ("-Infinity", 2, "not an amount"),
    ],
)
def test_an_amount_that_would_have_to_be_rounded_is_refused(major: str, digits: int, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        to_minor(Decimal(major), digits)


@pytest.mark.parametrize(
    ("minor", "digits", "major"),
    [
        (133_846_600, 2, "1338466.00"),
        (5, 2, "0.05"),
        (-5, 2, "-0.05"),
        (0, 2, "0.00"),
        (531, 0, "531"),
        (1, 3, "0.001"),
    ],
)
def test_major_units_show_every_decimal_of_the_currency(minor: int, digits: int, major: str) -> None:
    assert str(to_major(minor, digits)) == major


@given(minors, digit_counts)
def test_minor_units_survive_the_way_out_and_back(minor: int, digits: int) -> None:
    assert to_minor(to_major(minor, digits), digits) == minor


@given(minors, digit_counts, digit_counts, rates)
def test_no_setting_of_the_decimal_context_changes_an_amount(
    minor: int, digits: int, to_digits: int, rate: Decimal
) -> None:
    converted = convert(minor, from_digits=digits, to_digits=to_digits, rate=rate)
    with localcontext() as context:
        context.prec = 3
        assert to_minor(to_major(minor, digits), digits) == minor
        assert convert(minor, from_digits=digits, to_digits=to_digits, rate=rate) == converted


@pytest.mark.parametrize(
    ("minor", "from_digits", "to_digits", "rate", "converted"),
    [
        (10_000, 2, 2, "1.08", 10_800),
        (1, 2, 2, "0.5", 0),  # half a cent goes to the even neighbour
        (3, 2, 2, "0.5", 2),
        (5, 2, 2, "0.5", 2),
        (-1, 2, 2, "0.5", 0),
        (-3, 2, 2, "0.5", -2),
        (1_000, 0, 2, "0.0062", 620),  # yen have no decimals
        (620, 2, 0, "161.29", 1_000),
        (1_500, 3, 2, "3.25", 488),  # 1.500 Kuwaiti dinars: 487.5 cents
        (500, 3, 2, "3.25", 162),  # 162.5 cents
        (0, 2, 2, "1.08", 0),
    ],
)
def test_a_conversion_minds_the_digits_of_both_currencies_and_rounds_half_even(
    minor: int, from_digits: int, to_digits: int, rate: str, converted: int
) -> None:
    assert convert(minor, from_digits=from_digits, to_digits=to_digits, rate=Decimal(rate)) == converted


@given(minors, st.integers(0, 100), digit_counts, digit_counts, rates)
def test_a_weighted_conversion_is_the_exact_fraction_rounded_once(
    minor: int, percent: int, from_digits: int, to_digits: int, rate: Decimal
) -> None:
    exact = Fraction(minor, 10**from_digits) * Fraction(percent, 100) * Fraction(rate) * 10**to_digits
    weighed = weigh(minor, percent, 100, from_digits=from_digits, to_digits=to_digits, rate=rate)
    assert weighed == round(exact)  # round() of a Fraction is exact and half-even


@given(st.integers(), st.integers(min_value=1))
def test_division_rounds_to_the_nearest(numerator: int, denominator: int) -> None:
    exact = Fraction(numerator, denominator)
    assert divide_half_even(numerator, denominator) == round(exact)
    assert -Fraction(1, 2) < divide_half_up(numerator, denominator) - exact <= Fraction(1, 2)


def test_sixty_four_bits_hold_the_sum_of_ninety_thousand_of_the_largest_deals() -> None:
    assert 92_000 * LARGEST_VALUE < 2**63


def test_a_deal_worth_more_than_the_largest_is_refused() -> None:
    assert to_deal_value(Decimal(10**12), 2) == LARGEST_VALUE
    with pytest.raises(ValueError, match="more than a deal can be worth"):
        to_deal_value(Decimal(10**12) + Decimal("0.01"), 2)
