"""Mail to people: plain text, in their language, to one address at a time."""

import logging
import threading

from django.conf import settings
from django.core.mail import EmailMessage

_log = logging.getLogger(__name__)


def sends_mail() -> bool:
    """Whether the operator has set up a server for outgoing mail."""
    return bool(settings.SENDS_MAIL)


def send(to: str, subject: str, text: str) -> bool:
    """Send a message and wait until the server has taken it. Returns False, and logs why, when it has not."""
    return _sent(EmailMessage(" ".join(subject.split()), text, settings.DEFAULT_FROM_EMAIL, [to]))


def send_later(message: EmailMessage) -> None:
    """Send a message beside the request, so that how long it takes tells nobody whether there was one."""
    threading.Thread(target=_sent, args=(message,), name="mail").start()


def _sent(message: EmailMessage) -> bool:
    try:
        message.send()
    except (OSError, ValueError):  # smtplib's errors are OSErrors; a header that cannot be is a ValueError
        _log.exception("A message could not be sent.")
        return False
    return True
