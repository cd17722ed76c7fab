"""Choosing a digest, and ending it."""

from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from goalpost.companies.calendar import today_in
from goalpost.companies.errors import InvalidInput
from goalpost.companies.models import Company
from goalpost.domain.permissions import Actor
from goalpost.insights.digest.milestones import pass_over_milestones
from goalpost.insights.digest.models import MILESTONES, About, Digest, Rhythm

_LAST_HOUR, _LAST_WEEKDAY = 23, 6


def digest_of(company_id: int, user_id: int) -> Digest:
    """Return a person's choice, the usual one where they never chose."""
    found = Digest.objects.filter(company_id=company_id, user_id=user_id).first()
    return found or Digest(company_id=company_id, user_id=user_id)


def choose_digest(
    *,
    actor: Actor,
    rhythm: str,
    weekday: str,
    hour: str,
    about: str,
    milestones: Collection[str],
    now: datetime,
) -> Digest:
    """Save the actor's own choice. Raises InvalidInput naming the field.

    The first one tells what changes from today on; milestones passed by now are not told.
    """
    wrong = _("Choose one of the list.")
    errors = {
        name: wrong
        for name, is_right in (
            ("rhythm", rhythm in Rhythm.values),
            ("weekday", weekday in set(map(str, range(_LAST_WEEKDAY + 1)))),
            ("hour", hour in set(map(str, range(_LAST_HOUR + 1)))),
            ("about", about in About.values),
            ("milestones", set(milestones) <= set(map(str, MILESTONES))),
        )
        if not is_right
    }
    if errors:
        raise InvalidInput.of(errors)
    company = Company.objects.get(pk=actor.company_id)
    with transaction.atomic():
        Digest.objects.get_or_create(company_id=actor.company_id, user_id=actor.user_id)
        own = Digest.objects.select_for_update().get(company_id=actor.company_id, user_id=actor.user_id)
        was_off = own.rhythm == Rhythm.OFF
        own.rhythm, own.weekday, own.hour, own.about = rhythm, int(weekday), int(hour), about
        own.milestones = sorted(map(int, milestones))
        if was_off and own.rhythm != Rhythm.OFF:
            own.reported = {}
            today = today_in(company, now)
            is_over = now.astimezone(ZoneInfo(company.time_zone)).hour >= own.hour
            own.last_day = today if is_over else None
        own.save()
        if own.milestones:
            pass_over_milestones(actor, company, own, now=now)
    return own


def stop_digest(company_id: int, user_id: int) -> None:
    """End all mail of a person's digest: the hourly one and milestones."""
    with transaction.atomic():
        Digest.objects.filter(company_id=company_id, user_id=user_id).update(rhythm=Rhythm.OFF, milestones=[])
