"""Whole stories of people: invited and in with two steps, in with a passkey, leaving and handing over."""

from datetime import date

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from goalpost.companies.models import User
from goalpost.crm.models import Deal
from tests.e2e.conftest import SignIn, keep_picture
from tests.e2e.test_accessibility import faults, in_each_width
from tests.e2e.today import TODAY
from tests.goals.builders import add_deal, person, set_goal
from tests.people import PASSWORD, Cast

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def links_lead_here(settings: Settings, live_server: LiveServer) -> None:
    settings.BASE_URL = live_server.url


def code(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time()))))


def type_in(page: Page, label: str, text: str) -> None:
    page.get_by_label(label, exact=True).fill(text)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def follow(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("link", name=name, exact=True).first.click()


def sign_out(page: Page) -> None:
    page.locator(".rail__me").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def give_passkeys(page: Page) -> None:
    """Let the browser have a fingerprint reader that always agrees."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


def test_invited_accepted_and_in_with_two_steps(cast: Cast, sign_in: SignIn) -> None:
    admin = sign_in(cast.astrid)
    admin.goto("/settings/people")
    follow(admin, "Invite person")
    type_in(admin, "E-mail", "erik.berg@nordlys.example")
    admin.get_by_label("Nordic").check()
    press(admin, "Invite person")
    link = admin.get_by_label("Link", exact=True).input_value()
    keep_picture(admin, "people-link")

    page = sign_in(cast.cilla)  # a window of its own; whoever was in there is out once the link is used
    page.goto(link)
    expect(page.get_by_label("Your name")).to_have_value("Erik Berg")
    type_in(page, "Password", PASSWORD)
    press(page, "Save and sign in")
    expect(page.locator(".rail__me")).to_be_visible()
    page.goto("/settings/security")
    follow(page, "Set up app")
    type_in(page, "Password", PASSWORD)
    press(page, "Continue")
    secret = page.get_by_label("Or type this key into the app").input_value()
    keep_picture(page, "two-step-app")
    type_in(page, "Code", "000000")
    press(page, "Turn on app")
    expect(page.locator("#id_code_error")).to_be_visible()
    assert page.get_by_label("Or type this key into the app").input_value() == secret
    type_in(page, "Code", code(secret))
    press(page, "Turn on app")
    expect(page.locator(".codes li")).to_have_count(10)
    recovery = page.locator(".codes li").first.inner_text()
    follow(page, "I have saved them")
    keep_picture(page, "security")

    sign_out(page)
    type_in(page, "E-mail", "erik.berg@nordlys.example")
    type_in(page, "Password", PASSWORD)
    press(page, "Sign in")
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    keep_picture(page, "second-step")
    page.goto("/settings/profile")
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    type_in(page, "Code", recovery)
    press(page, "Sign in")
    expect(page.locator(".rail__me")).to_be_visible()
    erik = User.objects.get(email="erik.berg@nordlys.example")
    assert (erik.name, erik.company_id) == ("Erik Berg", cast.company_id)


def test_a_passkey_is_added_and_signs_in_by_itself(cast: Cast, sign_in: SignIn) -> None:
    page = sign_in(cast.cilla)
    give_passkeys(page)
    page.goto("/settings/security")
    follow(page, "Add passkey")
    type_in(page, "Password", PASSWORD)
    press(page, "Continue")
    type_in(page, "Name", "Laptop")
    press(page, "Add passkey")
    expect(page.locator(".codes li")).to_have_count(10)
    follow(page, "I have saved them")
    expect(page.get_by_role("main")).to_contain_text("Laptop")
    keep_picture(page, "passkey")
    sign_out(page)
    keep_picture(page, "sign-in-passkey")
    press(page, "Use a passkey")
    expect(page.locator(".rail__me")).to_be_visible()
    sign_out(page)
    type_in(page, "E-mail", cast.cilla.email or "")
    type_in(page, "Password", PASSWORD)
    press(page, "Sign in")
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    press(page, "Use a passkey")
    expect(page.locator(".rail__me")).to_be_visible()


def test_a_leaver_hands_over_and_is_out(cast: Cast, sign_in: SignIn) -> None:
    for _ in range(3):
        add_deal(cast, cast.cilla, TODAY)
        begins = date(TODAY.year, 1, 1)
    set_goal(cast, assignee=person(cast.cilla), title="Win the north", starts_on=begins, ends_on=None)
    theirs = sign_in(cast.cilla)
    page = sign_in(cast.astrid)
    page.goto("/settings/people")
    page.get_by_role("searchbox", name="Name or e-mail").fill("cil")
    expect(page.locator("#people-list tbody tr")).to_have_count(1)
    keep_picture(page, "people")
    follow(page, "Cilla")
    follow(page, "Deactivate")
    expect(page.get_by_role("main")).to_contain_text("Still has 3 open deals")
    follow(page, "Hand over first")
    expect(page.get_by_role("main")).to_contain_text("3 open deals")
    expect(page.get_by_role("main")).to_contain_text("Win the north")
    press(page, "Hand over")
    expect(page.locator("#id_successor_error")).to_be_visible()
    page.get_by_label("Who takes over").select_option("David")
    keep_picture(page, "hand-over")
    press(page, "Hand over")
    expect(page.locator(".toast")).to_contain_text("3 deals, 0 activities, 1 goal")
    follow(page, "Deactivate")
    press(page, "Deactivate")
    expect(page.locator(".badge", has_text="Deactivated")).to_be_visible()
    assert set(Deal.objects.values_list("owner_id", flat=True)) == {cast.david.pk}
    theirs.goto("/")
    expect(theirs.get_by_role("heading", name="Sign in")).to_be_visible()


@in_each_width
def test_axe_finds_nothing_about_people(cast: Cast, sign_in: SignIn, width: int) -> None:
    add_deal(cast, cast.cilla, TODAY)
    page = sign_in(cast.astrid, width=width)
    someone = f"/settings/people/{cast.cilla.pk}"
    # As they stand with nothing to hand over, pages of people are among those of test_settings_accessibility.
    for path in (
        "/settings/people?q=nobody",
        someone,
        f"{someone}/hand-over",
        f"{someone}/deactivate",
        "/account/two-step/totp/activate/",
    ):
        page.goto(path)
        assert faults(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
    page.goto("/settings/people/invite")
    press(page, "Invite person")
    expect(page.locator(".errorbox")).to_be_focused()
    assert faults(page) == []
    page.goto("/settings/tokens")
    type_in(page, "Name", "Reports")
    press(page, "Create token")
    expect(page.locator("#made")).to_be_focused()
    assert faults(page) == []


def test_everything_but_passkeys_works_without_scripts(cast: Cast, sign_in: SignIn) -> None:
    page = sign_in(cast.astrid, scripts=False)
    page.goto("/settings/people?q=cilla&status=active")
    expect(page.locator("#people-list tbody tr")).to_have_count(1)
    page.goto("/settings/people/invite")
    type_in(page, "E-mail", "erik@nordlys.example")
    press(page, "Invite person")
    expect(page.get_by_label("Link", exact=True)).to_be_visible()
    page.goto("/account/two-step/webauthn/add/")
    type_in(page, "Password", PASSWORD)
    press(page, "Continue")
    expect(page.get_by_role("main")).to_contain_text("Passkeys need JavaScript")
