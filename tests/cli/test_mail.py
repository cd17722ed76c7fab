"""Mail that arrives: a real server sends it to a real SMTP server."""

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from threading import Event

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.cli.running import ADMIN, PATIENCE, Browser, Installation, free_port, serving
from tests.people import PASSWORD

NEW_PASSWORD = "a quiet river in winter"


class Mailbox:
    """Takes every message and keeps it."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.arrived = Event()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        content = envelope.content
        assert isinstance(content, bytes)
        message = BytesParser(policy=default).parsebytes(content)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        self.arrived.set()
        return "250 Taken"

    def latest(self) -> EmailMessage:
        assert self.arrived.wait(PATIENCE), "no mail came"
        self.arrived.clear()
        return self.messages[-1]


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, dict[str, str]]]:
    box, port = Mailbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    settings = {
        "GOALPOST_EMAIL_HOST": "127.0.0.1",
        "GOALPOST_EMAIL_PORT": str(port),
        "GOALPOST_EMAIL_SECURITY": "none",
        "GOALPOST_EMAIL_FROM": "Goalpost <no-reply@nordlys.example>",
    }
    yield box, settings
    controller.stop()


def body(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def link(message: EmailMessage) -> str:
    found = re.search(r"http://localhost:8000(/account/\S+)", body(message))
    assert found is not None, body(message)
    return found[1]


def is_in(browser: Browser) -> bool:
    return browser.get("/").status == 200


def test_an_invitation_arrives_and_lets_its_person_in(
    founded: Installation, mailbox: tuple[Mailbox, dict[str, str]]
) -> None:
    box, settings = mailbox
    with serving(founded, **settings) as server:
        admin, erik = server.browser(), server.browser()
        admin.sign_in(ADMIN, PASSWORD)
        fields = {"email": "erik@nordlys.example", "name": "Erik Åberg"}
        sent = admin.submit("/settings/people/invite", fields)
        assert sent.status == 302
        message = box.latest()
        assert message["To"] == "erik@nordlys.example"
        assert message["From"] == "Goalpost <no-reply@nordlys.example>"
        assert "Hello Erik Åberg" in body(message)
        accepted = erik.submit(link(message), {"name": "Erik Åberg", "password": PASSWORD})
        assert accepted.status == 302
        assert is_in(erik)


def test_a_forgotten_password_is_replaced_by_the_link_once(
    founded: Installation, mailbox: tuple[Mailbox, dict[str, str]]
) -> None:
    box, settings = mailbox
    with serving(founded, **settings) as server:
        elsewhere, browser = server.browser(), server.browser()
        elsewhere.sign_in(ADMIN, PASSWORD)
        known = browser.submit("/account/password/reset/", {"email": ADMIN.upper()})
        unknown = browser.submit("/account/password/reset/", {"email": "nobody@nordlys.example"})
        assert (known.status, known.headers["location"]) == (unknown.status, unknown.headers["location"])
        message = box.latest()
        assert message["To"].lower() == ADMIN
        opened = browser.get(link(message))
        assert opened.status == 302
        fields = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
        weak = browser.submit(opened.headers["location"], {"password1": "password", "password2": "password"})
        assert weak.status == 200
        assert browser.submit(opened.headers["location"], fields).status == 302
        assert not is_in(elsewhere), "whoever was in with the old password is out"
        assert not is_in(browser), "a link from the mail lets nobody in by itself"
        browser.sign_in(ADMIN, NEW_PASSWORD)
        assert is_in(browser)
        again = server.browser().get(link(message))
        assert "no longer works" in again.body
        assert len(box.messages) == 1, "nothing was sent to an address that nobody has"


def test_mail_is_not_given_to_a_server_that_cannot_keep_it_secret(
    founded: Installation, mailbox: tuple[Mailbox, dict[str, str]]
) -> None:
    box, settings = mailbox
    with serving(founded, **{**settings, "GOALPOST_EMAIL_SECURITY": "starttls"}) as server:
        admin = server.browser()
        admin.sign_in(ADMIN, PASSWORD)
        assert admin.submit("/settings/people/invite", {"email": "erik@nordlys.example"}).status == 302
        until = time.monotonic() + PATIENCE
        while not (error := _error_of_a_job(founded)):
            assert time.monotonic() < until, "it was not tried"
            time.sleep(0.1)
    assert "STARTTLS" in error
    assert box.messages == []


def _error_of_a_job(installation: Installation) -> str:
    with closing(sqlite3.connect(installation.data / "goalpost.sqlite3")) as database:
        return str(database.execute("SELECT MAX(error) FROM jobs_job").fetchone()[0])


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"GOALPOST_EMAIL_SECURITY": "ssl"}, "must be starttls, tls or none"),
        ({"GOALPOST_EMAIL_PORT": "smtp"}, "must be a whole number"),
        ({"GOALPOST_OIDC_ISSUER": "https://login.example.com"}, "GOALPOST_OIDC_CLIENT_ID"),
        ({"GOALPOST_OIDC_ISSUER": "login", "GOALPOST_OIDC_CLIENT_ID": "x"}, "must be a full address"),
    ],
)
def test_settings_that_cannot_be_are_refused_with_what_to_do(
    founded: Installation, settings: dict[str, str], said: str
) -> None:
    ran = founded.run("token", ADMIN, **settings)
    assert ran.code == 2
    assert said in ran.err
