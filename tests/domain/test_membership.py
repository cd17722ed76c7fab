"""The days somebody is on a team, as joining and leaving make them."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goalpost.domain.membership import ALWAYS, NEVER, Stay, is_on, joined, left, normalized, within

MAY, JUNE, JULY, AUGUST = (date(2026, month, 1) for month in (5, 6, 7, 8))


@pytest.mark.parametrize(
    ("stays", "start", "then"),
    [
        (NEVER, None, ALWAYS),
        (NEVER, JUNE, (Stay(JUNE),)),
        (ALWAYS, JUNE, ALWAYS),
        ((Stay(None, JUNE),), JULY, (Stay(None, JUNE), Stay(JULY))),
        ((Stay(None, JUNE),), JUNE, ALWAYS),  # back on the day after the last
        ((Stay(MAY, JUNE), Stay(JULY)), JUNE, (Stay(MAY),)),
        ((Stay(MAY, JUNE),), None, ALWAYS),
        ((Stay(AUGUST),), JUNE, (Stay(JUNE),)),  # who was to join later joins earlier
    ],
)
def test_joining(stays: tuple[Stay, ...], start: date | None, then: tuple[Stay, ...]) -> None:
    assert joined(stays, start) == then


@pytest.mark.parametrize(
    ("stays", "end", "then"),
    [
        (ALWAYS, JUNE, (Stay(None, JUNE),)),
        (ALWAYS, None, NEVER),
        ((Stay(JUNE),), JUNE, NEVER),
        ((Stay(MAY, JUNE), Stay(JULY)), AUGUST, (Stay(MAY, JUNE), Stay(JULY, AUGUST))),
        ((Stay(MAY, JUNE), Stay(AUGUST)), JULY, (Stay(MAY, JUNE),)),
        ((Stay(MAY, JUNE),), AUGUST, (Stay(MAY, JUNE),)),
    ],
)
def test_leaving(stays: tuple[Stay, ...], end: date | None, then: tuple[Stay, ...]) -> None:
    assert left(stays, end) == then


days = st.dates(date(2026, 1, 1), date(2026, 3, 1))
stays_of_somebody = st.lists(st.builds(Stay, st.none() | days, st.none() | days), max_size=5)


@given(stays_of_somebody, days, days)
def test_each_day_is_what_the_latest_word_on_it_says(stays: list[Stay], start: date, day: date) -> None:
    was_on = is_on(normalized(stays), day)
    assert was_on is any(stay.holds(day) for stay in stays)
    assert is_on(joined(stays, start), day) is (was_on or day >= start)
    assert is_on(left(stays, start), day) is (was_on and day < start)


@given(stays_of_somebody)
def test_stays_are_in_order_and_neither_overlap_nor_touch(stays: list[Stay]) -> None:
    found = normalized(stays)
    assert normalized(found) == found
    for earlier, later in pairwise(found):
        assert earlier.end is not None
        assert later.start is not None
        assert later.start - earlier.end >= timedelta(days=1)


@pytest.mark.parametrize(
    ("stays", "inside"),
    [
        (ALWAYS, (Stay(),)),
        ((Stay(date(2025, 12, 1), date(2027, 1, 1)),), (Stay(),)),
        ((Stay(date(2026, 1, 1), date(2026, 3, 1)),), (Stay(None, date(2026, 3, 1)),)),
        ((Stay(date(2026, 3, 1)),), (Stay(date(2026, 3, 1)),)),
        ((Stay(None, date(2026, 1, 1)),), ()),
        ((Stay(date(2027, 1, 1)),), ()),
        (
            (Stay(None, date(2026, 2, 1)), Stay(date(2026, 4, 1), date(2026, 5, 1)), Stay(date(2026, 6, 1))),
            (Stay(None, date(2026, 2, 1)), Stay(date(2026, 4, 1), date(2026, 5, 1)), Stay(date(2026, 6, 1))),
        ),
    ],
)
def test_stays_within_a_year(stays: tuple[Stay, ...], inside: tuple[Stay, ...]) -> None:
    assert within(stays, date(2026, 1, 1), date(2027, 1, 1)) == inside
