"""People: addresses of their own, passwords that hold, tokens shown once."""

import pytest
from django.db import IntegrityError, transaction

from goalpost.accounts import tokens
from goalpost.accounts.models import ApiToken
from goalpost.companies import actions
from goalpost.companies.errors import InvalidInput
from goalpost.companies.models import PermissionSet, User
from goalpost.companies.permission_sets import add_permission_set
from goalpost.domain.permissions import BOTH
from tests.people import NOW, PASSWORD, make_company

pytestmark = pytest.mark.django_db


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


def test_a_new_person_is_a_regular_user_unless_told_otherwise() -> None:
    cast = make_company()
    erik = actions.add_user(actor=cast.as_astrid, name="Erik", now=NOW)
    assert erik.permission_set == PermissionSet.objects.get(company=cast.company, name="Regular user")
    assert (erik.is_admin, erik.is_active, erik.company_id) == (False, True, cast.company_id)
    seeing = add_permission_set(actor=cast.as_astrid, name="Analyst", permissions=BOTH, now=NOW)
    analyst = actions.add_user(actor=cast.as_astrid, name="Frida", permission_set=seeing, now=NOW)
    assert analyst.permission_set == seeing


def test_a_token_is_shown_once_and_kept_hashed() -> None:
    cast = make_company()
    token = tokens.issue_token(user=cast.cilla, now=NOW)
    assert len(token) == 40
    kept = ApiToken.objects.get()
    assert (kept.user, kept.company_id, kept.created_at) == (cast.cilla, cast.company_id, NOW)
    assert kept.token_hash == tokens.hash_token(token)
    assert token not in kept.token_hash
    assert tokens.issue_token(user=cast.cilla, now=NOW) != token
    assert ApiToken.objects.count() == 2


def test_a_deactivated_user_gets_no_token() -> None:
    cast = make_company()
    cast.cilla.is_active = False
    with pytest.raises(InvalidInput):
        tokens.issue_token(user=cast.cilla, now=NOW)
    assert not ApiToken.objects.exists()
