"""Results over any days, and all of a goal's periods in one call."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from goalpost.companies.memberships import add_member
from goalpost.crm.actions.deals import delete_deal
from tests.api.bodies import MONTHS, new_goal, seasonal_goal
from tests.api.caller import ApiCaller, caller
from tests.goals.builders import add_won
from tests.people import NOW, Cast, let_see, make_company

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(cast: Cast) -> ApiCaller:
    return caller(cast.astrid)


def made(api: ApiCaller, body: dict[str, Any]) -> str:
    reply = api.post("/goals", body)
    assert reply.status == 200, reply.text
    return str(reply.body["data"]["goal"]["id"])


def periods(api: ApiCaller, goal_id: str, **days: str) -> list[dict[str, Any]]:
    reply = api.get(f"/goals/{goal_id}/periods", **days)
    assert reply.status == 200, reply.text
    return list(reply.body["data"]["periods"])


def test_a_period_holds_target_result_difference_and_progress(cast: Cast, api: ApiCaller) -> None:
    goal_id = made(api, seasonal_goal(cast, 3, 3, 3, 3, 3, 3))
    for day in (date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 28), *[date(2026, 3, 2)] * 4):
        add_won(cast, cast.cilla, day)
    found = periods(api, goal_id)
    assert [(period["start"], period["end"]) for period in found] == list(MONTHS)
    figures = [
        (each["target"], each["result"], each["difference"], float(each["progress"])) for each in found
    ]
    assert figures == [(3, 2, -1, 66.67), (3, 1, -2, 33.33), (3, 4, 1, 133.33), *[(3, 0, -3, 0)] * 3]


def test_the_goal_comes_with_its_periods(cast: Cast, api: ApiCaller) -> None:
    goal_id = made(api, new_goal(cast))
    body = api.get(f"/goals/{goal_id}/periods").body
    assert body["data"]["goal"] == api.goals(assignee__type="company")[0]
    assert (body["success"], body["statusCode"]) == (True, 20000)


def test_a_goal_without_an_end_shows_twelve_periods_after_the_current(cast: Cast, api: ApiCaller) -> None:
    goal_id = made(api, new_goal(cast, duration={"start": "2026-01-01", "end": None}))
    found = periods(api, goal_id)
    assert [found[0]["start"], found[-1]["end"]] == ["2026-01-01", "2027-03-31"]


def test_periods_are_narrowed_to_those_that_days_fall_in(cast: Cast, api: ApiCaller) -> None:
    goal_id = made(api, new_goal(cast))

    def starts(**days: str) -> list[str]:
        asked = {f"period.{name}": day for name, day in days.items()}
        return [period["start"] for period in periods(api, goal_id, **asked)]

    assert starts(start="2026-05-31") == ["2026-05-01", "2026-06-01"]
    assert starts(end="2026-02-01") == ["2026-01-01", "2026-02-01"]
    assert starts(start="2026-02-28", end="2026-03-01") == ["2026-02-01", "2026-03-01"]
    assert starts(start="2027-01-01") == []
    reply = api.get(f"/goals/{goal_id}/periods", **{"period.start": "2026-02-01", "period.end": "2026-01-01"})
    assert (reply.status, reply.error[:12]) == (400, "period.end: ")


@pytest.mark.parametrize(
    ("start", "end", "result"),
    [
        ("2026-01-01", "2026-06-30", 4),
        ("2026-01-31", "2026-02-01", 2),
        ("2026-01-31", "2026-01-31", 1),
        ("2026-02-02", "2026-02-28", 0),
        ("2026-03-01", "2026-03-02", 2),
        ("2026-05-01", "2026-05-31", 0),
    ],
)
def test_a_result_counts_its_first_and_last_day(
    cast: Cast, api: ApiCaller, start: str, end: str, result: int
) -> None:
    goal_id = made(api, new_goal(cast))
    for day in (date(2026, 1, 31), date(2026, 2, 1), date(2026, 3, 1), date(2026, 3, 2)):
        add_won(cast, cast.cilla, day)
    reply = api.get(f"/goals/{goal_id}/results", **{"period.start": start, "period.end": end})
    assert reply.body["data"]["progress"] == result


@pytest.mark.parametrize(
    ("days", "field"),
    [
        ({}, "period.start"),
        ({"period.start": "2026-01-01"}, "period.end"),
        ({"period.end": "2026-01-01"}, "period.start"),
        ({"period.start": "2025-12-31", "period.end": "2026-01-31"}, "period.start"),
        ({"period.start": "2026-06-01", "period.end": "2026-07-01"}, "period.end"),
        ({"period.start": "2026-02-02", "period.end": "2026-02-01"}, "period.end"),
        ({"period.start": "2026-02-30", "period.end": "2026-03-01"}, "period.start"),
        ({"period.start": "today", "period.end": "2026-03-01"}, "period.start"),
    ],
)
def test_a_result_for_days_outside_the_goals_is_refused(
    cast: Cast, api: ApiCaller, days: dict[str, str], field: str
) -> None:
    goal_id = made(api, new_goal(cast))
    reply = api.get(f"/goals/{goal_id}/results", **days)
    assert reply.status == 400
    assert reply.error.startswith(f"{field}: ")
    assert reply.body["service"] == "statistics-goals-api"


def test_a_goal_without_an_end_has_results_far_ahead_but_not_beyond_time(cast: Cast, api: ApiCaller) -> None:
    goal_id = made(api, new_goal(cast, duration={"start": "2026-01-01", "end": None}))
    far = {"period.start": "2026-01-01", "period.end": "9999-12-30"}
    assert api.get(f"/goals/{goal_id}/results", **far).body["data"]["progress"] == 0
    assert api.get(f"/goals/{goal_id}/results", **{**far, "period.end": "9999-12-31"}).status == 400


class TestTags:
    """Periods have an ETag that changes exactly when something they depend on does."""

    @pytest.fixture
    def goal_id(self, cast: Cast, api: ApiCaller) -> str:
        return made(api, new_goal(cast, assignee={"type": "team", "id": cast.nordic.pk}))

    def tag(self, api: ApiCaller, goal_id: str) -> str:
        return api.get(f"/goals/{goal_id}/periods").headers["ETag"]

    def test_it_is_answered_by_304_while_nothing_has_changed(self, api: ApiCaller, goal_id: str) -> None:
        tag = self.tag(api, goal_id)
        for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            path = f"/goals/{goal_id}/periods"
            reply = api.send("GET", path, headers={"If-None-Match": known})
            assert (reply.status, reply.headers["ETag"]) == (304, tag)
        for unknown in ('"other"', "", tag.strip('"')):
            reply = api.send("GET", f"/goals/{goal_id}/periods", headers={"If-None-Match": unknown})
            assert reply.status == 200

    def test_it_changes_with_a_deal_the_goal_the_team_and_the_day(
        self, cast: Cast, api: ApiCaller, goal_id: str
    ) -> None:
        seen = [self.tag(api, goal_id)]
        deal = add_won(cast, cast.cilla, date(2026, 2, 1))
        seen.append(self.tag(api, goal_id))
        delete_deal(actor=cast.operator, deal_id=deal.pk, now=NOW)
        seen.append(self.tag(api, goal_id))
        api.put(f"/goals/{goal_id}", {"expected_outcome": {"target": 11}})
        seen.append(self.tag(api, goal_id))
        add_member(now=NOW, actor=cast.operator, team_id=cast.nordic.pk, user_id=cast.david.pk)
        seen.append(self.tag(api, goal_id))
        with time_machine.travel(NOW + timedelta(days=1)):
            seen.append(self.tag(api, goal_id))
        seen.append(api.get(f"/goals/{goal_id}/periods", **{"period.end": "2026-01-31"}).headers["ETag"])
        assert len(set(seen)) == len(seen)

    def test_it_depends_on_the_viewers_rights(self, cast: Cast, api: ApiCaller, goal_id: str) -> None:
        bjorn = caller(cast.bjorn)
        before = self.tag(bjorn, goal_id)
        assert before != self.tag(api, goal_id)
        let_see(cast.bjorn, company_statistics=True, other_users_statistics=True)
        assert self.tag(bjorn, goal_id) != before

    def test_a_tag_does_not_open_what_is_hidden(self, cast: Cast, api: ApiCaller, goal_id: str) -> None:
        tag = self.tag(api, goal_id)
        reply = caller(cast.david).send("GET", f"/goals/{goal_id}/periods", headers={"If-None-Match": tag})
        assert reply.status == 404


@pytest.mark.usefixtures("emptied_afterwards")
def test_periods_are_read_in_one_snapshot_of_a_server_in_use() -> None:
    cast = make_company()
    api = caller(cast.astrid)
    goal_id = made(api, new_goal(cast))
    tag = api.get(f"/goals/{goal_id}/periods").headers["ETag"]
    assert api.send("GET", f"/goals/{goal_id}/periods", headers={"If-None-Match": tag}).status == 304
    add_won(cast, cast.cilla, date(2026, 2, 1))
    assert periods(api, goal_id)[1]["result"] == 1
    assert api.get("/goals/" + "0" * 32 + "/periods").status == 404
