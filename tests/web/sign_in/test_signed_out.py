"""Who was signed out while a page was open comes back to that page."""

import pytest
from django.test import Client

from tests.people import make_company

pytestmark = pytest.mark.django_db

ASKED_BY_A_REGION = {"HX-Request": "true", "HX-Current-URL": "http://testserver/goals/past?page=2"}


def test_a_region_sends_to_the_sign_in_page_and_back_to_its_own() -> None:
    make_company()

    reply = Client().get("/goals/new", headers=ASKED_BY_A_REGION)

    assert reply.headers["HX-Redirect"] == "/account/login/?next=%2Fgoals%2Fpast%3Fpage%3D2"


def test_a_form_sent_without_any_cookie_asks_to_sign_in_too() -> None:
    make_company()

    reply = Client(enforce_csrf_checks=True).post("/goals/new", headers=ASKED_BY_A_REGION)

    assert reply.headers["HX-Redirect"] == "/account/login/?next=%2Fgoals%2Fpast%3Fpage%3D2"


def test_another_sites_page_is_no_place_to_come_back_to() -> None:
    make_company()

    reply = Client().get(
        "/goals/new", headers={**ASKED_BY_A_REGION, "HX-Current-URL": "https://evil.example/goals"}
    )

    assert reply.headers["HX-Redirect"] == "/account/login/"
