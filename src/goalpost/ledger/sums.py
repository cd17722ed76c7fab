"""The statements behind `ledger.read.totals`: any number of questions in three of them at most.

The company's days come from one tally, whole months of people from the other, and the days at the ends of a
person's range from the standings. Questions travel as VALUES lists, which no ORM query can hold, so these
statements are written out; each one reads one company only (decision 0006).
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import cast

from django.db import connection

from goalpost.domain.calendar import Period
from goalpost.ledger.models import CompanyDayTally, OwnerMonthTally, Standing
from goalpost.ledger.questions import Question, Selection, Total
from goalpost.ledger.spans import Spans, SpansOf

_ANY = -1
_NOTHING = Total()
_Asked = Sequence[tuple[int, Question]]
_Answers = list[list[Total]]
_Sums = tuple[int, int, int, int, int]
"""Question, place, count, amount, unvalued."""
_Month = tuple[int, str, int, int, int]
"""Question, month, count, amount, unvalued."""


def sums(company_id: int, questions: Sequence[Question]) -> _Answers:
    """Return a total for every range of every question, in order."""
    answers = [[_NOTHING] * len(question.ranges) for question in questions]
    for_company = [(no, q) for no, q in enumerate(questions) if q.selection.owners is None]
    for_owners = [(no, q) for no, q in enumerate(questions) if q.selection.owners is not None]
    _add_company_days(company_id, for_company, answers)
    spans_of = SpansOf()
    spans = [(no, q.selection, spans_of(q.ranges)) for no, q in for_owners]
    _add_owner_months(company_id, spans, answers)
    _add_owner_days(company_id, spans, answers)
    return answers


def _add_company_days(company_id: int, asked: _Asked, answers: _Answers) -> None:
    range_sets = _RangeSets()
    selections = [
        (no, range_sets.number([(place, span) for place, span in enumerate(q.ranges)]), *chosen)
        for no, q in asked
        for chosen in _chosen(q.selection)
    ]
    _add_ranges(company_id, CompanyDayTally._meta.db_table, selections, range_sets, answers)


def _add_owner_days(
    company_id: int, asked: Sequence[tuple[int, Selection, Spans]], answers: _Answers
) -> None:
    range_sets = _RangeSets()
    selections: list[tuple[int, ...]] = []
    for no, selection, spans in asked:
        if spans.days:
            number = range_sets.number(spans.days)
            selections.extend((no, number, *chosen) for chosen in _chosen(selection))
    _add_ranges(company_id, Standing._meta.db_table, selections, range_sets, answers)


def _add_ranges(
    company_id: int,
    table: str,
    selections: Sequence[tuple[int, ...]],
    range_sets: "_RangeSets",
    answers: _Answers,
) -> None:
    """Sum a table that has days over ranges. CROSS JOIN keeps SQLite from turning the order around."""
    if not selections or not range_sets.rows:
        return
    by_owner = table == Standing._meta.db_table
    statement = (
        f"WITH s(no, range_set, measure, owner_id, pipeline_id, item_id) AS ({_values(selections)}), "  # noqa: S608  values are parameters
        f"r(range_set, place, start_day, end_day) AS ({_values(range_sets.rows)}) "
        f"SELECT s.no, r.place, SUM(t.count), SUM(t.amount), SUM(t.unvalued) "
        f"FROM s CROSS JOIN r CROSS JOIN {connection.ops.quote_name(table)} t "
        f"WHERE r.range_set = s.range_set AND t.company_id = %s AND t.measure = s.measure "
        f"{'AND t.owner_id = s.owner_id ' if by_owner else ''}"
        f"AND t.day >= r.start_day AND t.day < r.end_day {_WHERE_CHOSEN} GROUP BY s.no, r.place"
    )
    for no, place, count, amount, unvalued in _fetch(
        statement, [*_flat(selections), *_flat(range_sets.rows), company_id]
    ):
        answers[no][place] = answers[no][place].plus(int(count), int(amount), int(unvalued))


def _add_owner_months(
    company_id: int, asked: Sequence[tuple[int, Selection, Spans]], answers: _Answers
) -> None:
    """Add the whole months, tally by tally.

    They are few, and adding them up here takes less time than sorting them into groups in the database. The
    month comes as text, which both engines hand over without building a date of it.
    """
    selections: list[tuple[object, ...]] = []
    places: dict[int, dict[str, list[int]]] = {}
    for no, selection, spans in asked:
        if spans.first_month is not None:
            places[no] = spans.months
            span = (spans.first_month, spans.last_month)
            selections.extend((no, *span, *chosen) for chosen in _chosen(selection))
    if not selections:
        return
    statement = (
        f"WITH s(no, first_month, last_month, measure, owner_id, pipeline_id, item_id) AS "  # noqa: S608
        f"({_values(selections)}) "
        f"SELECT s.no, CAST(t.month AS text), t.count, t.amount, t.unvalued "
        f"FROM s CROSS JOIN {connection.ops.quote_name(OwnerMonthTally._meta.db_table)} t "
        f"WHERE t.company_id = %s AND t.measure = s.measure AND t.owner_id = s.owner_id "
        f"AND t.month >= s.first_month AND t.month <= s.last_month {_WHERE_CHOSEN}"
    )
    months = cast("list[_Month]", _fetch(statement, [*_flat(selections), company_id]))
    for no, month, count, amount, unvalued in months:
        answer = answers[no]
        for place in places[no].get(month, ()):
            sofar = answer[place]
            answer[place] = (
                Total(count, amount, unvalued) if sofar is _NOTHING else sofar.plus(count, amount, unvalued)
            )


_WHERE_CHOSEN = (
    f"AND (s.pipeline_id = {_ANY} OR t.pipeline_id = s.pipeline_id) "
    f"AND (s.item_id = {_ANY} OR t.item_id = s.item_id)"
)


class _RangeSets:
    """Numbers equal lists of ranges once: goals that share a calendar share their rows."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[tuple[int, Period], ...], int] = {}
        self.rows: list[tuple[object, ...]] = []

    def number(self, spans: Iterable[tuple[int, Period]]) -> int:
        key = tuple(spans)
        if key not in self._numbers:
            self._numbers[key] = len(self._numbers)
            self.rows.extend((self._numbers[key], place, span.start, span.end) for place, span in key)
        return self._numbers[key]


