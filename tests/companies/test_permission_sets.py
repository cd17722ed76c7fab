"""Permission sets are edited as a whole, never leave their holders without one, and say who changed what."""

import pytest

from goalpost.companies.actions import change_team_manager
from goalpost.companies.actors import actor_for
from goalpost.companies.errors import InvalidInput, NotAllowed
from goalpost.companies.models import AuditEntry, PermissionSet, User
from goalpost.companies.permission_sets import (
    add_permission_set,
    change_permissions,
    delete_permission_set,
    held_sets,
    holders_of,
    rename_permission_set,
)
from goalpost.domain.permissions import AT_FIRST, BOTH, Permission, Role
from tests.people import NOW, Cast, make_company

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_company()


def regular(cast: Cast) -> PermissionSet:
    return PermissionSet.objects.get(company=cast.company, role=Role.REGULAR, is_built_in=True)


def analysts(cast: Cast) -> PermissionSet:
    made = add_permission_set(actor=cast.as_astrid, name="Analysts", permissions=BOTH, now=NOW)
    User.objects.filter(pk=cast.david.pk).update(permission_set=made)
    return made


def last_entry(cast: Cast) -> AuditEntry:
    return AuditEntry.objects.filter(company=cast.company).latest("at", "number")


def test_sets_are_listed_with_their_holders_and_with_those_who_manage_a_team(cast: Cast) -> None:
    analysts(cast)
    listed = [(each.name, each.holders, each.managing) for each in held_sets(cast.as_astrid)]
    assert listed == [("Team manager", 0, 0), ("Regular user", 2, 1), ("Analysts", 1, 0)]
    change_team_manager(actor=cast.as_astrid, team_id=cast.nordic.pk, manager_id=None)
    assert [each.managing for each in held_sets(cast.as_astrid)] == [0, 0, 0]


def test_a_changed_permission_is_felt_at_once_and_kept_in_the_log(cast: Cast) -> None:
    wanted = AT_FIRST | BOTH
    change_permissions(actor=cast.as_astrid, permissions={regular(cast).pk: wanted}, now=NOW)
    cilla = User.objects.get(pk=cast.cilla.pk)
    assert actor_for(cilla).permissions == wanted
    entry = last_entry(cast)
    assert (entry.actor, entry.action, entry.subject_name) == (cast.astrid, "changed", "Regular user")
    assert entry.changes == {
        "see_company_statistics": [False, True],
        "see_other_users_statistics": [False, True],
    }
    before = AuditEntry.objects.count()
    change_permissions(actor=cast.as_astrid, permissions={regular(cast).pk: wanted}, now=NOW)
    assert AuditEntry.objects.count() == before, "nothing was changed"


def test_a_set_that_is_held_goes_only_when_its_holders_get_another(cast: Cast) -> None:
    own = analysts(cast)
    User.objects.filter(pk=cast.astrid.pk).update(permission_set=own)
    assert holders_of(cast.as_astrid, own.pk) == ["Astrid", "David"], "an admin's set waits for them"
    for nowhere in (None, own.pk):
        with pytest.raises(InvalidInput) as refused:
            delete_permission_set(actor=cast.as_astrid, set_id=own.pk, holders_to=nowhere, now=NOW)
        assert refused.value.field == "holders_to"
    delete_permission_set(actor=cast.as_astrid, set_id=own.pk, holders_to=regular(cast).pk, now=NOW)
    assert not PermissionSet.objects.filter(pk=own.pk).exists()
    for person in (cast.astrid, cast.david):
        assert User.objects.get(pk=person.pk).permission_set == regular(cast)
    assert (last_entry(cast).action, last_entry(cast).changes) == (
        "deleted",
        {"holders": ["Analysts", "Regular user"]},
    )


def test_a_set_that_nobody_holds_goes_without_a_question(cast: Cast) -> None:
    own = add_permission_set(actor=cast.as_astrid, name="Analysts", permissions=BOTH, now=NOW)
    delete_permission_set(actor=cast.as_astrid, set_id=own.pk, now=NOW)
    assert not PermissionSet.objects.filter(pk=own.pk).exists()


def test_the_built_in_sets_keep_their_names_and_stay(cast: Cast) -> None:
    with pytest.raises(InvalidInput):
        rename_permission_set(actor=cast.as_astrid, set_id=regular(cast).pk, name="Everybody", now=NOW)
    with pytest.raises(InvalidInput):
        delete_permission_set(
            actor=cast.as_astrid, set_id=regular(cast).pk, holders_to=analysts(cast).pk, now=NOW
        )


def test_a_set_of_ones_own_gets_another_name_that_is_free(cast: Cast) -> None:
    own = analysts(cast)
    rename_permission_set(actor=cast.as_astrid, set_id=own.pk, name=" Readers ", now=NOW)
    assert last_entry(cast).changes == {"name": ["Analysts", "Readers"]}
    with pytest.raises(InvalidInput) as refused:
        rename_permission_set(actor=cast.as_astrid, set_id=own.pk, name="Team manager", now=NOW)
    assert refused.value.field == "name"


def test_only_an_admin_does_any_of_it(cast: Cast) -> None:
    own, everything = analysts(cast), frozenset(Permission)
    before = list(PermissionSet.objects.order_by("pk").values_list())
    for actor in (cast.as_bjorn, cast.as_david):
        with pytest.raises(NotAllowed):
            held_sets(actor)
        with pytest.raises(NotAllowed):
            change_permissions(actor=actor, permissions={own.pk: everything}, now=NOW)
        with pytest.raises(NotAllowed):
            rename_permission_set(actor=actor, set_id=own.pk, name="Mine", now=NOW)
        with pytest.raises(NotAllowed):
            delete_permission_set(actor=actor, set_id=own.pk, holders_to=regular(cast).pk, now=NOW)
        with pytest.raises(NotAllowed):
            holders_of(actor, own.pk)
    assert list(PermissionSet.objects.order_by("pk").values_list()) == before
