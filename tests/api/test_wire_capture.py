"""What Pipedrive's official client puts on the wire, replayed against every address it may have built in."""

from datetime import date
from typing import Any

import pytest

from goalpost.companies.models import User
from goalpost.goals.models import Goal
from tests.api.caller import ApiCaller, caller
from tests.goals.builders import add_won
from tests.people import Cast

pytestmark = pytest.mark.django_db

ROOTS = ("/api/v1", "/v1")
AGENT = {"User-Agent": "Pipedrive-SDK-Javascript-33.7.0"}


def new_goal(user: User) -> dict[str, Any]:
    """Return the body as captured; the currency is euro, which has another id there."""
    return {
        "title": "x",
        "assignee": {"id": user.pk, "type": "person"},
        "type": {"name": "deals_won", "params": {"pipeline_id": None}},
        "expected_outcome": {"target": 50, "tracking_metric": "sum", "currency_id": 978},
        "duration": {"start": "2026-01-01", "end": None},
        "interval": "monthly",
    }


def on(root: str, user: User) -> ApiCaller:
    return ApiCaller(caller(user).token, root)


@pytest.mark.parametrize("root", ROOTS)
def test_a_goals_whole_life_is_as_the_client_expects_it(cast: Cast, root: str) -> None:
    api = on(root, cast.cilla)
    made = api.send("POST", "/goals", body=new_goal(cast.cilla), headers=AGENT)
    goal = made.body["data"]["goal"]
    stored = Goal.objects.get()
    expected = {
        "id": stored.public_id,
        "owner_id": cast.cilla.pk,
        "title": "x",
        "type": {"name": "deals_won", "params": {}},
        "assignee": {"type": "person", "id": cast.cilla.pk},
        "interval": "monthly",
        "duration": {"start": "2026-01-01"},
        "expected_outcome": {"target": 50, "tracking_metric": "sum", "currency_id": 978},
        "is_active": True,
        "report_ids": [stored.report_id],
    }
    assert made.status == 200
    assert made.body == {
        "success": True,
        "statusCode": 20000,
        "statusText": "OK",
        "service": "statistics-goals-api",
        "data": {"goal": expected},
    }
    assert api.goals() == [expected]

    changed = api.put(f"/goals/{goal['id']}", {"title": "y"})
    assert changed.status == 200
    assert changed.body["data"]["goal"] == {**expected, "title": "y"}

    add_won(cast, cast.cilla, date(2026, 1, 31), value=1_250_05)
    result = api.get(
        f"/goals/{goal['id']}/results", **{"period.start": "2026-01-01", "period.end": "2026-01-31"}
    )
    assert result.status == 200
    assert str(result.body["data"].pop("progress")) == "1250.05"
    assert result.body["data"] == {"goal": {**expected, "title": "y"}}

    deleted = api.delete(f"/goals/{goal['id']}")
    assert (deleted.status, deleted.body) == (
        200,
        {"success": True, "statusCode": 20000, "statusText": "OK", "service": "statistics-goals-api"},
    )
    assert api.goals() == []
    assert api.delete(f"/goals/{goal['id']}").status == 404


@pytest.mark.parametrize("root", ROOTS)
def test_the_captured_search_is_understood_and_finds_its_goal(cast: Cast, root: str) -> None:
    api = on(root, cast.cilla)
    body = new_goal(cast.cilla)
    body["title"] = "Q1 goal"
    body["expected_outcome"]["target"] = "10.5"
    body["type"]["params"]["pipeline_id"] = [cast.pipeline.pk]
    goal = api.post("/goals", body).body["data"]["goal"]
    search = {
        "type.name": "deals_won",
        "title": "Q1 goal",
        "is_active": "true",
        "assignee.id": str(cast.cilla.pk),
        "assignee.type": "person",
        "expected_outcome.target": "10.5",
        "expected_outcome.tracking_metric": "sum",
        "expected_outcome.currency_id": "978",
        "type.params.pipeline_id": [str(cast.pipeline.pk)],
        "period.start": "2026-01-01",
        "period.end": "2026-12-31",
    }
    assert [found["id"] for found in api.goals(**search)] == [goal["id"]]
    whole_capture = {
        **search,
        "type.params.stage_id": "3",
        "type.params.activity_type_id": ["4", "9"],
        "type.params.pipeline_id": ["1", "2"],
    }
    assert api.goals(**whole_capture) == []


@pytest.mark.parametrize("root", ["/api/v2", "/v2"])
def test_the_second_version_stands_beside_the_first(cast: Cast, root: str) -> None:
    reply = on(root, cast.cilla).get("/pipelines", limit=2)
    assert reply.body["data"][0]["id"] == cast.pipeline.pk
    assert reply.body["additional_data"] == {"next_cursor": None}


def test_ids_and_targets_may_be_text_and_come_back_as_numbers(cast: Cast) -> None:
    body = new_goal(cast.cilla)
    body["assignee"]["id"] = str(cast.cilla.pk)
    body["expected_outcome"].update(target="50.25", currency_id="978")
    body["type"]["params"]["pipeline_id"] = [str(cast.pipeline.pk)]
    reply = caller(cast.cilla).post("/goals", body)
    goal = reply.body["data"]["goal"]
    assert goal["assignee"]["id"] == cast.cilla.pk
    assert goal["type"]["params"] == {"pipeline_id": [cast.pipeline.pk]}
    assert '"target":50.25,' in reply.text