def _chosen(selection: Selection) -> list[tuple[int, int, int, int]]:
    """Return a row for each combination that the selection names; none when it names nothing."""
    return [
        (int(selection.measure), owner_id, pipeline_id, item_id)
        for owner_id in _names(selection.owners)
        for pipeline_id in _names(selection.pipelines)
        for item_id in _names(selection.items)
    ]


def _names(ids: frozenset[int] | None) -> list[int]:
    return [_ANY] if ids is None else sorted(ids)


def _values(rows: Sequence[tuple[object, ...]]) -> str:
    """Return the rows as a table.

    LIMIT tells SQLite how many they are. It guesses a million otherwise, and then reads all of the ledger to
    build a Bloom filter first.
    """
    places = f"({', '.join(['%s'] * len(rows[0]))})"
    return f"SELECT * FROM (VALUES {', '.join([places] * len(rows))}) AS given LIMIT {len(rows)}"  # noqa: S608


def _flat(rows: Iterable[tuple[object, ...]]) -> list[object]:
    """Return all cells in order, days as the engine compares them."""
    as_text = connection.vendor == "sqlite"
    return [cell.isoformat() if as_text and isinstance(cell, date) else cell for row in rows for cell in row]


def _fetch(statement: str, parameters: Sequence[object]) -> list[_Sums]:
    with connection.cursor() as cursor:
        cursor.execute(statement, cast("Sequence[int | date]", parameters))
        return cast("list[_Sums]", cursor.fetchall())
