"""Days come from date fields, or written out; what could be two days is refused."""

from datetime import date

import pytest

from goalpost.web.shell.typed import NotADay, parse_day


@pytest.mark.parametrize(
    ("typed", "language"),
    [
        ("2026-11-18", "en"),
        (" 18 Nov 2026 ", "en"),
        ("18 november 2026", "en"),
        ("18 nov. 2026", "sv"),
        ("18. November 2026", "sv"),
    ],
)
def test_a_day_is_read(typed: str, language: str) -> None:
    assert parse_day(typed, language) == date(2026, 11, 18)


@pytest.mark.parametrize(
    "typed",
    ["", "18/11/2026", "03.04.2026", "31 Feb 2026", "2026-13-01", "18 Foo 2026", "18 N 2026", "tomorrow"],
)
def test_what_is_no_single_day_is_refused(typed: str) -> None:
    with pytest.raises(NotADay):
        parse_day(typed, "en")
