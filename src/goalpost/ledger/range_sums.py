"""Sums over ranges of days: the company's from its tally, a person's from the standings.

Selections and ranges travel as two VALUES lists, joined to the table they ask (decision 0006). Each of their
pairs is one look-up in an index, whatever the planner believes: SQLite keeps to the order of CROSS JOIN,
PostgreSQL to LATERAL.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import cast

from django.db import connection

from goalpost.domain.calendar import Period
from goalpost.ledger.models import CompanyDayTally, Standing
from goalpost.ledger.questions import Selection, Total
from goalpost.ledger.spans import Spans
from goalpost.ledger.statements import fetch, values

_ANY = -1
_SUMS = "CAST(SUM(t.count) AS bigint), CAST(SUM(t.amount) AS bigint), CAST(SUM(t.unvalued) AS bigint)"
_CHOSEN = (
    f"AND (s.pipeline_id = {_ANY} OR t.pipeline_id = s.pipeline_id) "
    f"AND (s.item_id = {_ANY} OR t.item_id = s.item_id)"
)


def add_company_days(
    company_id: int, asked: Sequence[tuple[list[Total], Selection, tuple[Period, ...]]]
) -> None:
    """Add the totals of everybody to the answers, in one statement."""
    pairs = _Pairs()
    for answer, selection, ranges in asked:
        pairs.add(answer, selection, enumerate(ranges))
    _add(company_id, CompanyDayTally._meta.db_table, "", pairs)


def add_owner_days(company_id: int, asked: Sequence[tuple[list[Total], Selection, Spans]]) -> None:
    """Add the days that no whole month holds to the answers, in one statement."""
    pairs = _Pairs()
    for answer, selection, spans in asked:
        pairs.add(answer, selection, spans.days)
    _add(company_id, Standing._meta.db_table, "AND t.owner_id = s.owner_id", pairs)


class _Pairs:
    """Selections with the ranges each is asked for. Goals that share a calendar share their ranges."""

    def __init__(self) -> None:
        self.answers: list[list[Total]] = []
        self.selections: list[tuple[int, ...]] = []
        self.ranges: list[tuple[int | date, ...]] = []
        self._sets: dict[tuple[tuple[int, Period], ...], int] = {}

    def add(self, answer: list[Total], selection: Selection, ranges: Iterable[tuple[int, Period]]) -> None:
        """Add a question: its ranges, each with its place in the answer."""
        key = tuple(ranges)
        if not key:
            return
        number = self._sets.get(key)
        if number is None:
            number = self._sets[key] = len(self._sets)
            self.ranges.extend((number, place, span.start, span.end) for place, span in key)
        self.selections.extend(
            (len(self.answers), number, int(selection.measure), owner_id, pipeline_id, item_id)
            for owner_id in _names(selection.owners)
            for pipeline_id in _names(selection.pipelines)
            for item_id in _names(selection.items)
        )
        self.answers.append(answer)


def _names(ids: frozenset[int] | None) -> list[int]:
    return [_ANY] if ids is None else sorted(ids)


def _add(company_id: int, table: str, of_owner: str, pairs: _Pairs) -> None:
    if not pairs.selections:
        return
    where = (
        f"t.company_id = %s AND t.measure = s.measure {of_owner} "
        f"AND t.day >= r.start_day AND t.day < r.end_day {_CHOSEN}"
    )
    table = connection.ops.quote_name(table)
    given = (
        f"WITH s(no, range_set, measure, owner_id, pipeline_id, item_id) AS ({values(pairs.selections)}), "
        f"r(range_set, place, start_day, end_day) AS ({values(pairs.ranges)})"
    )
    if connection.vendor == "sqlite":
        statement = (
            f"{given} SELECT s.no, r.place, {_SUMS} FROM s CROSS JOIN r CROSS JOIN {table} t "  # noqa: S608  ours
            f"WHERE r.range_set = s.range_set AND {where} GROUP BY s.no, r.place"
        )
    else:
        statement = (
            f"{given} SELECT s.no, r.place, found.* FROM s JOIN r ON r.range_set = s.range_set "  # noqa: S608  ours
            f"CROSS JOIN LATERAL (SELECT {_SUMS} FROM {table} t WHERE {where}) "
            f"found(count, amount, unvalued) WHERE found.count IS NOT NULL"
        )
    rows = cast("list[tuple[int, int, int, int, int]]", fetch(statement, [company_id]))
    for no, place, count, amount, unvalued in rows:
        answer = pairs.answers[no]
        answer[place] = answer[place].plus(count, amount, unvalued)
