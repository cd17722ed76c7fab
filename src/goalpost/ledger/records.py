"""The records behind a total, in pages: each continues after the last key of the previous one.

Pages by title (and by stage or type, in `crm`) are plain SQL, because the access path is chosen here: query
planners do not know how titles and stages correlate with days. Only numbers and days are inlined; a title's
key is a parameter.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from heapq import nlargest, nsmallest
from typing import NamedTuple, TypeVar, cast

from django.db import connection
from django.db.models import (
    BooleanField,
    Case,
    Expression,
    F,
    Func,
    IntegerField,
    Q,
    QuerySet,
    Sum,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from goalpost.domain.calendar import Period
from goalpost.domain.counting import NO_DAY
from goalpost.ledger.models import CompanyDayTally, Entry, Standing
from goalpost.ledger.questions import CountedRecord, OwnerSpan, Selection, Total, told_in
from goalpost.storage.bulk_rows import Cell, list_of, literal, values

Line = TypeVar("Line", Entry, Standing)


def selected(lines: QuerySet[Line], company_id: int, selection: Selection) -> QuerySet[Line]:
    """Narrow lines down to those a selection counts, on any day."""
    found = lines.filter(company_id=company_id, measure=selection.measure)
    if selection.owners is not None:
        # Also a plain condition on the people, which every planner finds an index for.
        people = selection.people or frozenset()
        found = found.filter(_is_counted(selection.owners, selection.spans), owner_id__in=people)
    if selection.pipelines is not None:
        found = found.filter(pipeline_id__in=selection.pipelines)
    if selection.items is not None:
        found = found.filter(item_id__in=selection.items)
    return found


def _is_counted(owners: frozenset[int], spans: Sequence[OwnerSpan]) -> Q:
    counted = Q(owner_id__in=owners)
    for span in spans:
        own = Q(owner_id=span.owner_id)
        if span.start is not None:
            own &= Q(day__gte=span.start)
        if span.end is not None:
            own &= Q(day__lt=span.end)
        counted |= own
    return counted if spans else Q()


def lines_of_total(
    lines: QuerySet[Line], company_id: int, selection: Selection, period: Period
) -> QuerySet[Line]:
    """Narrow lines down to those behind a total."""
    return selected(lines, company_id, selection).filter(day__gte=period.start, day__lt=period.end)


MANY = 10_000
"""From this many records, scanning an index of all amounts costs less than sorting the records."""

_AT_ONCE = 2000

_BY_DAY = ("day", "source_id")
_BY_AMOUNT = ("amount", "source_id")

Key = str | bytes | int | date | Expression
"""A part of the position where a page begins: a value or an expression."""


class Page(NamedTuple):
    """Records in order. `end` is the position of the last one, None on the last page."""

    records: tuple[CountedRecord, ...]
    end: tuple[Key, ...] | None


class _Row(Func):
    """The row value (a, b), which an index over both columns serves."""

    function = ""

    def __init__(self, *parts: str | Expression) -> None:
        super().__init__(*parts, output_field=TextField())


class _Beyond(Func):
    """(a, b) > (x, y). Django expands its own row comparison on SQLite, which defeats the indexes."""

    template = "%(expressions)s"

    def __init__(self, here: _Row, there: _Row, *, is_descending: bool) -> None:
        super().__init__(
            here, there, arg_joiner=" < " if is_descending else " > ", output_field=BooleanField()
        )


def records(
    company_id: int,
    selection: Selection,
    period: Period,
    *,
    limit: int,
    how_many: int = MANY,
    after: Sequence[Key] | None = None,
    is_descending: bool = True,
) -> Page:
    """Return records behind a total by day. All of them together sum to the total.

    `after` is the previous page's last day and id; `how_many` as in `records_by_amount`.
    """
    found = lines_of_total(Standing.objects.all(), company_id, selection, period)
    keys: Sequence[str] = _BY_DAY
    if selection.owners is not None and how_many < MANY:
        # Filter, then sort: a scan by day over everybody's records would match too few.
        found, keys = found.annotate(on=Coalesce("day", "day")), ("on", "source_id")
    return page(found, selection, keys, after=after, is_descending=is_descending, limit=limit)


def records_by_amount(
    company_id: int,
    selection: Selection,
    period: Period,
    *,
    how_many: int,
    limit: int,
    after: Sequence[Key] | None = None,
    is_descending: bool = True,
) -> Page:
    """Return records behind a total by amount; `after` is the previous page's last amount and id.

    `how_many` records there are decides the access path: few are sorted, many are found soon by scanning the
    index of amounts. The cost peaks in between. Converted amounts have no index: all of them are read.
    """
    if selection.conversion:
        return _by_converted(company_id, selection, period, limit, after, is_descending=is_descending)
    if how_many < MANY:
        found = lines_of_total(Standing.objects.all(), company_id, selection, period)
        # Not the plain column: a planner might scan the index of amounts for a few records.
        keys: Sequence[str] = ("worth", "source_id")
        found = found.annotate(worth=F("amount") + 0)
    else:
        keys = _BY_AMOUNT
        # Not the plain column: a planner would read all days of the period and sort them.
        found = selected(Standing.objects.all(), company_id, selection)
        found = found.annotate(on=Coalesce("day", "day")).filter(on__gte=period.start, on__lt=period.end)
    return page(found, selection, keys, after=after, is_descending=is_descending, limit=limit)


def _by_converted(
    company_id: int,
    selection: Selection,
    period: Period,
    limit: int,
    after: Sequence[Key] | None,
    *,
    is_descending: bool,
) -> Page:
    rows = lines_of_total(Standing.objects.all(), company_id, selection, period).values_list(
        *CountedRecord._fields
    )
    found = told_in(selection.conversion, map(CountedRecord._make, rows.iterator(chunk_size=_AT_ONCE)))
    place = None if after is None else tuple(after)

    def key(record: CountedRecord) -> tuple[int, int]:
        return record.amount, record.source_id

    beyond = (
        record
        for record in found
        if place is None or (key(record) < place if is_descending else key(record) > place)
    )
    some = (nlargest if is_descending else nsmallest)(limit + 1, beyond, key=key)
    return Page(tuple(some[:limit]), key(some[limit - 1]) if len(some) > limit > 0 else None)


def records_by_owner(
    company_id: int,
    selection: Selection,
    period: Period,
    ranks: Mapping[int, int],
    *,
    limit: int,
    after: Sequence[Key] | None = None,
    is_descending: bool = False,
) -> Page:
    """Return records of these owners by the owner's rank, then by day. `after` is rank, day and id."""
    found = lines_of_total(Standing.objects.all(), company_id, selection, period).filter(
        owner_id__in=list(ranks)
    )
    whens = [When(owner_id=owner_id, then=Value(rank)) for owner_id, rank in ranks.items()]
    if not whens:
        return Page((), None)
    found = found.annotate(rank=Case(*whens, output_field=IntegerField()))
    return page(found, selection, ("rank", *_BY_DAY), after=after, is_descending=is_descending, limit=limit)


