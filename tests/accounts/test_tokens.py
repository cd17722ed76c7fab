"""API tokens: named, limited, revoked at once, and noted when used without a write for every request."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from goalpost.accounts import tokens
from goalpost.accounts.models import ApiToken, TokenUse
from goalpost.companies.actors import actor_for
from goalpost.companies.errors import InvalidInput, NotAllowed, NotFound
from goalpost.companies.models import PermissionSet, User
from tests.people import NOW, Cast, make_company

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_company()


def lines(cast: Cast) -> list[tokens.TokenLine]:
    return tokens.tokens_of(cast.as_cilla, cast.cilla.pk, now=NOW)


def test_a_token_is_listed_by_its_name_and_limits(cast: Cast) -> None:
    ends = NOW + timedelta(days=1)
    token = tokens.create_token(
        actor=cast.as_cilla, name=" Reports ", expires_at=ends, is_read_only=True, now=NOW
    )
    [line] = lines(cast)
    assert (line.name, line.is_read_only, line.expires_at, line.used_at) == ("Reports", True, ends, None)
    assert token not in str(line)


def test_nobody_gets_a_token_without_the_permission_to_use_the_api(cast: Cast) -> None:
    PermissionSet.objects.filter(company=cast.company).update(uses_api=False)
    cilla = User.objects.get(pk=cast.cilla.pk)
    with pytest.raises(NotAllowed):
        tokens.create_token(actor=actor_for(cilla), name="Reports", now=NOW)
    with pytest.raises(InvalidInput, match="does not include the API"):
        tokens.issue_token(user=cilla, now=NOW)
    assert not ApiToken.objects.exists()
    assert tokens.create_token(actor=cast.as_astrid, name="Reports", now=NOW)


def test_an_expired_token_opens_nothing(cast: Cast) -> None:
    ends = NOW + timedelta(days=1)
    token = tokens.create_token(actor=cast.as_cilla, name="Reports", expires_at=ends, now=NOW)
    assert tokens.found_token(token, now=ends - timedelta(seconds=1))
    assert tokens.found_token(token, now=ends) is None
    assert tokens.tokens_of(cast.as_cilla, cast.cilla.pk, now=ends)[0].has_expired


def test_a_revoked_token_opens_nothing_from_that_moment(cast: Cast) -> None:
    token = tokens.create_token(actor=cast.as_cilla, name="Reports", now=NOW)
    found = tokens.found_token(token, now=NOW)
    assert found is not None
    tokens.note_use(found, now=NOW)
    tokens.revoke_token(actor=cast.as_cilla, user_id=cast.cilla.pk, token_id=found.pk, now=NOW)
    assert tokens.found_token(token, now=NOW) is None
    assert not TokenUse.objects.exists()
    tokens.note_use(found, now=NOW + timedelta(hours=2))
    assert not TokenUse.objects.exists(), "a request under way notes nothing of a token that is gone"


def test_admins_revoke_anybodys_and_others_only_their_own(cast: Cast) -> None:
    tokens.create_token(actor=cast.as_cilla, name="Reports", now=NOW)
    token_id = ApiToken.objects.get().pk
    for actor in (cast.as_bjorn, cast.as_david):
        with pytest.raises(NotAllowed):
            tokens.tokens_of(actor, cast.cilla.pk, now=NOW)
        with pytest.raises(NotAllowed):
            tokens.revoke_token(actor=actor, user_id=cast.cilla.pk, token_id=token_id, now=NOW)
    with pytest.raises(NotFound):
        tokens.revoke_token(actor=cast.as_david, user_id=cast.david.pk, token_id=token_id, now=NOW)
    tokens.revoke_token(actor=cast.as_astrid, user_id=cast.cilla.pk, token_id=token_id, now=NOW)
    assert lines(cast) == []


def test_use_is_noted_once_an_hour(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    token = tokens.found_token(tokens.create_token(actor=cast.as_cilla, name="R", now=NOW), now=NOW)
    assert token is not None
    tokens.note_use(token, now=NOW)
    with django_assert_num_queries(0):
        tokens.note_use(token, now=NOW + timedelta(minutes=59))
    assert lines(cast)[0].used_at == NOW
    tokens.note_use(token, now=NOW + timedelta(minutes=60))
    assert lines(cast)[0].used_at == NOW + timedelta(minutes=60)


@pytest.mark.parametrize("name", ["", " ", "x" * 101, "\u202e", "a\nb"])
def test_a_name_that_cannot_be_read_is_refused(cast: Cast, name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        tokens.create_token(actor=cast.as_cilla, name=name, now=NOW)
    assert refused.value.field == "name"


def test_a_token_does_not_end_before_it_begins(cast: Cast) -> None:
    with pytest.raises(InvalidInput) as refused:
        tokens.create_token(actor=cast.as_cilla, name="R", expires_at=NOW, now=NOW)
    assert refused.value.field == "expires_on"
