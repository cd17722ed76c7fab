"""The page of permission sets: what is ticked is previewed, then saved, then felt."""

import pytest

from goalpost.companies.actors import permissions_of
from goalpost.companies.models import PermissionSet, User
from goalpost.companies.permission_sets import add_permission_set, change_permissions
from goalpost.domain.permissions import AT_FIRST, BOTH, Permission
from tests.people import NOW, Cast
from tests.web.conftest import SignedIn
from tests.web.looking import html, text

pytestmark = pytest.mark.django_db
PAGE = "/settings/permissions"


def regular(cast: Cast) -> PermissionSet:
    return PermissionSet.objects.get(company=cast.company, name="Regular user")


def ticked(cast: Cast, *more: Permission, action: str) -> dict[str, object]:
    row = regular(cast)
    had = sorted(permissions_of(row))
    return {f"had-{row.pk}": ",".join(had), f"set-{row.pk}": [*had, *more], "action": action}


def test_what_follows_is_shown_before_anything_is_saved(cast: Cast, signed_in: SignedIn) -> None:
    astrid = signed_in(cast.astrid)
    assert "unsaved" not in text(astrid.get(PAGE))
    assert "With both" not in text(astrid.get(PAGE))
    for headers in ({}, {"HX-Request": "true"}):
        shown = astrid.post(PAGE, ticked(cast, *BOTH, action="preview"), headers=headers)
        assert "2 unsaved changes" in text(shown)
        assert "With both" in text(shown)
        assert ("<!DOCTYPE" in html(shown)) is not bool(headers)
    assert permissions_of(regular(cast)) == AT_FIRST


def test_what_is_saved_is_felt_at_once(cast: Cast, signed_in: SignedIn) -> None:
    cilla, page = signed_in(cast.cilla), f"/?owner=person-{cast.david.pk}"
    assert signed_in(cast.astrid).post(PAGE, ticked(cast, *BOTH, action="save")).status_code == 302
    assert permissions_of(regular(cast)) == AT_FIRST | BOTH
    assert cilla.get(page).status_code == 200


def test_two_tabs_change_only_what_each_of_them_ticked(cast: Cast, signed_in: SignedIn) -> None:
    here = ticked(cast, Permission.SEE_OTHERS_RECORDS, action="save")
    change_permissions(actor=cast.as_astrid, permissions={regular(cast).pk: AT_FIRST | BOTH}, now=NOW)
    signed_in(cast.astrid).post(PAGE, here)
    assert permissions_of(regular(cast)) == AT_FIRST | BOTH | {Permission.SEE_OTHERS_RECORDS}


def test_the_admins_column_is_locked_on(cast: Cast, signed_in: SignedIn) -> None:
    assert html(signed_in(cast.astrid).get(PAGE)).count("disabled checked") == len(Permission)


def test_a_set_is_created_renamed_and_deleted_on_its_pages(cast: Cast, signed_in: SignedIn) -> None:
    astrid = signed_in(cast.astrid)
    sent = {"name": "Analysts", "role": "regular", "permissions": ["export", "nonsense"]}
    assert astrid.post(f"{PAGE}/new", sent).status_code == 302
    made = PermissionSet.objects.get(company=cast.company, name="Analysts")
    assert permissions_of(made) == {Permission.EXPORT}
    refused = astrid.post(f"{PAGE}/new", sent)
    assert refused.status_code == 422
    assert "There is already a permission set with that name." in text(refused)
    User.objects.filter(pk=cast.david.pk).update(permission_set=made)
    assert astrid.post(f"{PAGE}/{made.pk}", {"name": "Readers"}).status_code == 302
    refused = astrid.post(f"{PAGE}/{made.pk}/delete", {"holders_to": ""})
    assert refused.status_code == 422
    assert "Choose the permission set that these people get." in text(refused)
    assert "1 person has it: David" in text(astrid.get(f"{PAGE}/{made.pk}"))
    assert astrid.post(f"{PAGE}/{made.pk}/delete", {"holders_to": regular(cast).pk}).status_code == 302
    assert User.objects.get(pk=cast.david.pk).permission_set == regular(cast)


def test_the_pages_are_for_admins_of_the_company(cast: Cast, signed_in: SignedIn) -> None:
    own = add_permission_set(actor=cast.as_astrid, name="Analysts", permissions=BOTH, now=NOW)
    for person in (cast.bjorn, cast.cilla):
        for page in (PAGE, f"{PAGE}/new", f"{PAGE}/{own.pk}"):
            assert signed_in(person).get(page).status_code == 403
            assert signed_in(person).post(page).status_code == 403
    assert signed_in(cast.astrid).get(f"{PAGE}/{regular(cast).pk}").status_code == 404, "built in"


def test_a_new_set_shows_what_follows_before_it_is_made(cast: Cast, signed_in: SignedIn) -> None:
    address, admin = "/settings/permissions/new", signed_in(cast.astrid)
    assert "Company, other teams, other users Needs both" in text(admin.get(address), "what-follows")
    both = {"name": "", "role": "manager", "permissions": sorted(BOTH)}
    for preview in (
        admin.post(address, both, headers={"HX-Request": "true"}),
        admin.post(address, both | {"action": "preview"}),
    ):
        assert preview.status_code == 200
        told = text(preview, "what-follows")
        assert "Company, other teams, other users With both" in told
        assert "Goals of own teams’ members With both" in told
        assert "Company goals and everybody else’s Never" in told
        assert 'value="manager" checked' in html(preview)
    assert not PermissionSet.objects.filter(company=cast.company, is_built_in=False).exists()
