"""The wall between companies, walked from inside: every address, with everything of the other company's.

A new address, parameter or form field is walked by itself, or fails a test until `every_address` knows it.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from goalpost.accounts.models import BrowserSession
from goalpost.accounts.tokens import issue_token
from goalpost.api.urls import openapi_schema
from goalpost.insights.export import rendering
from goalpost.web.goals.form import GoalForm
from tests.company_guard import guarded
from tests.every_address import PATTERNS, asked, body, form, paths, query, said
from tests.people import NOW
from tests.two_companies import OURS, THEIRS, Furnished, furnish, rows_of

pytestmark = pytest.mark.django_db

NEWCOMER = "Quaggaton"
NOT_HERE = {400, 404, 405, 422}
"""How an address answers that bears something of another company's."""
OPEN = ("health", "account/", "appearance/", "^digest/stop/", "^shared/", "pair", "wall")
"""What can be asked without being known: these show nobody's data."""


@dataclass(frozen=True, slots=True)
class World:
    ours: Furnished
    theirs: Furnished
    token: str
    session: str

    def browser(self) -> Client:
        """Return a browser in which our admin is signed in, whose script calls the API with our token."""
        client = Client(
            SERVER_NAME="localhost", headers={"x-api-token": self.token}, raise_request_exception=True
        )
        if BrowserSession.objects.filter(session_key=self.session).exists():
            client.cookies[settings.SESSION_COOKIE_NAME] = self.session
        else:  # what was asked before has ended it
            client.force_login(self.ours.cast.astrid)
        return client


@pytest.fixture(autouse=True)
def drawn_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Show what a picture or a page would be drawn of: drawing takes a second, and hides the words."""
    monkeypatch.setattr(rendering, "render", lambda job: json.dumps(job, ensure_ascii=False).encode())


@pytest.fixture(scope="module")
def furnished(kept_for_module: None) -> World:
    with time_machine.travel(NOW, tick=False):
        ours, theirs = furnish(OURS), furnish(THEIRS)
        astrid = ours.cast.astrid
        client = Client(SERVER_NAME="localhost")
        client.force_login(astrid)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        return World(ours, theirs, issue_token(user=astrid, now=NOW), session)


@pytest.fixture
def world(furnished: World) -> Iterator[World]:
    with time_machine.travel(NOW, tick=False):
        yield furnished


@pytest.mark.parametrize("pattern", PATTERNS)
def test_an_address_shows_and_touches_nothing_of_another_company(world: World, pattern: str) -> None:
    before = rows_of(world.theirs.id)
    has_place = paths(pattern, world.ours) != paths(pattern, world.theirs)
    for path in paths(pattern, world.theirs):
        with guarded(world.ours.id):
            answers = list(asked(world.browser, path, world.theirs))
        for how, response in answers:
            assert THEIRS not in said(response), f"{how} {path}"
            if has_place and not pattern.startswith("account/"):
                assert response.status_code in NOT_HERE, f"{how} {path}"
    assert rows_of(world.theirs.id) == before


# Tokens against forgery, the ETags that cover them, and ids made for forms: new with every request.
NEVER_THE_SAME = r'"[0-9A-Za-z]{64}"|value="[0-9a-f]{32}"|csrftoken=\w+|W/"[0-9a-f]{40}"'


PERIODS = [{"period": "2026-01-01", "period.start": "2026-01-01", "period.end": "2026-01-31"}]


def own_pages(world: World) -> dict[str, tuple[int, str]]:
    """Return what every address shows of the company's own, without what differs from request to request."""
    found: dict[str, tuple[int, str]] = {}
    for pattern in PATTERNS:
        if pattern.startswith("account/two-step/") or pattern == "wall":
            continue  # a key or a code made at random, shown to nobody else
        for path in paths(pattern, world.ours):
            if any(goal.public_id in path for goal in world.ours.goals[1:-1]):
                continue  # the first, the last and the deleted one are enough
            for parameters in ({}, *PERIODS * bool(re.search("records|results|periods", path))):
                response = world.browser().get(path, parameters)
                lasting = re.sub(NEVER_THE_SAME, "", said(response))
                found[f"{path} {len(parameters)}"] = (response.status_code, lasting)
    return found


def test_what_a_company_sees_is_the_same_whoever_else_comes(world: World) -> None:
    before = own_pages(world)
    furnish(NEWCOMER)
    after = own_pages(world)
    assert before.keys() == after.keys()
    for page, seen in before.items():
        assert after[page] == seen, page
    named = {path for path, (status, text) in before.items() if status == 200 and OURS in text}
    assert len(named) >= 40, "the word that gives a company away is on its own pages"


