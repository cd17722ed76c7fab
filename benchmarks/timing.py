"""Timing by turns, so that a busy moment of the machine falls on everything that is compared."""

import gc
from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter
from typing import TypeVar

_Name = TypeVar("_Name")


def medians_by_turns(
    calls: Mapping[_Name, Callable[[], object]], *, rounds: int, warm_up: int = 3
) -> dict[_Name, float]:
    """Return the median milliseconds of each call, all of them made once in every round."""
    taken: dict[_Name, list[float]] = {name: [] for name in calls}
    gc.collect()
    for turn in range(-warm_up, rounds):
        for name, call in calls.items():
            start = perf_counter()
            call()
            if turn >= 0:
                taken[name].append((perf_counter() - start) * 1000)
    return {name: median(times) for name, times in taken.items()}
