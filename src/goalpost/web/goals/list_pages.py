"""A long list of goals in pages: which rows the address asks for, and the pages around them."""

from dataclasses import dataclass

PAGE_SIZE = 50
_MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class ListPage:
    """The rows from `start` up to, not including, `end`. Pages count from 1; None where there is no such."""

    start: int
    end: int
    previous: int | None
    next: int | None


def page_of(text: str, count: int) -> ListPage:
    """Return the page an address names, of `count` rows: the first without one, past the end the last."""
    last = max(-(-count // PAGE_SIZE), 1)
    named = int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else 1
    number = min(max(named, 1), last)
    return ListPage(
        start=(number - 1) * PAGE_SIZE,
        end=min(number * PAGE_SIZE, count),
        previous=number - 1 if number > 1 else None,
        next=number + 1 if number < last else None,
    )
