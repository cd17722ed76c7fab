"""The records behind a total by title, told from few of them however many there are.

Standings are kept by day, and within a day by title. The next page's records are on as many days at most as
it has records: those whose own next record comes first. So each day is asked for one, and then these few days
for a page each. It does not matter how titles go with days.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from goalpost.goals.record_lines import COLUMNS, LONGEST_PAGE, Keys, Lines, fetched, page_of
from goalpost.ledger.read import CountedRecord, Page
from goalpost.ledger.records import MANY
from goalpost.ledger.statements import literal, values

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
