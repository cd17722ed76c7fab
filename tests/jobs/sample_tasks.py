"""Tasks to put into the queue: each leaves marks that can be counted."""

import os
import signal
import time

from django_tasks import TaskContext, task

from goalpost.accounts.mail import send_later
from goalpost.companies.actors import operator_of
from goalpost.companies.audit import AuditAction, Subject, record
from goalpost.companies.models import AuditEntry, Company
from goalpost.jobs.lease import GiveUp, NotYet, lease_of
from tests.people import NOW


def mark(company_id: int, name: str) -> None:
    """Append a row that nothing keeps from being appended twice."""
    company = Company(pk=company_id, name=name)
    record(actor=operator_of(company_id), action=AuditAction.CHANGED, on=Subject.of(company), now=NOW)


def marks(company_id: int) -> list[str]:
    rows = AuditEntry.objects.filter(company_id=company_id, subject_kind="company", actor=None)
    return list(rows.order_by("id").values_list("subject_name", flat=True))


@task
def leave_mark(company_id: int, name: str) -> None:
    mark(company_id, name)


@task
def leave_mark_and_fail(company_id: int, name: str) -> None:
    mark(company_id, name)
    raise ValueError("It does not work today.")


@task
def give_up(company_id: int, name: str) -> None:
    mark(company_id, name)
    raise GiveUp("The address does not exist.")


@task
def wait_for_better_times() -> None:
    raise NotYet


@task(takes_context=True)
def leave_marks_in_steps(context: TaskContext, company_id: int, steps: int) -> None:
    """Leave a mark a transaction, and go on after the last one when it is begun again."""
    lease = lease_of(context)
    for step in range(int(lease.job.progress.get("done", 0)), steps):
        with lease.transaction():
            mark(company_id, f"step {step}")
            lease.keep({"done": step + 1})


@task(takes_context=True)
def die_between_steps(context: TaskContext, company_id: int) -> None:
    """Leave a mark, and end the process the first time; leave another."""
    lease = lease_of(context)
    if not lease.job.progress:
        with lease.transaction():
            mark(company_id, "before")
            lease.keep({"has begun": True})
        os.kill(os.getpid(), signal.SIGKILL)
    with lease.last_transaction():
        mark(company_id, "after")


@task
def ask_for_mail(company_id: int, messages: int) -> None:
    """Ask for messages in the transaction of this job."""
    for number in range(messages):
        send_later(company_id, f"person-{number}@nordlys.example", "Hello", "A link")


@task
def leave_mark_slowly(company_id: int, name: str, seconds: float) -> None:
    time.sleep(seconds)
    mark(company_id, name)
