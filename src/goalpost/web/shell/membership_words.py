"""When somebody is or was on a team, and what changed about it, in words."""

from collections.abc import Sequence
from datetime import timedelta

from django.utils.translation import gettext as _

from goalpost.companies.memberships import Member, MembershipEvent
from goalpost.domain.membership import ALWAYS, NEVER, Stay
from goalpost.insights.formats import day, day_range

_ONE_DAY = timedelta(days=1)


def stay_words(stay: Stay, language: str) -> str:
    """Return the days of a membership: “from 1 Sep 2026”."""
    last = stay.end - _ONE_DAY if stay.end else None
    if stay.start is None:
        return _("until %(day)s") % {"day": day(last, language)} if last else _("from the start")
    if last is None:
        return _("from %(day)s") % {"day": day(stay.start, language)}
    return day_range(stay.start, last, language)


def member_days(member: Member, language: str) -> str:
    """Return when a member is or was on the team, empty for who always is."""
    return "" if member.stays == ALWAYS else _listed(member.stays, language)


def event_words(event: MembershipEvent, language: str) -> str:
    """Return what a change did: “Liis Oja added to the team from 1 Oct 2026”."""
    before, after, name = event.before, event.after, event.member.name
    if after == NEVER:
        return _("%(name)s removed from the team, as if never in it") % {"name": name}
    if before == NEVER and after == (Stay(),):
        return _("%(name)s added to the team, as if always in it") % {"name": name}
    if before == NEVER:
        return _("%(name)s added to the team %(days)s") % {"name": name, "days": _listed(after, language)}
    last = after[-1].end
    if last and before[:-1] == after[:-1] and before[-1] == Stay(after[-1].start):
        return _("%(name)s left the team on %(day)s") % {"name": name, "day": day(last - _ONE_DAY, language)}
    return _("%(name)s: days in the team changed from %(old)s to %(new)s") % {
        "name": name,
        "old": _listed(before, language),
        "new": _listed(after, language),
    }


def who_changed(event: MembershipEvent) -> str:
    return event.by or _("Whoever runs the server")


def _listed(stays: Sequence[Stay], language: str) -> str:
    return ", ".join(stay_words(stay, language) for stay in stays)
