"""What is swept away by the clock (`settings.RECURRING_JOBS`)."""

from datetime import timedelta

from django.utils import timezone
from django_tasks import task

from goalpost.accounts.models import Invitation
from goalpost.accounts.sessions import SessionStore

_SHOWN_AS_EXPIRED = timedelta(days=90)


@task
def sweep_sessions() -> None:
    """Delete the sessions that ran out."""
    SessionStore.clear_expired()


@task
def sweep_invitations() -> None:
    """Delete links that opened nothing for so long that nobody asks what became of them."""
    Invitation.objects.filter(expires_at__lt=timezone.now() - _SHOWN_AS_EXPIRED).delete()
