"""Every address of the product, asked and sent to by everybody: the table is `who_may.txt`.

The goal is the Nordic team's, the person is Cilla who is on that team, the permission set the company's own.
An address that is not in the table fails, and so does one that answers to a verb its rows do not name.
"""

import json
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

import pytest
import time_machine
from allauth.account.internal.flows.login import record_authentication
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import Client

from goalpost.companies.models import Team, User
from goalpost.companies.tokens import issue_token
from tests.every_address import PATTERNS, body, paths
from tests.people import NOW, PASSWORD, let_see
from tests.two_companies import OURS, THEIRS, Furnished, furnish, rows_of

pytestmark = pytest.mark.django_db

PEOPLE = (
    "signed out",
    "regular",
    "regular with both",
    "manager of the team",
    "manager of another",
    "manager with both",
    "admin",
    "admin of another company",
)
REFUSED = {401, 403, 404}
WRONG_VERB = 405
SIGN_IN = ("/account/login/", "/settings/security")
"""Where whoever is signed out is sent; the second sends on to the first."""


class World(NamedTuple):
    ours: Furnished
    theirs: Furnished


def _read_table() -> dict[str, dict[str, list[int]]]:
    """Return for each address and verb the status that each of the eight gets, in their order."""
    table: dict[str, dict[str, list[int]]] = {}
    for line in (Path(__file__).parent / "who_may.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            *statuses, verb, pattern = line.split(" ", len(PEOPLE) + 1)
            table.setdefault(pattern.removeprefix("/"), {})[verb] = [int(status) for status in statuses]
    return table


TABLE = _read_table()


@pytest.fixture(scope="module")
def furnished(kept_for_module: None) -> World:
    with time_machine.travel(NOW, tick=False):
        world = World(furnish(OURS), furnish(THEIRS))
        # Whoever signs in by password may change it, and is asked for it.
        User.objects.update(password=make_password(PASSWORD))
    return world


@pytest.fixture
def world(furnished: World) -> Iterator[World]:
    with time_machine.travel(NOW, tick=False):
        yield furnished


def _person(world: World, who: str) -> User | None:
    """Return the person, who has the permissions by now; none for whoever is signed out."""
    cast = world.ours.cast
    found = {
        "regular": cast.cilla,
        "regular with both": cast.cilla,
        "manager of the team": cast.bjorn,
        "manager with both": cast.bjorn,
        "manager of another": cast.david,
        "admin": cast.astrid,
        "admin of another company": world.theirs.cast.astrid,
    }.get(who)
    # Read anew: what is rolled back must not live on in memory.
    person = None if found is None else User.objects.get(pk=found.pk)
    if who == "manager of another":
        Team.objects.filter(pk=cast.baltic.pk).update(manager=person)
    if person is not None and not person.is_admin:
        has_both = who.endswith("with both")
        let_see(person, company_statistics=has_both, other_users_statistics=has_both)
    return person


def _browser(person: User | None) -> Client:
    if person is None:
        return Client(SERVER_NAME="localhost")
    client = Client(SERVER_NAME="localhost", headers={"x-api-token": issue_token(user=person, now=NOW)})
    client.force_login(person)
    # Who has just given their password is asked for no more before they change how they sign in.
    request = HttpRequest()
    request.session = client.session
    record_authentication(request, person, "password", reauthenticated=True)
    request.session.save()
    return client


def _path(pattern: str, of: Furnished) -> str:
    """Return the address with the table's goal, person, team and permission set in its place."""
    chosen = [str(of.goals[1].public_id), f"/{of.cast.cilla.pk}", f"/{of.own_set}", f"/{of.cast.nordic.pk}"]
    possible = paths(pattern, of)
    fitting: list[Callable[[str], bool]] = [
        lambda path: "goal" not in path or chosen[0] in path,
        lambda path: "people/" not in path or chosen[1] in path,
        lambda path: "permissions/" not in path or chosen[2] in path,
        lambda path: "eams/" not in path or path.endswith(chosen[3]),
        lambda path: "/edit/" not in path or path.endswith("/title"),
        lambda path: (
            not {"export", "records."} & {*path.split("/"), path.rsplit("/", 1)[-1][:8]}
            or path.endswith("csv")
        ),
    ]
    for fits in fitting:
        possible = [path for path in possible if fits(path)] or possible
    return possible[0]


def _send(client: Client, verb: str, path: str, of: Furnished) -> HttpResponseBase:
    if verb == "GET":
        return client.get(path, QUERIES.get(path.rsplit("/", 1)[-1], {}))
    if path.startswith("/v"):
        team = {"assignee": {"type": "team", "id": of.cast.nordic.pk}}
        sent = json.dumps({**body(of), **team} if verb == "POST" else {"title": "Changed"})
        return client.generic(verb, path, sent, content_type="application/json")
    return client.post(path, {"kind": "deals_won"} if path == "/goals/preview" else {})


QUERIES: dict[str, dict[str, str]] = {
    "records": {"period": "2026-01-01"},
    "records.csv": {"period": "2026-01-01"},
    "results": {"period.start": "2026-01-01", "period.end": "2026-01-31"},
    "news": {"version": "0"},
    "find": {"type.name": "deals_won"},
}


def test_every_address_is_in_the_table() -> None:
    assert TABLE.keys() == set(PATTERNS)
    assert {len(row) for rows in TABLE.values() for row in rows.values()} == {len(PEOPLE)}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_everybody_gets_what_the_table_says_and_a_refusal_changes_nothing(world: World, pattern: str) -> None:
    path = _path(pattern, world.ours)
    got: dict[str, list[int]] = {}
    for verb in ("GET", "POST", "PUT", "PATCH", "DELETE") if path.startswith("/v") else ("GET", "POST"):
        for who in PEOPLE:
            with transaction.atomic():
                client = _browser(_person(world, who))
                before = {} if verb == "GET" else rows_of(world.ours.id)
                answer = _send(client, verb, path, world.ours)
                status = answer.status_code
                if isinstance(answer, StreamingHttpResponse):
                    answer.getvalue()
                if who == "signed out" and status == HTTPStatus.FOUND:
                    assert answer.headers["Location"].startswith(SIGN_IN), f"{verb} {path}"
                if status in REFUSED and verb != "GET":
                    assert rows_of(world.ours.id) == before, f"{who}: {verb} {path}"
                transaction.set_rollback(True)
            got.setdefault(verb, []).append(status)
    answered = {verb: row for verb, row in got.items() if set(row) != {WRONG_VERB}}
    assert answered == TABLE.get(pattern)
