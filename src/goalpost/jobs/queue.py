"""The queue: tasks in the shape of Django's tasks API, stored in the table `Job`.

    send_message.enqueue(...)                                for the installation itself
    for_company(send_message, company_id).enqueue(...)       for a company

The row is written in the caller's transaction: work is there when the transaction commits, and only then. Of
two kinds of task, one without a context runs in one transaction with its own completion; one that takes the
context makes its own transactions, with the lease in hand (`lease.py`).
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

from django.utils import timezone
from django_tasks import TaskResult, TaskResultStatus
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task

from goalpost.jobs.models import INSTALLATION, Job, State

P = ParamSpec("P")
T = TypeVar("T")


class OtherWork(ValueError):
    """An idempotency key was reused with other arguments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTask(Task[P, T]):
    """A task with what our queue keeps beside Django's facts."""

    company_id: int = INSTALLATION
    key: str = ""
    about: str = ""


def for_company(
    task: Task[P, T], company_id: int, *, key: str = "", about: str = "", run_after: datetime | None = None
) -> Task[P, T]:
    """Return the task to be enqueued for a company. With a `key`, asking for it again makes no second job."""
    if not isinstance(task, JobTask):
        raise TypeError(f"{task.name} is no task of this queue.")
    return replace(task, company_id=company_id, key=key, about=about[:254], run_after=run_after)


_CLEANUPS: dict[str, Callable[[Job], None]] = {}


def after_final_failure(task: Task[P, T]) -> Callable[[Callable[[Job], None]], Callable[[Job], None]]:
    """Register what to undo once a job of the task has failed for good, in the transaction that notes it."""

    def register(cleanup: Callable[[Job], None]) -> Callable[[Job], None]:
        _CLEANUPS[task.module_path] = cleanup
        return cleanup

    return register


def clean_up_after(job: Job) -> None:
    if job.task in _CLEANUPS:
        _CLEANUPS[job.task](job)


class JobQueue(BaseTaskBackend):
    """Django's name for what takes tasks in: here, a row of `Job` in the caller's transaction."""

    task_class = JobTask
    supports_defer = True
    supports_priority = True

    def enqueue(self, task: Task[P, T], args: Any, kwargs: Any) -> TaskResult[T]:
        """Ask for a task to be run. Raises OtherWork when its key was used with other arguments."""
        self.validate_task(task)
        if not isinstance(task, JobTask):
            raise TypeError(f"{task.name} is no task of this queue.")
        now = timezone.now()
        result: TaskResult[T] = TaskResult(
            task=task,
            id="",
            status=TaskResultStatus.READY,
            enqueued_at=now,
            started_at=None,
            finished_at=None,
            last_attempted_at=None,
            args=list(args),
            kwargs=kwargs,
            backend=self.alias,
            errors=[],
            worker_ids=[],
        )
        job = _written(task, {"args": result.args, "kwargs": result.kwargs}, now)
        return replace(result, id=str(job.pk))


def _written(task: JobTask[P, T], arguments: dict[str, object], now: datetime) -> Job:
    job = Job(
        company_id=task.company_id,
        task=task.module_path,
        arguments=arguments,
        about=task.about,
        priority=task.priority,
        state=State.WAITING,
        run_at=task.run_after or now,
        created_at=now,
    )
    if not task.key:
        job.save(force_insert=True)
        return job
    job.key = task.key
    job.fingerprint = hashlib.sha256(json.dumps(arguments, sort_keys=True).encode()).hexdigest()
    Job.objects.bulk_create([job], ignore_conflicts=True)
    kept = Job.objects.get(company_id=task.company_id, task=job.task, key=task.key)
    if kept.fingerprint != job.fingerprint:
        raise OtherWork(f"The key {task.key} of {job.task} was used with other arguments.")
    return kept
