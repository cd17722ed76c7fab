"""A permission set is edited by an admin and felt by a regular user."""

import pytest
from playwright.sync_api import expect

from goalpost.companies.models import PermissionSet
from tests.e2e.conftest import SignIn, keep_picture
from tests.goals.builders import set_goal
from tests.people import Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_what_an_admin_ticks_is_previewed_saved_and_felt(cast: Cast, sign_in: SignIn) -> None:
    set_goal(cast, title="Won by everybody", ends_on=None)
    regular = PermissionSet.objects.get(company=cast.company, name="Regular user")
    cilla = sign_in(cast.cilla)
    expect(cilla.get_by_role("link", name="Won by everybody")).to_have_count(0)
    astrid = sign_in(cast.astrid)
    astrid.goto("/settings/permissions")
    for permission in ("see_company_statistics", "see_other_users_statistics"):
        astrid.locator(f"#set-{regular.pk}-{permission}").check()
    expect(astrid.get_by_text("2 unsaved changes")).to_be_visible()
    expect(astrid.locator("#permission-matrix").get_by_text("With both", exact=True)).to_have_count(2)
    keep_picture(astrid, "permission-sets", whole=True)
    cilla.reload()
    expect(cilla.get_by_role("link", name="Won by everybody")).to_have_count(0)
    astrid.get_by_role("button", name="Save permissions").click()
    expect(astrid.get_by_text("Permissions saved")).to_be_visible()
    cilla.reload()
    expect(cilla.locator("#main").get_by_role("link", name="Won by everybody")).to_be_visible()
