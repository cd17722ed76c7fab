"""More goals cost no more queries."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goalpost.crm.actions.setup import set_rate
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import Assignee
from tests.api.bodies import seasonal_goal
from tests.api.caller import ApiCaller, caller
from tests.goals.builders import TEAM, person, set_goal
from tests.people import NOW, Cast

pytestmark = pytest.mark.django_db

FILTERS = {
    "type.name": "deals_won",
    "is_active": "true",
    "type.params.pipeline_id": "null",
    "period.start": "2026-01-01",
    "period.end": "2026-12-31",
}


def queries(api: ApiCaller, path: str, **query: object) -> int:
    """Return what a question takes; not the first one in an hour, which notes that the token was used."""
    api.get("/users/me")
    with CaptureQueriesContext(connection) as captured:
        reply = api.get(path, **query)
    assert reply.status == 200, reply.text
    return len(captured)


def set_ten(cast: Cast) -> None:
    for user in (cast.astrid, cast.cilla, cast.david):
        set_goal(cast, assignee=person(user))
        set_goal(cast, assignee=Assignee(TEAM, cast.nordic.pk))
        set_goal(cast, pipelines=frozenset({cast.pipeline.pk}), metric=Metric.SUM, currency="USD")
    calls = frozenset({cast.activity_type().pk})
    set_goal(cast, measure=Measure.ACTIVITIES_ADDED, activity_types=calls)
    caller(cast.astrid).post("/goals", seasonal_goal(cast, 1, 2, 3, 4, 5, 6))


def test_forty_goals_are_found_with_as_many_queries_as_ten(cast: Cast) -> None:
    set_rate(actor=cast.operator, currency="USD", day=date(2026, 1, 1), rate=Decimal("0.8"), now=NOW)
    api = caller(cast.astrid)
    set_ten(cast)
    few = [queries(api, "/goals/find", **filters) for filters in ({}, {"assignee.type": "company"}, FILTERS)]
    for _ in range(3):
        set_ten(cast)
    many = [queries(api, "/goals/find", **filters) for filters in ({}, {"assignee.type": "company"}, FILTERS)]
    assert many == few
    assert max(many) <= 10


def test_three_years_of_weeks_cost_as_many_queries_as_one_month(cast: Cast) -> None:
    api = caller(cast.astrid)

    def made(interval: str, end: str) -> str:
        body = {
            "assignee": {"type": "team", "id": cast.nordic.pk},
            "type": {"name": "deals_won"},
            "expected_outcome": {"target": 5, "tracking_metric": "quantity"},
            "duration": {"start": "2026-01-01", "end": end},
            "interval": interval,
        }
        return str(api.post("/goals", body).body["data"]["goal"]["id"])

    short, long = made("monthly", "2026-01-15"), made("weekly", "2028-12-31")
    assert queries(api, f"/goals/{long}/periods") <= queries(api, f"/goals/{short}/periods") + 1
    days = {"period.start": "2026-01-02", "period.end": "2026-01-15"}
    assert queries(api, f"/goals/{long}/results", **days) == queries(api, f"/goals/{short}/results", **days)
