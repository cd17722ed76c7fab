"""The queue's one table: a local one (decision 0019), neither spread by company nor copied to every node.

Workers ask it for what is due, whosever it is, and lock one row at a time.
"""

from typing import ClassVar

from django.db import models

INSTALLATION = 0
"""The `company_id` of jobs that belong to no company."""


class State(models.TextChoices):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(models.Model):
    """A job. Written in the transaction that requests it, so the table is also the outbox."""

    company_id = models.BigIntegerField(default=INSTALLATION)
    task = models.CharField(max_length=200)
    """The task function's path."""
    arguments = models.JSONField(default=dict)
    """`args` and `kwargs` of the call. Emptied once it is done."""
    about = models.CharField(max_length=254, blank=True)
    """Whom or what it concerns, shown to people."""
    key = models.CharField(max_length=100, null=True)  # noqa: DJ001  unique where given
    """The idempotency key: the same work asked for twice is one job."""
    fingerprint = models.CharField(max_length=64, blank=True)
    """SHA-256 of the arguments, where there is a key: the same key with others is refused."""
    priority = models.SmallIntegerField(default=0)
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    run_at = models.DateTimeField(null=True)
    """When it is due. Of a running job, when its lease ends; none once it is done or has failed."""
    worker = models.CharField(max_length=100, blank=True)
    """The worker that holds the lease, or held it last."""
    attempts = models.PositiveSmallIntegerField(default=0)
    progress = models.JSONField(default=dict)
    """State that the task keeps between attempts."""
    error = models.CharField(max_length=500, blank=True)
    """Why the latest attempt failed."""
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company_id", "task", "key"], name="jobs_job_key"),
        ]
        indexes: ClassVar = [
            # What is due, in the order that workers take it.
            models.Index(
                fields=["-priority", "run_at"],
                condition=models.Q(run_at__isnull=False),
                name="jobs_job_due",
            ),
            models.Index(fields=["company_id", "state", "-id"], name="jobs_job_company"),
        ]

    def __str__(self) -> str:
        return f"{self.task} {self.about}".strip()
