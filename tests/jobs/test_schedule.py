"""Recurring work: every time has one job, whoever plans it and however often."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.utils.module_loading import import_string
from pytest_django import Settings

from goalpost.jobs.models import INSTALLATION, Job, State
from goalpost.jobs.queue import JobTask
from goalpost.jobs.schedule import next_time, plan_recurring_jobs, sweep_jobs
from tests.jobs.draining import drain
from tests.jobs.sample_tasks import leave_mark

SWEEP = "goalpost.jobs.schedule.sweep_jobs"
HOUR = timedelta(hours=1)
AT = datetime(2026, 3, 2, 9, 20, tzinfo=UTC)


@pytest.fixture(autouse=True)
def hourly(settings: Settings) -> None:
    settings.RECURRING_JOBS = {SWEEP: HOUR}


def test_times_are_whole_multiples_and_lie_ahead() -> None:
    assert next_time(HOUR, AT) == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert next_time(HOUR, datetime(2026, 3, 2, 10, tzinfo=UTC)) == datetime(2026, 3, 2, 11, tzinfo=UTC)
    assert next_time(timedelta(days=1), AT) == datetime(2026, 3, 3, tzinfo=UTC)


@pytest.mark.django_db
def test_each_time_has_one_job_however_often_it_is_planned() -> None:
    with time_machine.travel(AT, tick=False) as clock:
        for _ in range(3):
            plan_recurring_jobs(AT)
        job = Job.objects.get()
        assert (job.company_id, job.task, job.state) == (INSTALLATION, SWEEP, State.WAITING)
        assert job.run_at == next_time(HOUR, AT)
        clock.move_to(next_time(HOUR, AT))
        assert drain() == 1
        plan_recurring_jobs(AT)  # a worker whose clock is behind
        assert Job.objects.count() == 1
        plan_recurring_jobs(AT + HOUR)
        assert Job.objects.count() == 2


@pytest.mark.django_db
def test_a_time_that_was_missed_is_made_up_for_once() -> None:
    with time_machine.travel(AT, tick=False) as clock:
        plan_recurring_jobs(AT)
        clock.move_to(AT + 50 * HOUR)
        plan_recurring_jobs(AT + 50 * HOUR)
        assert drain() == 1


@pytest.mark.django_db
def test_jobs_that_ended_long_ago_are_swept() -> None:
    with time_machine.travel(AT, tick=False) as clock:
        for _ in range(2):
            leave_mark.enqueue(1, "hello")
        Job.objects.update(state=State.DONE, run_at=None, finished_at=AT)
        failed = leave_mark.enqueue(1, "hello")
        Job.objects.filter(pk=int(failed.id)).update(state=State.FAILED, run_at=None, finished_at=AT)
        waiting = leave_mark.enqueue(1, "hello")
        for days, left in ((7, 4), (8, 2), (91, 1)):
            clock.move_to(AT + timedelta(days=days))
            sweep_jobs.call()
            assert Job.objects.count() == left, days
        assert Job.objects.get().pk == int(waiting.id)


def test_what_the_settings_name_is_there() -> None:
    for path in settings.RECURRING_JOBS:
        assert isinstance(import_string(path), JobTask), path
