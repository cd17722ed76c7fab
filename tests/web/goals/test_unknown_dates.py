"""Counting records of unknown date reads the partial indexes made for it, and stops at a cap."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goalpost.crm import queries
from goalpost.crm.actions.deals import change_deal
from goalpost.crm.queries import unknown_dates_of
from goalpost.domain.measures import Measure
from goalpost.goals.periods import selection_of
from tests.goals.builders import add_deal, person, set_goal, the_company
from tests.people import NOW, Cast

INDEXES = {
    Measure.DEALS_STARTED: "crm_deal_no_add_time",
    Measure.DEALS_PROGRESSED: "crm_stagemove_no_time",
    Measure.DEALS_WON: "crm_deal_no_won_time",
    Measure.ACTIVITIES_ADDED: "crm_activity_no_add_time",
    Measure.ACTIVITIES_COMPLETED: "crm_activity_no_done_time",
}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads a table of a page as it is")
@pytest.mark.parametrize("measure", INDEXES)
@pytest.mark.parametrize("for_company", [True, False])
def test_the_count_reads_its_index(cast: Cast, measure: Measure, *, for_company: bool) -> None:
    stage = cast.stages[1].pk if measure is Measure.DEALS_PROGRESSED else None
    assignee = the_company(cast) if for_company else person(cast.cilla)
    goal = set_goal(cast, measure=measure, stage_id=stage, assignee=assignee)
    with CaptureQueriesContext(connection) as taken:
        unknown_dates_of(cast.company_id, selection_of(goal))
    [query] = taken.captured_queries
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
        plan = " ".join(str(row) for row in cursor.fetchall())
    assert f"USING INDEX {INDEXES[measure]}" in plan or f"USING COVERING INDEX {INDEXES[measure]}" in plan


def test_the_count_stops_at_its_cap(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MOST_COUNTED", 2)
    goal = set_goal(cast, measure=Measure.DEALS_STARTED)
    for expected in ((1, False), (2, False), (2, True)):
        deal = add_deal(cast, cast.cilla, date(2026, 3, 3))
        change_deal(actor=cast.operator, deal_id=deal.pk, now=NOW, add_time=None)
        found = unknown_dates_of(cast.company_id, selection_of(goal))
        assert (found.count, found.is_more) == expected
