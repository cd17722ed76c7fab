"""Totals: of the company by days, of people by whole months and the days around them.

Parts of a total (by person, pipeline, stage or type) take one statement per table.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple, cast

from django.db import connection
from django.db.models import Model, Q

from goalpost.domain.calendar import Period, joined
from goalpost.domain.measures import Measure
from goalpost.ledger.converted import add_converted, add_converted_parts
from goalpost.ledger.models import Book, CompanyDayTally, OwnerMonthTally, Standing
from goalpost.ledger.questions import (
    ANY,
    NOTHING,
    OwnerSpan,
    Question,
    Range,
    Selection,
    Spans,
    SpansOf,
    Split,
    Total,
    ends_of,
)
from goalpost.ledger.records import selected
from goalpost.storage.bulk_rows import fetch, list_of, literal, values

_SCOPES_A_STATEMENT = 200
"""SQLite joins at most 500 by UNION."""


class _SharedScope(NamedTuple):
    """What questions have in common that one statement reads."""

    measure: Measure
    pipelines: frozenset[int] | None
    items: frozenset[int] | None
    first_month: date
    last_month: date
    currency: str


_ALWAYS = ("", "9999-12-31")
_Wanted = dict[int, list[tuple[list[Total], Mapping[str, Sequence[int]], str, str]]]
"""By owner: the answers to add to, the places of each month in them, and from which month to before which."""


class BookState(NamedTuple):
    """The ledger's version, and whether a recount is running: totals still follow the former rule."""

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

    One statement, and one more for every further 200 kinds of question about people: on PostgreSQL a second
    one would cost as much as all that it reads. Another where amounts are converted.
    """
    answers = [[NOTHING] * len(question.ranges) for question in questions]
    wanted: dict[_SharedScope, _Wanted] = {}
    of_company = _Days("c", CompanyDayTally)
    of_owners = _Days("o", Standing, "s.owner_id")
    of_stays = _Days("m", Standing, "r.owner_id")
    spans_of = SpansOf()
    for no, question in enumerate(questions):
        selection, ranges = question.selection, question.ranges
        if selection.owners is None:
            everything = tuple((place, ANY, span.start, span.end) for place, span in enumerate(ranges))
            of_company.add(no, selection, (ANY,), everything)
            continue
        spans = spans_of(ranges)
        of_owners.add(no, selection, selection.owners, spans.ends)
        if selection.spans:
            ends = tuple(each for stay in selection.spans for each in ends_of(stay, spans))
            of_stays.add(no, selection, (ANY,), ends)
        if (scope := _shared_scope(selection, spans)) is not None:
            _want_months(wanted.setdefault(scope, {}), answers[no], selection, spans)
    days = [each for each in (of_company, of_owners, of_stays) if each.selections]
    scopes = [(scope, whose) for scope, whose in wanted.items() if whose]
    for start in range(0, len(scopes) or 1, _SCOPES_A_STATEMENT):
        _add(company_id, answers, scopes[start : start + _SCOPES_A_STATEMENT], days if not start else ())
    add_converted(company_id, answers, questions)
    return answers


def _want_months(whose: _Wanted, answer: list[Total], selection: Selection, spans: Spans) -> None:
    for owner_id in selection.owners or ():
        whose.setdefault(owner_id, []).append((answer, spans.months, *_ALWAYS))
    for owner_id, start, end in selection.spans:
        # A month that a stay begins or ends within is not whole: `ends_of` has its days.
        since = start.isoformat() if start else _ALWAYS[0]
        until = end.replace(day=1).isoformat() if end else _ALWAYS[1]
        whose.setdefault(owner_id, []).append((answer, spans.months, since, until))


def _shared_scope(selection: Selection, spans: Spans) -> _SharedScope | None:
    """Return None where there is nothing to add: no whole month, or an empty selection."""
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


def _add(
    company_id: int,
    answers: Sequence[list[Total]],
    scopes: Sequence[tuple[_SharedScope, _Wanted]],
    days: Sequence["_Days"],
) -> None:
    """Read months and days in one statement, and add them to the answers."""
    parts = [_months(no, scope, whose) for no, (scope, whose) in enumerate(scopes)] + [
        each.sums() for each in days
    ]
    if not parts:
        return
    given = ", ".join(each.given() for each in days)
    statement = f"{'WITH ' if given else ''}{given} {' UNION ALL '.join(parts)}"
    rows = cast("list[tuple[int, int, str, int, int, int, int]]", fetch(statement, [company_id] * len(parts)))
    for no, which, month, *figures in rows:
        if no < 0:
            answer = answers[-1 - no]
            answer[which] = answer[which].plus(*figures)
            continue
        for answer, places, since, until in scopes[no][1][which]:
            if since <= month < until:
                for place in places.get(month, ()):
                    sofar = answer[place]
                    answer[place] = Total(*figures) if sofar is NOTHING else sofar.plus(*figures)


def _months(no: int, scope: _SharedScope, owners: Collection[int]) -> str:
    """Return the statement for scope number `no`, with months as text to spare the driver building dates."""
    chosen = "".join(
        f" AND t.{column} IN ({list_of(ids)})"
        for column, ids in (("pipeline_id", scope.pipelines), ("item_id", scope.items))
        if ids is not None
    )
    figures = ", ".join(_figures(literal(scope.currency)) if scope.currency else _FIGURES)
    return (
        f"SELECT {no:d}, t.owner_id, CAST(t.month AS text), {figures} "  # noqa: S608  numbers and days
        f"FROM {connection.ops.quote_name(OwnerMonthTally._meta.db_table)} t "
        f"WHERE t.company_id = %s AND t.measure = {scope.measure:d} AND t.owner_id IN ({list_of(owners)}) "
        f"AND t.month >= {literal(scope.first_month)} AND t.month <= {literal(scope.last_month)}{chosen}"
    )


_CHOSEN = (
    f"AND (s.pipeline_id = {ANY} OR t.pipeline_id = s.pipeline_id) "
    f"AND (s.item_id = {ANY} OR t.item_id = s.item_id)"
)


_FIGURES = ("t.count", "t.amount", "t.unvalued", "0")


def _figures(currency: str) -> tuple[str, ...]:
    """Return the figures of lines at face value in a currency (a column or a literal); of others, no amount.

    An empty currency is the company's, in which all are told.
    """
    at_face = f"CASE WHEN t.currency = {currency} THEN"
    amount = f"{at_face} t.native_amount WHEN {currency} = '' THEN t.amount ELSE 0 END"
    to_convert = f"{at_face} 0 WHEN {currency} = '' THEN 0 ELSE t.count - t.unvalued END"
    return ("t.count", amount, f"{at_face} 0 ELSE t.unvalued END", to_convert)


def _sums(currency: str) -> str:
    """Return the sums of a total's figures; `currency` as for `_figures`, or no text where none is used."""
    figures = _figures(currency) if currency else _FIGURES
    return ", ".join(f"CAST(SUM({figure}) AS bigint)" for figure in figures)


