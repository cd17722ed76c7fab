"""Handing over records: deals and activities change their owner, in one posting."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from goalpost.companies.errors import InvalidInput
from goalpost.companies.models import User
from goalpost.crm import checks
from goalpost.crm.models import Activity, Deal
from goalpost.crm.posting import crm_write, reconcile
from goalpost.crm.seals import update_sealed
from goalpost.domain.counting import DealStatus
from goalpost.domain.permissions import Actor


@dataclass(frozen=True, slots=True)
class Extent:
    """Which records are handed over: open deals or all, and the activities still to do."""

    open_deals: bool = True
    closed_deals: bool = False
    open_activities: bool = True


@dataclass(frozen=True, slots=True)
class Belongings:
    """The numbers of records that can be handed over. Deleted ones cannot."""

    open_deals: int
    closed_deals: int
    open_activities: int


def belongings_of(actor: Actor, user_id: int) -> Belongings:
    """Count what could be handed over, without changing anything. Raises NotAllowed, InvalidInput."""
    checks.require_admin(actor)
    checks.found_owner(actor.company_id, user_id)
    return Belongings(
        open_deals=_open_deals(actor, user_id).count(),
        closed_deals=_closed_deals(actor, user_id).count(),
        open_activities=_open_activities(actor, user_id).count(),
    )


def hand_over_records(
    *, actor: Actor, user_id: int, successor_id: int, extent: Extent, now: datetime
) -> Belongings:
    """Hand the records of one person over to another, and post the changes.

    Returns their numbers. The results of closed deals move too; the ledger shows when and from whom. One
    transaction. Raises NotAllowed, InvalidInput.
    """
    checks.require_admin(actor)
    leaver, successor = _two_people(actor, user_id, successor_id)
    with crm_write(actor, now=now, note=f"{leaver.name} → {successor.name}") as writer:
        open_deals = _taken(_open_deals(actor, user_id)) if extent.open_deals else []
        closed_deals = _taken(_closed_deals(actor, user_id)) if extent.closed_deals else []
        activities = _taken(_open_activities(actor, user_id)) if extent.open_activities else []
        for ids, model in (([*open_deals, *closed_deals], Deal), (activities, Activity)):
            update_sealed(writer, model, ids, owner_id=successor.pk, updated_at=now)
        reconcile(writer, deals=sorted([*open_deals, *closed_deals]), activities=activities)
    return Belongings(len(open_deals), len(closed_deals), len(activities))


def _two_people(actor: Actor, user_id: int, successor_id: int) -> tuple[User, User]:
    people = User.objects.filter(company_id=actor.company_id, pk__in=[user_id, successor_id]).in_bulk()
    if user_id not in people:
        raise InvalidInput(_("There is no such user."), field="user")
    if successor_id not in people or successor_id == user_id:
        raise InvalidInput(_("Choose who takes over."), field="successor")
    if not people[successor_id].is_active:
        raise InvalidInput(_("Choose an active person."), field="successor")
    return people[user_id], people[successor_id]


def _taken(records: "QuerySet[Deal] | QuerySet[Activity]") -> list[int]:
    return list(records.order_by("id").values_list("id", flat=True))


def _open_deals(actor: Actor, user_id: int) -> QuerySet[Deal]:
    return _deals(actor, user_id).filter(status=DealStatus.OPEN)


def _closed_deals(actor: Actor, user_id: int) -> QuerySet[Deal]:
    return _deals(actor, user_id).filter(status__in=[DealStatus.WON, DealStatus.LOST])


def _deals(actor: Actor, user_id: int) -> QuerySet[Deal]:
    return Deal.objects.filter(company_id=actor.company_id, owner_id=user_id, is_deleted=False)


def _open_activities(actor: Actor, user_id: int) -> QuerySet[Activity]:
    return Activity.objects.filter(
        company_id=actor.company_id, owner_id=user_id, is_deleted=False, is_done=False
    )
