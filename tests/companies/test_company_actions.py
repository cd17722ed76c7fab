"""Companies, people, teams, permission sets and tokens: who may make them, and what they may hold."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from goalpost.companies import actions
from goalpost.companies.errors import InvalidInput, NotAllowed, NotFound
from goalpost.companies.models import ApiToken, Company, PermissionSet, Team, TeamMembership, User
from goalpost.domain.permissions import Actor
from tests.people import NOW, PASSWORD, Cast, make_company

pytestmark = pytest.mark.django_db


def create(name: str, *, currency: str = "EUR", time_zone: str = "Europe/Stockholm") -> Company:
    return actions.create_company(name=name, currency=currency, time_zone=time_zone, now=NOW)


# ---- companies


def test_a_company_starts_with_a_regular_permission_set_that_sees_nothing_more() -> None:
    company = create(" Åre Ski & Sons ")
    assert (company.name, company.slug, company.currency) == ("Åre Ski & Sons", "are-ski-sons", "EUR")
    assert (company.week_start, company.fiscal_month, company.plan) == (0, 1, "enterprise")
    regular = PermissionSet.objects.get(company=company)
    assert (regular.sees_company_statistics, regular.sees_other_users_statistics) == (False, False)


def test_companies_of_one_name_get_slugs_of_their_own() -> None:
    assert [create("Nordlys").slug for _ in range(3)] == ["nordlys", "nordlys-2", "nordlys-3"]
    assert create("Nordlys 2").slug == "nordlys-2-2"
    assert [create("北京").slug for _ in range(2)] == ["company", "company-2"]


def test_a_long_name_makes_a_slug_that_fits() -> None:
    names = ["x" * 200, "x" * 199, "x" * 198 + "y"]
    slugs = [create(name).slug for name in names]
    assert len(set(slugs)) == 3
    assert all(len(slug) <= 60 for slug in slugs)


@pytest.mark.parametrize(
    ("name", "currency", "time_zone", "field"),
    [
        ("", "EUR", "UTC", "name"),
        (" \t ", "EUR", "UTC", "name"),
        ("x" * 201, "EUR", "UTC", "name"),
        ("a\x00b", "EUR", "UTC", "name"),
        ("half a \ud83d pair", "EUR", "UTC", "name"),
        ("Nordlys", "eur", "UTC", "currency"),
        ("Nordlys", "EURO", "UTC", "currency"),
        ("Nordlys", "", "UTC", "currency"),
        ("Nordlys", "XAU", "UTC", "currency"),  # gold has no minor unit
        ("Nordlys", "EUR", "Stockholm", "time_zone"),
        ("Nordlys", "EUR", "", "time_zone"),
        ("Nordlys", "EUR", "../../etc/passwd", "time_zone"),
    ],
)
def test_a_company_that_cannot_be_is_refused_by_field(
    name: str, currency: str, time_zone: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        create(name, currency=currency, time_zone=time_zone)
    assert refused.value.field == field
    assert not Company.objects.exists()


# ---- people


def test_an_address_is_kept_in_lower_case_and_taken_over_the_whole_installation() -> None:
    cast, other = make_company("Nordlys"), make_company("Baltica")
    erik = actions.add_user(actor=cast.as_astrid, name="Erik", email=" Erik@Example.COM ", now=NOW)
    assert erik.email == "erik@example.com"
    for taken in ("erik@example.com", "ERIK@EXAMPLE.COM"):
        for actor in (cast.as_astrid, other.as_astrid):
            with pytest.raises(InvalidInput) as refused:
                actions.add_user(actor=actor, name="Erika", email=taken, now=NOW)
            assert refused.value.field == "email"
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=other.cilla.pk).update(email="erik@example.com")


def test_people_are_found_by_their_address_however_they_type_it() -> None:
    cast = make_company()
    assert User.objects.get_by_natural_key("CILLA@nordlys.example") == cast.cilla


@pytest.mark.parametrize(
    "email",
    [
        "erik",
        "erik@",
        "@example.com",
        "a b@example.com",
        "erik@example.com\x00",
        f"{'x' * 64}@{'y' * 62}." * 4,
    ],
)
def test_what_is_no_address_is_refused(email: str) -> None:
    cast = make_company()
    with pytest.raises(InvalidInput) as refused:
        actions.add_user(actor=cast.as_astrid, name="Erik", email=email, now=NOW)
    assert refused.value.field == "email"


def test_an_address_longer_than_its_column_is_refused() -> None:
    cast = make_company()
    labels = ".".join(["y" * 60] * 4)
    with pytest.raises(InvalidInput) as refused:
        actions.add_user(actor=cast.as_astrid, name="Erik", email=f"{'x' * 20}@{labels}.com", now=NOW)
    assert refused.value.field == "email"


def test_people_without_an_address_are_many_and_cannot_sign_in() -> None:
    cast = make_company()
    imported = [actions.add_user(actor=cast.as_astrid, name="Erik", now=NOW) for _ in range(2)]
    imported.append(actions.add_user(actor=cast.as_astrid, name="Erik", email="", now=NOW))
    for person in imported:
        assert person.email is None
        assert not person.has_usable_password()
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=imported[0].pk).update(email="")


@pytest.mark.parametrize("password", ["", "short", "1234567890", "password123", "erik.svensson"])
def test_a_weak_password_is_refused_with_the_reason(password: str) -> None:
    cast = make_company()
    with pytest.raises(InvalidInput) as refused:
        actions.add_user(
            actor=cast.as_astrid,
            name="Erik Svensson",
            email="erik.svensson@example.com",
            password=password,
            now=NOW,
        )
    assert refused.value.field == "password"
    assert refused.value.message
    assert not User.objects.filter(email="erik.svensson@example.com").exists()


def test_a_password_is_kept_hashed() -> None:
    cast = make_company()
    erik = actions.add_user(
        actor=cast.as_astrid, name="Erik", email="erik@example.com", password=PASSWORD, now=NOW
    )
    assert erik.check_password(PASSWORD)
    assert PASSWORD not in erik.password
    assert erik.password.startswith("argon2")


def test_a_new_person_is_a_regular_user_unless_told_otherwise() -> None:
    cast = make_company()
    erik = actions.add_user(actor=cast.as_astrid, name="Erik", now=NOW)
    assert erik.permission_set == PermissionSet.objects.get(company=cast.company)
    assert (erik.is_admin, erik.is_active, erik.company_id) == (False, True, cast.company_id)
    seeing = actions.add_permission_set(
        actor=cast.as_astrid, name="Analyst", sees_company_statistics=True, sees_other_users_statistics=True
    )
    analyst = actions.add_user(actor=cast.as_astrid, name="Frida", permission_set=seeing, now=NOW)
    assert analyst.permission_set == seeing


# ---- teams


def test_a_person_may_be_on_several_teams_and_is_on_each_once() -> None:
    cast = make_company()
    for _ in range(2):
        actions.add_member(actor=cast.as_astrid, team_id=cast.baltic.pk, user_id=cast.cilla.pk)
    of_cilla = TeamMembership.objects.filter(company=cast.company, user=cast.cilla)
    assert {membership.team for membership in of_cilla} == {cast.nordic, cast.baltic}
    assert len(of_cilla) == 2
    actions.remove_member(actor=cast.as_astrid, team_id=cast.nordic.pk, user_id=cast.cilla.pk)
    actions.remove_member(actor=cast.as_astrid, team_id=cast.nordic.pk, user_id=cast.cilla.pk)
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
    actions.add_permission_set(
        actor=other.as_astrid, name="Analyst", sees_company_statistics=True, sees_other_users_statistics=True
    )
    for attempt in (
        lambda: actions.add_team(actor=cast.as_astrid, name=" Nordic ", now=NOW),
        lambda: actions.add_team(actor=cast.as_astrid, name=" ", now=NOW),
        lambda: actions.add_permission_set(
            actor=cast.as_astrid,
            name="x" * 101,
            sees_company_statistics=True,
            sees_other_users_statistics=True,
        ),
        lambda: actions.add_permission_set(
            actor=cast.as_astrid,
            name=actions.REGULAR_USER,
            sees_company_statistics=True,
            sees_other_users_statistics=True,
        ),
    ):
        with pytest.raises(InvalidInput) as refused:
            attempt()
        assert refused.value.field == "name"
    actions.add_permission_set(
        actor=cast.as_astrid, name="Analyst", sees_company_statistics=True, sees_other_users_statistics=True
    )


def test_another_companys_people_and_teams_are_not_there() -> None:
    cast, other = make_company("Nordlys"), make_company("Baltica")
    admin = cast.as_astrid
    for attempt in (
        lambda: actions.add_team(actor=admin, name="Alpine", manager_id=other.bjorn.pk, now=NOW),
        lambda: actions.change_team_manager(actor=admin, team_id=cast.nordic.pk, manager_id=other.bjorn.pk),
        lambda: actions.add_member(actor=admin, team_id=cast.nordic.pk, user_id=other.cilla.pk),
    ):
        with pytest.raises(InvalidInput) as refused:
            attempt()
        assert refused.value.field == "user"
    for attempt_on_team in (
        lambda: actions.change_team_manager(actor=admin, team_id=other.nordic.pk, manager_id=None),
        lambda: actions.add_member(actor=admin, team_id=other.nordic.pk, user_id=cast.cilla.pk),
    ):
        with pytest.raises(NotFound):
            attempt_on_team()
    actions.remove_member(actor=admin, team_id=other.nordic.pk, user_id=other.cilla.pk)
    assert other.as_bjorn.managed_user_ids == {other.cilla.pk}


# ---- who may

Act = Callable[[Actor, Cast], object]
ADMINISTRATION: dict[str, Act] = {
    "add_user": lambda actor, _cast: actions.add_user(actor=actor, name="Erik", now=NOW),
    "add_team": lambda actor, _cast: actions.add_team(actor=actor, name="Alpine", now=NOW),
    "change_team_manager": lambda actor, cast: actions.change_team_manager(
        actor=actor, team_id=cast.nordic.pk, manager_id=None
    ),
    "add_member": lambda actor, cast: actions.add_member(
        actor=actor, team_id=cast.baltic.pk, user_id=cast.cilla.pk
    ),
    "remove_member": lambda actor, cast: actions.remove_member(
        actor=actor, team_id=cast.nordic.pk, user_id=cast.cilla.pk
    ),
    "add_permission_set": lambda actor, _cast: actions.add_permission_set(
        actor=actor, name="Analyst", sees_company_statistics=True, sees_other_users_statistics=True
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


# ---- tokens


def test_a_token_is_shown_once_and_kept_hashed() -> None:
    cast = make_company()
    token = actions.issue_token(user=cast.cilla, now=NOW)
    assert len(token) == 40
    kept = ApiToken.objects.get()
    assert (kept.user, kept.company_id, kept.created_at) == (cast.cilla, cast.company_id, NOW)
    assert kept.token_hash == actions.hash_token(token)
    assert token not in kept.token_hash
    assert actions.issue_token(user=cast.cilla, now=NOW) != token
    assert ApiToken.objects.count() == 2


def test_a_deactivated_user_gets_no_token() -> None:
    cast = make_company()
    cast.cilla.is_active = False
    with pytest.raises(InvalidInput):
        actions.issue_token(user=cast.cilla, now=NOW)
    assert not ApiToken.objects.exists()
