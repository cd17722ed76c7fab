"""Who may call: a token in one of its three places, and nothing else."""

import logging

import pytest
from django.test import Client

from goalpost.accounts.models import ApiToken
from goalpost.companies.models import PermissionSet
from tests.api.caller import ApiCaller, caller
from tests.people import PASSWORD, Cast, make_company

pytestmark = pytest.mark.django_db

UNAUTHORIZED = {"success": False, "error": "unauthorized access", "errorCode": 401}


def name_at(headers: dict[str, str], **query: str) -> str:
    reply = ApiCaller().send("GET", "/users/me", headers=headers, query=dict(query))
    if reply.status == 401:
        assert reply.body == UNAUTHORIZED
        return ""
    assert reply.status == 200
    return str(reply.body["data"]["name"])


def test_a_token_is_accepted_in_each_of_its_three_places(cast: Cast) -> None:
    token = caller(cast.cilla).token
    assert name_at({"x-api-token": token}) == "Cilla"
    assert name_at({}, api_token=token) == "Cilla"
    assert name_at({"Authorization": f"Bearer {token}"}) == "Cilla"
    assert name_at({"Authorization": f"bearer {token}"}) == "Cilla"


@pytest.mark.parametrize("path", ["/goals/find", "/users", "/legacyTeams", "/currencies", "/openapi.json"])
def test_without_a_token_nothing_is_told(cast: Cast, path: str) -> None:
    reply = ApiCaller().get(path)
    assert (reply.status, reply.body) == (401, UNAUTHORIZED)


@pytest.mark.parametrize(
    "headers",
    [
        {"x-api-token": "0" * 40},
        {"x-api-token": "å" * 40},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic YTpi"},
    ],
)
def test_what_is_no_token_opens_nothing(cast: Cast, headers: dict[str, str]) -> None:
    assert name_at(headers) == ""


def test_an_api_token_wins_over_a_bearers_even_if_it_is_wrong(cast: Cast) -> None:
    cilla, david = caller(cast.cilla).token, caller(cast.david).token
    assert name_at({"x-api-token": cilla, "Authorization": f"Bearer {david}"}) == "Cilla"
    assert name_at({"Authorization": f"Bearer {david}"}, api_token=cilla) == "Cilla"
    assert name_at({"x-api-token": cilla}, api_token=david) == "Cilla"
    assert name_at({"x-api-token": "wrong", "Authorization": f"Bearer {david}"}) == ""


def test_a_deactivated_users_token_opens_nothing(cast: Cast) -> None:
    cilla = caller(cast.cilla)
    cast.cilla.is_active = False
    cast.cilla.save(update_fields=["is_active"])
    assert cilla.get("/users/me").status == 401


def test_the_hash_that_is_kept_is_no_token(cast: Cast) -> None:
    caller(cast.cilla)
    assert name_at({"x-api-token": ApiToken.objects.get().token_hash}) == ""


def test_a_session_opens_nothing() -> None:
    cast = make_company(password=PASSWORD)
    client = Client()
    client.force_login(cast.astrid)
    assert client.get("/api/v1/users/me").status_code == 401


def test_a_reply_sets_no_cookie(cast: Cast) -> None:
    reply = caller(cast.cilla).get("/users/me")
    assert "Set-Cookie" not in reply.headers


def test_a_token_is_never_logged(
    cast: Cast, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_facts: object) -> None:
        raise RuntimeError("the disk is full")

    caplog.set_level(logging.DEBUG)
    token = caller(cast.cilla).token
    monkeypatch.setattr("goalpost.api.goals.goals_found", fail)
    reply = ApiCaller().get("/goals/find", api_token=token)
    assert reply.status == 500
    assert "the disk is full" in caplog.text
    assert token not in caplog.text
    assert "disk" not in reply.text
    ApiCaller().get("/nowhere", api_token=token)
    assert token not in caplog.text


@pytest.mark.parametrize("path", ["/goals/find", "/users/me", "/currencies", "/openapi.json"])
def test_a_token_of_somebody_without_the_permission_to_use_the_api_is_refused(cast: Cast, path: str) -> None:
    cilla, astrid = caller(cast.cilla), caller(cast.astrid)
    assert cilla.get(path).status != 403
    PermissionSet.objects.filter(company=cast.company).update(uses_api=False)
    refused = cilla.get(path)
    assert refused.status == 403
    assert "Use the API" in refused.body["error"]
    assert refused.body["success"] is False
    assert astrid.get(path).status != 403, "admins always may"
