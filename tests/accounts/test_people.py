"""What becomes of people: changed, deactivated and back, and an admin who always remains."""

from datetime import timedelta

import pytest
from allauth.socialaccount.models import SocialAccount

from goalpost.accounts import actions
from goalpost.accounts.invitations import invite_person
from goalpost.accounts.models import ApiToken, Invitation
from goalpost.accounts.tokens import issue_token
from goalpost.companies.audit import AuditAction
from goalpost.companies.errors import InvalidInput, NotAllowed, NotFound
from goalpost.companies.models import AuditEntry, User
from goalpost.companies.people import PersonStatus, people_page, person_line
from tests.crm.at_once import at_once
from tests.people import NOW, PASSWORD, Cast, make_company

pytestmark = pytest.mark.django_db


def change(cast: Cast, user: User, **differently: object) -> User:
    facts: dict[str, object] = {
        "name": user.name,
        "email": user.email or "",
        "permission_set_id": user.permission_set_id,
        "is_admin": user.is_admin,
        **differently,
    }
    return actions.change_person(actor=cast.as_astrid, user_id=user.pk, now=NOW, **facts)  # type: ignore[arg-type]


def test_a_person_is_changed_in_one_step_and_the_log_tells_what() -> None:
    cast = make_company()
    change(cast, cast.cilla, name="Cilla Ek", email=" Cilla.Ek@Nordlys.example ", is_admin=True)
    line = person_line(cast.as_astrid, cast.cilla.pk)
    assert (line.name, line.email, line.is_admin) == ("Cilla Ek", "cilla.ek@nordlys.example", True)
    entry = AuditEntry.objects.get(subject_id=cast.cilla.pk)
    assert (entry.action, entry.actor_id, entry.subject_name) == (
        AuditAction.CHANGED,
        cast.astrid.pk,
        "Cilla",
    )
    assert entry.changes == {
        "name": ["Cilla", "Cilla Ek"],
        "email": ["cilla@nordlys.example", "cilla.ek@nordlys.example"],
        "is_admin": [False, True],
    }


