"""Each kind of change has a line in the log, in words: from what to what, in the viewer's language."""

import re
from pathlib import Path

import pytest
import time_machine
from django.test import Client
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks

from goalpost.companies.audit import AuditAction
from goalpost.companies.company import set_plan
from goalpost.companies.models import AuditEntry, PermissionSet
from goalpost.domain.permissions import Plan
from tests.exchange.importing import Importer
from tests.people import NOW, PASSWORD, Cast, make_company
from tests.web.conftest import SignedIn
from tests.web.looking import html, rows
from tests.web.settings.test_own_security import code, sign_in, turn_app_on

pytestmark = pytest.mark.django_db
PAGE = "/settings/log"
NOTHING = "\N{EN DASH}"


@pytest.fixture
def cast(db: None) -> Cast:
    return make_company(password=PASSWORD)


@pytest.fixture
def admin(cast: Cast, signed_in: SignedIn) -> Client:
    return signed_in(cast.astrid)


def lines(browser: Client, area: str = "") -> list[str]:
    """Return what the log says on its first page, latest first."""
    page = browser.get(f"{PAGE}?area={area}")
    return [] if "<tbody" not in html(page) else [" ".join(row) for row in rows(page, "audit-log")]


def swedish(browser: Client) -> Client:
    browser.cookies["django_language"] = "sv"
    return browser


def change_the_calendar(admin: Client) -> None:
    sent = {"time_zone": "Europe/Stockholm", "week_start": "6", "fiscal_month": "2"}
    admin.post("/settings/company/calendar", sent)


def test_settings_are_told_in_words(admin: Client) -> None:
    change_the_calendar(admin)
    sent = {
        "pace_days": "calendar",
        "work_week": ["0", "1"],
        "holidays_country": "DE",
        "holidays_subdivision": "BY",
    }
    admin.post("/settings/company/pace", sent)
    admin.post("/settings/company/days", {"day": "2026-06-05", "name": "Bridge day", "kind": "free"})
    days, pace, calendar = lines(admin, "settings")
    assert "Weeks start on: Monday → Sunday" in calendar
    assert "First month of the fiscal year: January → February" in calendar
    assert "Days that count: Working days → Calendar days" in pace
    assert "Working days of the week: Monday, Tuesday, Wednesday, Thursday, Friday → Monday, Tuesday" in pace
    assert f"Public holidays: {NOTHING} → Germany, Bayern" in pace
    assert f"Own days: {NOTHING} → 5 Jun 2026 Bridge day (free)" in days


def test_settings_are_told_in_swedish(admin: Client) -> None:
    change_the_calendar(admin)
    [calendar] = lines(swedish(admin), "settings")
    assert "Veckor börjar på: måndag → söndag" in calendar
    assert "Räkenskapsårets första månad: januari → februari" in calendar


def test_built_in_sets_are_named_in_the_viewers_language(cast: Cast, admin: Client) -> None:
    row = PermissionSet.objects.get(company=cast.company, name="Regular user")
    admin.post("/settings/permissions", {f"had-{row.pk}": "export", "action": "save"})
    admin.post("/settings/permissions/new", {"name": "Night shift", "role": "manager"})
    made, changed = lines(swedish(admin), "permissions")
    assert "ändrade Vanlig användare" in changed
    assert "skapade Night shift" in made
    assert "Avsedd för: Lagledare" in made


def test_an_invitation_says_what_the_person_was_given(cast: Cast, admin: Client) -> None:
    sent = {"name": "", "email": "eva@nordlys.example", "is_admin": "on", "teams": [str(cast.nordic.pk)]}
    admin.post("/settings/people/invite", sent)
    [line] = lines(admin, "people")
    assert "invited Eva" in line
    for detail in (
        f"E-mail: {NOTHING} → eva@nordlys.example",
        f"Admin: {NOTHING} → on",
        f"Teams: {NOTHING} → Nordic (from ",
    ):
        assert detail in line


def test_memberships_are_told_in_words_and_only_those_that_differ(cast: Cast, admin: Client) -> None:
    page = f"/settings/teams/{cast.nordic.pk}/member"
    sent = {"act": "add", "person": cast.david.pk, "asked": cast.baltic.pk, "when": "day"}
    admin.post(page, {**sent, "day": "2026-02-01"})
    admin.post(page, {"act": "days", "person": cast.david.pk, "of": "2026-02-01", "last": "2026-02-28"})
    later, earlier = lines(admin, "teams")
    assert f"Members: {NOTHING} → David (from 1 Feb 2026)" in earlier
    assert "Members: David (from 1 Feb 2026) → David (until 28 Feb 2026)" in later
    told = lines(swedish(admin), "teams")
    assert "David (från 1 feb. 2026) → David (till och med 28 feb. 2026)" in told[0]


