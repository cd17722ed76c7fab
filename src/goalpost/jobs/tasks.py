"""The queue's own housekeeping."""

from datetime import timedelta

from django.utils import timezone
from django_tasks import task

from goalpost.jobs.models import Job, State

KEPT = {State.DONE: timedelta(days=7), State.FAILED: timedelta(days=90)}
"""How long jobs stay to be looked at. An idempotency key is forgotten with its job."""


@task
def sweep_jobs() -> None:
    """Delete jobs that ended long ago."""
    now = timezone.now()
    for state, kept in KEPT.items():
        Job.objects.filter(state=state, finished_at__lt=now - kept).delete()
