"""Difference, progress, and shares that add up to their total."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goalpost.domain.targets import difference, progress_percent, spread_by_pattern, spread_evenly

totals = st.integers(0, 2**53)
patterns = st.lists(st.integers(0, 2**40), min_size=1, max_size=60)


@pytest.mark.parametrize(
    ("result", "target", "apart", "percent"),
    [
        (121_400, 180_000, -58_600, 67),
        (180_000, 180_000, 0, 100),
        (0, 10, -10, 0),
        (1, 200, -199, 1),  # 0.5 % rounds up
        (199, 200, -1, 99),  # 99.5 %, but nothing below its target reads 100
        (149, 1_000, -851, 15),  # 14.9 %
        (145, 1_000, -855, 15),  # 14.5 %: half-even would say 14
        (1_449, 10_000, -8_551, 14),
        (30, 10, 20, 300),
        (-5, 10, -15, -50),
    ],
)
def test_a_result_stands_against_its_target(result: int, target: int, apart: int, percent: int) -> None:
    assert difference(result, target) == apart
    assert progress_percent(result, target) == percent


@pytest.mark.parametrize("result", [-1, 0, 7])
def test_a_target_of_zero_has_no_progress(result: int) -> None:
    assert progress_percent(result, 0) is None


def test_a_target_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="zero or more"):
        progress_percent(1, -1)


@pytest.mark.parametrize(
    ("total", "n", "parts"),
    [
        (100, 3, (34, 33, 33)),
        (12, 12, (1,) * 12),
        (2, 3, (1, 1, 0)),
        (0, 2, (0, 0)),
        (7, 1, (7,)),
    ],
)
def test_an_even_share_gives_the_rest_to_the_first(total: int, n: int, parts: tuple[int, ...]) -> None:
    assert spread_evenly(total, n) == parts


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (100, [1, 2, 1], (25, 50, 25)),
        (10, [1, 1, 1], (4, 3, 3)),
        (10, [1, 2, 4], (1, 3, 6)),  # 1.43, 2.86, 5.71: the rest goes to the two largest remainders
        (100, [0, 0, 0], (34, 33, 33)),
        (100, [0, 5, 0], (0, 100, 0)),
        (0, [3, 4], (0, 0)),
    ],
)
def test_a_pattern_shares_by_largest_remainder(
    total: int, weights: list[int], parts: tuple[int, ...]
) -> None:
    assert spread_by_pattern(total, weights) == parts


@given(totals, st.integers(1, 400))
def test_even_parts_add_up_and_differ_by_one_at_most(total: int, n: int) -> None:
    parts = spread_evenly(total, n)
    assert sum(parts) == total
    assert len(parts) == n
    assert max(parts) - min(parts) <= 1


@given(totals, patterns)
def test_parts_add_up_and_stay_within_one_of_their_exact_share(total: int, weights: list[int]) -> None:
    parts = spread_by_pattern(total, weights)
    assert sum(parts) == total
    assert min(parts) >= 0
    if whole := sum(weights):
        for part, weight in zip(parts, weights, strict=True):
            assert abs(part * whole - total * weight) < whole
            assert weight or not part


@pytest.mark.parametrize(
    ("total", "weights", "why"),
    [(10, [], "no periods"), (10, [3, -1], "weight is zero or more"), (-1, [1], "total to share out")],
)
def test_what_cannot_be_shared_is_refused(total: int, weights: list[int], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        spread_by_pattern(total, weights)


@pytest.mark.parametrize("n", [0, -1])
def test_no_parts_are_refused(n: int) -> None:
    with pytest.raises(ValueError, match="one part or more"):
        spread_evenly(10, n)