def test_a_link_for_a_new_password_is_no_invitation(cast: Cast, admin: Client) -> None:
    admin.post(f"/settings/people/{cast.cilla.pk}/link")
    assert "created a password link for Cilla" in lines(admin, "sign_ins")[0]


def test_a_token_says_what_it_may_and_until_when(cast: Cast, admin: Client) -> None:
    admin.post("/settings/tokens", {"name": "Reports", "access": "read", "expires_on": "2026-03-31"})
    admin.post("/settings/tokens", {"name": "Sync", "access": "full", "expires_on": ""})
    endless, ending = lines(admin, "sign_ins")[:2]
    assert "created Reports, Astrid" in ending
    assert "It may: Read only" in ending
    assert "Last day: 31 Mar 2026" in ending
    assert "It may: Read and change" in endless
    assert "Last day: no end" in endless


def test_a_profile_tells_its_language_and_theme(cast: Cast, signed_in: SignedIn, admin: Client) -> None:
    signed_in(cast.cilla).post("/settings/profile", {"name": "Cilla", "language": "sv", "theme": "dark"})
    [line] = lines(admin, "people")
    assert "Language: Like the browser → Svenska" in line
    assert "Theme: Like the system → Dark" in line


def test_second_steps_say_which_and_a_wrong_code_is_a_refusal(
    cast: Cast,
    clock: time_machine.Traveller,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    cilla, address = sign_in("cilla@nordlys.example"), "192.0.2.66"
    with django_capture_on_commit_callbacks(execute=True):
        secret = turn_app_on(cilla)
        cilla.post("/account/two-step/recovery-codes/generate/")
    clock.shift(300)
    thief = sign_in("cilla@nordlys.example")
    thief.post("/account/two-step/authenticate/", {"code": "000000"}, REMOTE_ADDR=address)
    thief.post("/account/two-step/authenticate/", {"code": code(secret)})
    admin = sign_in("astrid@nordlys.example")
    admin.post(f"/settings/people/{cast.cilla.pk}/second-steps/remove")
    told = lines(admin, "sign_ins")
    assert any(
        "added a second step of sign-in for Cilla" in line and "Authenticator app" in line for line in told
    )
    assert any("Second step: Recovery codes" in line for line in told if "removed" not in line)
    [wrong] = [line for line in told if "could not sign in as Cilla" in line]
    assert f"Somebody not signed in {address}" in wrong
    assert "Second step: Wrong code" in wrong
    [removed] = [line for line in told if "removed a second step of sign-in for Cilla" in line]
    assert f"Second step: Recovery codes, Authenticator app → {NOTHING}" in removed


def test_a_hand_over_says_from_whom_to_whom_and_how_much(cast: Cast, admin: Client) -> None:
    sent = {"successor": str(cast.david.pk), "deals": "all", "goals": "on"}
    admin.post(f"/settings/people/{cast.cilla.pk}/hand-over", sent)
    [line] = lines(admin, "people")
    assert "handed over the records of Cilla" in line
    assert "Owner: Cilla → David" in line
    assert re.search(r"Deals: 0.*Activities: 0.*Goals: 0", line)


def test_a_plan_is_told(cast: Cast, admin: Client) -> None:
    set_plan(actor=cast.operator, plan=Plan.ESSENTIAL, now=NOW)
    [line] = lines(admin, "settings")
    assert "Server operator" in line
    assert "Plan: Enterprise → Essential" in line


def test_an_import_is_told_once_and_only_when_it_changed_something(
    cast: Cast, admin: Client, tmp_path: Path
) -> None:
    importer, text = Importer(cast.company, tmp_path), "name,email\nEva Ek,eva@example.com\n"
    importer.users(text, is_dry_run=True)
    assert lines(admin, "settings") == []
    importer.users(text)
    importer.users(text)
    [line] = lines(admin, "settings")
    assert "imported a file into Nordlys" in line
    assert "File: users.csv" in line
    assert "Records: People" in line
    assert AuditEntry.objects.get(action=AuditAction.IMPORTED).actor is None
