"""A question's ranges taken apart: whole months, which a tally holds, and the days around them."""

from collections import defaultdict
from datetime import date

from goalpost.domain.calendar import Period, split_whole_months


class Spans:
    """The parts of a question's ranges, each with the places of the ranges it belongs to.

    `months` are known by their first day as text (2026-11-01). `first_month` and `last_month` are None when
    there is no whole month.
    """

    __slots__ = ("days", "first_month", "last_month", "months")

    def __init__(self, ranges: tuple[Period, ...]) -> None:
        found: dict[date, list[int]] = defaultdict(list)
        self.days: list[tuple[int, Period]] = []
        for place, span in enumerate(ranges):
            whole = split_whole_months(span.start, span.end)
            self.days.extend((place, part) for part in (whole.head, whole.tail) if part is not None)
            if whole.months is not None:
                month = whole.months.start
                while month < whole.months.end:
                    found[month].append(place)
                    month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
        self.months = {month.isoformat(): places for month, places in found.items()}
        self.first_month = min(found, default=None)
        self.last_month = max(found, default=None)


class SpansOf:
    """Takes equal ranges apart once: people on a leaderboard share theirs, as do goals of one calendar."""

    def __init__(self) -> None:
        self._by_identity: dict[int, Spans] = {}
        self._by_value: dict[tuple[Period, ...], Spans] = {}

    def __call__(self, ranges: tuple[Period, ...]) -> Spans:
        """Return the parts of the ranges, which the caller keeps for as long as it asks."""
        # To hash some hundred dates takes longer than to look at who they are.
        spans = self._by_identity.get(id(ranges)) or self._by_value.get(ranges)
        if spans is None:
            spans = self._by_value[ranges] = Spans(ranges)
        self._by_identity[id(ranges)] = spans
        return spans
