"""Timing by turns, so that a busy moment of the machine falls on everything that is compared."""

import gc
from collections.abc import Callable, Iterable, Mapping
from statistics import median
from time import perf_counter
from typing import NamedTuple, TypeVar

from benchmarks.processor import session_seconds

_Name = TypeVar("_Name")


class Taken(NamedTuple):
    """Milliseconds by the clock, and of processor time with that of the database's server."""

    clock: float
    processor: float


def taken_by(call: Callable[[], object]) -> Taken:
    start, used = perf_counter(), session_seconds()
    call()
    return Taken((perf_counter() - start) * 1000, (session_seconds() - used) * 1000)


def medians(taken: Iterable[Taken]) -> Taken:
    return Taken(*map(median, zip(*taken, strict=True)))


def medians_by_turns(
    calls: Mapping[_Name, Callable[[], object]], *, rounds: int, warm_up: int = 3
) -> dict[_Name, Taken]:
    """Return the medians of each call, all of them made once in every round."""
    gc.collect()
    turns = [{name: taken_by(call) for name, call in calls.items()} for _ in range(warm_up + rounds)]
    return {name: medians(turn[name] for turn in turns[warm_up:]) for name in calls}
