"""The fair opponent of figure b: one statement that groups the deals by owner and month, at its best.

Months are those of the company's time zone. Several statements, each with the covering index that suits it,
are tried on the data at hand, and the fastest is taken.
"""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from operator import itemgetter
from time import perf_counter
from zoneinfo import ZoneInfo

from django.db import connection

from benchmarks.synthetic import TIME_ZONE
from goalpost.domain.calendar import Period
from goalpost.storage.bulk_rows import Cell

Sums = dict[tuple[int, int], tuple[int, int]]
"""Count and amount by owner and place of the month."""

Statement = tuple[str, tuple[Cell, ...]]

_INDEXES = {
    "by time": "(company_id, {time}, owner_id, value) WHERE {which}",
    "by owner": "(company_id, owner_id, {time}, value) WHERE {which}",
}


class Counted(Enum):
    """What is summed up: the moment that decides the month, and which deals count."""

    ADDED = ("add_time", "NOT is_deleted")
    WON = ("won_time", "status = 'won' AND NOT is_deleted")

    @property
    def time(self) -> str:
        return self.value[0]

    @property
    def which(self) -> str:
        return self.value[1]


class Months(Enum):
    """How a statement tells months apart."""

    LOCAL = "as the local time says"
    BY_HAND = "by bounds worked out beforehand"


@dataclass(frozen=True, slots=True)
class Summing:
    """A statement with its index."""

    counted: Counted
    index_name: str
    months: Months
    statement: str
    parameters: tuple[Cell, ...]

    def index(self) -> AbstractContextManager[None]:
        """Have its index, with fresh statistics."""
        return _index(self.counted, self.index_name)

    def sums(self) -> Sums:
        with connection.cursor() as cursor:
            cursor.execute(self.statement, self.parameters)
            return {(owner, place): (int(n), int(amount)) for owner, place, n, amount in cursor.fetchall()}


def best_summings(counted: Counted, company_id: int, months: Sequence[Period]) -> dict[Months, Summing]:
    """Return the fastest statement of each way to tell months apart; SQLite, without time zones, has one."""
    taken: list[tuple[float, Summing]] = []
    for index_name in _INDEXES:
        with _index(counted, index_name):
            for told_apart, (statement, parameters) in _statements(counted, company_id, months):
                summing = Summing(counted, index_name, told_apart, statement, parameters)
                summing.sums()
                start = perf_counter()
                summing.sums()
                taken.append((perf_counter() - start, summing))
    slowest_first = sorted(taken, key=itemgetter(0), reverse=True)
    return {summing.months: summing for _, summing in slowest_first}


@contextmanager
def _index(counted: Counted, name: str) -> Iterator[None]:
    """Have an index, fresh statistics and, on PostgreSQL, a visibility map."""
    columns = _INDEXES[name].format(time=counted.time, which=counted.which)
    index = f"bench_deals_{secrets.token_hex(4)}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE INDEX {index} ON crm_deal {columns}")
        cursor.execute("VACUUM ANALYZE crm_deal" if connection.vendor == "postgresql" else "ANALYZE crm_deal")
        try:
            yield
        finally:
            cursor.execute(f"DROP INDEX {index}")


def _statements(
    counted: Counted, company_id: int, months: Sequence[Period]
) -> Iterator[tuple[Months, Statement]]:
    """Yield the ways to say it: the months as a small table, as a chain of bounds, by local time."""
    zone, where = ZoneInfo(TIME_ZONE), f"d.company_id = %s AND {counted.which}"
    bounds = [datetime.combine(month.start, datetime.min.time(), zone).astimezone(UTC) for month in months]
    end = datetime.combine(months[-1].end, datetime.min.time(), zone).astimezone(UTC)
    as_stored = [_stored(bound) for bound in [*bounds, end]]
    cast = "::timestamptz" if connection.vendor == "postgresql" else ""
    rows = ", ".join(f"(%s, %s{cast}, %s{cast})" for _ in months)
    cells = [cell for place in range(len(months)) for cell in (place, as_stored[place], as_stored[place + 1])]
    as_table = (
        f"WITH m(place, since, until) AS (VALUES {rows}) "  # noqa: S608  all values are parameters
        f"SELECT d.owner_id, m.place, COUNT(*), SUM(d.value) FROM m CROSS JOIN crm_deal d WHERE {where} "
        f"AND d.{counted.time} >= m.since AND d.{counted.time} < m.until GROUP BY d.owner_id, m.place"
    )
    yield Months.BY_HAND, (as_table, (*cells, company_id))
    chain = " ".join(f"WHEN d.{counted.time} < %s THEN {place}" for place in range(len(months)))
    as_chain = (
        f"SELECT d.owner_id, CASE {chain} END AS place, COUNT(*), SUM(d.value) FROM crm_deal d "  # noqa: S608
        f"WHERE {where} AND d.{counted.time} >= %s AND d.{counted.time} < %s GROUP BY 1, 2"
    )
    yield Months.BY_HAND, (as_chain, (*as_stored[1:], company_id, as_stored[0], as_stored[-1]))
    if connection.vendor == "postgresql":
        as_local = (
            f"SELECT d.owner_id, EXTRACT(MONTH FROM d.{counted.time} AT TIME ZONE %s)::int - 1 AS place, "  # noqa: S608
            f"COUNT(*), SUM(d.value) FROM crm_deal d WHERE {where} "
            f"AND d.{counted.time} >= %s AND d.{counted.time} < %s GROUP BY 1, 2"
        )
        yield Months.LOCAL, (as_local, (TIME_ZONE, company_id, as_stored[0], as_stored[-1]))


def _stored(moment: datetime) -> Cell:
    """Return a moment as the engine compares it: SQLite keeps text."""
    return moment if connection.vendor == "postgresql" else str(moment.replace(tzinfo=None))
