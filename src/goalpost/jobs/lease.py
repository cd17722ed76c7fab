"""The lease: the right to run a job, held by one worker for half a minute at a time.

A worker that lost its lease, because it was stopped for longer or cut off from the database, commits nothing
more for the job: each of its transactions ends with a statement that changes the job's row only while the
lease is its own (a fence). Whoever takes the job over sees all of what was committed and nothing else.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone
from django_tasks import TaskContext

from goalpost.jobs.models import Job, State
from goalpost.jobs.queue import clean_up_after

LEASE = timedelta(seconds=30)
MOST_ATTEMPTS = 8
_FIRST_PAUSE = timedelta(seconds=10)
_LONGEST_PAUSE = timedelta(hours=1)
_LONGEST_ERROR = 500


class GiveUp(Exception):
    """Raised by a task that cannot succeed by retrying; its text is the reason."""


class NotYet(Exception):
    """Raised by a task that waits for something else; it is retried soon, without limit."""


class LeaseLost(Exception):
    """The job was taken over or is done: this worker can commit nothing more for it."""


class Stopping(BaseException):
    """The worker is stopping: the job goes back to the queue. Must not be caught as an error."""


@dataclass(slots=True)
class Lease:
    """One worker's right to one attempt at a job."""

    job: Job
    is_stopping: Callable[[], bool] = field(default=lambda: False)
    is_finished: bool = False

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Open a transaction that commits only while the lease is held, and renews it.

        Raises LeaseLost, and Stopping where the worker is asked to stop before it begins.
        """
        if self.is_stopping():
            raise Stopping
        with transaction.atomic():
            yield
            self.renew()

    @contextmanager
    def last_transaction(self) -> Iterator[None]:
        """Complete the job together with what is written inside. Raises LeaseLost."""
        with transaction.atomic():
            yield
            now = timezone.now()
            self._update(state=State.DONE, run_at=None, finished_at=now, arguments={}, progress={}, error="")
        self.is_finished = True

    def keep(self, progress: Mapping[str, object]) -> None:
        """Save the task's progress for a later attempt. Raises LeaseLost."""
        self.job.progress = dict(progress)
        self._update(progress=self.job.progress)

    def renew(self) -> None:
        """Extend the lease. Raises LeaseLost."""
        self._update(run_at=timezone.now() + LEASE)

    def release(self, *, after: timedelta = timedelta(0)) -> None:
        """Give the job back, to be run again after a while, as if it had not been tried. Raises LeaseLost."""
        self._update(state=State.WAITING, run_at=timezone.now() + after, attempts=self.job.attempts - 1)

    def fail(self, error: str, *, is_final: bool) -> bool:
        """Record the error and schedule a retry, if any. Returns whether it was the last attempt."""
        is_final = is_final or self.job.attempts >= MOST_ATTEMPTS
        now = timezone.now()
        facts: dict[str, object]
        if is_final:
            facts = {"state": State.FAILED, "run_at": None, "finished_at": now}
        else:
            pause = min(_FIRST_PAUSE * 4 ** (self.job.attempts - 1), _LONGEST_PAUSE)
            facts = {"state": State.WAITING, "run_at": now + pause}
        with transaction.atomic():
            if is_final:
                clean_up_after(self.job)
            self._update(error=error[:_LONGEST_ERROR], **facts)
        return is_final

    def _update(self, **facts: object) -> None:
        mine = Job.objects.filter(
            pk=self.job.pk, state=State.RUNNING, worker=self.job.worker, attempts=self.job.attempts
        )
        if not mine.update(**facts):
            raise LeaseLost


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasedContext(TaskContext):
    """What a task that takes the context is called with."""

    lease: Lease


def lease_of(context: TaskContext) -> Lease:
    """Return the lease of the job that the task runs for."""
    if not isinstance(context, LeasedContext):
        raise TypeError("The task was not started by a worker of this queue.")
    return context.lease


_TAKE = (
    "WITH next AS"
    " (SELECT id FROM jobs_job WHERE run_at <= %s{also} ORDER BY priority DESC, run_at LIMIT 1{lock})"
    " UPDATE jobs_job"
    " SET state = 'running', worker = %s, run_at = %s, started_at = %s, attempts = attempts + 1"
    " WHERE id = (SELECT id FROM next) RETURNING *"
)
"""One statement: taking a small job costs as much as running it."""
_TAKE_ON = {
    "sqlite": _TAKE.format(also="", lock=""),
    # If a power failure loses this commit, the job is still waiting: no fsync is needed.
    "postgresql": _TAKE.format(
        also=" AND (SELECT set_config('synchronous_commit', 'off', true)) = 'off'",
        lock=" FOR UPDATE SKIP LOCKED",
    ),
}


def take_next(worker: str, now: datetime) -> Job | None:
    """Take the next job that is due or whose lease expired. None when nothing is due."""
    due = Job.objects.filter(run_at__lte=now)
    # Asked first without a lock: on SQLite the statement below keeps all other writers out.
    if not due.exists():
        return None
    moment = connection.ops.adapt_datetimefield_value
    parameters = [moment(now), worker, moment(now + LEASE), moment(now)]
    # All of it read: on SQLite the statement ends, and is committed, with its last row.
    taken = list(Job.objects.raw(_TAKE_ON[connection.vendor], parameters))
    return taken[0] if taken else None


def release_jobs_of(workers: Sequence[str], now: datetime) -> int:
    """Let the jobs of workers that are known to be dead run again at once. Returns how many there were."""
    return Job.objects.filter(state=State.RUNNING, worker__in=workers).update(state=State.WAITING, run_at=now)
