"""Goals with a target for each period: sent, told, and merged into."""

from typing import Any

import pytest

from tests.api.bodies import new_goal, seasonal_goal, seasonality
from tests.api.caller import ApiCaller, Reply, caller
from tests.people import Cast

pytestmark = pytest.mark.django_db

TARGETS = (1, 2, 3, 4, 5, 6)


@pytest.fixture
def api(cast: Cast) -> ApiCaller:
    return caller(cast.astrid)


@pytest.fixture
def goal(cast: Cast, api: ApiCaller) -> dict[str, Any]:
    return made(api.post("/goals", seasonal_goal(cast, *TARGETS)))


def made(reply: Reply) -> dict[str, Any]:
    assert reply.status == 200, reply.text
    return dict(reply.body["data"]["goal"])


def refused(reply: Reply, *, field: str) -> str:
    assert reply.status == 400, reply.text
    assert reply.error.startswith(f"{field}: "), reply.error
    return reply.error.removeprefix(f"{field}: ")


def test_a_seasonal_goal_tells_every_period_and_the_current_ones_target(goal: dict[str, Any]) -> None:
    assert goal["seasonality"] == seasonality(*TARGETS)
    assert goal["expected_outcome"] == {"target": 3, "tracking_metric": "quantity"}


def test_a_goal_with_one_target_tells_no_seasonality(cast: Cast, api: ApiCaller) -> None:
    assert "seasonality" not in made(api.post("/goals", new_goal(cast)))


@pytest.mark.parametrize(
    ("start", "end", "targets", "told"),
    [
        ("2026-01-01", "2026-02-28", (1, 2), 2),  # over: the last
        ("2026-04-01", "2026-06-30", (4, 5, 6), 4),  # still ahead: the first
    ],
)
def test_before_and_after_its_duration_the_next_or_last_target_is_told(
    cast: Cast, api: ApiCaller, start: str, end: str, targets: tuple[int, ...], told: int
) -> None:
    seasons = seasonality(*TARGETS)
    seasons["intervals"] = [each for each in seasons["intervals"] if each["target"] in targets]
    body = new_goal(cast, duration={"start": start, "end": end}, seasonality=seasons)
    assert made(api.post("/goals", body))["expected_outcome"]["target"] == told


def test_amounts_of_periods_are_exact_and_in_the_goals_currency(cast: Cast, api: ApiCaller) -> None:
    body = seasonal_goal(cast)
    body["seasonality"] = seasonality("0.01", 0.1, 33.33, "44", 55, 66.6, metric="sum")
    reply = api.post("/goals", body)
    goal = made(reply)
    assert [str(each["target"]) for each in goal["seasonality"]["intervals"]] == [
        "0.01",
        "0.10",
        "33.33",
        "44.00",
        "55.00",
        "66.60",
    ]
    assert goal["seasonality"]["currency_id"] == goal["expected_outcome"]["currency_id"] == 978


def test_the_ends_of_intervals_may_be_left_out_but_not_be_wrong(cast: Cast, api: ApiCaller) -> None:
    body = seasonal_goal(cast, *TARGETS)
    for each in body["seasonality"]["intervals"]:
        del each["end"]
    assert made(api.post("/goals", body))["seasonality"] == seasonality(*TARGETS)
    body["seasonality"]["intervals"][1]["end"] = "2026-03-01"
    words = refused(api.post("/goals", body), field="seasonality.intervals.1.end")
    assert words == "The period from 2026-02-01 ends on 2026-02-28."


def test_what_is_told_can_be_sent_back_whole(api: ApiCaller, goal: dict[str, Any]) -> None:
    assert made(api.put(f"/goals/{goal['id']}", goal)) == goal


def test_a_client_that_knows_no_seasonality_can_change_the_rest(api: ApiCaller, goal: dict[str, Any]) -> None:
    sent = {**goal, "title": "Renamed"}
    del sent["seasonality"]
    assert made(api.put(f"/goals/{goal['id']}", sent)) == {**goal, "title": "Renamed"}


def test_one_new_target_does_not_wipe_out_the_targets_of_all_periods(
    api: ApiCaller, goal: dict[str, Any]
) -> None:
    words = refused(
        api.put(f"/goals/{goal['id']}", {"expected_outcome": {"target": 50}}), field="expected_outcome"
    )
    assert "seasonality: null" in words
    assert api.goals(assignee__type="company") == [goal]


