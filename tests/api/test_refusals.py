"""Whatever is sent, the reply is JSON in one of two shapes and says what is wrong."""

import json

import pytest

from tests.api.bodies import new_goal
from tests.api.caller import ApiCaller, caller
from tests.people import Cast

pytestmark = pytest.mark.django_db

DEEP = b'{"title":' * 200_000 + b"1" + b"}" * 200_000


@pytest.fixture
def api(cast: Cast) -> ApiCaller:
    return caller(cast.astrid)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "Send a JSON object as the body."),
        (b"{", "The body is not valid JSON"),
        (b"null", "The body must be a JSON object"),
        (b"[]", "The body must be a JSON object"),
        (b'"title"', "The body must be a JSON object"),
        (b'{"title": NaN}', "The body is not valid JSON: NaN is not a number."),
        (b'{"title": "\xff"}', "The body is not valid JSON: it is not in UTF-8."),
        (b'{"title": ' + b"9" * 5000 + b"}", "The body is not valid JSON"),
        (DEEP, "The body is not valid JSON: it is nested too deeply."),
    ],
    ids=["empty", "broken", "null", "list", "text", "nan", "latin", "huge number", "deep"],
)
def test_a_body_that_is_no_json_object_is_refused(api: ApiCaller, raw: bytes, words: str) -> None:
    for method in ("POST", "PUT"):
        path = "/goals" if method == "POST" else f"/goals/{'0' * 32}"
        reply = api.send(method, path, raw=raw)
        if raw == DEEP:
            assert reply.status in {400, 413}
            continue
        assert reply.status == 400
        assert reply.error.startswith(words), reply.error


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_a_body_that_is_not_called_json_is_refused(cast: Cast, api: ApiCaller, content_type: str) -> None:
    raw = json.dumps(new_goal(cast)).encode()
    reply = api.send("POST", "/goals", raw=raw, content_type=content_type)
    assert (reply.status, reply.body["statusText"]) == (415, "Unsupported Media Type")


