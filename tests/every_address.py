"""Every address of the product, and everything of a company that can be asked or sent there."""

import json
import re
from collections.abc import Callable, Iterator
from io import BytesIO
from zipfile import ZipFile

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.http import int_to_base36

from goalpost.insights.export import FileFormat
from goalpost.web.goals.edit_detail import Detail
from tests.two_companies import Furnished

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def patterns() -> list[str]:
    """Return every address of the product as it is written in the code, API addresses once."""

    def walk(parts: list[URLPattern | URLResolver], start: str) -> Iterator[str]:
        for part in parts:
            here = start + str(part.pattern)
            if isinstance(part, URLResolver):
                yield from walk(part.url_patterns, here)
            else:
                yield here

    found = dict.fromkeys(walk(get_resolver().url_patterns, ""))
    return [
        pattern for pattern in found if pattern.removeprefix("api/") == pattern or pattern[4:] not in found
    ]


PATTERNS = patterns()


# What stands in an address, by its name there: every value of that kind in a company.
IN_PATH: dict[str, Callable[[Furnished], list[object]]] = {
    "public_id": lambda of: [goal.public_id for goal in (*of.goals, of.deleted_goal)],
    "goal_id": lambda of: [goal.public_id for goal in (*of.goals, of.deleted_goal)],
    "user_id": lambda of: [user.pk for user in of.cast.people],
    "set_id": lambda of: [of.permission_set.pk, of.own_set],
    "team_id": lambda of: [of.cast.nordic.pk, of.cast.baltic.pk, of.deleted_team.pk],
    "job_id": lambda of: [of.failed_job],
    "screen_id": lambda of: [of.screen],
    "number": lambda of: [of.imported],
    "day_id": lambda of: [of.own_day],
    "uidb36": lambda of: [int_to_base36(user.pk) for user in of.cast.people],
    "detail": lambda _: [detail.value for detail in Detail],
    "file_format": lambda _: list(FileFormat),
    "key": lambda _: ["set-password"],
    "token_id": lambda of: [of.token],
    "handle": lambda _: ["0" * 32],
    "token": lambda _: ["x" * 43],
    "signed": lambda _: ["x" * 43],
    "provider_id": lambda _: ["oidc"],
    "pk": lambda of: [of.cast.cilla.pk],
    "deal_id": lambda of: [of.open_deal, of.won_deal, of.deleted_deal],
    "filter_id": lambda of: [of.saved_filter],
    "activity_id": lambda of: [of.activity],
    "dashboard_id": lambda of: [of.dashboard.public_id],
    "link_id": lambda of: [of.link],
    "link_key": lambda _: ["x" * 43],
    "tile_key": lambda of: [tile.key for tile in of.dashboard.tiles],
    "field": lambda _: [
        "title",
        "organization",
        "owner",
        "value",
        "expected",
        "probability",
        "closed",
        "note",
        "reason",
    ],
    "what": lambda _: ["move", "win", "lose", "reopen", "delete", "restore"],
}


def paths(pattern: str, of: Furnished) -> list[str]:
    """Return the address with each thing of a company's in its place; as it is if it has no place."""
    # Addresses that catch all others begin or end with a group that has no name.
    bare = re.sub(r"\(\?[:!].*", "nothing/", re.sub(r"^\^?\(\?:api", "api/(?:", pattern))
    bare = re.sub(r"[\^$]", "", bare).replace(r"\.", ".")
    name = re.search(r"\(\?P<(\w+)>|<(?:\w+:)?(\w+)>", bare)
    if name is None:
        return [f"/{bare}"]
    place = re.compile(rf"\(\?P<{name[1]}>[^)]*\)|<(?:\w+:)?{name[2]}>")
    filled = [place.sub(str(value), bare, count=1) for value in IN_PATH[name[1] or name[2]](of)]
    return [path for each in filled for path in paths(each, of)]


