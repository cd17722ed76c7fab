"""What totals cost does not grow with the ledger: no statement reads a table from end to end."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goalpost.domain.calendar import Period
from goalpost.domain.measures import Measure
from goalpost.ledger import read
from goalpost.ledger.read import Question, Selection
from tests.people import make_company

MONDAY = date(2026, 1, 5)
WEEKS = tuple(
    Period(MONDAY + timedelta(weeks=week), MONDAY + timedelta(weeks=week + 1)) for week in range(52)
)
YEAR = Period(WEEKS[0].start, WEEKS[-1].end)
# What SQLite would find in a ledger of some million entries.
SIZES = (
    ("ledger_standing", "ledger_standing_owner", "3098854 3098854 774714 3874 5 5 3 3 1 1"),
    ("ledger_standing", "ledger_standing_day", "3098854 3098854 774714 752 1"),
    ("ledger_ownermonthtally", "sqlite_autoindex_ledger_ownermonthtally_1", "53600 53600 8934 38 1 1 1"),
    ("ledger_companydaytally", "sqlite_autoindex_ledger_companydaytally_1", "9000 9000 2250 2 2 1"),
)


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's planner is the one that strays")
def test_sqlite_finds_its_way_by_index_whatever_it_knows_of_the_tables() -> None:
    company_id = make_company().company_id
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("DELETE FROM sqlite_stat1")
        cursor.executemany("INSERT INTO sqlite_stat1 VALUES (%s, %s, %s)", SIZES)
        cursor.execute("ANALYZE sqlite_schema")
    for owners in (frozenset(range(1, 201)), None):
        questions = [Question(Selection(Measure.DEALS_WON, owners=owners), (*WEEKS, YEAR))]
        with CaptureQueriesContext(connection) as queries:
            read.totals(company_id, questions)
        for query in queries:
            steps = _plan(query["sql"])
            strays = [step for step in steps if "BLOOM" in step or "SCAN t" in step]
            assert not strays, strays
            assert any("SEARCH t" in step for step in steps)


def _plan(statement: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
        return [str(step[3]) for step in cursor.fetchall()]
