"""Changing the password says what it asks for, before and after something is wrong."""

import pytest

from tests.people import PASSWORD, make_company
from tests.web.conftest import SignedIn
from tests.web.looking import text

pytestmark = pytest.mark.django_db

CHANGE = "/account/password/change/"
RULE = "At least 10 characters"


def test_the_rule_is_told_before_anything_is_typed(signed_in: SignedIn) -> None:
    assert RULE in text(signed_in(make_company(password=PASSWORD).cilla).get(CHANGE))


def test_a_wrong_current_password_is_named_as_wrong(signed_in: SignedIn) -> None:
    new = f"{PASSWORD} and more"
    sent = {"oldpassword": "something else", "password1": new, "password2": new}
    shown = text(signed_in(make_company(password=PASSWORD).cilla).post(CHANGE, sent))
    assert "That is not your current password." in shown
    assert RULE in shown
