"""Running jobs: completion and effects are one; a worker that lost its lease commits nothing."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from goalpost.jobs.lease import LEASE, MOST_ATTEMPTS, Lease, LeaseLost, Stopping, release_jobs_of, take_next
from goalpost.jobs.models import Job, State
from goalpost.jobs.worker import run_next
from tests.jobs.draining import drain
from tests.jobs.sample_tasks import (
    give_up,
    leave_mark,
    leave_mark_and_fail,
    leave_marks_in_steps,
    mark,
    marks,
    wait_for_better_times,
)
from tests.people import NOW, make_company

pytestmark = pytest.mark.django_db


@pytest.fixture
def company_id() -> int:
    return make_company().company_id


def take(worker: str = "one") -> Lease:
    job = take_next(worker, timezone.now())
    assert job is not None
    return Lease(job)


def test_a_failed_attempt_leaves_nothing_and_is_made_again_later(company_id: int) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        leave_mark_and_fail.enqueue(company_id, "half")
        pauses = []
        for attempt in range(1, MOST_ATTEMPTS):
            assert drain() == 1, attempt
            job = Job.objects.get()
            assert (job.state, job.attempts) == (State.WAITING, attempt)
            assert job.error == "ValueError: It does not work today."
            assert job.run_at is not None
            pauses.append((job.run_at - timezone.now()).total_seconds())
            clock.move_to(job.run_at)
        assert pauses == [10, 40, 160, 640, 2560, 3600, 3600]
        assert drain() == 1
    job = Job.objects.get()
    assert (job.state, job.attempts, job.run_at) == (State.FAILED, MOST_ATTEMPTS, None)
    assert marks(company_id) == []


def test_what_cannot_succeed_is_not_tried_again(company_id: int) -> None:
    give_up.enqueue(company_id, "half")
    assert drain() == 1
    job = Job.objects.get()
    assert (job.state, job.error) == (State.FAILED, "The address does not exist.")
    assert marks(company_id) == []


def test_a_job_that_has_to_wait_is_asked_again_however_often() -> None:
    wait_for_better_times.enqueue()
    for minutes in range(MOST_ATTEMPTS + 2):
        assert run_next("one", timezone.now() + timedelta(minutes=minutes))
    job = Job.objects.get()
    assert (job.state, job.attempts) == (State.WAITING, 0)


def test_a_task_that_this_version_does_not_know_fails_and_says_so() -> None:
    leave_mark.enqueue(1, "hello")
    Job.objects.update(task="tests.jobs.sample_tasks.mark")
    drain()
    job = Job.objects.get()
    assert job.state == State.FAILED
    assert job.error == "There is no task tests.jobs.sample_tasks.mark in this version."


def test_nobody_else_takes_a_job_while_its_lease_lasts(company_id: int) -> None:
    leave_mark.enqueue(company_id, "hello")
    lease = take("one")
    assert take_next("two", timezone.now()) is None
    assert take_next("two", timezone.now() + LEASE - timedelta(seconds=5)) is None
    later = timezone.now() + LEASE + timedelta(seconds=5)
    with time_machine.travel(later, tick=False):
        lease.renew()
    assert take_next("two", later) is None
    taken = take_next("two", later + LEASE)
    assert taken is not None
    assert (taken.worker, taken.attempts) == ("two", 2)


def test_a_worker_that_lost_its_lease_commits_nothing(company_id: int) -> None:
    leave_mark.enqueue(company_id, "hello")
    lost = take("one")
    taken = take_next("two", timezone.now() + LEASE)
    assert taken is not None
    with pytest.raises(LeaseLost), lost.transaction():
        mark(company_id, "a step too late")
    with pytest.raises(LeaseLost), lost.last_transaction():
        mark(company_id, "too late")
    for late in (lost.renew, lost.release, lambda: lost.keep({}), lambda: lost.fail("late", is_final=True)):
        with pytest.raises(LeaseLost):
            late()
    assert marks(company_id) == []
    with Lease(taken).last_transaction():
        mark(company_id, "in time")
    assert marks(company_id) == ["in time"]
    assert Job.objects.get().state == State.DONE


def test_the_same_workers_earlier_attempt_is_fenced_off_too(company_id: int) -> None:
    leave_mark.enqueue(company_id, "hello")
    first = take("one")
    second = take_next("one", timezone.now() + LEASE)
    assert second is not None
    with pytest.raises(LeaseLost):
        first.renew()
    Lease(second).renew()


def test_the_jobs_of_dead_workers_run_at_once(company_id: int) -> None:
    for name in ("first", "second", "ours"):
        leave_mark.enqueue(company_id, name)
    for worker in ("dead", "dead in its place", "alive"):
        take(worker)
    assert release_jobs_of(["dead", "dead in its place"], timezone.now()) == 2
    assert drain() == 2
    assert sorted(marks(company_id)) == ["first", "second"]


def test_a_job_in_steps_goes_on_where_it_was(company_id: int) -> None:
    leave_marks_in_steps.enqueue(company_id, 4)
    lease = take("dead")
    with lease.transaction():
        mark(company_id, "step 0")
        lease.keep({"done": 1})
    release_jobs_of(["dead"], timezone.now())
    drain()
    assert marks(company_id) == [f"step {step}" for step in range(4)]
    assert Job.objects.get().state == State.DONE


def test_a_worker_that_is_to_stop_gives_its_job_back_between_two_steps(company_id: int) -> None:
    leave_marks_in_steps.enqueue(company_id, 4)
    answers = iter([False, False, True])
    assert run_next("one", timezone.now(), is_stopping=lambda: next(answers))
    job = Job.objects.get()
    assert (job.state, job.attempts) == (State.WAITING, 0)
    assert marks(company_id) == ["step 0", "step 1"]
    drain()
    assert marks(company_id) == [f"step {step}" for step in range(4)]


def test_a_job_that_is_broken_off_leaves_nothing_and_goes_back(
    company_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_off(_lease: Lease) -> None:
        mark(company_id, "half")
        raise Stopping

    leave_mark.enqueue(company_id, "whole")
    with monkeypatch.context() as patched:
        patched.setattr("goalpost.jobs.lease.Lease.renew", break_off)
        lease = take("one")
        with pytest.raises(Stopping), lease.transaction():
            mark(company_id, "half")
        lease.release()
    drain()
    assert marks(company_id) == ["whole"]


def test_a_job_that_kills_every_worker_ends(company_id: int) -> None:
    leave_mark.enqueue(company_id, "poison")
    Job.objects.update(attempts=25)
    drain()
    job = Job.objects.get()
    assert (job.state, job.error) == (State.FAILED, "Every worker that ran it died.")
