"""Who may do what, endpoint by endpoint: one table, which a new endpoint must enter."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.urls import URLPattern

from goalpost.api.urls import api
from goalpost.domain.permissions import Assignee
from goalpost.goals.queries import GoalView
from tests.api.bodies import new_goal
from tests.api.caller import ApiCaller, Reply, caller
from tests.goals.builders import TEAM, person, set_goal, stored
from tests.people import Cast, let_see, make_company

pytestmark = pytest.mark.django_db

DAYS = {"period.start": "2026-01-01", "period.end": "2026-01-31"}
GOALS = ("company", "team", "cilla", "david")
READS = ("results", "periods", "find")
WRITES = ("put", "delete")

# Who sees each goal, and who may change it. Björn manages the team that Cilla is on.
ALONE = {
    "astrid": {"company": "write", "team": "write", "cilla": "write", "david": "write"},
    "björn": {"company": "hidden", "team": "write", "cilla": "hidden", "david": "hidden"},
    "cilla": {"company": "hidden", "team": "hidden", "cilla": "write", "david": "hidden"},
    "david": {"company": "hidden", "team": "hidden", "cilla": "hidden", "david": "write"},
    "stranger": dict.fromkeys(GOALS, "hidden"),
}
WITH_BOTH = {
    "astrid": ALONE["astrid"],
    "björn": {"company": "read", "team": "write", "cilla": "write", "david": "read"},
    "cilla": {"company": "read", "team": "read", "cilla": "write", "david": "read"},
    "david": {"company": "read", "team": "read", "cilla": "read", "david": "write"},
    "stranger": dict.fromkeys(GOALS, "hidden"),
}
CASES = [
    (both, who, goal, right)
    for both, table in ((False, ALONE), (True, WITH_BOTH))
    for who, rights in table.items()
    for goal, right in rights.items()
]
STATUS = {
    "hidden": {"results": 404, "periods": 404, "find": 0, "put": 404, "delete": 404},
    "read": {"results": 200, "periods": 200, "find": 1, "put": 403, "delete": 403},
    "write": {"results": 200, "periods": 200, "find": 1, "put": 200, "delete": 200},
}


@dataclass(frozen=True, slots=True)
class Stage:
    """The people with a token each, and a goal for each kind of assignee."""

    cast: Cast
    callers: dict[str, ApiCaller]
    goals: dict[str, GoalView]


@pytest.fixture
def stage(cast: Cast) -> Stage:
    stranger = make_company("Elsewhere")
    let_see(stranger.cilla, company_statistics=True, other_users_statistics=True)
    people = {"astrid": cast.astrid, "björn": cast.bjorn, "cilla": cast.cilla, "david": cast.david}
    return Stage(
        cast,
        {name: caller(user) for name, user in {**people, "stranger": stranger.astrid}.items()},
        {
            "company": set_goal(cast),
            "team": set_goal(cast, assignee=Assignee(TEAM, cast.nordic.pk)),
            "cilla": set_goal(cast, assignee=person(cast.cilla)),
            "david": set_goal(cast, assignee=person(cast.david)),
        },
    )


def call(api: ApiCaller, action: str, goal_id: str) -> Reply:
    calls: dict[str, Callable[[], Reply]] = {
        "results": lambda: api.get(f"/goals/{goal_id}/results", **DAYS),
        "periods": lambda: api.get(f"/goals/{goal_id}/periods"),
        "put": lambda: api.put(f"/goals/{goal_id}", {"title": "Changed"}),
        "delete": lambda: api.delete(f"/goals/{goal_id}"),
    }
    return calls[action]()


@pytest.mark.parametrize(("both", "who", "goal", "right"), CASES)
def test_everybody_sees_and_changes_what_the_table_says(
    stage: Stage, *, both: bool, who: str, goal: str, right: str
) -> None:
    if both:
        for user in (stage.cast.bjorn, stage.cast.cilla, stage.cast.david):
            let_see(user, company_statistics=True, other_users_statistics=True)
    api, public_id = stage.callers[who], stage.goals[goal].public_id
    expected = STATUS[right]
    found = [each["id"] for each in api.goals(type__name="deals_won")]
    assert found.count(public_id) == expected["find"]
    for action in ("results", "periods", *WRITES):
        before = stored() if expected[action] != 200 else None
        reply = call(api, action, public_id)
        assert reply.status == expected[action], (action, reply.text)
        if before is not None:
            assert stored() == before
            assert reply.body["statusCode"] == expected[action] * 100


@pytest.mark.parametrize("one", ["company", "others"])
@pytest.mark.parametrize("goal", GOALS)
def test_one_of_the_two_permissions_opens_nothing(stage: Stage, one: str, goal: str) -> None:
    let_see(stage.cast.cilla, company_statistics=one == "company", other_users_statistics=one == "others")
    status = call(stage.callers["cilla"], "periods", stage.goals[goal].public_id).status
    assert status == (200 if goal == "cilla" else 404)


@pytest.mark.parametrize(
    ("who", "allowed"),
    [
        ("astrid", {"company", "team", "cilla", "david"}),
        ("björn", {"team", "cilla"}),
        ("cilla", {"cilla"}),
        ("david", {"david"}),
        ("stranger", set()),
    ],
)
def test_goals_are_added_by_whoever_may_change_them(stage: Stage, who: str, allowed: set[str]) -> None:
    let_see(stage.cast.bjorn, company_statistics=True, other_users_statistics=True)
    let_see(stage.cast.cilla, company_statistics=True, other_users_statistics=True)
    cast = stage.cast
    assignees = {
        "company": {"type": "company", "id": cast.company_id},
        "team": {"type": "team", "id": cast.nordic.pk},
        "cilla": {"type": "person", "id": cast.cilla.pk},
        "david": {"type": "person", "id": cast.david.pk},
    }
    for name, assignee in assignees.items():
        before = stored()
        reply = stage.callers[who].post("/goals", new_goal(cast, assignee=assignee))
        if name in allowed:
            assert reply.status == 200, (name, reply.text)
        else:
            # A stranger who is admin may set goals, but there is nothing of that id where they are.
            assert reply.status == (400 if who == "stranger" else 403)
            assert stored() == before


@pytest.mark.parametrize("to", ["company", "team", "david"])
def test_a_goal_cannot_be_handed_to_whom_one_may_not_set_goals_for(stage: Stage, to: str) -> None:
    cast = stage.cast
    assignee = {
        "company": {"type": "company"},
        "team": {"type": "team", "id": cast.nordic.pk},
        "david": {"id": cast.david.pk},
    }[to]
    reply = stage.callers["cilla"].put(f"/goals/{stage.goals['cilla'].public_id}", {"assignee": assignee})
    assert reply.status == 403


@pytest.mark.parametrize("goal_id", ["0" * 32, "x", "0" * 31, "A" * 32, "%00", "1", "find", "é" * 32])
def test_an_absent_goal_is_refused_like_a_hidden_one(stage: Stage, goal_id: str) -> None:
    hidden = call(stage.callers["cilla"], "periods", stage.goals["company"].public_id)
    absent = call(stage.callers["cilla"], "periods", goal_id)
    assert (absent.status, absent.body) == (hidden.status, hidden.body) == (404, hidden.body)


@pytest.mark.parametrize("who", ["astrid", "björn", "cilla", "david"])
@pytest.mark.parametrize(
    "path", ["/users", "/users/me", "/legacyTeams", "/activityTypes", "/currencies", "/openapi.json"]
)
def test_people_and_catalogs_are_open_to_every_token_of_the_company(
    stage: Stage, who: str, path: str
) -> None:
    assert stage.callers[who].get(path).status == 200


def test_every_endpoint_is_walked_here_or_among_the_catalogs() -> None:
    known = {
        "v1/goals",
        "v1/goals/find",
        "v1/goals/<goal_id>",
        "v1/goals/<goal_id>/results",
        "v1/goals/<goal_id>/periods",
        "v1/users",
        "v1/users/me",
        "v1/users/<user_id>",
        "v1/legacyTeams",
        "v1/legacyTeams/<team_id>",
        "v1/legacyTeams/<team_id>/memberships",
        "v1/activityTypes",
        "v1/currencies",
        "v1/openapi.json",
        "v2/pipelines",
        "v2/stages",
        "",
    }
    routes = {str(route.pattern) for route in api.urls[0] if isinstance(route, URLPattern)}
    assert routes == known
