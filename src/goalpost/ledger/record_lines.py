"""Pages of standings by title and by place (a deal's stage, an activity's type), as written-out statements.

Written out, because how each is answered is decided here and not by a planner, who cannot know how titles and
stages go with days. Nothing but numbers and days gets into them; a title's key is a parameter.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

from django.db import connection

from goalpost.domain.calendar import Period
from goalpost.ledger.read import CountedRecord, Page, Selection
from goalpost.ledger.records import MANY, Key
from goalpost.ledger.statements import list_of, literal, values
from goalpost.storage.bulk_rows import Cell

LONGEST_PAGE = 200
"""Of a longer page (a file has such) all lines are sorted: the ways around it cost more with each record."""

Keys = tuple[Cell, ...]
"""A line's columns, or a place in an order."""

COLUMNS = ", ".join(f"s.{name}" for name in CountedRecord._fields)


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines behind a total (`s` in statements), to be listed in a direction, from after a place."""

    company_id: int
    selection: Selection
    period: Period
    is_descending: bool

    @property
    def is_narrowed(self) -> bool:
        """Whether not all lines of a day are behind the total."""
        chosen = (self.selection.owners, self.selection.pipelines, self.selection.items)
        return any(ids is not None for ids in chosen)

    @property
    def selected(self) -> str:
        """Which lines the total counts, on whatever day."""
        selection = self.selection
        lists = {
            "owner_id": selection.people,
            "pipeline_id": selection.pipelines,
            "item_id": selection.items,
        }
        chosen = [
            f"s.{column} IN ({list_of(ids) or 'NULL'})" for column, ids in lists.items() if ids is not None
        ]
        own = [f"s.company_id = {self.company_id:d}", f"s.measure = {selection.measure:d}"]
        return " AND ".join([*own, *chosen, *_on_their_days(selection)])

    @property
    def behind(self) -> str:
        """Which lines are behind the total."""
        start, end = literal(self.period.start), literal(self.period.end)
        return f"{self.selected} AND s.day >= {start} AND s.day < {end}"

    def beyond(self, keys: Sequence[str], place: Keys | None) -> tuple[str, Keys]:
        """Return the condition of standing after a place in the order of the keys, and its parameters."""
        if place is None:
            return "1 = 1", ()
        written = [literal(part) if isinstance(part, int | date) else "%s" for part in place]
        parameters = tuple(part for part in place if not isinstance(part, int | date))
        sign = "<" if self.is_descending else ">"
        return f"({', '.join(keys)}) {sign} ({', '.join(written)})", parameters

    def ordered(self, keys: Sequence[str]) -> str:
        return "ORDER BY " + ", ".join(f"{key} DESC" if self.is_descending else key for key in keys)

    def sorted(self, source: str, keys: Sequence[str], place: Keys | None, how_many: int) -> list[Keys]:
        """Return lines in order, each with the keys it was ordered by at its end: all of them are sorted."""
        beyond, parameters = self.beyond(keys, place)
        return fetched(
            f"SELECT {COLUMNS}, {', '.join(keys)} FROM {source} WHERE {self.behind} AND {beyond} "  # noqa: S608
            f"{self.ordered(keys)} LIMIT {how_many:d}",
            parameters,
        )

    def all_sorted(self, source: str, keys: Sequence[str], at_once: int) -> Iterator[list[CountedRecord]]:
        """Yield all lines in order, so many at once: sorted one time, and held by the database."""
        with connection.chunked_cursor() as cursor:
            cursor.execute(
                f"SELECT {COLUMNS} FROM {source} WHERE {self.behind} {self.ordered(keys)}"  # noqa: S608
            )
            while rows := cursor.fetchmany(at_once):
                yield [CountedRecord(*row) for row in rows]


def _on_their_days(selection: Selection) -> list[str]:
    """Return the condition that who counts on some days only is met on these."""
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


def page_of(rows: Sequence[Keys], limit: int) -> Page:
    """Return a page of the lines found, of which one more than it holds tells that there is a next."""
    width = len(CountedRecord._fields)
    records = tuple(CountedRecord(*row[:width]) for row in rows[:limit])  # type: ignore[arg-type]
    return Page(records, cast("tuple[Key, ...]", rows[limit - 1][width:]) if len(rows) > limit > 0 else None)


_KEYS = ("s.title_key", "s.source_id")
_ONE_DAY = timedelta(days=1)


def page_by_title(lines: Lines, *, how_many: int, limit: int, after: Keys | None) -> Page:
    """Return a page of the records by title, and by id where titles are alike.

    `how_many` there are: few of some owners', pipelines or types are sorted, as each day would have to be
    searched for them.
    """
    if limit > LONGEST_PAGE or (lines.is_narrowed and how_many < MANY):
        rows = lines.sorted("ledger_standing AS s", _KEYS, after, limit + 1)
    else:
        days = _days_of_next(lines, after, limit + 1)
        rows = _next_of_days(lines, days, after, limit + 1) if days else []
    return page_of(rows, limit)


def all_by_title(lines: Lines, at_once: int) -> Iterator[list[CountedRecord]]:
    """Yield all records by title, so many at once."""
    return lines.all_sorted("ledger_standing AS s", _KEYS, at_once)


def _days_of_next(lines: Lines, after: Keys | None, how_many: int) -> list[date]:
    """Return the days whose next record comes before that of all other days."""
    beyond, parameters = lines.beyond(_KEYS, after)
    first, last = lines.period.start, lines.period.last_day
    count = (last - first).days + 1
    days = values([(first + _ONE_DAY * at,) for at in range(count)])
    # LIMIT keeps each from being taken apart: the id is looked up once for each day.
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
