"""The list of deals: those that the actor may see, filtered and in an order, some at a time."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from goalpost.crm.models import Deal
from goalpost.crm.queries import Named
from goalpost.domain.counting import DealStatus
from goalpost.domain.money import Money
from goalpost.domain.permissions import Actor, visible_record_owners

AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class DealFilter:
    """What is listed: deals of a status, an owner, a pipeline, with these words in their name or customer."""

    status: DealStatus | None = DealStatus.OPEN
    owner_id: int | None = None
    pipeline_id: int | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class DealLine:
    """A deal in the list."""

    id: int
    title: str
    organization: str
    owner: Named
    pipeline: str
    stage: str
    status: DealStatus
    value: Money
    expected_close_date: date | None


@dataclass(frozen=True, slots=True)
class DealPage:
    """Deals in order, the newest first; `next` is where the list goes on, None at its end."""

    lines: tuple[DealLine, ...]
    next: int | None


def deals_seen_by(actor: Actor, chosen: DealFilter, *, before: int | None = None) -> DealPage:
    """Return a page of deals in one query. `before` is the page's `next`.

    In the order they came in: by id, which every engine counts up, and which says nothing else.
    """
    found = _filtered(actor, chosen)
    if before is not None:
        found = found.filter(pk__lt=before)
    columns = (
        *("pk", "title", "organization", "owner_id", "owner__name", "pipeline__name", "stage__name"),
        *("status", "value", "currency", "expected_close_date"),
    )
    rows = list(found.order_by("-pk").values_list(*columns)[: AT_ONCE + 1])
    lines = tuple(
        DealLine(
            pk,
            title,
            organization,
            Named(owner_id, owner),
            pipeline,
            stage or "",
            DealStatus(status),
            Money(value, currency),
            day,
        )
        for pk, title, organization, owner_id, owner, pipeline, stage, status, value, currency, day in rows
    )
    is_more = len(lines) > AT_ONCE
    return DealPage(lines[:AT_ONCE], lines[AT_ONCE - 1].id if is_more else None)


def _filtered(actor: Actor, chosen: DealFilter) -> QuerySet[Deal]:
    found = Deal.objects.filter(company_id=actor.company_id, is_deleted=False)
    visible = visible_record_owners(actor)
    if visible is not None:
        found = found.filter(owner_id__in=visible)
    if chosen.status is not None:
        found = found.filter(status=chosen.status.value)
    if chosen.owner_id is not None:
        found = found.filter(owner_id=chosen.owner_id)
    if chosen.pipeline_id is not None:
        found = found.filter(pipeline_id=chosen.pipeline_id)
    if chosen.words:
        found = found.filter(Q(title__icontains=chosen.words) | Q(organization__icontains=chosen.words))
    return found
