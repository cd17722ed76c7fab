"""The worker: one process that takes jobs from the queue and runs them, one at a time.

`work` is what a process started by `goalpost serve` does until it is told to stop; `run_next` is one step.
"""

import contextlib
import logging
import os
import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from types import FrameType
from typing import Any

from django.db import DatabaseError, connection, connections
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks import TaskResult, TaskResultStatus

from goalpost.jobs.lease import (
    LEASE,
    GiveUp,
    Lease,
    LeasedContext,
    LeaseLost,
    NotYet,
    Stopping,
    release_jobs_of,
    take_next,
)
from goalpost.jobs.models import Job
from goalpost.jobs.queue import JobTask
from goalpost.jobs.schedule import plan_recurring_jobs

_log = logging.getLogger(__name__)

_BEAT = LEASE.total_seconds() / 3
_IDLE_SECONDS = 0.5
_LONGEST_REST = 0.1
"""A worker rests twice as long as a job took, up to this many seconds, to keep pages fast."""
_BETWEEN_PLANS = 60.0
_PAUSE_IN_TROUBLE = 2.0
_AGAIN_SOON = timedelta(seconds=2)
_GRACE_SECONDS = 5
"""How long a job may go on once the worker is asked to stop."""
_MOST_DEATHS = 25
"""A job started this often without ending is failed: it seems to kill its workers."""
_NICENESS = 10
"""Workers run at lower priority than the web processes."""


def work(name: str, *, replaces: Sequence[str] = ()) -> None:
    """Run jobs until SIGTERM or SIGINT. `replaces` are workers that died in this one's place.

    The job at hand is finished when the signal comes, or given back if that takes longer than some seconds.
    """
    stop = _Stop()
    os.nice(_NICENESS)
    next_plan = time.monotonic()
    with contextlib.suppress(Stopping):
        while not stop.is_asked:
            try:
                if replaces:
                    release_jobs_of(replaces, timezone.now())
                    replaces = ()
                if time.monotonic() >= next_plan:
                    plan_recurring_jobs(timezone.now())
                    next_plan = time.monotonic() + _BETWEEN_PLANS
                began = time.monotonic()
                ran = run_next(name, timezone.now(), is_stopping=lambda: stop.is_asked)
                time.sleep(min(2 * (time.monotonic() - began), _LONGEST_REST) if ran else _IDLE_SECONDS)
            except DatabaseError:
                _log.warning("The queue cannot be reached.", exc_info=True)
                connection.close()
                time.sleep(_PAUSE_IN_TROUBLE)
    connections.close_all()


def run_next(worker: str, now: datetime, *, is_stopping: Callable[[], bool] = lambda: False) -> bool:
    """Run the next job that is due. Returns False when there is none."""
    job = take_next(worker, now)
    if job is None:
        return False
    lease = Lease(job, is_stopping)
    try:
        with _beating(lease):
            _run(lease)
    except LeaseLost:
        _log.warning("Job %s (%s) was taken over by another worker.", job.pk, job)
    except Stopping:
        with contextlib.suppress(LeaseLost):
            lease.release()
    return True


def run_to_end(job_id: int) -> Job:
    """Run what is due here until the job has ended, for a command: workers may be there, or not.

    Returns it as soon as an attempt fails, too: the next one may be an hour away.
    """
    name = f"command-{secrets.token_hex(6)}"
    while (job := Job.objects.get(pk=job_id)).run_at is not None and not job.error:
        if not run_next(name, timezone.now()):
            time.sleep(_IDLE_SECONDS)
    return job


def _run(lease: Lease) -> None:
    """Run the job, and write down how it ended. Raises LeaseLost, Stopping."""
    job = lease.job
    try:
        _call(lease)
    except LeaseLost:
        raise
    except NotYet:
        lease.release(after=_AGAIN_SOON)
    except GiveUp as error:
        lease.fail(str(error), is_final=True)
        _log.error("Job %s (%s) failed: %s", job.pk, job, error)
    except Exception as error:  # noqa: BLE001  whatever a task raises is its failure, not the worker's
        is_final = lease.fail(f"{type(error).__name__}: {error}", is_final=False)
        _log.exception("Job %s (%s) failed%s.", job.pk, job, "" if is_final else ", and will be tried again")


def _call(lease: Lease) -> None:
    if lease.job.attempts > _MOST_DEATHS:
        raise GiveUp("Every worker that ran it died.")
    task = _task_of(lease.job)
    args, kwargs = lease.job.arguments["args"], lease.job.arguments["kwargs"]
    if not task.takes_context:
        with lease.last_transaction():
            task.call(*args, **kwargs)
        return
    task.call(LeasedContext(task_result=_result(task, lease.job), lease=lease), *args, **kwargs)
    if not lease.is_finished:
        with lease.last_transaction():
            pass


def _task_of(job: Job) -> JobTask[Any, Any]:
    """Return the job's task. Raises GiveUp when this version knows none of that name."""
    try:
        task = import_string(job.task)
    except ImportError:
        task = None
    if not isinstance(task, JobTask):
        raise GiveUp(f"There is no task {job.task} in this version.")
    return task


def _result(task: JobTask[Any, Any], job: Job) -> TaskResult[Any]:
    return TaskResult(
        task=task,
        id=str(job.pk),
        status=TaskResultStatus.RUNNING,
        enqueued_at=job.created_at,
        started_at=job.started_at,
        finished_at=None,
        last_attempted_at=job.started_at,
        args=job.arguments["args"],
        kwargs=job.arguments["kwargs"],
        backend=task.backend,
        errors=[],
        worker_ids=[job.worker] * job.attempts,
    )


@contextlib.contextmanager
def _beating(lease: Lease) -> Iterator[None]:
    """Renew the lease from a thread while the job runs."""
    ended = threading.Event()

    def beat() -> None:
        try:
            while not ended.wait(_BEAT):
                # On SQLite a job that writes keeps this waiting, and everybody else from taking the job over.
                with contextlib.suppress(DatabaseError):
                    lease.renew()
        except LeaseLost:
            pass
        finally:
            connections.close_all()

    thread = threading.Thread(target=beat, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


class _Stop:
    """Whether the worker is asked to stop. A job that goes on for too long after that is broken off."""

    def __init__(self) -> None:
        self.is_asked = False
        signal.signal(signal.SIGTERM, self._ask)
        signal.signal(signal.SIGINT, self._ask)
        signal.signal(signal.SIGALRM, self._break_off)

    def _ask(self, _signal: int, _frame: FrameType | None) -> None:
        self.is_asked = True
        signal.alarm(_GRACE_SECONDS)

    def _break_off(self, _signal: int, _frame: FrameType | None) -> None:
        raise Stopping
