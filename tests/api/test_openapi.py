"""The API does what its description says, and the description changes only on purpose."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import booleans
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from goalpost.api.urls import openapi_schema
from goalpost.api.wire import exact_json
from tests.api.bodies import new_goal
from tests.api.caller import caller
from tests.people import Cast

CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]
SNAPSHOT = Path(__file__).parents[2] / "docs" / "openapi.json"


def described() -> str:
    return json.dumps(json.loads(exact_json(openapi_schema())), indent=2, ensure_ascii=False) + "\n"


def test_the_committed_description_is_the_one_that_is_served() -> None:
    if os.environ.get("UPDATE_SNAPSHOTS"):
        SNAPSHOT.write_text(described(), encoding="utf-8")
    assert described() == SNAPSHOT.read_text(encoding="utf-8"), (
        "The API has changed. If that is meant: UPDATE_SNAPSHOTS=1 .venv/bin/pytest tests/api/test_openapi.py"
    )


@pytest.mark.django_db
def test_the_description_is_served_to_who_has_a_token(cast: Cast) -> None:
    reply = caller(cast.cilla).get("/openapi.json")
    assert reply.status == 200
    assert reply.body == json.loads(described())


def test_the_guide_names_every_endpoint() -> None:
    guide = (SNAPSHOT.parent / "api.md").read_text(encoding="utf-8")
    paths = openapi_schema()["paths"]
    assert isinstance(paths, dict)
    assert [path for path in paths if path.replace("goal_id", "id").split("/{")[0] not in guide] == []


API = schemathesis.openapi.from_dict(json.loads(described()))
OPERATIONS = {found.ok().label: found.ok() for found in API.get_all_operations() if isinstance(found, Ok)}


def make_likely(case: schemathesis.Case[Any], cast: Cast, goal_id: str) -> None:
    """Turn a random request into one that has a chance: by itself it names no goal, and no days of one."""
    if "goal_id" in case.path_parameters:
        case.path_parameters["goal_id"] = goal_id
    if isinstance(case.body, dict):
        sound = new_goal(cast)
        case.body.update({name: sound[name] for name in ("assignee", "type", "expected_outcome", "duration")})
        case.body.pop("seasonality", None)
    if case.path.endswith("/results"):
        case.query.update({"period.start": "2026-02-01", "period.end": "2026-02-15"})


@contextmanager
def connection_kept() -> Iterator[None]:
    """Keep the test's connection open between requests, as Django's own test client does around each."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.hypothesis
@pytest.mark.django_db
@pytest.mark.parametrize("operation", OPERATIONS)
def test_whatever_is_sent_is_answered_as_described(cast: Cast, operation: str) -> None:
    api = caller(cast.astrid)
    goal_id = api.post("/goals", new_goal(cast)).body["data"]["goal"]["id"]
    server = get_wsgi_application()

    @settings(suppress_health_check=list(HealthCheck))
    @given(OPERATIONS[operation].as_strategy(), booleans())
    def send(case: schemathesis.Case[Any], is_likely: bool) -> None:  # noqa: FBT001  hypothesis decides
        if is_likely:
            make_likely(case, cast, goal_id)
        reply = case.call(app=server, headers={"x-api-token": api.token})
        case.validate_response(reply, checks=CHECKS)
        json.loads(reply.text)

    with connection_kept():
        send()
