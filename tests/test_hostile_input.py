"""HTML in every name of a company, on every page, file, toast and mail: it is text there and nothing else.

Forged forms and missing tokens are in tests/web/settings/test_people_pages.py and test_goal_permissions.py,
other
companies' ids in test_tenancy_walk.py, formulas in tests/insights/export, the browser's side in tests/e2e.
"""

import json
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core import mail
from django.db.models import Model
from django.http.response import HttpResponseBase
from django.test import Client

from goalpost.accounts.models import ApiToken, BrowserSession
from goalpost.accounts.tokens import issue_token
from goalpost.companies.models import Company, CompanyDay, PermissionSet, Team, User
from goalpost.crm.models import Activity, ActivityType, Deal, Pipeline, Stage
from goalpost.goals.models import Goal
from goalpost.insights.export import rendering
from tests.every_address import METHODS, PATTERNS, form, paths, person_form, query, said
from tests.jobs.draining import drain
from tests.people import NOW
from tests.two_companies import OURS, Furnished, furnish

pytestmark = pytest.mark.django_db

EVIL = "'\"></script></title></textarea></option>--><pwn onload=pwn()>&lt;{{ 7|add:7 }}"
"""Ends whatever it stands in, and begins an element that no page has."""

NAMES: dict[type[Model], tuple[str, ...]] = {
    Company: ("name",),
    User: ("name",),
    Team: ("name",),
    PermissionSet: ("name",),
    CompanyDay: ("name",),
    ApiToken: ("name",),
    BrowserSession: ("agent",),
    Pipeline: ("name",),
    Stage: ("name",),
    ActivityType: ("name",),
    Deal: ("title", "organization", "external_id"),
    Activity: ("subject", "external_id"),
    Goal: ("title",),
}


@pytest.fixture(scope="module")
def furnished(kept_for_module: None) -> Furnished:
    """Return a company in which every name is hostile."""
    with time_machine.travel(NOW, tick=False):
        of = furnish(OURS)
    for model, names in NAMES.items():
        for row in model._default_manager.all():
            # As long as the names that can be typed, and each another where none may be there twice.
            fresh = dict.fromkeys(names, f"{EVIL}{row.pk}")
            model._default_manager.filter(pk=row.pk).update(**fresh)
    return of


@pytest.fixture
def of(furnished: Furnished) -> Iterator[Furnished]:
    with time_machine.travel(NOW, tick=False):
        yield furnished


@pytest.fixture
def astrid(of: Furnished) -> Client:
    token = issue_token(user=User.objects.get(pk=of.cast.astrid.pk), now=NOW)
    client = Client(SERVER_NAME="localhost", headers={"x-api-token": token, "User-Agent": EVIL})
    client.force_login(User.objects.get(pk=of.cast.astrid.pk))
    return client


def is_harmless(answer: HttpResponseBase) -> bool:
    """Whether no name became a part of what it stands in."""
    text = said(answer).casefold()
    kind = answer.headers.get("Content-Type", "").partition(";")[0]
    if kind in {"application/json", "text/csv", ""} or answer.status_code in {301, 302, 405}:
        return True  # told as what it is, and shown by no browser as anything else
    return "<pwn" not in text


@pytest.mark.parametrize(
    "pattern", [each for each in PATTERNS if not each.startswith("account/single-sign-on")]
)
def test_html_in_names_is_text_on_every_page(
    of: Furnished, astrid: Client, pattern: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendering, "render", lambda _job: b"")
    part = {"HX-Request": "true"}
    for path in paths(pattern, of)[:12]:
        for answer in (
            astrid.get(path),
            astrid.get(path, query(of) | {"q": EVIL, "period": "2026-01-01"}),
            astrid.get(path, {"period": "2026-01-01"}, headers=part),
            astrid.get(path, {"period": "2026-01-01", "tab": "owners"}, headers=part),
            astrid.get(path, {"period": "2026-01-01", "tab": "changes"}, headers=part),
            astrid.post(path, form(of) | {"title": EVIL, "target": EVIL}, headers=part),
            astrid.post(path, person_form(of) | {"name": EVIL, "email": EVIL}),
        ):
            assert is_harmless(answer), f"{answer.status_code} {path}"
            assert answer.headers["X-Content-Type-Options"] == "nosniff", path