def test_the_same_details_again_are_no_change() -> None:
    cast = make_company()
    change(cast, cast.cilla)
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("differently", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "Cil\u202ela"}, "name"),
        ({"name": "Cil\x00la"}, "name"),
        ({"email": "cilla"}, "email"),
        ({"email": ""}, "email"),
        ({"email": "david@nordlys.example"}, "email"),
        ({"permission_set_id": 0}, "permission_set"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(differently: dict[str, object], field: str) -> None:
    cast = make_company()
    with pytest.raises(InvalidInput) as refused:
        change(cast, cast.cilla, **differently)
    assert refused.value.field == field
    assert person_line(cast.as_astrid, cast.cilla.pk).name == "Cilla"


def test_only_admins_change_people() -> None:
    cast = make_company()
    details: dict[str, object] = {
        "name": "X",
        "email": "",
        "permission_set_id": None,
        "is_admin": True,
    }
    for actor in (cast.as_bjorn, cast.as_cilla):
        with pytest.raises(NotAllowed):
            actions.change_person(actor=actor, user_id=cast.cilla.pk, now=NOW, **details)  # type: ignore[arg-type]
        with pytest.raises(NotAllowed):
            actions.deactivate_person(actor=actor, user_id=cast.david.pk, now=NOW)
        with pytest.raises(NotAllowed):
            actions.reactivate_person(actor=actor, user_id=cast.david.pk, now=NOW)
        with pytest.raises(NotAllowed):
            people_page(actor)


def test_the_last_admin_stays_one() -> None:
    cast = make_company(password=PASSWORD)
    with pytest.raises(InvalidInput, match="At least one active admin"):
        change(cast, cast.astrid, is_admin=False)
    change(cast, cast.cilla, is_admin=True)
    change(cast, cast.astrid, is_admin=False)
    assert not person_line(cast.operator, cast.astrid.pk).is_admin


def test_an_admin_who_cannot_sign_in_yet_does_not_count_as_the_one_who_remains() -> None:
    cast = make_company()
    invite_person(actor=cast.as_astrid, email="new@nordlys.example", is_admin=True, now=NOW)
    with pytest.raises(InvalidInput):
        change(cast, cast.astrid, is_admin=False)
    with pytest.raises(InvalidInput):
        actions.deactivate_person(actor=cast.operator, user_id=cast.astrid.pk, now=NOW)


def test_an_admin_who_never_had_a_password_does_not_count_either() -> None:
    cast = make_company(password=PASSWORD)
    invited = invite_person(actor=cast.as_astrid, email="new@nordlys.example", is_admin=True, now=NOW).user
    change(cast, invited, email="newer@nordlys.example")
    with pytest.raises(InvalidInput):
        change(cast, cast.astrid, is_admin=False)
    SocialAccount.objects.create(user=invited, provider="oidc", uid="new-at-work")
    change(cast, cast.astrid, is_admin=False)


def test_two_admins_who_demote_each_other_at_once_leave_one(emptied_afterwards: None) -> None:
    cast = make_company(password=PASSWORD)
    change(cast, cast.bjorn, is_admin=True)
    refusals: list[str] = []

    def demote(by: User, whom: User) -> None:
        try:
            actor = cast.as_astrid if by == cast.astrid else cast.operator
            actions.deactivate_person(actor=actor, user_id=whom.pk, now=NOW)
        except InvalidInput as refusal:
            refusals.append(refusal.message)

    at_once(lambda: demote(cast.astrid, cast.bjorn), lambda: demote(cast.bjorn, cast.astrid))
    assert len(refusals) == 1
    assert User.objects.filter(company=cast.company, is_admin=True, is_active=True).count() == 1


def test_nobody_deactivates_themselves() -> None:
    cast = make_company()
    change(cast, cast.bjorn, is_admin=True)
    with pytest.raises(InvalidInput, match="yourself"):
        actions.deactivate_person(actor=cast.as_astrid, user_id=cast.astrid.pk, now=NOW)


def test_deactivating_ends_tokens_and_invitations_and_coming_back_does_not_revive_them() -> None:
    cast = make_company(password=PASSWORD)
    issue_token(user=cast.cilla, now=NOW)
    invited = invite_person(actor=cast.as_astrid, email="new@nordlys.example", now=NOW).user
    for user in (cast.cilla, invited):
        actions.deactivate_person(actor=cast.as_astrid, user_id=user.pk, now=NOW)
        assert person_line(cast.as_astrid, user.pk).status is PersonStatus.DEACTIVATED
    assert not ApiToken.objects.exists()
    assert not Invitation.objects.exists()
    actions.reactivate_person(actor=cast.as_astrid, user_id=cast.cilla.pk, now=NOW + timedelta(days=1))
    assert person_line(cast.as_astrid, cast.cilla.pk).status is PersonStatus.ACTIVE
    assert not ApiToken.objects.exists()
    told = AuditEntry.objects.filter(subject_kind="user", subject_id=cast.cilla.pk).order_by("id")
    assert [entry.action for entry in told] == [AuditAction.DEACTIVATED, AuditAction.REACTIVATED]


def test_a_new_address_ends_the_invitation_to_the_old_one() -> None:
    cast = make_company()
    invited = invite_person(actor=cast.as_astrid, email="new@nordlys.example", now=NOW).user
    change(cast, invited, email="newer@nordlys.example")
    assert not Invitation.objects.exists()
    assert person_line(cast.as_astrid, invited.pk).status is PersonStatus.NOT_INVITED


def test_a_new_address_and_the_end_of_the_account_end_the_link_to_single_sign_on() -> None:
    cast = make_company(password=PASSWORD)
    SocialAccount.objects.create(user=cast.cilla, provider="oidc", uid="cilla-at-work")
    change(cast, cast.cilla, name="Cilla Ek")
    assert SocialAccount.objects.exists()
    change(cast, cast.cilla, email="cilla.ek@nordlys.example")
    assert not SocialAccount.objects.exists()
    SocialAccount.objects.create(user=cast.cilla, provider="oidc", uid="cilla-at-work")
    actions.deactivate_person(actor=cast.as_astrid, user_id=cast.cilla.pk, now=NOW)
    assert not SocialAccount.objects.exists()


def test_everybody_is_of_one_status_and_found_by_it() -> None:
    cast = make_company(password=PASSWORD)
    add = {"actor": cast.as_astrid, "now": NOW}
    invite_person(email="invited@nordlys.example", **add)  # type: ignore[arg-type]
    actions.deactivate_person(user_id=cast.david.pk, **add)  # type: ignore[arg-type]
    User.objects.filter(pk=cast.bjorn.pk).update(email=None)
    User.objects.filter(pk=cast.cilla.pk).update(password="!")
    everybody = people_page(cast.as_astrid)
    assert everybody.counts == {
        PersonStatus.ACTIVE: 1,
        PersonStatus.INVITED: 1,
        PersonStatus.NOT_INVITED: 1,
        PersonStatus.DEACTIVATED: 1,
        PersonStatus.WITHOUT_EMAIL: 1,
    }
    for status in PersonStatus:
        found = people_page(cast.as_astrid, status=status)
        assert [line.status for line in found.people] == [status]
        assert found.found == 1


def test_people_are_searched_by_name_and_address_and_paged() -> None:
    cast = make_company()
    assert [line.name for line in people_page(cast.as_astrid, search="cil").people] == ["Cilla"]
    assert [line.name for line in people_page(cast.as_astrid, search="DAVID@").people] == ["David"]
    assert people_page(cast.as_astrid, search="cilla david").people == ()
    beyond = people_page(cast.as_astrid, page=99)
    assert (beyond.page, beyond.pages, len(beyond.people)) == (1, 1, 4)


def test_a_profile_is_changed_by_its_own_person_only_in_what_is_theirs() -> None:
    cast = make_company()
    actions.change_profile(actor=cast.as_cilla, name="Cilla Ek", language="sv", theme="dark", now=NOW)
    cast.cilla.refresh_from_db()
    assert (cast.cilla.name, cast.cilla.language, cast.cilla.theme) == ("Cilla Ek", "sv", "dark")
    for wrong in ({"language": "tlh"}, {"theme": "pink"}, {"name": ""}):
        facts = {"name": "Cilla", "language": "", "theme": "", **wrong}
        with pytest.raises(InvalidInput) as refused:
            actions.change_profile(actor=cast.as_cilla, now=NOW, **facts)
        assert refused.value.field == next(iter(wrong))


def test_a_person_of_another_company_is_not_there() -> None:
    cast, other = make_company(), make_company("Baltica")
    for action in (actions.deactivate_person, actions.reactivate_person, actions.remove_second_steps):
        with pytest.raises(NotFound):
            action(actor=cast.as_astrid, user_id=other.cilla.pk, now=NOW)
    with pytest.raises(NotFound):
        person_line(cast.as_astrid, other.cilla.pk)
