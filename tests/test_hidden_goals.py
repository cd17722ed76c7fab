"""Nothing that a person can read, count or time tells of goals hidden from them.

Two proofs. A hidden goal is asked for in every way beside one that does not exist: status, headers, length,
body and statements are the same. And every page is read with and without hidden goals there: no byte differs.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import cycle

import pytest
import time_machine
from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client

from goalpost.accounts.tokens import issue_token
from goalpost.companies.models import User
from goalpost.domain.calendar import Interval
from goalpost.domain.measures import Measure
from goalpost.domain.permissions import Assignee
from goalpost.goals.actions import change_goal, create_goal, delete_goal
from goalpost.goals.models import Goal
from goalpost.goals.queries import GoalView
from goalpost.insights.export import rendering
from tests.every_address import METHODS, PATTERNS, body, form, paths, query, said
from tests.goals.builders import TEAM, person, terms, the_company
from tests.people import NOW, Cast, let_see
from tests.two_companies import OURS, Furnished, furnish

pytestmark = pytest.mark.django_db

HIDDEN_TITLE = "Quokkafang"
"""A word that nothing but hidden goals bears."""
NOWHERE = "0123456789abcdef" * 2
"""The id of no goal."""
VIEWERS = ("a regular user with one of the two permissions", "the team's manager")
OF_A_GOAL = [pattern for pattern in PATTERNS if re.search(r"public_id|goal_id", pattern)]


@dataclass(frozen=True, slots=True)
class Answer:
    """All that can be read of an answer, its headers and its body, and how many statements it took."""

    status: int
    text: str
    statements: int


Ask = Callable[[Client], HttpResponseBase]


@pytest.fixture(autouse=True)
def drawn_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Show what a picture or a page would be drawn of: drawing takes a second, and hides the words."""
    monkeypatch.setattr(rendering, "render", lambda job: json.dumps(job, ensure_ascii=False).encode())


@pytest.fixture(scope="module")
def of(kept_for_module: None) -> Iterator[Furnished]:
    with time_machine.travel(NOW, tick=False):
        yield furnish(OURS)


@pytest.fixture
def now(of: Furnished) -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def hidden(of: Furnished, now: None) -> tuple[GoalView, ...]:
    return hide_goals(of.cast)


def viewer(of: Furnished, who: str) -> User:
    """Return one who sees their own goals, the manager also the team's, and nobody else's."""
    found = User.objects.get(pk=(of.cast.bjorn if "manager" in who else of.cast.cilla).pk)
    let_see(found, company_statistics="one" in who, other_users_statistics=False)
    return found


def hide_goals(cast: Cast) -> tuple[GoalView, ...]:
    """Set goals hidden from every viewer: of every kind of assignee, running, past, changed and deleted."""
    found: list[GoalView] = []
    others = [the_company(cast), Assignee(TEAM, cast.baltic.pk), person(cast.david), person(cast.astrid)]
    for number, assignee in enumerate(others):
        for at, ends_on in enumerate((date(2026, 6, 30), date(2026, 2, 28), None)):
            wanted = terms(cast, title=f"{HIDDEN_TITLE} {number}", assignee=assignee, ends_on=ends_on)
            public_id = f"{number}{at}".rjust(32, "a")
            goal = create_goal(actor=cast.as_astrid, terms=wanted, now=NOW, public_id=public_id)
            if ends_on is None:
                other = replace(goal.terms, target=12, interval=Interval.QUARTERLY)
                goal = change_goal(actor=cast.as_astrid, public_id=public_id, terms=other, now=NOW)
            found.append(goal)
    gone = create_goal(
        actor=cast.as_astrid,
        terms=terms(cast, title=f"{HIDDEN_TITLE} gone"),
        now=NOW,
        public_id="9".rjust(32, "a"),
    )
    delete_goal(actor=cast.as_astrid, public_id=gone.public_id, now=NOW)
    return (gone, *found)


def show_goals(of: Furnished, viewer: User) -> tuple[GoalView, ...]:
    """Set goals of the viewer's own: running, past and seasonal."""
    cast = of.cast
    own = terms(cast, title=f"{OURS} own", assignee=person(viewer))
    wanted = (
        own,
        replace(own, measure=Measure.DEALS_STARTED, ends_on=date(2026, 2, 28)),
        replace(own, title="Runs on", measure=Measure.ACTIVITIES_ADDED, ends_on=None),
    )
    found = tuple(
        create_goal(actor=cast.as_astrid, terms=each, now=NOW, public_id=f"{number:032x}")
        for number, each in enumerate(wanted, start=1)
    )
    for goal in found:  # made at random otherwise
        Goal.objects.filter(pk=goal.id).update(report_id=goal.public_id[::-1])
    return found


