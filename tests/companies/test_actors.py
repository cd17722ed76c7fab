"""From a user to what every rule asks about."""

import pytest

from goalpost.companies.actors import actor_for, operator_of
from goalpost.domain.permissions import AT_FIRST, Permission
from tests.people import let_see, make_company

pytestmark = pytest.mark.django_db


def test_a_manager_has_the_teams_and_their_members() -> None:
    cast = make_company()
    bjorn = actor_for(cast.bjorn)
    assert bjorn.managed_team_ids == {cast.nordic.pk}
    assert bjorn.managed_user_ids == {cast.cilla.pk}
    assert not bjorn.is_admin


def test_who_manages_nothing_has_no_teams() -> None:
    cast = make_company()
    for actor in (cast.as_cilla, cast.as_david):
        assert actor.managed_team_ids == actor.managed_user_ids == frozenset()


def test_the_permission_set_decides_what_statistics_are_seen() -> None:
    cast = make_company()
    assert actor_for(cast.cilla).permissions == AT_FIRST
    let_see(cast.cilla, company_statistics=True, other_users_statistics=False)
    cilla = actor_for(cast.cilla)
    assert cilla.permissions == AT_FIRST | {Permission.SEE_COMPANY_STATISTICS}
    let_see(cast.cilla, company_statistics=True, other_users_statistics=True)
    assert actor_for(cast.cilla).has_both


def test_the_operator_is_an_admin_of_that_company_and_no_user_of_it() -> None:
    cast = make_company()
    operator = operator_of(cast.company_id)
    assert operator.is_admin
    assert operator.user_id not in {person.pk for person in cast.people}
