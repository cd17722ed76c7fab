"""Changing the password says what it asks for, before and after something is wrong."""

import pytest

from goalpost.accounts.invitations import invited_by, renew_invitation
from goalpost.companies.errors import NotFound
from tests.people import NOW, PASSWORD, make_company
from tests.web.conftest import SignedIn
from tests.web.looking import text

pytestmark = pytest.mark.django_db

CHANGE = "/account/password/change/"
RULE = "Use at least 10 characters"


def test_the_rule_is_told_before_anything_is_typed(signed_in: SignedIn) -> None:
    assert RULE in text(signed_in(make_company(password=PASSWORD).cilla).get(CHANGE))


def test_a_wrong_current_password_is_named_as_wrong(signed_in: SignedIn) -> None:
    new = f"{PASSWORD} and more"
    sent = {"oldpassword": "something else", "password1": new, "password2": new}
    shown = text(signed_in(make_company(password=PASSWORD).cilla).post(CHANGE, sent))
    assert "That is not your current password." in shown
    assert RULE in shown


def test_a_link_to_choose_a_password_with_ends_when_one_is_chosen_without_it(signed_in: SignedIn) -> None:
    cast, new = make_company(password=PASSWORD), f"{PASSWORD} and more"
    link = renew_invitation(actor=cast.as_astrid, user_id=cast.cilla.pk, now=NOW)
    assert invited_by(link.token, now=NOW) == cast.cilla
    sent = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert signed_in(cast.cilla).post(CHANGE, sent).status_code == 302
    with pytest.raises(NotFound):
        invited_by(link.token, now=NOW)
