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
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import Client

from goalpost.accounts.tokens import issue_token
from goalpost.companies.models import Team, User
from tests.every_address import PATTERNS, body, paths
from tests.people import NOW, PASSWORD, let_see
from tests.two_companies import OURS, THEIRS, Furnished, furnish, watched

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
SIGN_IN = ("/account/login/", "/settings/security", "/settings/walls/pair")
"""Where whoever is signed out is sent; the second sends on to the first."""


class Pass(NamedTuple):
    """What somebody is let in with, and what they may see then."""

    user: User
    session: str
    token: str
    permission_set_id: int | None


class World(NamedTuple):
    ours: Furnished
    theirs: Furnished
    passes: dict[str, Pass]


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
        ours, theirs = furnish(OURS), furnish(THEIRS)
        # Whoever signs in by password may change it, and is asked for it.
        User.objects.update(password=make_password(PASSWORD))
        cast = ours.cast
        users = {
            "regular": cast.cilla,
            "regular with both": cast.cilla,
            "manager of the team": cast.bjorn,
            "manager with both": cast.bjorn,
            "manager of another": cast.david,
            "admin": cast.astrid,
            "admin of another company": theirs.cast.astrid,
        }
        return World(ours, theirs, {who: _let_in(user.pk, who) for who, user in users.items()})


def _let_in(user_id: int, who: str) -> Pass:
    user = User.objects.get(pk=user_id)
    usual_set_id = user.permission_set_id
    if not user.is_admin:
        has_both = who.endswith("with both")
        let_see(user, company_statistics=has_both, other_users_statistics=has_both)
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    # Who has just given their password is asked for no more before they change how they sign in.
    request = HttpRequest()
    request.session = client.session
    record_authentication(request, user, "password", reauthenticated=True)
    request.session.save()
    User.objects.filter(pk=user_id).update(permission_set_id=usual_set_id)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    return Pass(user, session, issue_token(user=user, name=who, now=NOW), user.permission_set_id)


@pytest.fixture
def world(furnished: World) -> Iterator[World]:
    with time_machine.travel(NOW, tick=False):
        yield furnished


def _browser(world: World, who: str) -> Client:
    """Return the browser of somebody, who has their rights by now."""
    client = Client(SERVER_NAME="localhost")
    if who == "signed out":
        return client
    user, session, token, permission_set_id = world.passes[who]
    User.objects.filter(pk=user.pk).update(permission_set_id=permission_set_id)
    manages_baltic = user if who == "manager of another" else None
    Team.objects.filter(pk=world.ours.cast.baltic.pk).update(manager=manages_baltic)
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    client.defaults["HTTP_X_API_TOKEN"] = token
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
        lambda path: not path.startswith("/deals.") or path.endswith("csv"),
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
                client = _browser(world, who)
                with watched(world.ours.id) as is_untouched:
                    answer = _send(client, verb, path, world.ours)
                    if isinstance(answer, StreamingHttpResponse):
                        answer.getvalue()
                status = answer.status_code
                if who == "signed out" and status == HTTPStatus.FOUND:
                    assert answer.headers["Location"].startswith(SIGN_IN), f"{verb} {path}"
                if status in REFUSED:
                    assert is_untouched(), f"{who}: {verb} {path}"
                transaction.set_rollback(True)
            got.setdefault(verb, []).append(status)
    answered = {verb: row for verb, row in got.items() if set(row) != {WRONG_VERB}}
    assert answered == TABLE.get(pattern)


def test_a_change_is_noticed(world: World) -> None:
    """Show that a refusal that changed something would be found."""
    with watched(world.ours.id) as is_untouched:
        assert is_untouched()
        Team.objects.filter(pk=world.ours.cast.baltic.pk).update(name="Changed")
        assert not is_untouched()