def page(
    lines: QuerySet[Standing],
    selection: Selection,
    keys: Sequence[str],
    *,
    limit: int,
    after: Sequence[Key] | None = None,
    is_descending: bool = False,
) -> Page:
    """Return the selection's lines after a position in the order of `keys`, the last of which is unique."""
    if after is not None:
        here, there = _Row(*keys), _Row(*(_expression(each) for each in after))
        lines = lines.filter(_Beyond(here, there, is_descending=is_descending))
    order = [f"-{key}" if is_descending else key for key in keys]
    extra = [key for key in keys if key not in CountedRecord._fields]
    rows = list(lines.order_by(*order).values_list(*CountedRecord._fields, *extra)[: limit + 1])
    end = None
    if len(rows) > limit > 0:
        last = dict(zip((*CountedRecord._fields, *extra), rows[limit - 1], strict=True))
        end = tuple(last[key] for key in keys)
    width = len(CountedRecord._fields)
    found = (CountedRecord._make(row[:width]) for row in rows[:limit])
    return Page(tuple(told_in(selection.conversion, found)), end)


def _expression(key: Key) -> Expression:
    return key if isinstance(key, Expression) else Value(key)


LONGEST_PAGE = 200
"""For a longer page (exports have them) all lines are sorted: other paths cost more per record."""

Keys = tuple[Cell, ...]
"""A line's columns, or a position in an order."""

