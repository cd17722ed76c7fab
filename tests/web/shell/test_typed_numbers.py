"""Amounts are read as the page's language writes them, or refused with a word on how to write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goalpost.web.shell.typed import NotANumber, parse_amount, written_amount


@pytest.mark.parametrize(
    ("typed", "language", "currency", "minor"),
    [
        ("150000", "en", "EUR", 150_000_00),
        ("150,000", "en", "EUR", 150_000_00),
        (" 1,250.5 ", "en", "EUR", 1_250_50),
        ("€1,250.50", "en", "EUR", 1_250_50),
        ("EUR 12", "en", "EUR", 12_00),
        ("150 000", "en", "EUR", 150_000_00),
        ("150 000", "sv", "SEK", 150_000_00),
        ("150\u00a0000,5", "sv", "SEK", 150_000_50),
        ("1 234 567 kr", "sv", "SEK", 1_234_567_00),
        ("12", "en", "", 12),
        ("12.0", "en", "", 12),
        ("1'000", "en", "JPY", 1_000),
        ("1.250", "en", "KWD", 1_250),
    ],
)
def test_a_number_is_read_in_its_language(typed: str, language: str, currency: str, minor: int) -> None:
    assert parse_amount(typed, currency, language) == minor


@pytest.mark.parametrize(
    ("typed", "language", "currency"),
    [
        ("", "en", "EUR"),
        ("17o,000", "en", "EUR"),
        ("1.250,50", "en", "EUR"),
        ("1,25", "en", "EUR"),
        ("1.250", "sv", "SEK"),
        ("1,250.50", "sv", "SEK"),
        ("-5", "en", "EUR"),
        ("1e9", "en", "EUR"),
        ("١٢", "en", "EUR"),
        ("1,000 000", "en", "EUR"),
        ("12.345", "en", "EUR"),
        ("12.5", "en", ""),
        ("12.5", "en", "JPY"),
        ("9" * 16, "en", "EUR"),
        ("1" * 5_000, "en", "EUR"),
        ("1\x00", "en", "EUR"),
    ],
)
def test_what_could_mean_something_else_is_refused(typed: str, language: str, currency: str) -> None:
    with pytest.raises(NotANumber) as refusal:
        parse_amount(typed, currency, language)
    assert str(refusal.value).endswith(".")


@given(
    minor=st.integers(min_value=0, max_value=2**53 - 1),
    currency=st.sampled_from(["", "EUR", "SEK", "JPY", "KWD"]),
    language=st.sampled_from(["en", "sv"]),
)
def test_what_a_field_shows_reads_back_as_the_same_amount(minor: int, currency: str, language: str) -> None:
    assert parse_amount(written_amount(minor, currency, language), currency, language) == minor