class _Days:
    """Selections with their ranges. Goals that share a calendar share their ranges.

    `owner` is the column that says whose lines of the table count; empty for everybody's.
    """

    def __init__(self, name: str, table: type[Model], owner: str = "") -> None:
        self.name, self.owner = name, owner
        self.table = connection.ops.quote_name(table._meta.db_table)
        self.selections: list[tuple[int | str, ...]] = []
        self.by_currency = False
        self.ranges: list[tuple[int | date, ...]] = []
        self._sets: dict[tuple[Range, ...], int] = {}

    def add(self, no: int, selection: Selection, owners: Collection[int], ranges: tuple[Range, ...]) -> None:
        """Add question number `no`."""
        if not ranges:
            return
        number = self._sets.get(ranges)
        if number is None:
            number = self._sets[ranges] = len(self._sets)
            self.ranges.extend((number, *each) for each in ranges)
        self.selections.extend(
            (-1 - no, number, int(selection.measure), owner_id, pipeline_id, item_id, selection.currency)
            for owner_id in owners
            for pipeline_id in _names(selection.pipelines)
            for item_id in _names(selection.items)
        )
        self.by_currency = self.by_currency or bool(selection.currency)

    def given(self) -> str:
        """Return the tables of what is asked, as a statement begins with."""
        return (
            f"s{self.name}(no, range_set, measure, owner_id, pipeline_id, item_id, currency) "
            f"AS ({values(self.selections)}), "
            f"r{self.name}(range_set, place, owner_id, start_day, end_day) AS ({values(self.ranges)})"
        )

    def sums(self) -> str:
        """Return the statement, with a row for each range of each question."""
        of_owner = f"AND t.owner_id = {self.owner} " if self.owner else ""
        where = (
            f"t.company_id = %s AND t.measure = s.measure {of_owner}"
            f"AND t.day >= r.start_day AND t.day < r.end_day {_CHOSEN}"
        )
        sums_of = _sums("s.currency" if self.by_currency else "")
        if connection.vendor == "sqlite":
            return (
                f"SELECT s.no, r.place, '', {sums_of} "  # noqa: S608  ours
                f"FROM s{self.name} s CROSS JOIN r{self.name} r CROSS JOIN {self.table} t "
                f"WHERE r.range_set = s.range_set AND {where} GROUP BY s.no, r.place"
            )
        return (
            f"SELECT s.no, r.place, '', found.* "  # noqa: S608  ours
            f"FROM s{self.name} s JOIN r{self.name} r ON r.range_set = s.range_set "
            f"CROSS JOIN LATERAL (SELECT {sums_of} FROM {self.table} t WHERE {where}) "
            f"found(count, amount, unvalued, converted) WHERE found.count IS NOT NULL"
        )


def _names(ids: frozenset[int] | None) -> list[int]:
    return [ANY] if ids is None else sorted(ids)


_Parts = dict[int, list[Total]]


def totals_by(company_id: int, question: Question, split: Split) -> _Parts:
    """Return the totals of every range by part, without empty parts. Takes three statements at most."""
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
    if any(total.converted for totals in parts.values() for total in totals):
        add_converted_parts(company_id, parts, question, split)
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


def currencies_without_rate(
    company_id: int, selection: Selection, ranges: Sequence[Period]
) -> tuple[str, ...]:
    """Return the currencies, by code, of the records in these ranges whose value is unknown."""
    days = Q()
    for period in joined(ranges):
        days |= Q(day__gte=period.start, day__lt=period.end)
    found = selected(Standing.objects.filter(days), company_id, selection)
    found = found.filter(unvalued=1).exclude(currency=selection.currency)
    return tuple(sorted(set(found.values_list("currency", flat=True).distinct())))