COLUMNS = ", ".join(f"s.{name}" for name in CountedRecord._fields)


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines behind a total (`s` in statements), listed in a direction after a position."""

    company_id: int
    selection: Selection
    period: Period
    is_descending: bool

    @property
    def is_narrowed(self) -> bool:
        """Whether the total excludes some lines of its days."""
        chosen = (self.selection.owners, self.selection.pipelines, self.selection.items)
        return any(ids is not None for ids in chosen)

    @property
    def selected(self) -> str:
        """The SQL condition of the lines that the total counts, on any day."""
        return selected_lines(self.company_id, self.selection)

    @property
    def in_total(self) -> str:
        """The SQL condition of the lines behind the total."""
        start, end = literal(self.period.start), literal(self.period.end)
        return f"{self.selected} AND s.day >= {start} AND s.day < {end}"

    def beyond(self, keys: Sequence[str], place: Keys | None) -> tuple[str, Keys]:
        """Return the SQL condition for lines after a position in the keys' order, and its parameters."""
        if place is None:
            return "1 = 1", ()
        written = [literal(part) if isinstance(part, int | date) else "%s" for part in place]
        parameters = tuple(part for part in place if not isinstance(part, int | date))
        sign = "<" if self.is_descending else ">"
        return f"({', '.join(keys)}) {sign} ({', '.join(written)})", parameters

    def ordered(self, keys: Sequence[str]) -> str:
        return "ORDER BY " + ", ".join(f"{key} DESC" if self.is_descending else key for key in keys)

    def sorted(self, source: str, keys: Sequence[str], place: Keys | None, how_many: int) -> list[Keys]:
        """Sort all lines and return the first ones, each followed by its sort keys."""
        beyond, parameters = self.beyond(keys, place)
        return fetched(
            f"SELECT {COLUMNS}, {', '.join(keys)} FROM {source} WHERE {self.in_total} AND {beyond} "  # noqa: S608
            f"{self.ordered(keys)} LIMIT {how_many:d}",
            parameters,
        )

    def all_sorted(self, source: str, keys: Sequence[str], at_once: int) -> Iterator[list[CountedRecord]]:
        """Yield all lines in order, in chunks, from one server-side cursor."""
        with connection.chunked_cursor() as cursor:
            cursor.execute(
                f"SELECT {COLUMNS} FROM {source} WHERE {self.in_total} {self.ordered(keys)}"  # noqa: S608
            )
            while rows := cursor.fetchmany(at_once):
                yield list(told_in(self.selection.conversion, map(CountedRecord._make, rows)))


def selected_lines(company_id: int, selection: Selection) -> str:
    """Return the condition on `s` that a line is counted, on whatever day."""
    lists = {"owner_id": selection.people, "pipeline_id": selection.pipelines, "item_id": selection.items}
    chosen = [f"s.{column} IN ({list_of(ids) or 'NULL'})" for column, ids in lists.items() if ids is not None]
    own = [f"s.company_id = {company_id:d}", f"s.measure = {selection.measure:d}"]
    return " AND ".join([*own, *chosen, *_on_their_days(selection)])


def _on_their_days(selection: Selection) -> list[str]:
    """Return the SQL condition that limits owners to the days on which they count."""
    if not selection.spans:
        return []
    counted = [f"s.owner_id IN ({list_of(selection.owners or ()) or 'NULL'})"]
    for span in selection.spans:
        start = "" if span.start is None else f" AND s.day >= {literal(span.start)}"
        end = "" if span.end is None else f" AND s.day < {literal(span.end)}"
        counted.append(f"(s.owner_id = {span.owner_id:d}{start}{end})")
    return [f"({' OR '.join(counted)})"]


def fetched(statement: str, parameters: Keys = ()) -> list[Keys]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[Keys] = cursor.fetchall()
    return rows


def page_of(lines: Lines, rows: Sequence[Keys], limit: int) -> Page:
    """Return a page of the lines found; one line more than `limit` shows that there is a next page."""
    width = len(CountedRecord._fields)
    found = (CountedRecord(*row[:width]) for row in rows[:limit])  # type: ignore[arg-type]
    records = tuple(told_in(lines.selection.conversion, found))
    return Page(records, cast("tuple[Key, ...]", rows[limit - 1][width:]) if len(rows) > limit > 0 else None)


