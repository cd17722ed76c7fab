"""Targets against results, and shares of a total that always add up to it. All figures are integers."""

from collections.abc import Sequence

from goalpost.domain.money import divide_half_up

_JUST_BELOW = 99


def difference(result: int, target: int) -> int:
    """Return the result minus the target: below zero is what is missing, above zero what is more."""
    return result - target


def progress_percent(result: int, target: int) -> int | None:
    """Return the result in percent of the target, rounded half up; None for a target of zero.

    Below the target it is 99 at most: what reads 100 % is reached. Raises ValueError for a target below zero.
    """
    if target < 0:
        raise ValueError(f"A target is zero or more, not {target}.")
    if not target:
        return None
    percent = divide_half_up(100 * result, target)
    return min(percent, _JUST_BELOW) if result < target else percent


def spread_evenly(total: int, n: int) -> tuple[int, ...]:
    """Share a total out to n parts that differ by one at most, the larger first.

    Raises ValueError for fewer than one part or a total below zero.
    """
    if n < 1:
        raise ValueError(f"A total is shared out to one part or more, not {n}.")
    return spread_by_pattern(total, (1,) * n)


def spread_by_pattern(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Share a total out in proportion to the weights; the parts add up to it exactly.

    What rounding down leaves goes, one each, to the largest remainders, the earlier first. Weights that are
    all zero share evenly. Raises ValueError without weights, for a weight below zero or a total below zero.
    """
    if not weights:
        raise ValueError("There are no periods to share the total out to.")
    if min(weights) < 0:
        raise ValueError(f"A weight is zero or more, not {min(weights)}. Count a negative period as zero.")
    if total < 0:
        raise ValueError(f"The total to share out is zero or more, not {total}.")
    whole = sum(weights)
    if whole == 0:
        return spread_evenly(total, len(weights))
    parts = [total * weight // whole for weight in weights]
    # sorted() is stable, so of equal remainders the earlier period comes first.
    by_remainder = sorted(range(len(weights)), key=lambda at: -(total * weights[at] % whole))
    for at in by_remainder[: total - sum(parts)]:
        parts[at] += 1
    return tuple(parts)
