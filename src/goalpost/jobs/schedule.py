"""Work done by the clock: each task of `settings.RECURRING_JOBS` has one job waiting for its next time.

Times are whole multiples of how often a task runs, counted in UTC, and each is the key of its job: however
many workers and servers plan at once, every time has one job.
"""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils.module_loading import import_string

from goalpost.jobs.models import INSTALLATION, Job
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
