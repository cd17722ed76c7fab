"""What goes wrong before a request reaches the API is told in JSON too, and only there."""

import pytest
from django.middleware.locale import LocaleMiddleware
from django.test import Client, override_settings

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("addresses")]


@pytest.fixture(name="addresses")
def _addresses() -> object:
    with override_settings(ROOT_URLCONF="tests.api.addresses"):
        yield


@pytest.mark.parametrize("path", ["/v1/goals/find", "/api/v2/stages", "/api"])
def test_a_foreign_host_name_is_refused_in_json(path: str) -> None:
    response = Client().get(path, headers={"host": "elsewhere.example"})
    assert response.status_code == 400
    assert response.json()["error"] == "This server does not serve this host name."


def test_a_fault_on_the_way_to_the_api_is_told_in_json(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object) -> None:
        raise RuntimeError("the database is gone")

    client = Client(raise_request_exception=False)
    monkeypatch.setattr(LocaleMiddleware, "process_request", fail)
    response = client.get("/v1/goals/find")
    assert (response.status_code, response.json()["statusCode"]) == (500, 50000)
    assert "database" not in response.content.decode()
    page = client.get("/nothing")
    assert (page.status_code, page.headers["Content-Type"][:9]) == (500, "text/html")


def test_pages_are_refused_as_pages() -> None:
    response = Client().get("/", headers={"host": "elsewhere.example"})
    assert (response.status_code, response.headers["Content-Type"][:9]) == (400, "text/html")
