"""What ran, runs and failed, for a company's admins: its own jobs, and the installation's recurring ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Case, Count, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django_tasks.base import Task

from goalpost.companies.checks import require_admin
from goalpost.companies.errors import NotFound
from goalpost.domain.permissions import Actor
from goalpost.jobs.models import INSTALLATION, Job, State
from goalpost.jobs.queue import P, T

SHOWN = 50
OPEN = (State.FAILED, State.RUNNING, State.WAITING)
_RECENT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Board:
    """The jobs of some states, those to look at first, and how many there are of each."""

    jobs: list[Job]
    counts: Mapping[State, int]
    done_lately: int
    """How many were done in the last 24 hours."""


def board(actor: Actor, *, states: tuple[State, ...] = OPEN, now: datetime) -> Board:
    """Return up to `SHOWN` of the company's jobs. Raises NotAllowed for whoever is no admin."""
    require_admin(actor)
    own = _visible_to(actor)
    counts = dict(own.filter(state__in=OPEN).values_list("state").annotate(number=Count("id")).order_by())
    first = Case(*(When(state=state, then=Value(at)) for at, state in enumerate(states)))
    jobs = own.filter(state__in=states).order_by(first, Coalesce("finished_at", "created_at").desc(), "-id")
    return Board(
        jobs=[_shown(job, actor) for job in jobs[:SHOWN]],
        counts={state: counts.get(state, 0) for state in OPEN},
        done_lately=own.filter(state=State.DONE, finished_at__gt=now - _RECENT).count(),
    )


def retry_job(*, actor: Actor, job_id: int, now: datetime) -> Job:
    """Let a job of the company's that failed run again, as if it were new. Raises NotAllowed, NotFound."""
    require_admin(actor)
    failed = Job.objects.filter(company_id=actor.company_id, pk=job_id, state=State.FAILED)
    if not failed.update(state=State.WAITING, run_at=now, attempts=0, finished_at=None):
        raise NotFound
    return Job.objects.get(company_id=actor.company_id, pk=job_id)


def open_jobs(task: Task[P, T], company_id: int) -> list[Job]:
    """Return the jobs of a task that wait or run for a company, in the order they were asked for."""
    own = Job.objects.filter(company_id=company_id, task=task.module_path, run_at__isnull=False)
    return list(own.order_by("id"))


def _visible_to(actor: Actor) -> QuerySet[Job]:
    recurring = Q(company_id__in=[INSTALLATION], task__in=list(settings.RECURRING_JOBS))
    return Job.objects.filter(Q(company_id=actor.company_id) | recurring)


def _shown(job: Job, actor: Actor) -> Job:
    """Return the job; what went wrong with the installation's own may name what is another company's."""
    if job.company_id != actor.company_id:
        job.error = ""
    return job