def test_a_huge_body_is_refused_unread(api: ApiCaller) -> None:
    reply = api.send("POST", "/goals", raw=b'{"title": "' + b"x" * 10_000_000 + b'"}')
    assert (reply.status, reply.body["statusCode"]) == (413, 41300)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": "a\x00b"}, "title"),
        ({"title": "\ud800"}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": ["x"]}, "title"),
        ({"assignee": {"id": True, "type": "person"}}, "assignee.id"),
        ({"assignee": {"id": 1.0, "type": "person"}}, "assignee.id"),
        ({"assignee": {"id": 10**40, "type": "person"}}, "assignee.id"),
        ({"assignee": {"id": 2**53 - 1, "type": "person"}}, "assignee.id"),
        ({"assignee": {"id": 2**53 - 1, "type": "team"}}, "assignee.id"),
        ({"assignee": {"id": "1' OR 1=1", "type": "person"}}, "assignee.id"),
        ({"assignee": {"id": None, "type": "person"}}, "assignee.id"),
        ({"assignee": {"id": 1}}, "assignee.type"),
        ({"assignee": {"id": {"id": 1}, "type": "person"}}, "assignee.id"),
        ({"assignee": 1}, "assignee"),
        ({"assignee": [[[]]]}, "assignee"),
        ({"type": {"name": "deals_lost"}}, "type.name"),
        ({"type": {"name": True}}, "type.name"),
        ({"type": {"params": {}}}, "type.name"),
        ({"type": {"name": "deals_won", "params": {"pipeline_id": [True]}}}, "type.params.pipeline_id"),
        ({"type": {"name": "deals_won", "params": {"pipeline_id": {}}}}, "type.params.pipeline_id"),
        ({"type": {"name": "deals_won", "params": {"pipeline_id": [2**53 - 1]}}}, "type.params.pipeline_id"),
        ({"type": {"name": "deals_progressed", "params": {"stage_id": 2**53 - 1}}}, "type.params.stage_id"),
        ({"type": {"name": "deals_won", "params": []}}, "type.params"),
        ({"expected_outcome": {"target": True, "tracking_metric": "quantity"}}, "expected_outcome.target"),
        ({"expected_outcome": {"target": 10**30, "tracking_metric": "quantity"}}, "expected_outcome.target"),
        ({"expected_outcome": {"target": 10**100, "tracking_metric": "sum"}}, "expected_outcome.target"),
        ({"expected_outcome": {"target": -1, "tracking_metric": "sum"}}, "expected_outcome.target"),
        ({"expected_outcome": {"target": 5}}, "expected_outcome.tracking_metric"),
        ({"expected_outcome": {"target": 5, "tracking_metric": "count"}}, "expected_outcome.tracking_metric"),
        (
            {"expected_outcome": {"target": 5, "tracking_metric": "sum", "currency_id": 1}},
            "expected_outcome.currency_id",
        ),
        (
            {"expected_outcome": {"target": 5, "tracking_metric": "sum", "currency_id": True}},
            "expected_outcome.currency_id",
        ),
        ({"duration": {"start": 20260101, "end": None}}, "duration.start"),
        ({"duration": {"start": "2026-1-1", "end": None}}, "duration.start"),
        ({"duration": {"start": "2026-02-30", "end": None}}, "duration.start"),
        ({"duration": {"end": "2026-06-30"}}, "duration.start"),
        ({"duration": {"start": "2026-01-01", "end": "9999-12-31"}}, "duration.end"),
        ({"duration": {"start": "0001-01-01", "end": "9999-12-30"}}, "duration.end"),
        ({"duration": {"start": "0001-01-01", "end": None}, "interval": "weekly"}, "duration.end"),
        ({"interval": "hourly"}, "interval"),
        ({"interval": 5}, "interval"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_by_name(
    cast: Cast, api: ApiCaller, change: dict[str, object], field: str
) -> None:
    reply = api.post("/goals", new_goal(cast, **change))
    assert reply.status == 400, reply.text
    assert reply.error.startswith(f"{field}: "), reply.error


def test_a_goals_refusal_has_the_shape_of_the_goals_service(api: ApiCaller) -> None:
    reply = api.get("/goals/find", **{"type.name": "deals_lost"})
    error = reply.body.pop("error")
    assert error.startswith("type.name: Unknown goal type 'deals_lost'. Use one of: deals_started, ")
    assert reply.body == {
        "success": False,
        "statusCode": 40000,
        "statusText": "Bad Request",
        "service": "statistics-goals-api",
        "error_info": "GET /api/v1/openapi.json describes every endpoint.",
        "data": None,
        "additional_data": None,
    }


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", f"/goals/{'0' * 32}", "PUT, DELETE"),
        ("GET", "/goals", "POST"),
        ("POST", "/goals/find", "GET"),
        ("PATCH", "/users", "GET"),
        ("DELETE", "/users/me", "GET"),
        ("OPTIONS", "/currencies", "GET"),
    ],
)
def test_a_method_an_address_does_not_have_is_refused(
    api: ApiCaller, method: str, path: str, allowed: str
) -> None:
    reply = api.send(method, path)  # type: ignore[arg-type]  # one of those that send() lists
    assert reply.status == 405
    assert set(reply.headers["Allow"].split(", ")) == set(allowed.split(", "))
    assert "statusCode" in reply.body or reply.body["errorCode"] == 405


@pytest.mark.parametrize(
    "root",
    ["/api/v1", "/v1", "/api/v2", "/v2", "/api", "/api/v3", "/v1/api", "/v1//goals", "/v1/goals/find/"],
)
def test_an_unknown_address_is_refused_in_json(api: ApiCaller, root: str) -> None:
    for path in ("", "/", "/nothing/here"):
        for asker in (ApiCaller(api.token, root), ApiCaller("", root)):
            for reply in (asker.get(path), asker.post(path, {})):
                assert (reply.status, reply.error) == (404, "There is nothing at this address.")


def test_an_address_with_too_many_parameters_is_refused(api: ApiCaller) -> None:
    reply = api.get("/goals/find", **{f"key{number}": 1 for number in range(2000)})
    assert reply.status == 400


def test_refusals_are_in_english_whatever_is_preferred(cast: Cast, api: ApiCaller) -> None:
    body = new_goal(cast, title=" ")
    reply = api.send("POST", "/goals", body=body, headers={"Accept-Language": "sv"})
    assert reply.error == "title: Give the goal a name."
    assert reply.headers["Content-Language"] == "en"


def test_a_fault_of_the_server_tells_nothing_of_its_inside(
    api: ApiCaller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_args: object, **_named: object) -> None:
        raise ValueError("secret of the house")

    monkeypatch.setattr("goalpost.api.people._team_on_wire", fail)
    reply = api.get("/legacyTeams")
    assert (reply.status, reply.body["errorCode"]) == (500, 500)
    assert "secret" not in reply.text
    assert "Traceback" not in reply.text
    assert "secret of the house" in caplog.text


def test_titles_come_back_as_they_were_written(cast: Cast, api: ApiCaller) -> None:
    title = "<b>\"Ärta\" & 'ost'</b> 🥅 \\ \u2028"
    reply = api.post("/goals", new_goal(cast, title=title))
    assert reply.body["data"]["goal"]["title"] == title.strip()