@pytest.mark.parametrize("code", ["EUR", "eur", 978, "978", None])
def test_a_currency_is_given_by_number_or_code_or_is_the_companys(cast: Cast, code: object) -> None:
    body = new_goal(cast.cilla)
    body["expected_outcome"]["currency_id"] = code
    goal = caller(cast.cilla).post("/goals", body).body["data"]["goal"]
    assert goal["expected_outcome"]["currency_id"] == 978


def test_a_company_goal_needs_no_id_and_no_title(cast: Cast) -> None:
    body = new_goal(cast.astrid)
    body["assignee"] = {"type": "company"}
    del body["title"]
    goal = caller(cast.astrid).post("/goals", body).body["data"]["goal"]
    assert goal["assignee"] == {"type": "company", "id": cast.company_id}
    assert goal["title"] == "Deals won, monthly"


def test_a_progress_goal_tells_its_stage_and_an_activity_goal_its_types(cast: Cast) -> None:
    api = caller(cast.cilla)
    body = new_goal(cast.cilla)
    body["expected_outcome"] = {"target": 5, "tracking_metric": "quantity"}
    body["type"] = {"name": "deals_progressed", "params": {"stage_id": cast.stages[1].pk}}
    goal = api.post("/goals", body).body["data"]["goal"]
    assert goal["type"]["params"] == {"stage_id": cast.stages[1].pk}
    assert goal["expected_outcome"] == {"target": 5, "tracking_metric": "quantity"}
    calls = cast.activity_type("call").pk
    body["type"] = {"name": "activities_completed", "params": {"activity_type_id": [calls]}}
    goal = api.post("/goals", body).body["data"]["goal"]
    assert goal["type"]["params"] == {"activity_type_id": [calls]}


def test_a_request_sent_again_with_its_key_makes_one_goal(cast: Cast) -> None:
    api = caller(cast.astrid)
    key = {"Idempotency-Key": "order 66"}
    body = new_goal(cast.astrid)
    replies = [api.send("POST", "/goals", body=body, headers=key) for _ in range(2)]
    assert replies[0].body == replies[1].body
    assert Goal.objects.count() == 1
    other = caller(cast.cilla).send("POST", "/goals", body=new_goal(cast.cilla), headers=key)
    assert other.status == 200
    assert Goal.objects.count() == 2


def test_a_key_used_again_with_another_body_is_refused_and_creates_nothing(cast: Cast) -> None:
    api = caller(cast.astrid)
    key = {"Idempotency-Key": "order 67"}
    body = new_goal(cast.astrid)
    first = api.send("POST", "/goals", body=body, headers=key)
    turned_round = dict(reversed(body.items()))
    assert api.send("POST", "/goals", body=turned_round, headers=key).body == first.body
    for other in (body | {"title": "another"}, body | {"interval": "weekly"}):
        refused = api.send("POST", "/goals", body=other, headers=key)
        assert (refused.status, refused.body["statusCode"]) == (422, 42200)
        assert "used before with another body" in refused.body["error"]
    assert Goal.objects.count() == 1
    assert api.send("POST", "/goals", body=body, headers=key).body == first.body


def test_the_example_of_the_documentation_is_taken(cast: Cast) -> None:
    """It names types, a currency and empty pipelines for any goal: what does not apply is left out."""
    body = new_goal(cast.cilla)
    params = {"pipeline_id": [], "activity_type_id": [cast.activity_type("call").pk]}
    body["type"] = {"name": "deals_started", "params": params}
    body["expected_outcome"] = {"target": "50", "tracking_metric": "quantity", "currency_id": 978}
    goal = caller(cast.cilla).post("/goals", body).body["data"]["goal"]
    assert goal["type"] == {"name": "deals_started", "params": {}}
    assert goal["expected_outcome"] == {"target": 50, "tracking_metric": "quantity"}
    changed = caller(cast.cilla).put(f"/goals/{goal['id']}", body).body["data"]["goal"]
    assert changed == goal


# The fields that Pipedrive's own description lets be null.
NULLABLE = {"phone", "icon_url", "modified", "days_to_rotten", "next_cursor", "additional_data"}


def nulls_in(value: object, name: str = "") -> set[str]:
    """Return the names of all fields that are null, however deep."""
    if isinstance(value, dict):
        return {found for key, each in value.items() for found in nulls_in(each, key)}
    if isinstance(value, list):
        return {found for each in value for found in nulls_in(each, name)}
    return {name} if value is None else set()


def test_nothing_is_null_that_clients_do_not_expect_to_be(cast: Cast) -> None:
    api = caller(cast.astrid)
    api.post("/goals", new_goal(cast.astrid))
    paths = ("/goals/find", "/users", "/users/me", "/legacyTeams", "/activityTypes", "/currencies")
    for path in paths:
        reply = api.get(path)
        assert reply.status == 200
        assert nulls_in(reply.body) <= NULLABLE, path
    for path in ("/pipelines", "/stages"):
        assert nulls_in(on("/v2", cast.astrid).get(path).body) <= NULLABLE, path


@pytest.mark.parametrize("path", ["/goals/find", "/users/me", "/currencies"])
def test_a_head_answers_like_a_get_without_its_content(cast: Cast, path: str) -> None:
    api = caller(cast.cilla)
    asked, told = api.send("HEAD", path), api.get(path)
    assert (asked.status, asked.text) == (200, "")
    assert asked.headers["Content-Type"] == told.headers["Content-Type"]
    assert api.send("HEAD", "/goals").status == 405
