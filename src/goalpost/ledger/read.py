"""How totals add up: the company by days, people by whole months and the days around them.

Parts of a total (by person, pipeline, stage or type) come in one statement for each of these tables.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple, cast

from django.db import connection

from goalpost.domain.calendar import Period
from goalpost.domain.measures import Measure
from goalpost.ledger.models import Book, CompanyDayTally, OwnerMonthTally, Standing
from goalpost.ledger.questions import NOTHING, OwnerSpan, Question, Selection, Spans, SpansOf, Split, Total
from goalpost.storage.bulk_rows import fetch, list_of, literal, values

_SCOPES_A_STATEMENT = 200
"""SQLite joins at most 500 by UNION."""


class _SharedScope(NamedTuple):
    """What questions have in common that are read together."""

    measure: Measure
    pipelines: frozenset[int] | None
    items: frozenset[int] | None
    first_month: date
    last_month: date
    currency: str


_Places = Mapping[str, Sequence[int]]
_Wanted = dict[int, list[tuple[list[Total], _Places]]]
"""By owner: the answers to add to, and the places of each month in them."""


_Asked = tuple[list[Total], Selection, Collection[int], Spans]
"""The answer to add to, and whose records on which days are to be added."""


def add_owner_months(company_id: int, asked: Sequence[_Asked]) -> None:
    """Add the whole months to the answers, in one statement for every 200 kinds of question."""
    wanted: dict[_SharedScope, _Wanted] = {}
    known: tuple[int, date | None, date | None] | None = None
    scope: _SharedScope | None = None
    for answer, selection, owners, spans in asked:
        # Those of a team who count on some days only follow on the others, and are read with them.
        if (this := (id(selection), spans.first_month, spans.last_month)) != known:
            known, scope = this, _shared_scope(selection, spans)
        if scope is not None:
            whose = wanted.setdefault(scope, {})
            for owner_id in owners:
                whose.setdefault(owner_id, []).append((answer, spans.months))
    scopes = [(scope, whose) for scope, whose in wanted.items() if whose]
    for start in range(0, len(scopes), _SCOPES_A_STATEMENT):
        _add_months(company_id, scopes[start : start + _SCOPES_A_STATEMENT])


def _shared_scope(selection: Selection, spans: Spans) -> _SharedScope | None:
    """Return None where there is nothing to add: no whole month, or a choice of nothing."""
    if spans.first_month is None or spans.last_month is None:
        return None
    if selection.pipelines == frozenset() or selection.items == frozenset():
        return None
    return _SharedScope(
        selection.measure,
        selection.pipelines,
        selection.items,
        spans.first_month,
        spans.last_month,
        selection.currency,
    )


def _add_months(company_id: int, scopes: Sequence[tuple[_SharedScope, _Wanted]]) -> None:
    statement = " UNION ALL ".join(_statement(no, scope, whose) for no, (scope, whose) in enumerate(scopes))
    rows = cast(
        "list[tuple[int, int, str, int, int, int, int]]", fetch(statement, [company_id] * len(scopes))
    )
    for no, owner_id, month, *figures in rows:
        for answer, places in scopes[no][1][owner_id]:
            for place in places.get(month, ()):
                sofar = answer[place]
                answer[place] = Total(*figures) if sofar is NOTHING else sofar.plus(*figures)


def _statement(no: int, scope: _SharedScope, owners: Collection[int]) -> str:
    """Return the statement for scope number `no`, with months as text to spare the driver building dates."""
    chosen = "".join(
        f" AND t.{column} IN ({list_of(ids)})"
        for column, ids in (("pipeline_id", scope.pipelines), ("item_id", scope.items))
        if ids is not None
    )
    figures = ", ".join(_figures(literal(scope.currency)) if scope.currency else (*_FIGURES, "0"))
    return (
        f"SELECT {no:d}, t.owner_id, CAST(t.month AS text), {figures} "  # noqa: S608  numbers and days
        f"FROM {connection.ops.quote_name(OwnerMonthTally._meta.db_table)} t "
        f"WHERE t.company_id = %s AND t.measure = {scope.measure:d} AND t.owner_id IN ({list_of(owners)}) "
        f"AND t.month >= {literal(scope.first_month)} AND t.month <= {literal(scope.last_month)}{chosen}"
    )


_ANY = -1
_CHOSEN = (
    f"AND (s.pipeline_id = {_ANY} OR t.pipeline_id = s.pipeline_id) "
    f"AND (s.item_id = {_ANY} OR t.item_id = s.item_id)"
)


_FIGURES = ("t.count", "t.amount", "t.unvalued")


def _figures(currency: str) -> tuple[str, ...]:
    """Return a line's figures, those in a currency at face value. `currency` is a column or a literal."""
    at_face = f"CASE WHEN t.currency = {currency} THEN"
    others = (f"{at_face} 0 ELSE {figure} END" for figure in _FIGURES[1:])
    return ("t.count", *others, f"{at_face} t.native_amount ELSE 0 END")


