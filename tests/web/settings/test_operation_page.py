"""The page of operation: jobs in words, with a button for those that failed."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from goalpost.accounts.mail import send_later
from goalpost.crm import rule_changes
from goalpost.crm.actions.setup import change_time_zone
from goalpost.jobs.models import Job, State
from goalpost.jobs.schedule import plan_recurring_jobs
from goalpost.web.settings.operation import title_of
from tests.crm.records import add_deal
from tests.jobs.draining import drain
from tests.people import PASSWORD, Cast, make_company
from tests.web.conftest import SignedIn
from tests.web.looking import html, text

pytestmark = pytest.mark.django_db
OPERATION = "/settings/operation"


@pytest.fixture
def cast(db: None) -> Cast:
    return make_company(password=PASSWORD)


@pytest.fixture
def failed(cast: Cast) -> Job:
    send_later(cast.company_id, "erik@nordlys.example", "Hello", "Hello")
    Job.objects.update(
        state=State.FAILED, run_at=None, attempts=3, finished_at=timezone.now(), error="550 No such user"
    )
    return Job.objects.get()


def test_a_failed_job_says_why_and_is_retried(cast: Cast, signed_in: SignedIn, failed: Job) -> None:
    astrid = signed_in(cast.astrid)
    shown = text(astrid.get(OPERATION))
    assert "1 job failed" in shown
    for words in ("Send mail to erik@nordlys.example", "550 No such user", "3 tries, last on", "Retry job"):
        assert words in shown
    answer = astrid.post(f"{OPERATION}/jobs/{failed.pk}/retry", follow=True)
    assert "will be tried again" in text(answer)
    assert "Everything works" in text(answer)
    assert Job.objects.get().state == State.WAITING


def test_jobs_are_filtered_by_state(cast: Cast, signed_in: SignedIn, failed: Job) -> None:
    astrid = signed_in(cast.astrid)
    for shown, is_there in (("failed", True), ("waiting", False), ("done", False), ("nonsense", True)):
        page = text(astrid.get(f"{OPERATION}?show={shown}"))
        assert ("erik@nordlys.example" in page) is is_there, shown


def test_recurring_jobs_say_how_often_and_when_next(cast: Cast, signed_in: SignedIn) -> None:
    plan_recurring_jobs(timezone.now())
    page = signed_in(cast.astrid).get(OPERATION)
    for words in ("Delete expired sessions", "Every hour", "Delete old jobs", "Every day", "next run "):
        assert words in text(page)
    assert "Retry job" not in text(page)
    assert "everything works" in text(page).lower()
    assert "SQLite" in text(page) or "PostgreSQL" in text(page)
    assert html(page).count("<tr>") == 1 + len(settings.RECURRING_JOBS)


def test_it_says_of_when_it_is_and_looks_again_every_minute(cast: Cast, signed_in: SignedIn) -> None:
    page = signed_in(cast.astrid).get(OPERATION)
    assert "As of 18 Mar, 13:00; updated every minute." in text(page)
    assert 'hx-trigger="every 60s"' in html(page)
    assert 'hx-select-oob="#operation-as-of"' in html(page)


def test_every_recurring_job_has_a_name_of_its_own() -> None:
    for path in settings.RECURRING_JOBS:
        assert title_of(Job(task=path)) != path.rpartition(".")[2]
    assert title_of(Job(task="some.task_of_long_ago")) == "task_of_long_ago"


def test_other_intervals_are_words_too(
    cast: Cast, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "RECURRING_JOBS", {"goalpost.jobs.schedule.sweep_jobs": timedelta(hours=6)})
    plan_recurring_jobs(timezone.now())
    assert "Every 6 hours" in text(signed_in(cast.astrid).get(OPERATION))


def test_a_recount_under_way_is_told_with_how_far_it_is(
    cast: Cast, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rule_changes, "AT_ONCE", 1)
    for _ in range(3):
        add_deal(cast)
    astrid = signed_in(cast.astrid)
    change_time_zone(actor=cast.as_astrid, time_zone="Europe/London", now=timezone.now())
    Job.objects.update(state=State.RUNNING, started_at=timezone.now(), progress={"done": 1000, "of": 3000})
    for page in (OPERATION, "/settings/company"):
        shown = text(astrid.get(page))
        assert "Recount records: Europe/London" in shown
        assert "1,000 of 3,000 records counted" in shown
    assert "Results and settings stay as they are until all are counted" in shown
    Job.objects.update(state=State.WAITING, run_at=timezone.now())
    drain()
    assert "Recount records" not in text(astrid.get("/settings/company"))
