"""An edit costs the same whatever else the company holds."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goalpost.crm.actions import deals, setup
from goalpost.crm.models import Deal
from tests.crm.records import LATER, add_activity, add_deal
from tests.people import NOW, Cast, make_company

pytestmark = pytest.mark.django_db

MOST_QUERIES = 16
"""Of an edit that changes what counts, opening and closing its transaction included."""


def cost_of_change(cast: Cast, deal: Deal, value: int) -> int:
    actor = cast.as_astrid
    with CaptureQueriesContext(connection) as asked:
        deals.change_deal(actor=actor, deal_id=deal.pk, now=LATER, value=value)
    return len(asked)


def test_an_edit_asks_few_questions_and_no_more_in_a_larger_company() -> None:
    cast = make_company()
    deal = add_deal(cast, stage=3, expected_close_date=date(2026, 5, 1))
    small = cost_of_change(cast, deal, 1)
    for number in range(20):
        add_activity(cast, deal_id=add_deal(cast).pk)
        day = date(2026, 1, 1) + timedelta(days=number)
        setup.set_rate(actor=cast.operator, currency="USD", day=day, rate=Decimal(2), now=NOW)
    assert cost_of_change(cast, deal, 2) == small <= MOST_QUERIES


def test_a_foreign_currency_costs_one_question_more() -> None:
    cast = make_company()
    setup.set_rate(actor=cast.operator, currency="USD", day=date(2026, 1, 1), rate=Decimal(2), now=NOW)
    at_home, abroad = add_deal(cast), add_deal(cast, currency="USD")
    assert cost_of_change(cast, abroad, 2) == cost_of_change(cast, at_home, 2) + 1


def test_an_edit_that_changes_nothing_that_counts_posts_nothing() -> None:
    cast = make_company()
    deal = add_deal(cast)
    with CaptureQueriesContext(connection) as asked:
        deals.change_deal(actor=cast.as_astrid, deal_id=deal.pk, now=LATER, title="Paddles")
    assert not any("INSERT" in query["sql"] or "COPY" in query["sql"] for query in asked)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's planner is the one that strays")
def test_standings_are_taken_away_by_their_ids_even_before_there_are_statistics() -> None:
    cast = make_company()
    deal = add_deal(cast, stage=3, expected_close_date=date(2026, 5, 1))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("DELETE FROM sqlite_stat1")
        cursor.execute("ANALYZE sqlite_schema")
    with CaptureQueriesContext(connection) as asked:
        deals.change_deal(actor=cast.as_astrid, deal_id=deal.pk, now=LATER, value=77)
    [delete] = [query["sql"] for query in asked if query["sql"].startswith("DELETE FROM ledger_standing")]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {delete}")
        (first, *_) = cursor.fetchall()
    assert "INTEGER PRIMARY KEY" in first[3]
