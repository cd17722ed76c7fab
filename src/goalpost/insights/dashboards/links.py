"""Public links to dashboards: made, looked up and revoked here only. Only the hash of a key is kept."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils.translation import gettext as _

from goalpost.companies.actors import actor_for
from goalpost.companies.calendar import today_in
from goalpost.companies.checks import checked_name, require_admin
from goalpost.companies.errors import InvalidInput, NotAllowed, NotFound
from goalpost.companies.models import Company
from goalpost.domain.permissions import Actor, Permission, may, may_administer, may_share_dashboard
from goalpost.insights.dashboards.models import PublicLink, PublicLinkKey
from goalpost.insights.dashboards.queries import DashboardView, dashboard_seen_by
from goalpost.insights.report import Asker

LONGEST = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class LinkLine:
    """A link as the lists show it, without its key."""

    id: int
    name: str
    dashboard_id: str
    dashboard: str
    creator: str
    ends_on: date
    has_password: bool
    is_over: bool


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A link that opens: its dashboard, read with the rights that its maker has now."""

    id: int
    password: str
    ends_on: date
    reader: Asker
    dashboard: DashboardView

    def takes(self, password: str) -> bool:
        """Whether this is the link's password."""
        return check_password(password, self.password)


def create_link(
    *, actor: Actor, public_id: str, name: str, ends_on: date | None, password: str, now: datetime
) -> str:
    """Return the key of a new link; it is told this once. Raises NotFound, NotAllowed, InvalidInput."""
    dashboard = dashboard_seen_by(actor, public_id)
    if not may_share_dashboard(actor, dashboard.access):
        raise NotAllowed
    today = today_in(Company.objects.get(pk=actor.company_id), now)
    if ends_on is None or not today <= ends_on <= today + LONGEST:
        raise InvalidInput(_("Choose an end date, within a year from today."), field="ends_on")
    key = secrets.token_urlsafe(32)
    with transaction.atomic():
        link = PublicLink.objects.create(
            company_id=actor.company_id,
            dashboard_id=dashboard.id,
            name=checked_name(name, longest=100),
            creator_id=actor.user_id,
            password=make_password(password) if password else "",
            ends_on=ends_on,
            created_at=now,
        )
        PublicLinkKey.objects.create(key_hash=_hash(key), company_id=actor.company_id, link_id=link.pk)
    return key


def revoke_link(*, actor: Actor, link_id: int, now: datetime) -> None:
    """Revoke a link for good: its maker, the dashboard's owner or an admin. Raises NotFound."""
    link = (
        PublicLink.objects.filter(company_id=actor.company_id, pk=link_id).select_related("dashboard").first()
    )
    if link is None:
        raise NotFound
    if not may_administer(actor) and actor.user_id not in (link.creator_id, link.dashboard.owner_id):
        raise NotFound
    with transaction.atomic():
        PublicLink.objects.filter(company_id=actor.company_id, pk=link_id, revoked_at=None).update(
            revoked_at=now
        )
        PublicLinkKey.objects.filter(company_id=actor.company_id, link_id=link_id).delete()


def links_of(actor: Actor, dashboard: DashboardView, today: date) -> list[LinkLine]:
    """Return the links of a dashboard that are not revoked, for its owner."""
    return _lines(actor, today, [dashboard.id])


def links_of_company(actor: Actor, today: date) -> list[LinkLine]:
    """Return every link of the company that is not revoked. Raises NotAllowed for who is no admin."""
    require_admin(actor)
    return _lines(actor, today, None)


def _lines(actor: Actor, today: date, dashboard_ids: Sequence[int] | None) -> list[LinkLine]:
    own = PublicLink.objects.filter(company_id=actor.company_id, revoked_at=None)
    if dashboard_ids is not None:
        own = own.filter(dashboard_id__in=dashboard_ids)
    return [
        LinkLine(
            link.pk,
            link.name,
            link.dashboard.public_id,
            link.dashboard.title,
            link.creator.name,
            link.ends_on,
            has_password=bool(link.password),
            is_over=link.ends_on < today or not link.creator.is_active or link.dashboard.is_deleted,
        )
        for link in own.select_related("dashboard", "creator").order_by("created_at", "name")
    ]


def open_link(key: str, now: datetime) -> OpenLink | None:
    """Return what a key opens now; None for one that ended, was revoked or never existed.

    Nothing opens once its maker left, may no longer share dashboards, or no longer sees this one.
    """
    found = PublicLinkKey.objects.filter(key_hash=_hash(key)).first()
    if found is None or not secrets.compare_digest(found.key_hash, _hash(key)):
        return None
    link = (
        PublicLink.objects.filter(company_id=found.company_id, pk=found.link_id, revoked_at=None)
        .select_related("creator", "creator__company", "creator__permission_set", "dashboard")
        .first()
    )
    if link is None or not link.creator.is_active:
        return None
    company = link.creator.company
    today = today_in(company, now)
    maker = actor_for(link.creator, now=now)
    if link.ends_on < today or not may(maker, Permission.SHARE_DASHBOARDS):
        return None
    try:
        dashboard = dashboard_seen_by(maker, link.dashboard.public_id, today)
    except NotFound:
        return None
    return OpenLink(link.pk, link.password, link.ends_on, Asker(maker, company, today), dashboard)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()
