"""The page about the installation: its jobs, with retry of failed ones, version, database."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe
from django_stubs_ext import StrOrPromise

from goalpost.accounts.invitations import sweep_invitations
from goalpost.accounts.mail import send_message
from goalpost.accounts.sessions import sweep_sessions
from goalpost.crm.rule_changes import recount_for_rule
from goalpost.exchange.drafts import run_import, run_undo, sweep_imports
from goalpost.insights import formats
from goalpost.jobs.board import OPEN, board, retry_job
from goalpost.jobs.models import Job, State
from goalpost.jobs.schedule import sweep_jobs
from goalpost.web.shell.toasts import toast
from goalpost.web.shell.viewer import Viewer, for_viewer

_TITLES: Mapping[str, StrOrPromise] = {
    send_message.module_path: gettext_lazy("Send mail to %(about)s"),
    sweep_sessions.module_path: gettext_lazy("Delete expired sessions"),
    sweep_invitations.module_path: gettext_lazy("Delete expired invitations"),
    sweep_jobs.module_path: gettext_lazy("Delete old jobs"),
    sweep_imports.module_path: gettext_lazy("Delete old drafts and files of imports"),
    run_import.module_path: gettext_lazy("Import %(about)s"),
    run_undo.module_path: gettext_lazy("Undo the import of %(about)s"),
    recount_for_rule.module_path: gettext_lazy("Recount records: %(about)s"),
    # By path: pages of one feature do not know another's.
    "goalpost.web.digest.sending.plan_digests": gettext_lazy("Send the digests that are due"),
    "goalpost.web.digest.sending.look_for_milestones": gettext_lazy("Look for milestones of goals"),
    "goalpost.web.digest.sending.send_digest": gettext_lazy("Write the digest of %(about)s"),
}
_FILTERS: Mapping[str, tuple[StrOrPromise, tuple[State, ...]]] = {
    "": (gettext_lazy("All"), OPEN),
    "failed": (gettext_lazy("Failed"), (State.FAILED,)),
    "running": (gettext_lazy("Running"), (State.RUNNING,)),
    "waiting": (gettext_lazy("Waiting"), (State.WAITING,)),
    "done": (gettext_lazy("Done"), (State.DONE,)),
}
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class JobLine:
    """A job as its line shows it."""

    job: Job
    title: str
    detail: str
    when: str
    may_retry: bool


@require_safe
@for_viewer
def operation(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    shown = request.GET.get("show", "")
    shown = shown if shown in _FILTERS else ""
    found = board(viewer.actor, states=_FILTERS[shown][1], now=viewer.now)
    open_jobs = sum(found.counts.values())
    filters = [
        (name, words, sum(found.counts[state] for state in states), name == shown)
        for name, (words, states) in _FILTERS.items()
        if name != "done"
    ]
    context = {
        "lines": [_line(job, viewer) for job in found.jobs],
        "filters": filters,
        "shown": shown,
        "open_jobs": open_jobs,
        "failed": found.counts[State.FAILED],
        "done_lately": found.done_lately,
        "as_of": _moment(viewer.now, viewer),
        "version": version("goalpost"),
        "address": settings.BASE_URL,
        "workers": settings.WORKERS,
        "job_workers": settings.JOB_WORKERS,
        "database": _database(),
    }
    return render(request, "settings/operation.html", context)


@require_POST
@for_viewer
def retry(request: HttpRequest, viewer: Viewer, job_id: int) -> HttpResponse:
    job = retry_job(actor=viewer.actor, job_id=job_id, now=viewer.now)
    toast(request, _("“%(job)s” will be tried again") % {"job": title_of(job)})
    return redirect("web:operation")


def title_of(job: Job) -> str:
    words = _TITLES.get(job.task)
    return job.task.rpartition(".")[2] if words is None else str(words) % {"about": job.about}


def _line(job: Job, viewer: Viewer) -> JobLine:
    return JobLine(
        job=job,
        title=title_of(job),
        detail=_detail(job, viewer),
        when=_when(job, viewer),
        may_retry=job.state == State.FAILED and job.company_id == viewer.company.pk,
    )


def _detail(job: Job, viewer: Viewer) -> str:
    """Return the error, the progress, the interval, or when the job was requested."""
    if job.error and job.state == State.FAILED and job.task == recount_for_rule.module_path:
        return _("%(error)s. The rule was not changed. Retry the job, and it will be.") % {
            "error": job.error.rstrip(".")
        }
    if job.error:
        return job.error
    if progress := progress_of(job, viewer):
        return progress
    every = settings.RECURRING_JOBS.get(job.task)
    if every is not None:
        return _every(every)
    return _("Requested %(moment)s") % {"moment": _moment(job.created_at, viewer)}


def progress_of(job: Job, viewer: Viewer) -> str:
    """Return how many records a recount has counted; empty for other jobs, and before it begins."""
    if not job.progress.get("of"):
        return ""
    done, of = (formats.number(job.progress[name], viewer.language) for name in ("done", "of"))
    return _("%(done)s of %(of)s records counted") % {"done": done, "of": of}


def _when(job: Job, viewer: Viewer) -> str:
    tries = ngettext("%(count)s try", "%(count)s tries", job.attempts) % {"count": job.attempts}
    if job.state == State.FAILED and job.finished_at is not None:
        return _("%(tries)s, last on %(moment)s") % {
            "tries": tries,
            "moment": _moment(job.finished_at, viewer),
        }
    if job.state == State.DONE and job.finished_at is not None:
        return _("on %(moment)s") % {"moment": _moment(job.finished_at, viewer)}
    if job.state == State.RUNNING and job.started_at is not None:
        return _("since %(moment)s") % {"moment": _moment(job.started_at, viewer)}
    until = _("next run %(moment)s") % {"moment": _moment(job.run_at or job.created_at, viewer)}
    return f"{tries}, {until}" if job.attempts else until


def _every(every: timedelta) -> str:
    if every == _HOUR:
        return _("Every hour")
    if every == _DAY:
        return _("Every day")
    hours = every // _HOUR
    return ngettext("Every %(count)s hour", "Every %(count)s hours", hours) % {"count": hours}


def _moment(value: datetime, viewer: Viewer) -> str:
    return formats.moment(value, viewer.company.time_zone, viewer.language, this_year=viewer.today.year)


def _database() -> tuple[str, str]:
    """Return the engine's name and version."""
    if connection.vendor == "postgresql":
        number = int(getattr(connection, "pg_version", 0))
        return "PostgreSQL", f"{number // 10000}.{number % 10000}"
    return "SQLite", sqlite3.sqlite_version
