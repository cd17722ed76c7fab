"""Theme and language: chosen in the browser, remembered in cookies, never a way to another site."""

from http import HTTPStatus

import pytest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.test import RequestFactory
from django.utils import translation

from goalpost.web.shell import middleware
from goalpost.web.shell.appearance import Theme, change_language, change_theme, theme_of


class Reader:
    """A signed-in person, as far as the language goes."""

    is_authenticated = True

    def __init__(self, language: str) -> None:
        self.language = language


def post(**fields: str) -> HttpRequest:
    return RequestFactory().post("/appearance", fields)


def test_a_theme_is_remembered_and_the_page_comes_back() -> None:
    response = change_theme(post(theme="dark", next="/goals?page=2"))
    assert response.status_code == HTTPStatus.FOUND
    assert response.headers["Location"] == "/goals?page=2"
    assert response.cookies["theme"].value == "dark"
    assert response.cookies["theme"]["samesite"] == "Lax"


def test_the_systems_theme_is_remembered_too_over_that_of_the_profile() -> None:
    assert change_theme(post(theme="system")).cookies["theme"].value == "system"


@pytest.mark.parametrize("page", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_a_choice_never_leads_to_another_site(page: str) -> None:
    assert change_theme(post(theme="dark", next=page)).headers["Location"] == "/"
    assert change_language(post(language="sv", next=page)).headers["Location"] == "/"


@pytest.mark.parametrize("theme", ["", "neon", "dark\r\nSet-Cookie: x=1"])
def test_an_unknown_theme_is_refused(theme: str) -> None:
    response = change_theme(post(theme=theme))
    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert not response.cookies


def test_an_unknown_language_is_refused() -> None:
    assert change_language(post(language="xx")).status_code == HTTPStatus.BAD_REQUEST


def test_a_link_cannot_change_the_appearance() -> None:
    assert change_theme(RequestFactory().get("/appearance")).status_code == HTTPStatus.METHOD_NOT_ALLOWED


@pytest.mark.parametrize(
    ("cookie", "theme"), [("dark", Theme.DARK), ("light", Theme.LIGHT), ("<b>", Theme.SYSTEM)]
)
def test_the_theme_comes_from_the_cookie_when_it_is_one(cookie: str, theme: Theme) -> None:
    request = RequestFactory().get("/")
    request.COOKIES["theme"] = cookie
    assert theme_of(request) is theme


@pytest.mark.parametrize(
    ("own", "cookie", "spoken"), [("sv", "", "sv"), ("sv", "en", "en"), ("", "", "en"), ("xx", "", "en")]
)
def test_a_persons_language_counts_unless_the_browser_chose(own: str, cookie: str, spoken: str) -> None:
    heard = []

    def page(_request: HttpRequest) -> HttpResponse:
        heard.append(translation.get_language())
        return HttpResponse()

    request = RequestFactory().get("/")
    if cookie:
        request.COOKIES["django_language"] = cookie
    request.user = Reader(own)  # type: ignore[assignment]  # all that the middleware asks of a user
    with translation.override("en"):
        middleware.UserLanguageMiddleware(page)(request)
    assert heard == [spoken]


def test_pages_are_private_and_devices_are_switched_off() -> None:
    response = middleware.ResponseHeadersMiddleware(lambda _: HttpResponse())(RequestFactory().get("/"))
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert "camera=()" in response.headers["Permissions-Policy"]


def test_a_response_may_have_its_own_caching() -> None:
    public = HttpResponse(headers={"Cache-Control": "public"})
    response = middleware.ResponseHeadersMiddleware(lambda _: public)(RequestFactory().get("/"))
    assert response.headers["Cache-Control"] == "public"


def test_a_region_whose_session_ended_sends_the_whole_page_to_sign_in() -> None:
    request = RequestFactory().get("/goals/records", headers={"HX-Request": "true"})
    sent_away = HttpResponseRedirect("/account/login/?next=/goals/records")
    response = middleware.RegionRequestMiddleware(lambda _: sent_away)(request)
    assert response.headers["HX-Redirect"] == "/account/login/"
    assert response.status_code == HTTPStatus.OK


def test_other_redirects_and_whole_pages_are_left_alone() -> None:
    elsewhere = HttpResponseRedirect("/goals")
    region = RequestFactory().get("/", headers={"HX-Request": "true"})
    assert middleware.RegionRequestMiddleware(lambda _: elsewhere)(region) is elsewhere
    sent_away = HttpResponseRedirect("/account/login/")
    page = RequestFactory().get("/")
    assert middleware.RegionRequestMiddleware(lambda _: sent_away)(page) is sent_away
