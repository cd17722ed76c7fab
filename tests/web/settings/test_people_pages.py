"""The pages about people: found, invited, changed, handed over, and never by who may not."""

import re
from datetime import date

import pytest
from django.core import mail
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from goalpost.accounts.invitations import invite_person
from goalpost.accounts.models import BrowserSession, Invitation
from goalpost.accounts.tokens import issue_token
from goalpost.companies.memberships import members_of
from goalpost.companies.models import Team, User
from goalpost.crm.models import Deal
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.membership import Stay
from goalpost.domain.permissions import Assignee
from goalpost.insights.dashboards.actions import create_dashboard
from goalpost.insights.dashboards.queries import dashboard_seen_by
from goalpost.jobs.models import Job, State
from tests.goals.builders import TEAM, add_deal, person, set_goal
from tests.jobs.draining import drain
from tests.people import NOW, PASSWORD, Cast, add_person, make_company
from tests.web.conftest import LOOKED_AT, SignedIn
from tests.web.looking import Answer, html, rows, text, value_of

pytestmark = pytest.mark.django_db

PEOPLE, INVITE = "/settings/people", "/settings/people/invite"
NASTY = (
    "<script>alert(1)</script>",
    "\u202egnihton",
    "zero\u200bwidth",
    "\U0001f3af\U0001f469‍\U0001f680",
    "nul\x00l",
    "x" * 10_000,
    "=1+1",
    "{{ 7*7 }}",
    "two\nlines",
)


@pytest.fixture
def cast(db: None) -> Cast:
    return make_company(password=PASSWORD)


def details(user: User, **differently: object) -> dict[str, object]:
    return {
        "name": user.name,
        "email": user.email or "",
        "permission_set": user.permission_set_id or "",
        **({"is_admin": "on"} if user.is_admin else {}),
        **differently,
    }


def link_in(page: str) -> str:
    found = re.search(r"/account/invitation/[\w-]+", page)
    assert found is not None
    return found[0]


def test_people_are_found_by_name_address_and_status(cast: Cast, signed_in: SignedIn) -> None:
    browser = signed_in(cast.astrid)
    assert "4 people" in text(browser.get(PEOPLE))
    assert "Cilla" in text(browser.get(PEOPLE, {"q": "cilla@"}), "people-list")
    assert "David" not in text(browser.get(PEOPLE, {"q": "cilla@"}), "people-list")
    assert "Nobody matches" in text(browser.get(PEOPLE, {"status": "deactivated"}))
    for odd in (
        {"q": "\x00"},
        {"status": "nonsense"},
        {"page": "-1"},
        {"page": "9" * 30},
        {"q": "x" * 10_000},
    ):
        assert browser.get(PEOPLE, odd).status_code == 200


