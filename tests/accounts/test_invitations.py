"""Invitations: a link that works once, for some days, and of which only a hash is kept."""

from datetime import timedelta

import pytest

from goalpost.accounts.actions import deactivate_person
from goalpost.accounts.invitations import (
    GOOD_FOR,
    accept_invitation,
    invite_person,
    invited_by,
    renew_invitation,
)
from goalpost.accounts.models import Invitation
from goalpost.companies.audit import AuditAction
from goalpost.companies.errors import InvalidInput, NotAllowed, NotFound
from goalpost.companies.models import AuditEntry, User
from goalpost.companies.people import PersonStatus, person_line
from tests.crm.at_once import at_once
from tests.people import NOW, PASSWORD, Cast, make_company

pytestmark = pytest.mark.django_db


def invite(cast: Cast, email: str = "erik.berg@nordlys.example") -> tuple[User, str]:
    invited = invite_person(actor=cast.as_astrid, email=email, team_ids=[cast.nordic.pk], now=NOW)
    return invited.user, invited.token


def accept(token: str, *, name: str = "Erik Berg", password: str = PASSWORD) -> User:
    return accept_invitation(token=token, name=name, password=password, now=NOW)


def test_an_invited_person_sets_a_name_and_a_password_and_is_active() -> None:
    cast = make_company()
    erik, token = invite(cast)
    assert erik.name == "Erik Berg", "made of the address until they say otherwise"
    assert person_line(cast.as_astrid, erik.pk).status is PersonStatus.INVITED
    assert invited_by(token, now=NOW) == erik
    accept(token, name="Erik B. Berg")
    line = person_line(cast.as_astrid, erik.pk)
    assert (line.name, line.status, [team.name for team in line.teams]) == (
        "Erik B. Berg",
        PersonStatus.ACTIVE,
        ["Nordic"],
    )
    erik.refresh_from_db()
    assert erik.check_password(PASSWORD)
    assert list(AuditEntry.objects.order_by("id").values_list("action", "actor_id")) == [
        (AuditAction.INVITED, cast.astrid.pk),
        (AuditAction.JOINED, erik.pk),
    ]


def test_only_the_hash_of_a_link_is_kept() -> None:
    _erik, token = invite(make_company())
    kept = Invitation.objects.values().get()
    assert token not in str(kept)
    with pytest.raises(NotFound):
        invited_by(str(kept["token_hash"]), now=NOW)


def test_a_link_works_once() -> None:
    _erik, token = invite(make_company())
    accept(token)
    with pytest.raises(NotFound):
        accept(token, password="another long password")


def test_a_link_expires() -> None:
    _erik, token = invite(make_company())
    assert invited_by(token, now=NOW + GOOD_FOR - timedelta(seconds=1))
    with pytest.raises(NotFound):
        invited_by(token, now=NOW + GOOD_FOR)
    with pytest.raises(NotFound):
        accept_invitation(token=token, name="E", password=PASSWORD, now=NOW + GOOD_FOR)


def test_a_new_link_makes_the_old_one_useless() -> None:
    cast = make_company()
    erik, old = invite(cast)
    new = renew_invitation(actor=cast.as_astrid, user_id=erik.pk, now=NOW).token
    with pytest.raises(NotFound):
        invited_by(old, now=NOW)
    assert invited_by(new, now=NOW) == erik


def test_what_is_wrong_is_told_for_every_field_and_the_link_stays_good() -> None:
    _erik, token = invite(make_company())
    with pytest.raises(InvalidInput) as refused:
        accept(token, name=" ", password="password123")
    assert refused.value.errors.keys() == {"name", "password"}
    accept(token)


@pytest.mark.parametrize(
    "password", ["short", "password1234", "4815162342481516", "Erik.Berg@nordlys.example", "ErikBergsson"]
)
def test_a_weak_password_is_refused(password: str) -> None:
    _erik, token = invite(make_company())
    with pytest.raises(InvalidInput) as refused:
        accept(token, password=password)
    assert refused.value.field == "password"


def test_who_forgot_the_password_gets_a_link_and_old_sessions_end() -> None:
    cast = make_company(password=PASSWORD)
    token = renew_invitation(actor=cast.as_astrid, user_id=cast.cilla.pk, now=NOW).token
    assert person_line(cast.as_astrid, cast.cilla.pk).status is PersonStatus.ACTIVE
    accept(token, name="Cilla", password="a quiet river in winter")
    cast.cilla.refresh_from_db()
    assert cast.cilla.check_password("a quiet river in winter")


def test_an_imported_person_is_invited_by_giving_them_an_address() -> None:
    cast = make_company()
    User.objects.filter(pk=cast.david.pk).update(email=None)
    with pytest.raises(InvalidInput) as refused:
        renew_invitation(actor=cast.as_astrid, user_id=cast.david.pk, now=NOW)
    assert refused.value.field == "email"
    User.objects.filter(pk=cast.david.pk).update(email="david@nordlys.example")
    token = renew_invitation(actor=cast.as_astrid, user_id=cast.david.pk, now=NOW).token
    assert accept(token, name="David").pk == cast.david.pk


def test_a_deactivated_person_is_not_invited_and_their_link_is_dead() -> None:
    cast = make_company()
    erik, token = invite(cast)
    deactivate_person(actor=cast.as_astrid, user_id=erik.pk, now=NOW)
    with pytest.raises(NotFound):
        invited_by(token, now=NOW)
    with pytest.raises(InvalidInput):
        renew_invitation(actor=cast.as_astrid, user_id=erik.pk, now=NOW)


@pytest.mark.parametrize("email", ["", "no address", "cilla@nordlys.example", "x" * 250 + "@x.example"])
def test_an_address_that_cannot_be_invited_is_refused(email: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        invite(make_company(), email)
    assert refused.value.field == "email"


def test_only_admins_invite() -> None:
    cast = make_company()
    with pytest.raises(NotAllowed):
        invite_person(actor=cast.as_bjorn, email="x@nordlys.example", now=NOW)
    with pytest.raises(NotAllowed):
        renew_invitation(actor=cast.as_bjorn, user_id=cast.cilla.pk, now=NOW)


def test_of_two_who_use_a_link_at_once_one_gets_in(emptied_afterwards: None) -> None:
    erik, token = invite(make_company())
    outcomes: list[str] = []

    def use(password: str) -> None:
        try:
            accept(token, password=password)
            outcomes.append(password)
        except NotFound:
            outcomes.append("")

    at_once(lambda: use("the first long password"), lambda: use("the second long password"))
    assert min(outcomes) == ""
    erik.refresh_from_db()
    assert erik.check_password(max(outcomes))
