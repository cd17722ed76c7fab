"""A range split into whole months and the days around them, as the ledger reads it."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goalpost.domain.calendar import Range, split_whole_months


def written(part: Range | None) -> str:
    return "" if part is None else f"{part.start}..{part.end}"


@pytest.mark.parametrize(
    ("start", "end", "head", "months", "tail"),
    [
        ("2026-01-01", "2026-02-01", "", "2026-01-01..2026-02-01", ""),
        ("2026-01-01", "2027-01-01", "", "2026-01-01..2027-01-01", ""),
        ("2026-01-15", "2026-03-01", "2026-01-15..2026-02-01", "2026-02-01..2026-03-01", ""),
        ("2026-01-01", "2026-02-10", "", "2026-01-01..2026-02-01", "2026-02-01..2026-02-10"),
        (
            "2025-12-31",
            "2026-03-02",
            "2025-12-31..2026-01-01",
            "2026-01-01..2026-03-01",
            "2026-03-01..2026-03-02",
        ),
        ("2026-01-10", "2026-01-20", "2026-01-10..2026-01-20", "", ""),
        ("2026-01-01", "2026-01-31", "2026-01-01..2026-01-31", "", ""),
        ("2026-01-02", "2026-02-01", "2026-01-02..2026-02-01", "", ""),
        ("2026-01-31", "2026-02-28", "2026-01-31..2026-02-28", "", ""),
        ("2024-01-31", "2024-03-01", "2024-01-31..2024-02-01", "2024-02-01..2024-03-01", ""),
        ("2026-01-01", "2026-01-01", "", "", ""),
        ("9999-12-10", "9999-12-31", "9999-12-10..9999-12-31", "", ""),
        ("9999-11-01", "9999-12-31", "", "9999-11-01..9999-12-01", "9999-12-01..9999-12-31"),
        ("0001-01-01", "0001-02-01", "", "0001-01-01..0001-02-01", ""),
    ],
)
def test_a_range_is_split_at_its_whole_months(
    start: str, end: str, head: str, months: str, tail: str
) -> None:
    split = split_whole_months(date.fromisoformat(start), date.fromisoformat(end))
    assert [written(part) for part in split] == [head, months, tail]


@given(st.dates(date(1, 1, 1), date(9999, 12, 31)), st.integers(0, 1_500))
def test_the_parts_tile_the_range_and_hold_every_whole_month(start: date, length: int) -> None:
    end = start + timedelta(days=min(length, (date.max - start).days))
    split = split_whole_months(start, end)
    edge = start
    for part in split:
        if part is not None:
            assert part.start == edge
            edge = part.end
    assert edge == end
    whole = {at for at in days_of(start, end) if at.day == 1 and month_fits(at, end)}
    if split.months is None:
        assert not whole
        assert split.tail is None
    else:
        assert split.months.start.day == 1 == split.months.end.day
        assert whole == {at for at in days_of(split.months.start, split.months.end) if at.day == 1}


def days_of(start: date, end: date) -> list[date]:
    return [start + timedelta(days=ahead) for ahead in range((end - start).days)]


def month_fits(first: date, end: date) -> bool:
    """Whether the month that begins on `first` ends by `end`: day 32 is always in the next month."""
    return (end - first).days >= 31 or (first + timedelta(days=(end - first).days)).month != first.month


def test_a_range_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot end before it starts"):
        split_whole_months(date(2026, 2, 1), date(2026, 1, 1))
