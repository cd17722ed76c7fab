"""What admins see of jobs: their company's, and recurring ones; a failed one is retried."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from goalpost.companies.errors import NotAllowed, NotFound
from goalpost.jobs.board import board, retry_job
from goalpost.jobs.models import Job, State
from goalpost.jobs.queue import for_company
from goalpost.jobs.schedule import plan_recurring_jobs
from tests.jobs.draining import drain
from tests.jobs.sample_tasks import give_up, leave_mark, leave_mark_and_fail, marks
from tests.people import Cast, make_company

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_company()


def seen(cast: Cast, *states: State) -> list[str]:
    found = board(cast.as_astrid, now=timezone.now(), **({"states": states} if states else {}))
    return [job.about or job.task for job in found.jobs]


def test_it_shows_what_failed_first_then_what_runs_then_what_waits(cast: Cast) -> None:
    for about, state in (("waits", State.WAITING), ("done", State.DONE), ("failed", State.FAILED)):
        job = for_company(leave_mark, cast.company_id, about=about).enqueue(cast.company_id, "")
        Job.objects.filter(pk=int(job.id)).update(state=state)
    Job.objects.filter(about="done").update(finished_at=timezone.now())
    assert seen(cast) == ["failed", "waits"]
    assert seen(cast, State.DONE) == ["done"]
    found = board(cast.as_astrid, now=timezone.now())
    assert found.counts == {State.FAILED: 1, State.RUNNING: 0, State.WAITING: 1}
    assert found.done_lately == 1
    assert board(cast.as_astrid, now=timezone.now() + timedelta(hours=25)).done_lately == 0


def test_another_companys_jobs_are_neither_shown_nor_touched(cast: Cast) -> None:
    other = make_company("Baltica")
    theirs = for_company(give_up, other.company_id, about="theirs").enqueue(other.company_id, "")
    drain()
    assert seen(cast) == []
    with pytest.raises(NotFound):
        retry_job(actor=cast.as_astrid, job_id=int(theirs.id), now=timezone.now())
    assert Job.objects.get().state == State.FAILED


def test_the_installations_recurring_jobs_are_shown_without_their_errors(
    cast: Cast, settings: Settings
) -> None:
    settings.RECURRING_JOBS = {"goalpost.jobs.schedule.sweep_jobs": timedelta(days=1)}
    plan_recurring_jobs(timezone.now())
    give_up.enqueue(cast.company_id, "of the installation, and not recurring")
    Job.objects.update(error="Somebody else's secret")
    [job] = board(cast.as_astrid, now=timezone.now()).jobs
    assert (job.task, job.error) == ("goalpost.jobs.schedule.sweep_jobs", "")


def test_only_admins_see_and_retry(cast: Cast) -> None:
    job = for_company(give_up, cast.company_id).enqueue(cast.company_id, "")
    drain()
    for actor in (cast.as_bjorn, cast.as_cilla):
        with pytest.raises(NotAllowed):
            board(actor, now=timezone.now())
        with pytest.raises(NotAllowed):
            retry_job(actor=actor, job_id=int(job.id), now=timezone.now())
    assert Job.objects.get().state == State.FAILED


def test_a_failed_job_that_is_retried_has_all_its_attempts_again(cast: Cast) -> None:
    job = for_company(leave_mark_and_fail, cast.company_id).enqueue(cast.company_id, "again")
    Job.objects.update(attempts=7)
    drain()
    assert Job.objects.get().state == State.FAILED
    retry_job(actor=cast.as_astrid, job_id=int(job.id), now=timezone.now())
    Job.objects.update(task=leave_mark.module_path)
    drain()
    found = Job.objects.get()
    assert (found.state, found.attempts, found.error) == (State.DONE, 1, "")
    assert marks(cast.company_id) == ["again"]
    with pytest.raises(NotFound):
        retry_job(actor=cast.as_astrid, job_id=int(job.id), now=timezone.now())