def _sums(currency: str) -> str:
    """Return the sums of a total's figures; `currency` as for `_figures`, empty for none at face value."""
    figures = _figures(currency) if currency else (*_FIGURES, "0")
    return ", ".join(f"CAST(SUM({figure}) AS bigint)" for figure in figures)


def add_company_days(
    company_id: int, asked: Sequence[tuple[list[Total], Selection, tuple[Period, ...]]]
) -> None:
    """Add the totals of everybody to the answers, in one statement."""
    pairs = _Pairs()
    for answer, selection, ranges in asked:
        pairs.add(answer, selection, (_ANY,), enumerate(ranges))
    _add_ranges(company_id, CompanyDayTally._meta.db_table, "", pairs)


def add_owner_days(company_id: int, asked: Sequence[_Asked]) -> None:
    """Add the days that no whole month holds to the answers, in one statement."""
    pairs = _Pairs()
    for answer, selection, owners, spans in asked:
        pairs.add(answer, selection, owners, spans.days)
    _add_ranges(company_id, Standing._meta.db_table, "AND t.owner_id = s.owner_id", pairs)


class _Pairs:
    """Selections with the ranges each is asked for. Goals that share a calendar share their ranges."""

    def __init__(self) -> None:
        self.answers: list[list[Total]] = []
        self.selections: list[tuple[int | str, ...]] = []
        self.by_currency = False
        self.ranges: list[tuple[int | date, ...]] = []
        self._sets: dict[tuple[tuple[int, Period], ...], int] = {}

    def add(
        self,
        answer: list[Total],
        selection: Selection,
        owners: Collection[int],
        ranges: Iterable[tuple[int, Period]],
    ) -> None:
        """Add a question: its ranges, each with its place in the answer."""
        key = tuple(ranges)
        if not key:
            return
        number = self._sets.get(key)
        if number is None:
            number = self._sets[key] = len(self._sets)
            self.ranges.extend((number, place, span.start, span.end) for place, span in key)
        self.selections.extend(
            (
                len(self.answers),
                number,
                int(selection.measure),
                owner_id,
                pipeline_id,
                item_id,
                selection.currency,
            )
            for owner_id in owners
            for pipeline_id in _names(selection.pipelines)
            for item_id in _names(selection.items)
        )
        self.by_currency = self.by_currency or bool(selection.currency)
        self.answers.append(answer)


def _names(ids: frozenset[int] | None) -> list[int]:
    return [_ANY] if ids is None else sorted(ids)


def _add_ranges(company_id: int, table: str, of_owner: str, pairs: _Pairs) -> None:
    if not pairs.selections:
        return
    where = (
        f"t.company_id = %s AND t.measure = s.measure {of_owner} "
        f"AND t.day >= r.start_day AND t.day < r.end_day {_CHOSEN}"
    )
    table = connection.ops.quote_name(table)
    given = (
        "WITH s(no, range_set, measure, owner_id, pipeline_id, item_id, currency) "
        f"AS ({values(pairs.selections)}), "
        f"r(range_set, place, start_day, end_day) AS ({values(pairs.ranges)})"
    )
    sums_of = _sums("s.currency" if pairs.by_currency else "")
    if connection.vendor == "sqlite":
        statement = (
            f"{given} SELECT s.no, r.place, {sums_of} FROM s CROSS JOIN r CROSS JOIN {table} t "  # noqa: S608  ours
            f"WHERE r.range_set = s.range_set AND {where} GROUP BY s.no, r.place"
        )
    else:
        statement = (
            f"{given} SELECT s.no, r.place, found.* FROM s JOIN r ON r.range_set = s.range_set "  # noqa: S608  ours
            f"CROSS JOIN LATERAL (SELECT {sums_of} FROM {table} t WHERE {where}) "
            f"found(count, amount, unvalued, native) WHERE found.count IS NOT NULL"
        )
    rows = cast("list[tuple[int, int, int, int, int, int]]", fetch(statement, [company_id]))
    for no, place, *figures in rows:
        answer = pairs.answers[no]
        answer[place] = answer[place].plus(*figures)


class BookState(NamedTuple):
    """The ledger's version, and whether a changed rule is being counted: totals follow the rule before."""

    version: int
    is_recounting: bool


def book_state(company_id: int) -> BookState:
    number, job = Book.objects.values_list("version", "recount_job").get(company_id=company_id)
    return BookState(number, job != 0)


def version(company_id: int) -> int:
    """Return the ledger's version: equal versions mean equal totals."""
    return book_state(company_id).version


def total(company_id: int, selection: Selection, period: Period) -> Total:
    """Return one total."""
    return totals(company_id, [Question(selection, (period,))])[0][0]


