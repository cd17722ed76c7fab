"""Mail to people: text, perhaps with the same as HTML, in their language, to one address at a time, by a job.

The job is written in the transaction that causes the message. When a worker dies while the mail server
answers, it is unknown whether the message was accepted: it is sent again under the same Message-ID (decision
0019).
"""

import contextlib
import json
import logging
from dataclasses import asdict, dataclass
from smtplib import SMTPDataError, SMTPRecipientsRefused
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django_tasks import TaskContext, task

from goalpost.accounts.secret_box import secret_box
from goalpost.companies.models import User
from goalpost.jobs.lease import GiveUp, lease_of
from goalpost.jobs.models import Job
from goalpost.jobs.queue import for_company

_log = logging.getLogger(__name__)

_BOX = "mail"
_PERMANENT = 500
"""From this reply code on, a mail server refuses permanently (RFC 5321)."""
_URGENT = 10
"""The job's priority: somebody waits for the link."""


def sends_mail() -> bool:
    """Whether the operator has set up a server for outgoing mail."""
    return bool(settings.SENDS_MAIL)


@dataclass(frozen=True, slots=True)
class Newsletter:
    """What a message has that comes by itself: HTML beside the text, and the address that ends such mail.

    A POST there ends it (RFC 8058). It is not sent to a person who was deactivated, or took another address,
    since it was written.
    """

    user_id: int
    html: str
    stop_url: str


def send_later(
    company_id: int, to: str, subject: str, text: str, *, newsletter: Newsletter | None = None
) -> None:
    """Enqueue a message in the current transaction. Its text is encrypted, since it may hold a link."""
    content = {"text": text, "newsletter": asdict(newsletter) if newsletter else None}
    locked = secret_box(_BOX).encrypt(json.dumps(content).encode()).decode()
    message = for_company(send_message, company_id, about=to)
    if newsletter is None:
        message = message.using(priority=_URGENT)
    message.enqueue(to, " ".join(subject.split()), locked)


def send_to_nobody() -> None:
    """Take as long as `send_later`, where there is no recipient, so that timing reveals nothing."""
    locked = secret_box(_BOX).encrypt(b" " * 300).decode()
    answer_nobody.using(priority=_URGENT).enqueue(locked)


@task
def answer_nobody(_locked: str) -> None:
    """Do nothing: a password was requested for an unknown address."""


@task(takes_context=True)
def send_message(context: TaskContext, to: str, subject: str, locked: str) -> None:
    """Send a message to the mail server. Raises GiveUp when it refuses it permanently."""
    lease = lease_of(context)
    message = _message(lease.job, to, subject, json.loads(_unlocked(locked)))
    if message is None:
        return
    if "sending" in lease.job.progress:
        _log.warning("Job %s: the message to %s may have been sent before.", lease.job.pk, to)
    server = get_connection()
    try:
        server.open()
        # From here until the reply it is unknown whether the server has accepted the message.
        with lease.transaction():
            lease.keep({"sending": lease.job.attempts})
        server.send_messages([message])
        # Accepted: recorded before the connection is closed, which waits for a reply.
        with lease.last_transaction():
            pass
    except (SMTPRecipientsRefused, SMTPDataError) as error:
        lease.keep({})  # it has answered: the server has no such message
        raise _refusal(error, to) from error
    except ValueError as error:  # a header that cannot be
        raise GiveUp(str(error)) from error
    finally:
        # The message is accepted even if QUIT fails.
        with contextlib.suppress(OSError):
            server.close()


def _message(job: Job, to: str, subject: str, content: dict[str, Any]) -> EmailMultiAlternatives | None:
    """Return the message; None for one that comes by itself to somebody who should not get it any more."""
    headers = {"Message-ID": _message_id(job)}
    more = Newsletter(**content["newsletter"]) if content["newsletter"] else None
    if more is not None:
        people = User.objects.filter(company_id=job.company_id, is_active=True)
        if not people.filter(pk=more.user_id, email=to).exists():
            return None
        headers |= {
            "Auto-Submitted": "auto-generated",
            "List-Unsubscribe": f"<{more.stop_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    message = EmailMultiAlternatives(
        subject, content["text"], settings.DEFAULT_FROM_EMAIL, [to], headers=headers
    )
    if more is not None:
        message.attach_alternative(more.html, "text/html")
    return message


def _refusal(error: SMTPRecipientsRefused | SMTPDataError, to: str) -> Exception:
    reason: bytes | str
    if isinstance(error, SMTPRecipientsRefused):
        code, reason = error.recipients[to]
    else:
        code, reason = error.smtp_code, error.smtp_error
    words = reason.decode(errors="replace") if isinstance(reason, bytes) else reason
    told = f"The mail server refused the message: {code} {words}"
    return GiveUp(told) if code >= _PERMANENT else OSError(told)


def _message_id(job: Job) -> str:
    """Return a Message-ID that is equal for every attempt and unique across installations."""
    return f"<{job.created_at:%Y%m%d%H%M%S%f}.{job.pk}@{urlsplit(settings.BASE_URL).hostname}>"


def _unlocked(locked: str) -> str:
    try:
        return secret_box(_BOX).decrypt(locked.encode()).decode()
    except InvalidToken as error:
        raise GiveUp("The message was locked with another secret key.") from error