def test_null_gives_a_seasonal_goal_one_target(api: ApiCaller, goal: dict[str, Any]) -> None:
    reply = api.put(f"/goals/{goal['id']}", {"seasonality": None, "expected_outcome": {"target": 50}})
    changed = made(reply)
    assert "seasonality" not in changed
    assert changed["expected_outcome"]["target"] == 50


def test_null_alone_keeps_the_target_that_was_told(api: ApiCaller, goal: dict[str, Any]) -> None:
    changed = made(api.put(f"/goals/{goal['id']}", {"seasonality": None}))
    assert changed["expected_outcome"] == goal["expected_outcome"]
    assert "seasonality" not in changed


def test_seasonality_can_be_put_on_a_goal_and_changed(cast: Cast, api: ApiCaller) -> None:
    goal = made(api.post("/goals", new_goal(cast)))
    changed = made(api.put(f"/goals/{goal['id']}", {"seasonality": seasonality(*TARGETS)}))
    assert changed["seasonality"] == seasonality(*TARGETS)
    only_intervals = {"intervals": seasonality(9, 8, 7, 6, 5, 4)["intervals"]}
    changed = made(api.put(f"/goals/{goal['id']}", {"seasonality": only_intervals}))
    assert changed["seasonality"] == seasonality(9, 8, 7, 6, 5, 4)
    changed = made(api.put(f"/goals/{goal['id']}", {"seasonality": {"tracking_metric": "quantity"}}))
    assert changed["seasonality"] == seasonality(9, 8, 7, 6, 5, 4)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"interval": "quarterly"}, "seasonality.intervals"),
        ({"duration": {"end": "2026-07-31"}}, "seasonality.intervals"),
        ({"duration": {"end": "2026-05-31"}}, "seasonality.intervals"),
        ({"duration": {"start": "2026-01-02"}}, "seasonality.intervals"),
        ({"duration": {"end": None}}, "seasonality.intervals"),
        ({"seasonality": {"tracking_metric": "sum"}}, "seasonality.intervals"),
        ({"seasonality": {"intervals": []}}, "seasonality.intervals"),
        ({"seasonality": seasonality(1, 2, 3)}, "seasonality.intervals"),
        ({"seasonality": seasonality(1, 2, 3, 4, 5, -1)}, "seasonality.intervals"),
        ({"seasonality": seasonality(1, 2, 3, 4, 5, 1.5)}, "seasonality.intervals.5.target"),
        (
            {"seasonality": seasonality(*TARGETS), "expected_outcome": {"tracking_metric": "sum"}},
            "seasonality.tracking_metric",
        ),
        ({"type": {"name": "revenue_forecast"}}, "expected_outcome.tracking_metric"),
        ({"seasonality": 5}, "seasonality"),
        ({"seasonality": {"intervals": [{"start": "2026-01-01"}]}}, "seasonality.intervals.0.target"),
    ],
)
def test_a_change_that_leaves_periods_without_their_target_is_refused(
    api: ApiCaller, goal: dict[str, Any], change: dict[str, Any], field: str
) -> None:
    refused(api.put(f"/goals/{goal['id']}", change), field=field)
    assert api.goals(assignee__type="company") == [goal]


def test_an_end_that_moves_within_the_last_period_keeps_the_targets(
    api: ApiCaller, goal: dict[str, Any]
) -> None:
    changed = made(api.put(f"/goals/{goal['id']}", {"duration": {"end": "2026-06-15"}}))
    assert changed["seasonality"]["intervals"][-1] == {
        "start": "2026-06-01",
        "end": "2026-06-15",
        "target": 6,
    }


def test_two_targets_for_one_period_are_refused(cast: Cast, api: ApiCaller) -> None:
    body = seasonal_goal(cast, *TARGETS)
    body["seasonality"]["intervals"].append({"start": "2026-01-01", "target": 3})
    refused(api.post("/goals", body), field="seasonality.intervals.6.start")


def test_a_target_of_zero_is_none_and_has_no_progress(cast: Cast, api: ApiCaller) -> None:
    reply = api.post("/goals", seasonal_goal(cast, 0, 5, 5, 5, 5, 5))
    assert reply.status == 200, reply.text
    goal = reply.body["data"]["goal"]
    assert [each["target"] for each in goal["seasonality"]["intervals"]] == [0, 5, 5, 5, 5, 5]
    periods = api.get(f"/goals/{goal['id']}/periods").body["data"]["periods"]
    assert "progress" not in periods[0]
    assert "progress" in periods[1]
