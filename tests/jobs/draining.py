"""Runs in the test's own process what a worker would run."""

from datetime import datetime

from django.utils import timezone

from goalpost.jobs.worker import run_next

MOST = 1000


def drain(now: datetime | None = None, worker: str = "drain") -> int:
    """Run all jobs that are due, those included that they ask for. Returns how many were run."""
    for count in range(MOST):
        if not run_next(worker, now or timezone.now()):
            return count
    raise AssertionError("The jobs do not come to an end.")
