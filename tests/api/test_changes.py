"""A change names what it changes; everything else stays as it is, or the change is refused."""

from typing import Any

import pytest

from goalpost.companies.errors import Changed
from goalpost.crm.actions.setup import add_pipeline
from goalpost.goals import actions
from tests.api.bodies import new_goal
from tests.api.caller import ApiCaller, caller
from tests.people import NOW, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(cast: Cast) -> ApiCaller:
    return caller(cast.astrid)


def made(api: ApiCaller, body: dict[str, Any]) -> dict[str, Any]:
    reply = api.post("/goals", body)
    assert reply.status == 200, reply.text
    return dict(reply.body["data"]["goal"])


def changed(api: ApiCaller, goal: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    reply = api.put(f"/goals/{goal['id']}", change)
    assert reply.status == 200, reply.text
    return dict(reply.body["data"]["goal"])


@pytest.mark.parametrize(
    ("change", "now_told"),
    [
        ({}, {}),
        ({"title": " New "}, {"title": "New"}),
        ({"title": None, "assignee": None, "interval": None}, {}),
        ({"interval": "weekly"}, {"interval": "weekly"}),
        ({"duration": {"end": None}}, {"duration": {"start": "2026-01-01"}}),
        ({"duration": {"start": "2026-02-01"}}, {"duration": {"start": "2026-02-01", "end": "2026-06-30"}}),
        (
            {"expected_outcome": {"target": "12"}},
            {"expected_outcome": {"target": 12, "tracking_metric": "quantity"}},
        ),
        (
            {"expected_outcome": {"target": 12.5, "tracking_metric": "sum"}},
            {"expected_outcome": {"target": 12.5, "tracking_metric": "sum", "currency_id": 978}},
        ),
        ({"unknown": {"deep": [1]}, "is_active": False, "owner_id": 1}, {}),
    ],
)
def test_a_change_touches_what_it_names(
    cast: Cast, api: ApiCaller, change: dict[str, Any], now_told: dict[str, Any]
) -> None:
    goal = made(api, new_goal(cast))
    assert changed(api, goal, change) == {**goal, **now_told}
    assert api.goals(assignee__type="company") == [{**goal, **now_told}]


def test_the_assignee_can_change_by_id_alone_or_wholly(cast: Cast, api: ApiCaller) -> None:
    goal = made(api, new_goal(cast, assignee={"type": "person", "id": cast.cilla.pk}))
    david = changed(api, goal, {"assignee": {"id": cast.david.pk}})
    assert david["assignee"] == {"type": "person", "id": cast.david.pk}
    team = changed(api, goal, {"assignee": {"type": "team", "id": cast.nordic.pk}})
    assert team["assignee"] == {"type": "team", "id": cast.nordic.pk}
    company = changed(api, goal, {"assignee": {"type": "company"}})
    assert company["assignee"] == {"type": "company", "id": cast.company_id}
    reply = api.put(f"/goals/{goal['id']}", {"assignee": {"type": "person"}})
    assert (reply.status, reply.error) == (400, "assignee.id: Give the id of the person the goal is for.")


def test_where_a_goal_counts_changes_key_by_key(cast: Cast, api: ApiCaller) -> None:
    partners = add_pipeline(actor=cast.operator, name="Partners", now=NOW)
    calls = cast.activity_type("call").pk
    goal = made(
        api,
        new_goal(
            cast,
            type={
                "name": "activities_added",
                "params": {"pipeline_id": partners.pk, "activity_type_id": [calls]},
            },
        ),
    )
    assert goal["type"]["params"] == {"pipeline_id": [partners.pk], "activity_type_id": [calls]}
    all_types = changed(api, goal, {"type": {"params": {"activity_type_id": None}}})
    assert all_types["type"]["params"] == {"pipeline_id": [partners.pk]}
    all_pipelines = changed(api, goal, {"type": {"params": {"pipeline_id": None}}})
    assert all_pipelines["type"]["params"] == {}


def test_another_kind_of_goal_drops_what_it_has_no_use_for(cast: Cast, api: ApiCaller) -> None:
    calls, stage = cast.activity_type("call").pk, cast.stages[0].pk
    goal = made(
        api, new_goal(cast, type={"name": "activities_added", "params": {"activity_type_id": [calls]}})
    )
    progress = changed(api, goal, {"type": {"name": "deals_progressed", "params": {"stage_id": stage}}})
    assert progress["type"] == {
        "name": "deals_progressed",
        "params": {"stage_id": stage},
    }
    won = changed(api, goal, {"type": {"name": "deals_won"}})
    assert won["type"] == {"name": "deals_won", "params": {}}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"title": "  "}, "title: Give the goal a name."),
        ({"title": 5}, "title: Input should be a valid string."),
        ({"type": {"name": "deals_progressed"}}, "type.params.stage_id: Choose the stage that deals enter."),
        (
            {"type": {"name": "activities_added"}, "expected_outcome": {"tracking_metric": "sum"}},
            "expected_outcome.target: This is required, as the metric or the currency changes.",
        ),
        (
            {"expected_outcome": {"tracking_metric": "sum"}},
            "expected_outcome.target: This is required, as the metric or the currency changes.",
        ),
        (
            {"expected_outcome": {"target": 1.5}},
            "expected_outcome.target: A target by quantity is a whole number.",
        ),
        ({"expected_outcome": {"target": 0}}, "expected_outcome.target: Enter a target above zero."),
        ({"duration": {"end": "2025-12-31"}}, "duration.end: The end must not come before the start."),
        ({"type": {"params": {"pipeline_id": [987654]}}}, "type.params.pipeline_id: There is no such"),
        ({"type": {"params": {"stage_id": 1}}}, "type.params.stage_id: Only a progress goal has a stage."),
        ({"assignee": {"type": "company", "id": 987654}}, "assignee.id: A company goal is for your own"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused_and_changes_nothing(
    cast: Cast, api: ApiCaller, change: dict[str, Any], words: str
) -> None:
    goal = made(api, new_goal(cast))
    reply = api.put(f"/goals/{goal['id']}", change)
    assert reply.status == 400
    assert reply.error.startswith(words), reply.error
    assert api.goals(assignee__type="company") == [goal]


@pytest.mark.parametrize("missing", ["assignee", "type", "duration", "interval", "expected_outcome"])
def test_a_new_goal_says_all_that_is_required(cast: Cast, api: ApiCaller, missing: str) -> None:
    body = new_goal(cast)
    del body[missing]
    reply = api.post("/goals", body)
    assert reply.status == 400
    assert reply.error.startswith(f"{missing}: ")
    body[missing] = None
    assert api.post("/goals", body).status == 400


def test_all_that_is_wrong_is_said_at_once(api: ApiCaller) -> None:
    reply = api.post("/goals", {"assignee": {"id": True, "type": "user"}, "interval": "daily"})
    assert reply.status == 400
    for field in ("assignee.id", "assignee.type", "type", "duration", "interval"):
        assert f"{field}: " in reply.error


def test_a_change_is_merged_anew_when_somebody_else_was_faster(
    cast: Cast, api: ApiCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    goal = made(api, new_goal(cast))
    real, tries = actions.change_goal, iter([True, False])

    def change_late(**facts: Any) -> object:
        if next(tries):
            raise Changed
        return real(**facts)

    monkeypatch.setattr("goalpost.goals.actions.change_goal", change_late)
    assert changed(api, goal, {"title": "Mine"})["title"] == "Mine"


def test_a_change_that_never_gets_through_is_a_conflict(
    cast: Cast, api: ApiCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change_late(**_facts: object) -> None:
        raise Changed

    goal = made(api, new_goal(cast))
    monkeypatch.setattr("goalpost.goals.actions.change_goal", change_late)
    reply = api.put(f"/goals/{goal['id']}", {"title": "Mine"})
    assert (reply.status, reply.body["statusCode"]) == (409, 40900)