def test_the_list_takes_as_many_queries_for_many_as_for_few(
    cast: Cast, signed_in: SignedIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    browser = signed_in(cast.astrid)
    browser.get(PEOPLE)
    for number in range(30):
        add_person(cast.company, f"Person {number:02}", email_name=f"p{number}")
    with django_assert_max_num_queries(16):
        assert "34 people" in text(browser.get(PEOPLE))


def test_without_mail_the_link_is_shown_once_and_opens_the_page_to_accept(
    cast: Cast, signed_in: SignedIn
) -> None:
    shown = signed_in(cast.astrid).post(INVITE, {"email": "erik@nordlys.example", "teams": [cast.nordic.pk]})
    assert shown.status_code == 200
    assert shown.headers["Cache-Control"] == "no-store"
    link = link_in(html(shown))
    stranger = Client(SERVER_NAME="localhost")
    assert "erik@nordlys.example" in text(stranger.get(link))
    refused = stranger.post(link, {"name": "Erik", "password": "short"})
    assert refused.status_code == 422
    assert 'value="Erik"' in html(refused)
    assert "short" not in html(refused).replace("This password is too short", "")
    accepted = stranger.post(link, {"name": "Erik", "password": PASSWORD})
    assert (accepted.status_code, accepted.headers["Location"]) == (302, "/")
    assert stranger.get("/").status_code == 200
    assert stranger.get(link).status_code == 404
    assert link not in html(signed_in(cast.astrid).get(f"{PEOPLE}/{User.objects.latest('id').pk}"))


def test_with_mail_the_link_goes_to_the_person_alone(
    cast: Cast, signed_in: SignedIn, settings: Settings
) -> None:
    settings.SENDS_MAIL = True
    answer = signed_in(cast.astrid).post(INVITE, {"email": "erik@nordlys.example", "name": "Erik"})
    assert answer.status_code == 302
    assert mail.outbox == [], "it goes out beside the request"
    drain()
    [message] = mail.outbox
    assert message.to == ["erik@nordlys.example"]
    assert message.subject == "Goalpost: Astrid invites you to Nordlys"
    assert "http://localhost:8000/account/invitation/" in message.body
    assert Client(SERVER_NAME="localhost").get(link_in(str(message.body))).status_code == 200


def test_a_name_with_line_breaks_puts_no_header_into_a_mail(
    cast: Cast, signed_in: SignedIn, settings: Settings
) -> None:
    settings.SENDS_MAIL = True
    User.objects.filter(pk=cast.astrid.pk).update(name="Astrid\r\nBcc: all@evil.example")
    signed_in(cast.astrid).post(INVITE, {"email": "erik@nordlys.example"})
    drain()
    assert "\n" not in mail.outbox[0].subject
    assert "Bcc" not in mail.outbox[0].message()


def test_mail_that_cannot_be_sent_leaves_the_link_to_hand_over(
    cast: Cast, signed_in: SignedIn, settings: Settings
) -> None:
    settings.SENDS_MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    astrid = signed_in(cast.astrid)
    invited = astrid.post(INVITE, {"email": "erik@nordlys.example"})
    drain()
    assert Job.objects.get().state == State.WAITING
    assert "Create a link to pass on" in text(astrid.get(invited.headers["Location"]))
    shown = astrid.post(f"{invited.headers['Location']}/link", {"by_hand": "on"})
    assert shown.status_code == 200
    assert link_in(html(shown))
    assert Job.objects.count() == 1


def test_what_is_wrong_is_told_at_its_field_and_nothing_typed_is_lost(
    cast: Cast, signed_in: SignedIn
) -> None:
    refused = signed_in(cast.astrid).post(
        INVITE, {"email": "no address", "name": "Erik", "teams": [cast.baltic.pk], "is_admin": "on"}
    )
    page = html(refused)
    assert refused.status_code == 422
    assert 'id="id_email_error"' in page
    assert 'value="no address"' in page
    assert 'value="Erik"' in page
    assert f'name="teams" value="{cast.baltic.pk}" checked' in page
    assert 'name="is_admin" checked' in page
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("name", NASTY, ids=range(len(NASTY)))
def test_no_name_breaks_a_page(cast: Cast, signed_in: SignedIn, name: str) -> None:
    browser = signed_in(cast.astrid)
    page = f"{PEOPLE}/{cast.cilla.pk}"
    answer = browser.post(page, details(cast.cilla, name=name))
    assert answer.status_code in {302, 422}
    for shown in (answer, browser.get(PEOPLE), browser.get(page)):
        assert "<script>alert" not in html(shown)
        assert "49" not in text(shown)
    own = signed_in(cast.david).post("/settings/profile", {"name": name, "language": "", "theme": ""})
    assert own.status_code in {302, 422}
    token = signed_in(cast.david).post("/settings/tokens", {"name": name, "access": "read", "expires_on": ""})
    assert token.status_code in {200, 422}
    assert "<script>alert" not in html(token)


def test_a_person_is_deactivated_after_being_asked_and_is_out_at_once(
    cast: Cast, signed_in: SignedIn
) -> None:
    theirs, browser = signed_in(cast.cilla), signed_in(cast.astrid)
    assert theirs.get("/").status_code == 200
    add_deal(cast, cast.cilla, NOW.date())
    asked = browser.get(f"{PEOPLE}/{cast.cilla.pk}/deactivate")
    assert "Still has 1 open deal" in text(asked)
    browser.post(f"{PEOPLE}/{cast.cilla.pk}/deactivate")
    assert theirs.get("/").status_code == 302
    assert not BrowserSession.objects.filter(user=cast.cilla).exists()
    browser.post(f"{PEOPLE}/{cast.cilla.pk}/reactivate")
    assert User.objects.get(pk=cast.cilla.pk).is_active
    assert theirs.get("/").status_code == 302, "an old session does not come back"


def test_the_last_admin_is_told_why_and_stays(cast: Cast, signed_in: SignedIn) -> None:
    refused = signed_in(cast.astrid).post(
        f"{PEOPLE}/{cast.astrid.pk}", {**details(cast.astrid), "is_admin": ""}
    )
    assert refused.status_code == 422
    assert "At least one active admin must remain" in text(refused)


def test_an_admin_who_steps_down_is_led_to_a_page_of_their_own(cast: Cast, signed_in: SignedIn) -> None:
    User.objects.filter(pk=cast.bjorn.pk).update(is_admin=True)
    fields = {**details(cast.astrid), "is_admin": ""}
    done = signed_in(cast.astrid).post(f"{PEOPLE}/{cast.astrid.pk}", fields)
    assert (done.status_code, done.headers["Location"]) == (302, "/settings/profile")


def test_a_leaver_is_handed_over_with_what_moves_shown_first(cast: Cast, signed_in: SignedIn) -> None:
    add_deal(cast, cast.cilla, NOW.date())
    set_goal(cast, assignee=person(cast.cilla), title="Win the north")
    mine = create_dashboard(actor=cast.as_cilla, title="My week", now=NOW)
    browser, page = signed_in(cast.astrid), f"{PEOPLE}/{cast.cilla.pk}/hand-over"
    shown = text(browser.get(page))
    assert "1 dashboard;" in shown
    assert "1 open deal" in shown
    assert "Win the north" in shown
    refused = browser.post(page, {"deals": "open", "goals": "on"})
    assert refused.status_code == 422
    assert 'id="id_successor_error"' in html(refused)
    done = browser.post(
        page,
        {"successor": cast.david.pk, "deals": "open", "activities": "on", "goals": "on", "dashboards": "on"},
    )
    assert done.status_code == 302
    assert dashboard_seen_by(cast.as_david, mine.public_id).is_own
    assert "Handed over: 1 deal, 0 activities, 1 goal, 1 dashboard" in text(
        browser.get(done.headers["Location"])
    )
    assert Deal.objects.get().owner == cast.david


def test_admins_end_others_sessions_and_tokens(cast: Cast, signed_in: SignedIn) -> None:
    theirs = signed_in(cast.cilla)
    theirs.get("/")
    issue_token(user=cast.cilla, name="Reports", now=LOOKED_AT)
    browser, page = signed_in(cast.astrid), f"{PEOPLE}/{cast.cilla.pk}"
    shown = html(browser.get(page))
    [end] = re.findall(rf'action="({page}/sessions/[0-9a-f]+/end)"', shown)
    [revoke] = re.findall(rf'action="({page}/tokens/\d+/revoke)"', shown)
    assert browser.post(end).status_code == 302
    assert theirs.get("/").status_code == 302
    assert browser.post(revoke).status_code == 302
    assert "No tokens yet." in text(browser.get(page))


ADMINS_ONLY = (
    ("GET", ""),
    ("GET", "/invite"),
    ("POST", "/invite"),
    ("GET", "/{id}"),
    ("POST", "/{id}"),
    ("POST", "/{id}/link"),
    ("GET", "/{id}/deactivate"),
    ("POST", "/{id}/deactivate"),
    ("POST", "/{id}/reactivate"),
    ("GET", "/{id}/hand-over"),
    ("POST", "/{id}/hand-over"),
    ("POST", "/{id}/second-steps/remove"),
    ("POST", "/{id}/sessions/end"),
    ("POST", f"/{{id}}/sessions/{'0' * 32}/end"),
    ("POST", "/{id}/tokens/1/revoke"),
)


@pytest.mark.parametrize(("verb", "page"), ADMINS_ONLY)
def test_only_admins_come_to_the_pages_about_people(
    cast: Cast, signed_in: SignedIn, verb: str, page: str
) -> None:
    other = make_company("Baltica")
    fields = {"email": "x@nordlys.example", "name": "X", "successor": cast.david.pk, "deals": "all"}
    for who in (cast.bjorn, cast.cilla):
        path = PEOPLE + page.format(id=cast.cilla.pk)
        assert signed_in(who).generic(verb, path).status_code == 403, path
        assert (verb, signed_in(who).post(path, fields).status_code if verb == "POST" else 403) == (verb, 403)
    if "{id}" in page:
        foreign = PEOPLE + page.format(id=other.cilla.pk)
        answer = (
            signed_in(cast.astrid).post(foreign, fields)
            if verb == "POST"
            else signed_in(cast.astrid).get(foreign)
        )
        assert answer.status_code == 404, foreign
    if verb == "POST":
        forged = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
        forged.force_login(cast.astrid)
        assert forged.post(PEOPLE + page.format(id=cast.cilla.pk), fields).status_code == 403


def test_a_body_too_large_is_refused(cast: Cast, signed_in: SignedIn) -> None:
    answer = signed_in(cast.astrid).post(INVITE, {"email": "e" * (3 * 1024 * 1024)})
    assert answer.status_code in {400, 413}


def test_the_pages_speak_swedish(cast: Cast, signed_in: SignedIn) -> None:
    browser = signed_in(cast.astrid)
    browser.cookies["django_language"] = "sv"
    invite_person(actor=cast.as_astrid, email="erik@nordlys.example", now=LOOKED_AT)
    for page in (PEOPLE, INVITE, f"{PEOPLE}/{cast.cilla.pk}", f"{PEOPLE}/{cast.cilla.pk}/hand-over"):
        shown = text(browser.get(page))
        assert "Inställningar" in shown
        for english in ("Invite", "Hand over", "Permission set", "Deactivate", "open deal", "Regular user"):
            assert english not in shown, page


def typed_over(cast: Cast, page: Answer, **differently: object) -> dict[str, object]:
    return {
        "state": value_of(page, "state"),
        "name": "Cilla",
        "email": "cilla@nordlys.example",
        "permission_set": str(cast.cilla.permission_set_id),
        "teams": [str(cast.nordic.pk)],
        **differently,
    }


def test_of_two_admins_with_one_person_open_the_second_is_told(cast: Cast, signed_in: SignedIn) -> None:
    address, admin = f"{PEOPLE}/{cast.cilla.pk}", signed_in(cast.astrid)
    first, second = admin.get(address), admin.get(address)
    assert admin.post(address, typed_over(cast, first, is_admin="on")).status_code == 302
    refused = admin.post(address, typed_over(cast, second, name="Cilla Ek"))
    assert refused.status_code == 422
    assert "Somebody else changed this person while you had the page open." in text(refused)
    assert 'value="Cilla Ek"' in html(refused), "nothing typed is lost"
    cast.cilla.refresh_from_db()
    assert (cast.cilla.name, cast.cilla.is_admin) == ("Cilla", True)
    assert admin.post(address, typed_over(cast, refused, name="Cilla Ek")).status_code == 302
    cast.cilla.refresh_from_db()
    assert (cast.cilla.name, cast.cilla.is_admin) == ("Cilla Ek", False)


def test_who_manages_the_team_they_are_on_is_named_with_it_once(cast: Cast, signed_in: SignedIn) -> None:
    Team.objects.filter(pk=cast.baltic.pk).update(manager=cast.david)
    told = {row[0].split()[1]: row[3] for row in rows(signed_in(cast.astrid).get(PEOPLE), "people-list")}
    assert told["David"] == "Baltic (manager)"
    assert told["Björn"] == "manages Nordic"
    assert told["Cilla"] == "Nordic"


def test_before_somebody_is_deactivated_the_effect_on_goals_is_shown(cast: Cast, signed_in: SignedIn) -> None:
    set_goal(
        cast,
        title="North forecast",
        measure=Measure.REVENUE_FORECAST,
        metric=Metric.SUM,
        currency="EUR",
        target=100_00,
        assignee=Assignee(TEAM, cast.nordic.pk),
    )
    page = f"{PEOPLE}/{cast.cilla.pk}/deactivate"
    browser = signed_in(cast.astrid)
    asked = text(browser.get(page))
    assert "Today is the last day on the team Nordic." in asked
    assert "No result changes" in asked
    add_deal(cast, cast.cilla, date(2026, 2, 1), value=50_00, expected=date(2026, 5, 4))
    asked = text(browser.get(page))
    assert "1 result changes, in 1 goal" in asked
    assert "North forecast May 2026 €10 becomes €0" in asked
    assert "last day on the team" not in text(browser.get(f"{PEOPLE}/{cast.bjorn.pk}/deactivate"))


@pytest.mark.parametrize(
    ("chosen", "stay"),
    [
        ({}, Stay(LOOKED_AT.date())),
        ({"when": "day", "day": "2026-04-01"}, Stay(date(2026, 4, 1))),
        ({"when": "always"}, Stay()),
    ],
)
def test_who_is_invited_is_on_teams_from_the_day_chosen(
    cast: Cast, signed_in: SignedIn, chosen: dict[str, str], stay: Stay
) -> None:
    sent = {"email": "eva@nordlys.example", "teams": str(cast.nordic.pk), **chosen}
    assert signed_in(cast.astrid).post(INVITE, sent).status_code in {200, 302}
    members = members_of(cast.company_id, [cast.nordic.pk])[cast.nordic.pk]
    assert {member.name: member.stays for member in members}["Eva"] == (stay,)


def test_before_a_manager_is_deactivated_the_teams_are_named(cast: Cast, signed_in: SignedIn) -> None:
    admin = signed_in(cast.astrid)
    asked = admin.get(f"{PEOPLE}/{cast.bjorn.pk}/deactivate")
    assert "Manages teams, which need another manager: Nordic" in text(asked)
    assert f'href="/settings/teams/{cast.nordic.pk}"' in html(asked)
    assert "need another manager" not in text(admin.get(f"{PEOPLE}/{cast.cilla.pk}/deactivate"))