def test_a_stranger_sees_nothing_of_anybody(world: World) -> None:
    before = rows_of(world.ours.id), rows_of(world.theirs.id)
    for pattern in PATTERNS:
        for path in paths(pattern, world.ours):
            for response in (
                Client(SERVER_NAME="localhost").get(path, query(world.ours)),
                Client(SERVER_NAME="localhost").post(path, form(world.ours)),
                Client(SERVER_NAME="localhost").delete(path),
            ):
                text = said(response)
                assert OURS not in text, path
                assert THEIRS not in text, path
                if not pattern.startswith(OPEN):
                    assert response.status_code in {302, 401, 403, 404, 405}, path
    assert (rows_of(world.ours.id), rows_of(world.theirs.id)) == before


def test_every_parameter_and_field_is_walked(world: World) -> None:
    schema = openapi_schema()
    told = json.loads(json.dumps(schema))
    parameters = {
        parameter["name"]
        for path in told["paths"].values()
        for operation in path.values()
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "query"
    }
    assert parameters <= query(world.ours).keys()
    bodies = told["components"]["schemas"]["NewGoalBody"]["properties"].keys()
    assert bodies - {"seasonality"} == body(world.ours).keys()
    assert GoalForm.base_fields.keys() <= form(world.ours).keys()
    read = {
        name
        for file in (settings.PACKAGE_DIR / "web").rglob("*.py")
        for name in re.findall(r'(?:query|GET)(?:\.get\(|\[)"([\w.]+)"', file.read_text(encoding="utf-8"))
    }
    assert read <= query(world.ours).keys()


FIELDS: dict[str, tuple[dict[str, str], str]] = {
    "person": ({"kind": "deals_won"}, "person"),
    "team": ({"kind": "deals_won", "assignee_kind": "team"}, "team"),
    "pipelines": ({"kind": "deals_won"}, "pipelines"),
    "stage": ({"kind": "deals_progressed"}, "stage"),
    "activity_types": ({"kind": "activities_added"}, "activity_types"),
}


@pytest.mark.parametrize("field", FIELDS)
def test_the_goal_form_takes_nothing_of_another_company(world: World, field: str) -> None:
    ours, theirs = world.ours, world.theirs
    kind, name = FIELDS[field]
    client = world.browser()
    own = {**form(ours), **kind, "public_id": f"{ours.id:032x}"}
    for seasonal in ("is_seasonal", "periods_of", "drawn", "drops"):
        del own[seasonal]
    before = rows_of(ours.id), rows_of(theirs.id)
    with guarded(ours.id):
        refused = client.post("/goals/new", {**own, name: form(theirs)[name]})
    assert refused.status_code == 422
    assert (rows_of(ours.id), rows_of(theirs.id)) == before
    with guarded(ours.id):
        taken = client.post("/goals/new", own)
    assert taken.status_code == 302, taken.content.decode()[:2000]
    assert rows_of(ours.id) != before[0]
    assert rows_of(theirs.id) == before[1]


BODIES: dict[str, Callable[[Furnished], dict[str, object]]] = {
    "person": lambda of: {"assignee": {"id": of.cast.cilla.pk, "type": "person"}},
    "team": lambda of: {"assignee": {"id": of.cast.nordic.pk, "type": "team"}},
    "company": lambda of: {"assignee": {"id": of.id, "type": "company"}},
    "pipeline": lambda of: {"type": {"name": "deals_won", "params": {"pipeline_id": [of.pipeline]}}},
    "stage": lambda of: {"type": {"name": "deals_progressed", "params": {"stage_id": of.stages[0]}}},
    "activity type": lambda of: {
        "type": {"name": "activities_added", "params": {"activity_type_id": [of.call]}}
    },
}


@pytest.mark.parametrize("thing", BODIES)
def test_the_api_takes_nothing_of_another_company(world: World, thing: str) -> None:
    ours, theirs = world.ours, world.theirs
    before = rows_of(ours.id), rows_of(theirs.id)

    def send(method: str, path: str, sent: dict[str, object]) -> int:
        client = world.browser()
        with guarded(ours.id):
            answer = client.generic(method, path, json.dumps(sent), content_type="application/json")
        assert THEIRS not in answer.content.decode()
        return answer.status_code

    foreign, own = {**body(ours), **BODIES[thing](theirs)}, {**body(ours), **BODIES[thing](ours)}
    goal = f"/v1/goals/{ours.goals[0].public_id}"
    assert send("POST", "/v1/goals", foreign) in {400, 403, 404}
    assert send("PUT", goal, foreign) in {400, 403, 404}
    assert (rows_of(ours.id), rows_of(theirs.id)) == before
    assert send("POST", "/v1/goals", own) == 200
    assert send("PUT", goal, own) == 200
    assert rows_of(theirs.id) == before[1]
