"""Teams and permission sets, and who may change them."""

from collections.abc import Callable

import pytest

from goalpost.companies import actions, memberships
from goalpost.companies.actors import known_memberships
from goalpost.companies.errors import InvalidInput, NotAllowed, NotFound
from goalpost.companies.models import PermissionSet, Team, TeamMembership, User
from goalpost.companies.permission_sets import add_permission_set
from goalpost.domain.permissions import BOTH, Actor
from tests.people import NOW, Cast, make_company

pytestmark = pytest.mark.django_db


def test_a_person_may_be_on_several_teams_and_is_on_each_once() -> None:
    cast = make_company()
    for _ in range(2):
        memberships.add_member(now=NOW, actor=cast.as_astrid, team_id=cast.baltic.pk, user_id=cast.cilla.pk)
    of_cilla = known_memberships(cast.company_id).filter(user=cast.cilla)
    assert {membership.team for membership in of_cilla} == {cast.nordic, cast.baltic}
    assert len(of_cilla) == 2
    memberships.remove_member(now=NOW, actor=cast.as_astrid, team_id=cast.nordic.pk, user_id=cast.cilla.pk)
    memberships.remove_member(now=NOW, actor=cast.as_astrid, team_id=cast.nordic.pk, user_id=cast.cilla.pk)
    assert [membership.team for membership in of_cilla.all()] == [cast.baltic]


def test_a_team_changes_its_manager_and_may_have_none() -> None:
    cast = make_company()
    actions.change_team_manager(actor=cast.as_astrid, team_id=cast.nordic.pk, manager_id=cast.david.pk)
    assert cast.as_david.managed_user_ids == {cast.cilla.pk}
    assert cast.as_bjorn.managed_team_ids == frozenset()
    actions.change_team_manager(actor=cast.as_astrid, team_id=cast.nordic.pk, manager_id=None)
    assert cast.as_david.managed_team_ids == frozenset()


def test_names_of_teams_and_permission_sets_are_taken_once_in_a_company() -> None:
    cast, other = make_company("Nordlys"), make_company("Baltica")
    add_permission_set(actor=other.as_astrid, name="Analyst", permissions=BOTH, now=NOW)
    for attempt in (
        lambda: actions.add_team(actor=cast.as_astrid, name=" Nordic ", now=NOW),
        lambda: actions.add_team(actor=cast.as_astrid, name=" ", now=NOW),
        lambda: add_permission_set(actor=cast.as_astrid, name="x" * 101, permissions=BOTH, now=NOW),
        lambda: add_permission_set(actor=cast.as_astrid, name="Regular user", permissions=BOTH, now=NOW),
    ):
        with pytest.raises(InvalidInput) as refused:
            attempt()
        assert refused.value.field == "name"
    add_permission_set(actor=cast.as_astrid, name="Analyst", permissions=BOTH, now=NOW)


def test_another_companys_people_and_teams_are_not_there() -> None:
    cast, other = make_company("Nordlys"), make_company("Baltica")
    admin = cast.as_astrid
    for attempt in (
        lambda: actions.add_team(actor=admin, name="Alpine", manager_id=other.bjorn.pk, now=NOW),
        lambda: actions.change_team_manager(actor=admin, team_id=cast.nordic.pk, manager_id=other.bjorn.pk),
        lambda: memberships.add_member(now=NOW, actor=admin, team_id=cast.nordic.pk, user_id=other.cilla.pk),
    ):
        with pytest.raises(InvalidInput) as refused:
            attempt()
        assert refused.value.field == "user"
    for attempt_on_team in (
        lambda: actions.change_team_manager(actor=admin, team_id=other.nordic.pk, manager_id=None),
        lambda: memberships.add_member(now=NOW, actor=admin, team_id=other.nordic.pk, user_id=cast.cilla.pk),
        lambda: memberships.remove_member(
            now=NOW, actor=admin, team_id=other.nordic.pk, user_id=other.cilla.pk
        ),
    ):
        with pytest.raises(NotFound):
            attempt_on_team()
    assert other.as_bjorn.managed_user_ids == {other.cilla.pk}


Act = Callable[[Actor, Cast], object]
ADMINISTRATION: dict[str, Act] = {
    "add_user": lambda actor, _cast: actions.add_user(actor=actor, name="Erik", now=NOW),
    "add_team": lambda actor, _cast: actions.add_team(actor=actor, name="Alpine", now=NOW),
    "change_team_manager": lambda actor, cast: actions.change_team_manager(
        actor=actor, team_id=cast.nordic.pk, manager_id=None
    ),
    "add_member": lambda actor, cast: memberships.add_member(
        now=NOW, actor=actor, team_id=cast.baltic.pk, user_id=cast.cilla.pk
    ),
    "remove_member": lambda actor, cast: memberships.remove_member(
        now=NOW, actor=actor, team_id=cast.nordic.pk, user_id=cast.cilla.pk
    ),
    "add_permission_set": lambda actor, _cast: add_permission_set(
        actor=actor, name="Analyst", permissions=BOTH, now=NOW
    ),
}


@pytest.mark.parametrize("act", ADMINISTRATION.values(), ids=ADMINISTRATION.keys())
def test_only_an_admin_changes_people_teams_and_permissions(act: Act) -> None:
    cast = make_company()

    def stored() -> list[object]:
        return [
            list(User.objects.order_by("id").values_list()),
            list(Team.objects.order_by("id").values_list()),
            list(TeamMembership.objects.order_by("id").values_list()),
            list(PermissionSet.objects.order_by("id").values_list()),
        ]

    before = stored()
    for actor in (cast.as_bjorn, cast.as_cilla, cast.as_david):
        with pytest.raises(NotAllowed):
            act(actor, cast)
    assert stored() == before
    act(cast.as_astrid, cast)
    assert stored() != before
