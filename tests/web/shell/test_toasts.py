"""What a toast says and offers, and that it arrives as it was sent."""

import pytest
from django.contrib.messages import get_messages
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.test import RequestFactory

from goalpost.web.shell.templatetags.parts import moves_focus
from goalpost.web.shell.toasts import Toast, Undo, toast, toast_of


@pytest.fixture
def request_() -> HttpRequest:
    request = RequestFactory().get("/")
    request.session = SessionStore()
    MessageMiddleware(lambda _: HttpResponse()).process_request(request)
    return request


@pytest.mark.parametrize(
    "sent",
    [
        Toast("Profile saved"),
        Toast("Nothing was undone.", is_refused=True),
        Toast("Goal deleted", undo=Undo("/goals/1/restore"), moves_focus=True),
        Toast("Target saved", undo=Undo("/goals/1/undo", 3, "#chart,#toasts:beforeend"), moves_focus=True),
    ],
)
def test_a_toast_arrives_as_it_was_sent(request_: HttpRequest, sent: Toast) -> None:
    toast(request_, sent.text, is_refused=sent.is_refused, undo=sent.undo, moves_focus=sent.moves_focus)
    arrived = list(get_messages(request_))
    assert [toast_of(message) for message in arrived] == [sent]
    assert moves_focus(arrived) is sent.moves_focus


def test_only_an_undo_with_regions_stays_on_the_page() -> None:
    plain = render_to_string("web/toast.html", {"toast": Toast("Deleted", undo=Undo("/back"))})
    in_place = render_to_string("web/toast.html", {"toast": Toast("Saved", undo=Undo("/undo", 3, "#chart"))})
    assert 'action="/back"' in plain
    assert "hx-post" not in plain
    assert 'name="version"' not in plain
    assert 'hx-post="/undo"' in in_place
    assert 'hx-select-oob="#chart"' in in_place
    assert 'name="version" value="3"' in in_place