def test_the_names_are_there_to_be_seen(of: Furnished, astrid: Client) -> None:
    """Show that the walk above had something to find."""
    shown = {
        path
        for path in (
            "/",
            "/goals/past",
            f"/goals/{of.goals[1].public_id}",
            f"/goals/{of.goals[1].public_id}/records?period=2026-01-01",
            f"/goals/{of.goals[4].public_id}/edit",
            f"/goals/{of.goals[1].public_id}/delete",
            "/goals/new?kind=deals_progressed",
            "/goals/new?kind=activities_added",
            "/settings/people",
            f"/settings/people/{of.cast.cilla.pk}",
            f"/settings/people/{of.cast.cilla.pk}/hand-over",
            "/settings/teams",
            "/settings/permissions",
            "/settings/company",
            "/settings/security",
            "/settings/log",
        )
        if "&lt;pwn" in astrid.get(path).content.decode()
    }
    assert len(shown) == 16, shown


def test_html_in_a_passkeys_name_is_text(of: Furnished, astrid: Client) -> None:
    Authenticator.objects.create(
        user=of.cast.astrid, type=Authenticator.Type.WEBAUTHN, data={"name": EVIL, "credential": {}}
    )
    page = astrid.get("/settings/security")
    assert is_harmless(page)
    assert page.content.decode().count("&lt;pwn") > 1


ACTIONS: list[tuple[str, dict[str, str]]] = [
    ("/goals/{goal}/delete", {}),
    ("/goals/{goal}/restore", {}),
    ("/goals/{goal}/edit/title", {"title": f"{EVIL} new", "version": "3"}),
    ("/settings/teams/new", {"name": f"{EVIL} team"}),
    ("/settings/permissions/new", {"name": f"{EVIL} set", "permissions": "export", "role": "regular"}),
    ("/settings/tokens", {"name": f"{EVIL} token", "access": "read", "expires_on": ""}),
    ("/settings/company/name", {"name": f"{EVIL} company"}),
    ("/settings/company/days", {"day": "2026-05-05", "name": f"{EVIL} day", "is_working": ""}),
    ("/settings/people/invite", {"email": "new@nordlys.example", "name": f"{EVIL} person"}),
    ("/settings/profile", {"name": f"{EVIL} me", "language": "sv", "theme": "dark"}),
    ("/settings/people/{cilla}/deactivate", {}),
]


def test_html_in_names_is_text_in_toasts_and_in_the_log_of_what_was_done(
    of: Furnished, astrid: Client
) -> None:
    goal, done = of.goals[0].public_id, 0
    for address, fields in ACTIONS:
        path = address.format(goal=goal, cilla=of.cast.cilla.pk)
        answer = astrid.post(path, fields, follow=True)
        assert answer.status_code in {200, 422}, path
        assert is_harmless(answer), path
        done += answer.status_code == 200
    assert done >= 8
    for path in ("/settings/log", f"/goals/{goal}/history", "/settings/log?area=goals", "/settings/people"):
        page = astrid.get(path)
        assert is_harmless(page), path
        assert "&lt;pwn" in page.content.decode(), path


@pytest.mark.parametrize("number", [0, 3])
def test_html_in_names_is_text_in_pictures_and_on_paper(of: Furnished, astrid: Client, number: int) -> None:
    address = f"/goals/{of.goals[number].public_id}/export"
    svg = ET.fromstring(astrid.get(f"{address}/svg").content)
    names = {element.tag.rpartition("}")[2] for element in svg.iter()}
    assert names.isdisjoint({"pwn", "script", "foreignObject", "image", "a"})
    assert not [name for element in svg.iter() for name in element.attrib if name.startswith("on")]
    paper = astrid.get(f"{address}/pdf").content
    assert paper.startswith(b"%PDF")
    assert b"/JavaScript" not in paper
    assert b"/URI" not in paper


def test_the_chart_is_handed_to_the_browser_as_data(of: Furnished, astrid: Client) -> None:
    page = astrid.get(f"/goals/{of.goals[0].public_id}").content.decode()
    [chart] = [part for part in page.split("<script")[1:] if "vega" in part.partition("</script>")[0]]
    told = chart.partition(">")[2].partition("</script>")[0]
    assert json.loads(told), "nothing in it ends it early"
    assert "<" not in told


def test_a_mail_with_html_in_names_is_plain_text_with_one_line_for_its_subject(
    of: Furnished, astrid: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "SENDS_MAIL", True, raising=False)
    fields = {"email": "erik@nordlys.example", "name": EVIL}
    assert astrid.post("/settings/people/invite", fields).status_code == 302
    drain()
    [message] = mail.outbox
    assert message.content_subtype == "plain"
    assert not getattr(message, "alternatives", [])
    assert "\n" not in message.subject
    assert EVIL in message.body, "as it was written"
    assert message.to == ["erik@nordlys.example"]


