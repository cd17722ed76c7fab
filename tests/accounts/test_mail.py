"""Mail as jobs: sent when the transaction commits, and again while the server is away."""

from datetime import timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from goalpost.accounts.invitations import sweep_invitations
from goalpost.accounts.mail import send_later, send_to_nobody
from goalpost.accounts.models import BrowserSession, Invitation
from goalpost.accounts.sessions import sweep_sessions
from goalpost.jobs.lease import LEASE, Lease, take_next
from goalpost.jobs.models import Job, State
from tests.jobs.draining import drain
from tests.people import NOW, make_company

pytestmark = pytest.mark.django_db

LINK = "https://goals.example.com/account/invitation/abcdef"
ERIK = "erik@nordlys.example"


def send(subject: str = "A new password") -> None:
    send_later(7, ERIK, subject, f"Hello,\n\n{LINK}\n")


def fail_with(monkeypatch: pytest.MonkeyPatch, *errors: Exception) -> None:
    """Let the mail server answer each message with the next of the errors, then take them."""
    left = list(errors)
    kept = EmailBackend.send_messages

    def answer(self: EmailBackend, messages: list[mail.EmailMessage]) -> int:
        if left:
            raise left.pop(0)
        return int(kept(self, messages))

    monkeypatch.setattr(EmailBackend, "send_messages", answer)


def test_a_message_is_sent_once_its_transaction_commits() -> None:
    with transaction.atomic():
        send()
        transaction.set_rollback(True)
    drain()
    assert mail.outbox == []
    send()
    assert mail.outbox == []
    drain()
    [message] = mail.outbox
    assert (message.to, message.subject) == ([ERIK], "A new password")
    assert LINK in message.body
    assert (Job.objects.get().company_id, Job.objects.get().about) == (7, ERIK)


def test_the_queue_does_not_show_what_a_message_says() -> None:
    send()
    [row] = Job.objects.values_list()
    assert LINK not in str(row)


def test_a_message_that_another_key_locked_is_not_sent(settings: Settings) -> None:
    send()
    settings.SECRET_KEY = "another" * 10
    drain()
    assert Job.objects.get().error == "The message was locked with another secret key."
    assert mail.outbox == []


def test_it_is_tried_again_while_the_server_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(monkeypatch, ConnectionRefusedError("refused"), SMTPDataError(451, b"Try later"))
    with time_machine.travel(NOW, tick=False) as clock:
        send()
        drain()
        job = Job.objects.get()
        assert (job.state, job.error) == (State.WAITING, "ConnectionRefusedError: refused")
        clock.move_to(NOW + timedelta(minutes=1))
        drain()
        job = Job.objects.get()
        assert job.error == "OSError: The mail server refused the message: 451 Try later"
        assert job.progress == {}, "it is not open whether the server has it"
        clock.move_to(NOW + timedelta(minutes=2))
        drain()
    assert Job.objects.get().state == State.DONE
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(
    "refusal",
    [SMTPRecipientsRefused({ERIK: (550, b"No such user")}), SMTPDataError(554, b"No such user")],
    ids=["address", "message"],
)
def test_what_the_server_refuses_for_good_fails_at_once(
    monkeypatch: pytest.MonkeyPatch, refusal: Exception
) -> None:
    fail_with(monkeypatch, refusal)
    send()
    drain()
    job = Job.objects.get()
    assert job.state == State.FAILED
    assert job.error.startswith("The mail server refused the message: 55")
    assert job.error.endswith("No such user")


def test_a_message_sent_again_after_a_crash_has_the_same_id(caplog: pytest.LogCaptureFixture) -> None:
    send()
    job = take_next("dies", timezone.now())
    assert job is not None
    with Lease(job).transaction():
        Lease(job).keep({"sending": 1})
    drain(timezone.now() + LEASE)
    [first] = mail.outbox
    assert "may have been sent before" in caplog.text
    assert first.extra_headers["Message-ID"].endswith(f".{job.pk}@localhost>")
    assert f"{job.created_at:%Y%m%d%H%M%S%f}" in first.extra_headers["Message-ID"]


def test_what_the_server_took_is_done_before_the_connection_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    states = []

    def close(_self: EmailBackend) -> None:
        states.append(Job.objects.get().state)
        raise SMTPServerDisconnected("gone")

    monkeypatch.setattr(EmailBackend, "close", close)
    send()
    drain()
    assert states == [State.DONE]
    assert Job.objects.get().state == State.DONE
    assert len(mail.outbox) == 1


def test_an_unknown_address_costs_a_job_as_a_known_one_does() -> None:
    send_to_nobody()
    send()
    nobody, somebody = Job.objects.order_by("id")
    assert abs(len(str(nobody.arguments)) - len(str(somebody.arguments))) < 800
    drain()
    assert len(mail.outbox) == 1


def test_sessions_and_links_that_ran_out_are_swept() -> None:
    cast, now = make_company(), timezone.now()
    for key, ends in (("over", now - timedelta(minutes=1)), ("on", now + timedelta(minutes=1))):
        BrowserSession.objects.create(session_key=key, session_data="", expire_date=ends)
    for person, days in ((cast.bjorn, -91), (cast.cilla, -89), (cast.david, 1)):
        Invitation.objects.create(
            company=cast.company,
            user=person,
            token_hash=str(days),
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
    sweep_sessions.call()
    sweep_invitations.call()
    assert set(BrowserSession.objects.values_list("session_key", flat=True)) == {"on"}
    assert set(Invitation.objects.values_list("token_hash", flat=True)) == {"-89", "1"}
