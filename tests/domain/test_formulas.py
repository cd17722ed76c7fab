"""Formulas are found as spreadsheet programs find them: past what is not seen, in full-width signs too."""

import sys

import pytest

from goalpost.domain.formulas import formula_in


@pytest.mark.parametrize(
    ("cell", "formula"),
    [
        ("=1+1", "=1+1"),
        (" \t@SUM(A1)", "@SUM(A1)"),
        ("\ufeff\u200b\u3000-x", "-x"),
        ("\uff1d1", "=1"),
        ('"=1"', '=1"'),
        ("-5", "-5"),
        ("a=b", ""),
        ("", ""),
        ("'=1", ""),
    ],
)
def test_what_a_program_would_compute(cell: str, formula: str) -> None:
    assert formula_in(cell) == formula


def test_nothing_that_begins_with_a_letter_or_figure_is_one() -> None:
    letters = map(chr, range(sys.maxunicode + 1))
    assert [letter for letter in letters if letter.isalnum() and formula_in(letter)] == []