_KEYS = ("s.title_key", "s.source_id")
_ONE_DAY = timedelta(days=1)


def page_by_title(lines: Lines, *, how_many: int, limit: int, after: Keys | None) -> Page:
    """Return a page of the records by title, then by id.

    `how_many` there are: few records of a narrowed selection are sorted, since each day would have to be
    searched for them.
    """
    if limit > LONGEST_PAGE or (lines.is_narrowed and how_many < MANY):
        rows = lines.sorted("ledger_standing AS s", _KEYS, after, limit + 1)
    else:
        days = _days_of_next(lines, after, limit + 1)
        rows = _next_of_days(lines, days, after, limit + 1) if days else []
    return page_of(lines, rows, limit)


def all_by_title(lines: Lines, at_once: int) -> Iterator[list[CountedRecord]]:
    """Yield all records by title, in chunks."""
    return lines.all_sorted("ledger_standing AS s", _KEYS, at_once)


def _days_of_next(lines: Lines, after: Keys | None, how_many: int) -> list[date]:
    """Return the days whose next record comes before that of all other days."""
    beyond, parameters = lines.beyond(_KEYS, after)
    first, last = lines.period.start, lines.period.last_day
    count = (last - first).days + 1
    days = values([(first + _ONE_DAY * at,) for at in range(count)])
    # LIMIT keeps the planner from flattening the subquery: the id is looked up once per day.
    statement = (
        "SELECT s.day FROM (SELECT (SELECT s.id FROM ledger_standing AS s "  # noqa: S608  numbers and days
        f"WHERE {lines.selected} AND s.day = days.column1 AND {beyond} {lines.ordered(_KEYS)} LIMIT 1) AS id "
        f"FROM ({days}) AS days LIMIT {count:d}) AS firsts "
        f"CROSS JOIN ledger_standing AS s WHERE s.company_id = {lines.company_id:d} AND s.id = firsts.id "
        f"{lines.ordered(_KEYS)} LIMIT {how_many:d}"
    )
    return [day for (day,) in fetched(statement, parameters) if isinstance(day, date)]


def _next_of_days(lines: Lines, days: list[date], after: Keys | None, how_many: int) -> list[Keys]:
    """Return the next records of these days, in order."""
    beyond, parameters = lines.beyond(_KEYS, after)
    parts = " UNION ALL ".join(
        f"SELECT * FROM (SELECT {COLUMNS}, s.title_key FROM ledger_standing AS s "  # noqa: S608  numbers and days
        f"WHERE {lines.selected} AND s.day = {literal(day)} AND {beyond} "
        f"{lines.ordered(_KEYS)} LIMIT {how_many:d}) AS of_one"
        for day in days
    )
    rows = fetched(
        f"SELECT * FROM ({parts}) AS s {lines.ordered(_KEYS)} LIMIT {how_many:d}",  # noqa: S608  likewise
        parameters * len(days),
    )
    return [(*row, row[0]) for row in rows]


def without_day(company_id: int, selection: Selection) -> Total:
    """Return the total of the records of a selection that have no day, which are in no period.

    Everybody's are summed in the tallies of that day; those of some people are read, by their own index.
    """
    if selection.owners is None:
        tallies = _undated_tallies(company_id, selection)
        sums = tallies.aggregate(*(Sum(name) for name in ("count", "amount", "unvalued")))
    else:
        lines = Standing.objects.filter(
            company_id=company_id,
            measure=selection.measure,
            day=NO_DAY,
            owner_id__in=selection.people or frozenset(),
        )
        if selection.pipelines is not None:
            lines = lines.filter(pipeline_id__in=selection.pipelines)
        sums = lines.aggregate(*(Sum(name) for name in ("count", "amount", "unvalued")))
    return Total(*(sums[f"{name}__sum"] or 0 for name in ("count", "amount", "unvalued")))


def _undated_tallies(company_id: int, selection: Selection) -> QuerySet[CompanyDayTally]:
    """Return the company's tallies of the records without a day."""
    found = CompanyDayTally.objects.filter(company_id=company_id, measure=selection.measure, day=NO_DAY)
    if selection.pipelines is not None:
        found = found.filter(pipeline_id__in=selection.pipelines)
    return found
