"""Every address of the company's settings, by everybody: one table, which a new address must enter."""

import re
from http import HTTPStatus

import pytest
from django.test import Client

from goalpost.companies.permission_sets import add_permission_set
from goalpost.domain.permissions import BOTH
from goalpost.web.settings_pages import urls
from tests.people import NOW, Cast, let_see, make_company
from tests.web.conftest import SignedIn

pytestmark = pytest.mark.django_db

OK, FOUND, FORBIDDEN, NOT_FOUND, WRONG_WAY = (
    HTTPStatus.OK,
    HTTPStatus.FOUND,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED,
)
# Open to everybody, for what is their own.
OWN = {"settings", "profile", "security", "sign-out-elsewhere", "end-session", "tokens", "revoke-token"}
PEOPLE = (
    "nobody",
    "regular",
    "regular with both",
    "manager",
    "manager of another",
    "manager with both",
    "admin",
    "admin of another company",
)
NAMES = sorted({str(pattern.name) for pattern in urls.urlpatterns} - OWN)


def browser_of(who: str, cast: Cast, signed_in: SignedIn) -> Client:
    if who == "nobody":
        return Client(SERVER_NAME="localhost")
    if who == "admin of another company":
        return signed_in(make_company("Elsewhere").astrid)
    if who == "manager of another":
        cast.baltic.manager = cast.david
        cast.baltic.save(update_fields=["manager"])
    person = {
        "admin": cast.astrid,
        "manager of another": cast.david,
        "regular": cast.cilla,
        "regular with both": cast.cilla,
    }.get(who, cast.bjorn)
    if who.endswith("with both"):
        let_see(person, company_statistics=True, other_users_statistics=True)
    return signed_in(person)


def address(name: str, cast: Cast) -> str:
    """Return the address with something of the company's in its place."""
    [pattern] = [str(each.pattern) for each in urls.urlpatterns if each.name == name]
    own = add_permission_set(actor=cast.as_astrid, name="Own", permissions=BOTH, now=NOW)
    values = {"set_id": own.pk, "user_id": cast.cilla.pk, "team_id": cast.nordic.pk}
    bare = re.sub(r"[\^$]|\(\?P(?=<)|(?<=>)\[[^)]*\)", "", pattern)
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values.get(found[1], "0" * 32)), bare)


def absent(page: str) -> set[HTTPStatus]:
    """Return how an address answers that names something nobody has."""
    return {NOT_FOUND} if "0" * 32 in page else set()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("who", PEOPLE)
def test_the_companys_settings_are_its_admins_alone(
    cast: Cast, signed_in: SignedIn, name: str, who: str
) -> None:
    page = address(name, cast)
    seen = browser_of(who, cast, signed_in).get(page).status_code
    if who == "nobody":
        # An address that only takes forms says so before it asks who is there.
        assert seen in {FOUND, WRONG_WAY}
    elif who == "admin":
        assert seen in {OK, WRONG_WAY, *absent(page)}
    elif who == "admin of another company":
        has_place = re.search(r"/\d", page)
        assert seen in ({NOT_FOUND, WRONG_WAY} if has_place else {OK, WRONG_WAY})
    else:
        assert seen in {FORBIDDEN, WRONG_WAY, *absent(page)}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("who", PEOPLE[:6])
def test_nobody_else_sends_anything_there(cast: Cast, signed_in: SignedIn, name: str, who: str) -> None:
    page = address(name, cast)
    sent = browser_of(who, cast, signed_in).post(page).status_code
    assert sent in ({FOUND, WRONG_WAY} if who == "nobody" else {FORBIDDEN, WRONG_WAY, *absent(page)})