def test_a_records_name_that_turns_the_direction_turns_nothing_beside_it(
    of: Furnished, astrid: Client
) -> None:
    """Records keep the names that imports brought; each stands apart from what is around it."""
    turned = "\u202egnihton"
    Deal.objects.filter(company_id=of.id).update(title=turned, organization=turned)
    goal = f"/goals/{of.goals[1].public_id}"
    for address in (f"{goal}/records?period=2026-01-01", f"{goal}/records?period=2026-01-01&tab=changes"):
        page = astrid.get(address, headers={"HX-Request": "true"}).content.decode()
        assert turned in page
        assert page.count(turned) == page.count(f"<bdi>{turned}</bdi>"), address


ODD = {
    "right to left": "\u202egnihton\u202c \u2067x",
    "zero width": "\u200b\u200d\ufeff",
    "zero width inside": "zero\u200bwi\u2060dth",
    "emoji": "\U0001f3af\U0001f469\u200d\U0001f680 \U0001f1f8\U0001f1ea",
    "too long": "x" * 10_000,
    "null byte": "nul\x00l",
    "half a character": "\ud83d",
    "lines": "two\nlines\u2028three\r",
    "combining": "Z\u0335\u0321" * 20,
}
TAKEN = {"emoji", "zero width inside", "combining"}
"""What can be seen, on one line, in its own order, and is short enough."""

FIELDS: dict[str, tuple[str, dict[str, str], str]] = {
    "goal": ("/goals/new", {}, "title"),
    "person": ("/settings/people/invite", {"email": "odd@nordlys.example"}, "name"),
    "own name": ("/settings/profile", {"language": "sv", "theme": "dark"}, "name"),
    "team": ("/settings/teams/new", {}, "name"),
    "permission set": ("/settings/permissions/new", {"permissions": "export"}, "name"),
    "token": ("/settings/tokens", {"access": "read", "expires_on": ""}, "name"),
    "company": ("/settings/company/name", {}, "name"),
    "day": ("/settings/company/days", {"day": "2026-05-05"}, "name"),
}


@pytest.mark.parametrize("how", ODD)
@pytest.mark.parametrize("field", FIELDS)
def test_odd_text_is_refused_at_its_field_or_kept_as_it_is(
    of: Furnished, astrid: Client, field: str, how: str
) -> None:
    path, others, name = FIELDS[field]
    fields = {key: str(value) for key, value in others.items()}
    if field == "goal":
        wanted = {
            "kind": "deals_won",
            "assignee_kind": "company",
            "interval": "monthly",
            "metric": "quantity",
        }
        fields |= wanted | {"starts_on": "2026-01-01", "target": "5"}
    answer = astrid.post(
        path, fields | {name: ODD[how].encode("utf-8", "surrogatepass").decode("utf-8", "replace")}
    )
    if how in TAKEN:
        assert answer.status_code in {200, 302}
        return
    if how == "half a character":
        assert answer.status_code < 500
        return
    assert answer.status_code == 422
    page = answer.content.decode()
    assert f'id="id_{name}_error"' in page or 'class="error' in page


@pytest.mark.parametrize("how", ODD)
def test_odd_text_in_an_address_asks_for_nothing(of: Furnished, astrid: Client, how: str) -> None:
    odd = ODD[how].encode("utf-8", "surrogatepass").decode("utf-8", "replace")[:4000]
    goal = f"/goals/{of.goals[0].public_id}"
    for path in (
        "/",
        "/goals/past",
        goal,
        f"{goal}/records",
        "/settings/people",
        "/settings/log",
        "/goals/new",
    ):
        answer = astrid.get(path, dict.fromkeys(query(of), odd))
        assert answer.status_code in {200, 404}, path
    for verb in METHODS:
        assert astrid.generic(verb, "/v1/goals/find?title=%00%ff%80").status_code < 500, verb


OVERSIZE = "e" * (3 * 1024 * 1024)


@pytest.mark.parametrize(
    "path", [path for path, _others, _name in FIELDS.values()] + ["/account/login/", "/goals/preview"]
)
def test_a_body_too_large_is_refused_unread(of: Furnished, astrid: Client, path: str) -> None:
    assert astrid.post(path, {"name": OVERSIZE}).status_code in {400, 413}


def test_every_form_asks_for_its_token(of: Furnished, astrid: Client) -> None:
    """A form that another site sends in somebody's name is refused, at every address that takes one."""
    forged = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    forged.force_login(User.objects.get(pk=of.cast.astrid.pk))
    for pattern in PATTERNS:
        if pattern.startswith(("v1", "v2", "^(?:api", "health")):
            continue  # the API knows nobody by a cookie
        path = paths(pattern, of)[0]
        if astrid.options(path).status_code == 404 or forged.post(path).status_code == 404:
            continue
        assert forged.post(path, form(of)).status_code in {403, 405}, path
