"""Asking for work: in the caller's transaction, once for each key."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks.exceptions import InvalidTaskError

from goalpost.jobs.models import INSTALLATION, Job, State
from goalpost.jobs.queue import OtherWork, for_company
from tests.jobs.draining import drain
from tests.jobs.sample_tasks import leave_mark, marks
from tests.people import make_company

pytestmark = pytest.mark.django_db


def test_a_job_is_run_once_with_its_arguments() -> None:
    company_id = make_company().company_id
    result = leave_mark.enqueue(company_id, name="hello")
    assert result.status is TaskResultStatus.READY
    assert marks(company_id) == []
    assert drain() == 1
    assert marks(company_id) == ["hello"]
    assert drain() == 0
    job = Job.objects.get(pk=int(result.id))
    assert (job.state, job.attempts, job.run_at, job.error) == (State.DONE, 1, None, "")
    assert job.company_id == INSTALLATION


def test_a_job_whose_transaction_is_rolled_back_was_never_there() -> None:
    with transaction.atomic():
        leave_mark.enqueue(1, "never")
        transaction.set_rollback(True)
    assert not Job.objects.exists()


def test_what_a_done_job_was_given_is_not_kept() -> None:
    company_id = make_company().company_id
    leave_mark.enqueue(company_id, "a secret link")
    drain()
    assert Job.objects.get().arguments == {}


def test_a_job_bears_its_company_and_what_it_is_about() -> None:
    for_company(leave_mark, 7, about="Erik" * 100).enqueue(7, "hello")
    job = Job.objects.get()
    assert (job.company_id, len(job.about)) == (7, 254)


def test_the_same_work_asked_for_twice_is_one_job() -> None:
    company_id = make_company().company_id
    once = for_company(leave_mark, company_id, key="welcome")
    first, second = once.enqueue(company_id, "hello"), once.enqueue(company_id, "hello")
    assert first.id == second.id
    assert drain() == 1
    assert once.enqueue(company_id, "hello").id == first.id
    assert drain() == 0
    assert marks(company_id) == ["hello"]


def test_a_key_used_again_for_other_work_is_refused() -> None:
    once = for_company(leave_mark, 1, key="welcome")
    once.enqueue(1, "hello")
    with pytest.raises(OtherWork):
        once.enqueue(1, "good bye")
    assert Job.objects.count() == 1


def test_a_key_is_its_companys_own() -> None:
    ours = for_company(leave_mark, 1, key="welcome").enqueue(1, "hello")
    theirs = for_company(leave_mark, 2, key="welcome").enqueue(2, "hello")
    assert ours.id != theirs.id


def test_a_job_for_later_waits_until_then() -> None:
    company_id = make_company().company_id
    now = timezone.now()
    later = for_company(leave_mark, company_id, run_after=now + timedelta(hours=1))
    later.enqueue(company_id, "later")
    assert drain(now) == 0
    assert drain(now + timedelta(hours=1)) == 1


def test_urgent_jobs_come_first_then_those_that_were_due_first() -> None:
    company_id = make_company().company_id
    now = timezone.now()
    leave_mark.using(run_after=now - timedelta(hours=1)).enqueue(company_id, "second")
    leave_mark.using(run_after=now - timedelta(minutes=1)).enqueue(company_id, "third")
    leave_mark.using(priority=5).enqueue(company_id, "first")
    drain()
    assert marks(company_id) == ["first", "second", "third"]


def test_what_is_no_json_is_refused_where_it_is_asked_for() -> None:
    with pytest.raises(TypeError, match="Unsupported type"):
        leave_mark.enqueue(1, timezone.now())  # type: ignore[arg-type]  # the very point
    with pytest.raises(InvalidTaskError):
        leave_mark.using(run_after=timezone.now().replace(tzinfo=None))
    assert not Job.objects.exists()
