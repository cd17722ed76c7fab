"""What totals cost does not grow with the ledger: no statement reads a table from end to end."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goalpost.domain.calendar import Period
from goalpost.domain.measures import Measure
from goalpost.ledger import read
from goalpost.ledger.changes import changes_since, grown_since
from goalpost.ledger.questions import Question, Selection
from goalpost.ledger.records import MANY, records_by_amount
from tests.crm.records import add_deal
from tests.people import NOW, make_company

MONDAY = date(2026, 1, 5)
WEEKS = tuple(
    Period(MONDAY + timedelta(weeks=week), MONDAY + timedelta(weeks=week + 1)) for week in range(52)
)
YEAR = Period(WEEKS[0].start, WEEKS[-1].end)
# What SQLite would find in a ledger of some million entries.
SIZES = (
    ("ledger_standing", "ledger_standing_owner", "3098854 3098854 774714 3874 5 5 3 3 1 1"),
    ("ledger_standing", "ledger_standing_title", "3098854 3098854 774714 752 1 1"),
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


def _plans(ask: Callable[[], object]) -> str:
    with CaptureQueriesContext(connection) as queries:
        ask()
    return "\n".join(step for query in queries for step in _plan(query["sql"]))


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's planner is the one that strays")
def test_a_large_bar_is_met_along_the_amounts_and_a_small_one_sorted() -> None:
    company_id, won = make_company().company_id, Selection(Measure.DEALS_WON)

    def by_amount(how_many: int) -> str:
        return _plans(
            lambda: records_by_amount(company_id, won, YEAR, how_many=how_many, limit=50, after=(7, 7))
        )

    large, small = by_amount(MANY), by_amount(MANY - 1)
    assert "SEARCH ledger_standing USING INDEX ledger_standing_amount" in large
    assert "amount<?" in large or "(amount,source_id)<(?,?)" in large
    assert "TEMP B-TREE" not in large
    assert "ledger_standing_amount" not in small
    assert "day>?" in small


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's planner is the one that strays")
def test_what_changed_is_read_from_the_end_of_one_index_alone() -> None:
    cast, won = make_company(), Selection(Measure.DEALS_WON)
    for hour in range(5):
        add_deal(cast, now=NOW + timedelta(hours=hour))
    company_id, since, early = cast.company_id, NOW + timedelta(hours=4), NOW + timedelta(hours=1)
    changes = _plans(lambda: changes_since(company_id, won, YEAR, since, limit=50, after=(7, 7)))
    assert "TEMP B-TREE" not in changes
    for plan, end in (
        (changes, "version>"),
        (_plans(lambda: grown_since(company_id, won, YEAR, since)), "version>"),
        (_plans(lambda: grown_since(company_id, won, YEAR, early)), "version<"),
    ):
        assert "SEARCH ledger_entry USING COVERING INDEX ledger_entry_changes" in plan
        assert end in plan


def _plan(statement: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
        return [str(step[3]) for step in cursor.fetchall()]