class Reader:
    """A signed-in browser, whose script calls the API as well; all that it writes is rolled back."""

    def __init__(self, user: User) -> None:
        self._token = issue_token(user=user, name="Reader", now=NOW)
        signing_in = Client(SERVER_NAME="localhost")
        signing_in.force_login(user)
        self._cookies = signing_in.cookies
        self.ask(partial(_get, "/v1/users/me", {}))  # the first use of a token is noted

    def ask(self, send: Ask) -> Answer:
        """Return what is answered, without what differs from one request to the next."""
        with transaction.atomic():
            client = Client(SERVER_NAME="localhost", headers={"x-api-token": self._token})
            client.cookies.update(self._cookies)
            statements: list[str] = []

            def count(execute: Callable[..., object], sql: str, *more: object) -> object:
                statements.append(sql)
                return execute(sql, *more)

            with connection.execute_wrapper(count):
                response = send(client)
                text = said(response)
            transaction.set_rollback(True)
        return Answer(response.status_code, re.sub(NEVER_THE_SAME, "", text), len(statements))


# Tokens against forgery, the ETags that cover them, signatures of forms, and ids made for forms.
NEVER_THE_SAME = (
    r'"[0-9A-Za-z]{64}"|value="[0-9a-f]{32}"|csrftoken=\w+|sessionid=\w+|W/"[0-9a-f]{40}"'
    r'|name="typed_by" value="[^"]+"|messages=[^;]+'
)


def every_way(path: str, of: Furnished) -> dict[str, Ask]:
    """Return every way to ask at an address: by each verb, as a page and as a part, with all it may take."""
    asked = query(of) | {"q": HIDDEN_TITLE, "title": f"{HIDDEN_TITLE} 0"}
    typed = form(of) | {"title": f"{HIDDEN_TITLE} 0", "public_id": NOWHERE, "version": ""}
    sent = json.dumps(body(of) | {"title": f"{HIDDEN_TITLE} 0"})
    part = {"HX-Request": "true"}
    ways: dict[str, Ask] = {verb: partial(_verb, verb, path) for verb in METHODS}
    ways["part"] = lambda to: to.get(path, headers=part)
    ways["query"] = lambda to: to.get(path, asked)
    ways["part with query"] = lambda to: to.get(path, asked, headers=part)
    ways["period"] = lambda to: to.get(path, {"period": "2026-01-01"})
    ways["form"] = lambda to: to.post(path, typed)
    ways["part with form"] = lambda to: to.post(path, typed, headers=part)
    for verb in ("POST", "PUT", "PATCH"):
        ways[f"{verb} of a body"] = partial(_verb, verb, path, sent=sent)
    return ways


def _verb(verb: str, path: str, to: Client, sent: str = "") -> HttpResponseBase:
    return to.generic(verb, path, sent, content_type="application/json" if sent else "text/plain")


@pytest.mark.parametrize("who", VIEWERS)
@pytest.mark.parametrize("pattern", OF_A_GOAL)
def test_a_hidden_goal_answers_as_one_that_does_not_exist(
    of: Furnished, hidden: tuple[GoalView, ...], pattern: str, who: str
) -> None:
    reader = Reader(viewer(of, who))
    own = of.goals[0].public_id
    places = [path.replace(own, "{}") for path in paths(pattern, of) if own in path]
    next_hidden = cycle(hidden)
    for place in {places[0], places[-1]}:
        nowhere = every_way(place.format(NOWHERE), of)
        for how, ask_nowhere in nowhere.items():
            goal = next(next_hidden)
            answer = reader.ask(every_way(place.format(goal.public_id), of)[how])
            expected = reader.ask(ask_nowhere)
            at = f"{how} {place}"
            assert answer.status == expected.status, at
            assert answer.text.replace(goal.public_id, NOWHERE) == expected.text, at
            assert answer.statements == expected.statements, at
            assert HIDDEN_TITLE not in answer.text.replace(f"{HIDDEN_TITLE} 0", ""), at
            assert answer.status >= 400 or how in {"HEAD", "OPTIONS"}, at


def test_a_visible_goal_answers_otherwise(of: Furnished, now: None) -> None:
    """Show that the comparison above can fail, at every address."""
    reader = Reader(viewer(of, VIEWERS[0]))
    own, ours = show_goals(of, of.cast.cilla)[0].public_id, of.goals[0].public_id
    for pattern in OF_A_GOAL:
        if pattern.endswith("/restore$"):
            continue  # of deleted goals
        place = [path.replace(ours, "{}") for path in paths(pattern, of) if ours in path][-1]
        there, nowhere = every_way(place.format(own), of), every_way(place.format(NOWHERE), of)
        assert any(reader.ask(there[how]).status != reader.ask(nowhere[how]).status for how in there), pattern


GOAL_WAYS = ("GET", "part", "query", "period", "form", "part with form", "PUT of a body")
OTHER_WAYS = ("GET", "query")


