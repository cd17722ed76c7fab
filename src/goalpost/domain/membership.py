"""The days of a person on a team: half-open ranges that neither overlap nor touch."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple


class Stay(NamedTuple):
    """The days [start, end) of one membership. None: since always, and without an end."""

    start: date | None = None
    end: date | None = None

    def holds(self, day: date) -> bool:
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)


ALWAYS = (Stay(),)
NEVER: tuple[Stay, ...] = ()


def normalized(stays: Iterable[Stay]) -> tuple[Stay, ...]:
    """Return the same days as sorted, non-empty ranges that neither overlap nor touch."""
    found: list[Stay] = []
    for stay in sorted(stays, key=_start):
        if _start(stay) >= _end(stay):
            continue
        if found and _start(stay) <= _end(found[-1]):
            found[-1] = Stay(found[-1].start, max(found[-1], stay, key=_end).end)
        else:
            found.append(stay)
    return tuple(found)


def joined(stays: Iterable[Stay], start: date | None) -> tuple[Stay, ...]:
    """Return the days after joining on `start`; None is since always."""
    return normalized([*stays, Stay(start)])


def left(stays: Iterable[Stay], end: date | None) -> tuple[Stay, ...]:
    """Return the days after leaving on `end`; None is as if never a member."""
    if end is None:
        return NEVER
    return normalized(stay if _end(stay) <= end else Stay(stay.start, end) for stay in stays)


def within(stays: Iterable[Stay], start: date, end: date) -> tuple[Stay, ...]:
    """Return what of the stays lies in [start, end); a side on which they reach over it has no day."""
    inside = (stay for stay in stays if _start(stay) < end and start < _end(stay))
    return tuple(
        Stay(
            None if _start(stay) <= start else stay.start,
            None if _end(stay) >= end else stay.end,
        )
        for stay in inside
    )


def is_on(stays: Iterable[Stay], day: date) -> bool:
    return any(stay.holds(day) for stay in stays)


def _start(stay: Stay) -> date:
    return stay.start or date.min


def _end(stay: Stay) -> date:
    return stay.end or date.max