def totals(company_id: int, questions: Sequence[Question]) -> list[list[Total]]:
    """Return a total for every range of every question, in order.

    Three queries however many the questions are, one more for every 200 kinds.
    """
    answers = [[NOTHING] * len(question.ranges) for question in questions]
    spans_of = SpansOf()
    of_company = [
        (answer, q.selection, q.ranges)
        for answer, q in zip(answers, questions, strict=True)
        if q.selection.owners is None
    ]
    of_owners = [
        part
        for answer, q in zip(answers, questions, strict=True)
        if q.selection.owners is not None
        for part in _of_owners(answer, q, spans_of)
    ]
    add_company_days(company_id, of_company)
    add_owner_months(company_id, of_owners)
    add_owner_days(company_id, of_owners)
    return answers


def _of_owners(answer: list[Total], question: Question, spans_of: SpansOf) -> Iterator[_Asked]:
    """Take a question apart: who counts on every day, and each who counts on some."""
    selection, ranges = question.selection, question.ranges
    yield answer, selection, selection.owners or (), spans_of(ranges)
    for span in selection.spans:
        yield answer, selection, (span.owner_id,), spans_of.within(ranges, span)


_Parts = dict[int, list[Total]]


def totals_by(company_id: int, question: Question, split: Split) -> _Parts:
    """Return the totals of every range by whom or what brought them, without those who brought nothing.

    Three statements at most, however many the parts are.
    """
    selection, ranges = question.selection, list(enumerate(question.ranges))
    parts: _Parts = defaultdict(lambda: [NOTHING] * len(question.ranges))
    if frozenset() in (selection.pipelines, selection.items):
        return parts
    if selection.owners is None and split is not Split.OWNER:
        _part_days(company_id, CompanyDayTally._meta.db_table, selection, split, ranges, parts)
    elif selection.owners != frozenset():
        spans = Spans(ranges)
        _part_months(company_id, selection, split, spans, parts)
        _part_days(company_id, Standing._meta.db_table, selection, split, spans.days, parts)
    if selection.spans:
        others = replace(selection, owners=selection.people)
        on_days = f" AND ({' OR '.join(map(_on_days, selection.spans))})"
        _part_days(company_id, Standing._meta.db_table, others, split, ranges, parts, on_days)
    return {key: totals for key, totals in parts.items() if any(map(any, totals))}


def _part_days(
    company_id: int,
    table: str,
    selection: Selection,
    split: Split,
    ranges: Sequence[tuple[int, Period]],
    parts: _Parts,
    on_days: str = "",
) -> None:
    if not ranges:
        return
    spans = values([(place, span.start, span.end) for place, span in ranges])
    rows = fetch(
        f"WITH r(place, start_day, end_day) AS ({spans}) "  # noqa: S608  ours
        f"SELECT t.{split}, r.place, {_sums(_at_face(selection))} "
        f"FROM r CROSS JOIN {connection.ops.quote_name(table)} t "
        f"WHERE {_selected(selection)}{on_days} AND t.day >= r.start_day AND t.day < r.end_day "
        f"GROUP BY t.{split}, r.place",
        [company_id],
    )
    for key, place, *figures in cast("list[tuple[int, int, int, int, int, int]]", rows):
        parts[key][place] = parts[key][place].plus(*figures)


def _part_months(company_id: int, selection: Selection, split: Split, spans: Spans, parts: _Parts) -> None:
    if spans.first_month is None or spans.last_month is None:
        return
    rows = fetch(
        f"SELECT t.{split}, CAST(t.month AS text), {_sums(_at_face(selection))} "  # noqa: S608  ours
        f"FROM {connection.ops.quote_name(OwnerMonthTally._meta.db_table)} t WHERE {_selected(selection)} "
        f"AND t.month >= {literal(spans.first_month)} AND t.month <= {literal(spans.last_month)} "
        f"GROUP BY t.{split}, t.month",
        [company_id],
    )
    for key, month, *figures in cast("list[tuple[int, str, int, int, int, int]]", rows):
        for place in spans.months.get(month, ()):
            parts[key][place] = parts[key][place].plus(*figures)


def _at_face(selection: Selection) -> str:
    return literal(selection.currency) if selection.currency else ""


def _selected(selection: Selection) -> str:
    chosen = zip(Split, (selection.owners, selection.pipelines, selection.items), strict=True)
    lists = [f" AND t.{column} IN ({list_of(ids)})" for column, ids in chosen if ids is not None]
    return f"t.company_id = %s AND t.measure = {selection.measure:d}{''.join(lists)}"


def _on_days(span: OwnerSpan) -> str:
    start = "" if span.start is None else f" AND t.day >= {literal(span.start)}"
    end = "" if span.end is None else f" AND t.day < {literal(span.end)}"
    return f"(t.owner_id = {span.owner_id:d}{start}{end})"