def read_everything(of: Furnished, reader: Reader, own: tuple[GoalView, ...]) -> dict[str, Answer]:
    """Return what every address answers, of goals those that the reader may see."""
    found: dict[str, Answer] = {}
    for pattern in PATTERNS:
        if pattern.startswith("account/two-step/") or pattern == "wall":
            continue  # keys and codes made at random
        for path in paths(pattern, of):
            if of.goals[0].public_id in path:
                is_first = path == paths(pattern, of)[0]
                places = [
                    path.replace(of.goals[0].public_id, goal.public_id)
                    for goal in own[: None if is_first else 1]
                ]
            elif pattern in OF_A_GOAL or path != paths(pattern, of)[0]:
                continue
            else:
                places = [path]
            for place in places:
                ways = every_way(place, of)
                is_of_goals = "goals" in pattern or not pattern
                for how in GOAL_WAYS if is_of_goals and place is places[0] else OTHER_WAYS:
                    found[f"{how} {place}"] = reader.ask(ways[how])
    for address, parameters in SEARCHES:
        found[f"{address} {parameters}"] = reader.ask(partial(_get, address, parameters))
    return found


def _get(address: str, parameters: dict[str, str], to: Client) -> HttpResponseBase:
    return to.get(address, parameters)


SEARCHES: list[tuple[str, dict[str, str]]] = [
    *(
        (address, parameters)
        for address in ("/", "/goals/past")
        for parameters in (
            {"q": HIDDEN_TITLE},
            {"q": HIDDEN_TITLE[:3]},
            {"owner": "company"},
            {"frequency": "quarterly"},
            {"sort": "name", "view": "grid"},
            {"page": "2"},
        )
    ),
    ("/v1/goals/find", {"title": HIDDEN_TITLE, "type.name": "deals_won"}),
    ("/v1/goals/find", {"is_active": "false", "type.name": "deals_won"}),
    ("/v1/goals/find", {"assignee.type": "company", "assignee.id": "1"}),
    ("/v1/goals/find", {"expected_outcome.target": "12", "expected_outcome.tracking_metric": "quantity"}),
]


@pytest.mark.parametrize("who", VIEWERS)
def test_no_byte_of_any_page_depends_on_hidden_goals(of: Furnished, now: None, who: str) -> None:
    read: list[dict[str, Answer]] = []
    # Made once: PostgreSQL gives no number twice, not even after a rollback.
    user = viewer(of, who)
    reader = Reader(user)
    # What was known at a moment stays known: it is read once in a process.
    reader.ask(partial(_get, "/reports/moves", {}))
    for has_hidden in (False, True):
        with transaction.atomic():
            hidden = hide_goals(of.cast) if has_hidden else ()
            read.append(read_everything(of, reader, show_goals(of, user)))
            assert len(hidden) == (13 if has_hidden else 0)
            transaction.set_rollback(True)
    without, with_hidden = read
    assert without.keys() == with_hidden.keys()
    for how, answer in without.items():
        assert with_hidden[how] == answer, how
    good = [how for how, answer in without.items() if answer.status == 200]
    assert len(good) > 180, "most of what was read says something"


def test_a_form_sent_with_a_hidden_goals_id_makes_a_goal_as_with_any_other(of: Furnished, now: None) -> None:
    user = viewer(of, VIEWERS[0])
    reader = Reader(user)
    typed = {
        "kind": "deals_won",
        "title": "Mine",
        "assignee_kind": "person",
        "person": str(user.pk),
        "interval": "monthly",
        "metric": "quantity",
        "starts_on": "2026-01-01",
        "target": "10",
        "public_id": "9".rjust(32, "a"),
    }

    def send(to: Client) -> HttpResponseBase:
        return to.post("/goals/new", typed)

    free = reader.ask(send)
    assert free.status == 302
    hide_goals(of.cast)
    assert reader.ask(send) == free


def test_a_key_of_the_api_that_somebody_else_used_makes_a_goal(of: Furnished, now: None) -> None:
    """Show that ids of goals cannot be asked for through keys of other people's requests."""
    mine = {
        "title": "Mine",
        "assignee": {"id": of.cast.cilla.pk, "type": "person"},
        "type": {"name": "deals_won"},
        "expected_outcome": {"target": 10, "tracking_metric": "quantity"},
        "duration": {"start": "2026-01-01", "end": None},
        "interval": "monthly",
    }
    theirs = mine | {"assignee": {"id": of.cast.astrid.pk, "type": "person"}}
    made: list[str] = []
    for user, wanted in ((of.cast.astrid, theirs), (viewer(of, VIEWERS[0]), mine)):
        client = Client(SERVER_NAME="localhost", headers={"x-api-token": issue_token(user=user, now=NOW)})
        answer = client.post(
            "/v1/goals", wanted, content_type="application/json", headers={"Idempotency-Key": "one"}
        )
        assert answer.status_code == 200
        made.append(answer.json()["data"]["goal"]["id"])
    assert len(set(made)) == 2
