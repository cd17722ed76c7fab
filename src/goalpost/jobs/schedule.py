"""Recurring jobs: each task of `settings.RECURRING_JOBS` has one job waiting for its next run."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks import task

from goalpost.jobs.models import INSTALLATION, Job, State
from goalpost.jobs.queue import for_company

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


def plan_recurring_jobs(now: datetime) -> None:
    """Put the next job of each recurring task into the queue, unless one is there already."""
    every: timedelta
    for path, every in settings.RECURRING_JOBS.items():
        own = Job.objects.filter(company_id=INSTALLATION, task=path)
        if own.filter(run_at__isnull=False).exists():
            continue
        at = next_time(every, now)
        for_company(import_string(path), INSTALLATION, key=at.isoformat(), run_after=at).enqueue()


def next_time(every: timedelta, now: datetime) -> datetime:
    """Return the first time after now at which a task is to run."""
    return _EPOCH + ((now - _EPOCH) // every + 1) * every


KEPT = {State.DONE: timedelta(days=7), State.FAILED: timedelta(days=90)}
"""How long finished jobs are kept. An idempotency key is deleted with its job."""


@task
def sweep_jobs() -> None:
    """Delete jobs that ended long ago."""
    now = timezone.now()
    for state, kept in KEPT.items():
        Job.objects.filter(state=state, finished_at__lt=now - kept).delete()