def query(of: Furnished) -> dict[str, str | int]:
    """Return every parameter that an address reads, with something of a company's or a sound value."""
    cast = of.cast
    return {
        "owner": f"person-{cast.cilla.pk}",
        "person": cast.cilla.pk,
        "area": "goals",
        "goal": of.goals[0].public_id,
        "q": "deals",
        "key": "0",
        "place": f"s{of.stages[0]}",
        "close": "month",
        "frequency": "monthly",
        "pace": "behind",
        "sort": "owner",
        "state": "undone",
        "view": "grid",
        "theme": "dark",
        "page": "1",
        "status": "active",
        "show": "failed",
        "kind": "deals_won",
        "kept": "1",
        "period": "2026-01-01",
        "tab": "changes",
        "after": "1~2026-01-12",
        "change": "pushed_out",
        "before": "9999",
        "board": f"pipeline={of.pipeline}",
        "pipeline": of.pipeline,
        "back": "x",
        "who": cast.cilla.pk,
        "type": of.call,
        "week": "2026-01-12",
        "day": "2026-01-12",
        "done": "1",
        "most": "200",
        "deal": of.open_deal,
        "line": "call Vesala tomorrow",
        "dialog": "1",
        "ids": f"{of.activity}.{of.done_activity}",
        "stage": of.stages[0],
        "since": "2026-01-12",
        "from": "2026-01-01",
        "to": "2026-06-30",
        "type.name": "deals_won",
        "title": "Deals won",
        "term": "deals",
        "version": "1",
        "is_active": "true",
        "assignee.id": cast.cilla.pk,
        "assignee.type": "person",
        "expected_outcome.target": "10",
        "expected_outcome.tracking_metric": "quantity",
        "expected_outcome.currency_id": "978",
        "type.params.pipeline_id": of.pipeline,
        "type.params.stage_id": of.stages[0],
        "type.params.activity_type_id": of.call,
        "period.start": "2026-01-01",
        "period.end": "2026-01-31",
        "order_by": "name",
        "skip_users": "false",
        "limit": "500",
        "cursor": "",
        "pipeline_id": of.pipeline,
        "holidays_country": "DE",
        "code": "K7T4MP",
        "currency": "USD",
    }


def form(of: Furnished) -> dict[str, object]:
    """Return every field of the goal form with what is of the company."""
    cast = of.cast
    return {
        "kind": "deals_progressed",
        "public_id": of.goals[0].public_id,
        "version": 1,
        "proposed": "",
        "title": "Set by hand",
        "assignee_kind": "person",
        "person": cast.cilla.pk,
        "team": cast.nordic.pk,
        "pipelines": [of.pipeline],
        "stage": of.stages[0],
        "activity_types": [of.call],
        "interval": "monthly",
        "metric": "quantity",
        "currency": "EUR",
        "starts_on": "2026-01-01",
        "ends_on": "2026-06-30",
        "target": "10",
        "is_seasonal": "",
        "assignee": f"person-{cast.cilla.pk}",
        "when": "next",
        "raise_by": "5",
        "periods_of": "monthly 2026-01-01 2026-06-30",
        "drawn": "",
        "drops": "2026-01-01",
        "result": "2",
        "reached": "3",
        "by_result": "on",
    }


def person_form(of: Furnished) -> dict[str, object]:
    """Return every field of the forms about people with what is of the company."""
    cast = of.cast
    return {
        "name": "Renamed",
        "email": "somebody@new.example",
        "permission_set": of.permission_set.pk,
        "is_admin": "on",
        "teams": [cast.nordic.pk],
        "successor": cast.david.pk,
        "ongoing": "team",
        "to_team": cast.baltic.pk,
        "past": "delete",
        "asked": " ".join(f"{goal.public_id}.{goal.version}.ongoing" for goal in of.goals[1:2]),
        "deals": "all",
        "activities": "on",
        "goals": "on",
        "dashboards": "on",
        "language": "sv",
        "theme": "dark",
        "expires_on": "",
        "access": "full",
        "credential": "{}",
        "code": "000000",
    }


def body(of: Furnished) -> dict[str, object]:
    """Return everything that the API takes of a goal with what is of the company."""
    cast = of.cast
    params = {"pipeline_id": [of.pipeline], "stage_id": of.stages[0]}
    return {
        "title": "Set by a client",
        "assignee": {"id": cast.cilla.pk, "type": "person"},
        "type": {"name": "deals_progressed", "params": params},
        "expected_outcome": {"target": 10, "tracking_metric": "quantity"},
        "duration": {"start": "2026-01-01", "end": "2026-06-30"},
        "interval": "monthly",
    }


def asked(browser: Callable[[], Client], path: str, of: Furnished) -> Iterator[tuple[str, HttpResponseBase]]:
    """Ask at an address in every way: plainly, with all parameters, with the form, with the API's body."""
    yield from ((method, browser().generic(method, path)) for method in METHODS)
    yield "GET?", browser().get(path, query(of))
    yield "htmx", browser().get(path, query(of), headers={"HX-Request": "true"})
    yield "form", browser().post(path, form(of))
    yield "person", browser().post(path, person_form(of))
    for method in ("POST", "PUT", "PATCH"):
        sent = json.dumps(body(of))
        yield method, browser().generic(method, path, sent, content_type="application/json")


def said(response: HttpResponseBase) -> str:
    """Return all that a response says, its headers included."""
    if isinstance(response, HttpResponse):
        return f"{response.headers}\n{response.content.decode()}"
    assert isinstance(response, StreamingHttpResponse)
    return f"{response.headers}\n{_unpacked(response.getvalue())}"


def _unpacked(content: bytes) -> str:
    """Return the text of a file, of all its parts when it is a workbook."""
    if not content.startswith(b"PK"):
        return content.decode()
    with ZipFile(BytesIO(content)) as file:
        return "\n".join(file.read(name).decode() for name in file.namelist())
