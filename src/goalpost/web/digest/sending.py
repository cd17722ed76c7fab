"""The jobs that send digests: which are due, one person's, and milestones at once.

A digest's row bears the day of the last one, and is locked while the next is written in the transaction that
ends its job: whatever is asked for twice or tried again, one mail leaves for each person and day.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django_tasks import TaskContext, task

from goalpost.accounts.mail import Newsletter, send_later, sends_mail
from goalpost.companies.actors import actor_for
from goalpost.companies.calendar import today_in, working_calendar_of
from goalpost.companies.models import Company, User
from goalpost.domain.calendar import Period
from goalpost.insights.digest.content import DigestContent, digest_content
from goalpost.insights.digest.milestones import new_milestones
from goalpost.insights.digest.models import Digest, Rhythm
from goalpost.insights.report import Asker
from goalpost.jobs.lease import lease_of
from goalpost.jobs.queue import for_company
from goalpost.ledger.read import version
from goalpost.web.digest.mail import Mail, digest_mail, milestone_mail, stop_address

_SINCE_AT_FIRST = {Rhythm.DAILY: timedelta(days=1), Rhythm.WEEKLY: timedelta(days=7)}


@task
def plan_digests() -> None:
    """Ask for the digests whose hour has come today, each once."""
    if not sends_mail():
        return
    for company in Company.objects.all():
        for digest_id, name, day in _due(company, timezone.now()):
            job = for_company(send_digest, company.pk, key=f"{digest_id} {day}", about=name)
            job.enqueue(company.pk, digest_id, day.isoformat())


def _due(company: Company, now: datetime) -> Iterator[tuple[int, str, date]]:
    local = now.astimezone(ZoneInfo(company.time_zone))
    today = local.date()
    works = working_calendar_of(company, Period(today, today + timedelta(days=1))).is_working(today)
    waiting = Digest.objects.filter(company_id=company.pk, hour__lte=local.hour, user__is_active=True)
    rows = waiting.values_list("pk", "user__name", "rhythm", "weekday", "last_day")
    for digest_id, name, rhythm, weekday, last_day in rows:
        is_its_day = works if rhythm == Rhythm.DAILY else weekday == today.weekday()
        if rhythm != Rhythm.OFF and is_its_day and (last_day is None or last_day < today):
            yield digest_id, name, today


@task
def send_digest(company_id: int, digest_id: int, day: str) -> None:
    """Write a person's digest of a day, unless it was written, is not wanted, or nothing has changed."""
    own = Digest.objects.select_for_update().filter(company_id=company_id, pk=digest_id).first()
    today = date.fromisoformat(day)
    if own is None or own.rhythm == Rhythm.OFF or (own.last_day is not None and own.last_day >= today):
        return
    user = reader_of(own)
    if user is None:
        return
    content = content_for(user, own, today)
    if content.moved:
        send_mail(user, digest_mail(user, user.company, own, content))
    own.last_day, own.reported = today, content.reported
    own.save(update_fields=["last_day", "reported"])


def content_for(user: User, own: Digest, today: date) -> DigestContent:
    """Return what the person's digest of the day says, with the rights they have now."""
    rhythm = Rhythm.DAILY if own.rhythm == Rhythm.OFF else Rhythm(own.rhythm)
    since = own.last_day or today - _SINCE_AT_FIRST[rhythm]
    reader = Asker(actor_for(user), user.company, today)
    return digest_content(reader, own.about, since=since, reported=own.reported)


def reader_of(own: Digest) -> User | None:
    """Return the person of a digest; None for one who was deactivated or has no address."""
    people = User.objects.select_related("company", "permission_set").filter(company_id=own.company_id)
    return people.filter(pk=own.user_id, is_active=True, email__isnull=False).first()


def send_mail(user: User, mail: Mail) -> None:
    """Enqueue a mail in the current transaction."""
    stop = stop_address(user.company_id, user.pk)
    more = Newsletter(user.pk, mail.html, stop)
    send_later(user.company_id, str(user.email), mail.subject, mail.text, newsletter=more)


@task
def look_for_milestones() -> None:
    """Ask for the milestones of each company whose results have changed since they were last looked for."""
    if not sends_mail():
        return
    for company in Company.objects.all():
        wanted = Digest.objects.filter(company_id=company.pk, user__is_active=True)
        versions = {at for chosen, at in wanted.values_list("milestones", "book_version") if chosen}
        if versions and versions != {latest := version(company.pk)}:
            for_company(tell_milestones, company.pk, key=str(latest), about=company.name).enqueue(company.pk)


@task(takes_context=True)
def tell_milestones(context: TaskContext, company_id: int) -> None:
    """Tell each person of the milestones that their goals have reached: a transaction for each."""
    lease = lease_of(context)
    company = Company.objects.get(pk=company_id)
    own = Digest.objects.filter(company_id=company_id, user__is_active=True)
    for digest_id, chosen in list(own.order_by("pk").values_list("pk", "milestones")):
        if chosen:
            with lease.transaction():
                _tell_milestones(company, digest_id)


def _tell_milestones(company: Company, digest_id: int) -> None:
    own = Digest.objects.select_for_update().get(company_id=company.pk, pk=digest_id)
    own.book_version = version(company.pk)
    own.save(update_fields=["book_version"])
    user = reader_of(own)
    if user is None:
        return
    now = timezone.now()
    for percent, report in new_milestones(actor_for(user), company, own, now=now):
        send_mail(user, milestone_mail(user, company, percent, report, today_in(company, now)))
