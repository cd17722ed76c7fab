"""Titles and details of the records behind a total."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from goalpost.companies.models import User
from goalpost.crm.models import Activity, Deal, Stage
from goalpost.crm.queries import Named
from goalpost.domain.counting import DealStatus
from goalpost.domain.measures import Measure
from goalpost.domain.money import Money
from goalpost.domain.permissions import Actor, may_see_records_of
from goalpost.ledger.questions import CountedRecord

_CERTAIN = 100


@dataclass(frozen=True, slots=True)
class RecordLine:
    """A deal or an activity that counts. `place` is its stage, or the type of an activity.

    `amount` is what counts, in minor units of the total's currency, None when that is unknown; `value` is
    what the deal itself says, None for an activity. `status` is the deal's, and `percent` how much of its
    value counts: all but in a forecast. `deal` and `deal_id` are what an activity belongs to, empty for none;
    they are left out when the actor may not see it, which `deal_is_hidden` says. `closed_at` is when a deal
    was won or an activity done, `due_on` when a deal is expected to close or an activity to be done.
    """

    id: int
    title: str
    customer: str
    owner: Named
    place: str
    day: date
    amount: int | None
    value: Money | None
    status: DealStatus | None
    percent: int
    deal: str
    deal_id: int
    deal_is_hidden: bool
    external_id: str
    added_at: datetime | None
    closed_at: datetime | None
    due_on: date | None


def describe_records(
    actor: Actor, measure: Measure, records: Sequence[CountedRecord]
) -> tuple[RecordLine, ...]:
    """Return the records with their names, in order, in three queries at most."""
    company_id = actor.company_id
    people = User.objects.filter(company_id=company_id, pk__in={record.owner_id for record in records})
    owners = dict(people.values_list("pk", "name")) if records else {}
    ids = {record.source_id for record in records}
    model, columns = (Activity, _ACTIVITY) if measure.counts_activities else (Deal, _DEAL)
    rows = model._default_manager.filter(company_id=company_id, pk__in=ids).values_list("pk", *columns)
    found = {pk: row for pk, *row in rows} if ids else {}
    # A record of a progress goal shows the stage that was entered, not the deal's current one.
    is_progress = measure is Measure.DEALS_PROGRESSED
    stages = stage_names(company_id, {record.item_id for record in records}) if is_progress else {}
    lines: list[RecordLine] = []
    for record in records:
        row, owner = found.get(record.source_id), Named(record.owner_id, owners[record.owner_id])
        if row is None:
            continue
        if measure.counts_activities:
            lines.append(_activity(actor, record, owner, row))
        else:
            is_weighted = measure is Measure.REVENUE_FORECAST
            lines.append(_deal(record, owner, row, stages, is_weighted=is_weighted))
    return tuple(lines)


def record_titles(actor: Actor, measure: Measure, ids: Iterable[int]) -> dict[int, str]:
    """Return the titles of records, also deleted ones.

    Leaves out records whose current owner's records the actor may not see.
    """
    model = Activity if measure.counts_activities else Deal
    name = "subject" if measure.counts_activities else "title"
    rows = model._default_manager.filter(company_id=actor.company_id, pk__in=set(ids))
    return {
        pk: title
        for pk, title, owner_id in rows.values_list("pk", name, "owner_id")
        if may_see_records_of(actor, owner_id)
    }


def stage_names(company_id: int, ids: set[int]) -> dict[int, str]:
    return dict(Stage.objects.filter(company_id=company_id, pk__in=ids).values_list("pk", "name"))


_ACTIVITY = (
    "subject",
    "deal__title",
    "deal_id",
    "deal__owner_id",
    "type__name",
    "external_id",
    "add_time",
    "marked_as_done_time",
    "due_date",
)


def _activity(actor: Actor, record: CountedRecord, owner: Named, row: list[Any]) -> RecordLine:
    subject, deal, deal_id, deal_owner, kind, external_id, added_at, done_at, due_on = row
    is_hidden = deal_owner is not None and not may_see_records_of(actor, deal_owner)
    return RecordLine(
        id=record.source_id,
        title=subject,
        customer="",
        owner=owner,
        place=kind,
        day=record.day,
        amount=None if record.unvalued else record.amount,
        value=None,
        status=None,
        percent=_CERTAIN,
        deal="" if is_hidden or deal is None else deal,
        deal_id=0 if is_hidden or deal_id is None else deal_id,
        deal_is_hidden=is_hidden,
        external_id=external_id or "",
        added_at=added_at,
        closed_at=done_at,
        due_on=due_on,
    )


_DEAL = (
    "title",
    "organization",
    "stage__name",
    "value",
    "currency",
    "status",
    "probability",
    "stage__probability",
    "external_id",
    "add_time",
    "won_time",
    "expected_close_date",
)


def _deal(
    record: CountedRecord, owner: Named, row: list[Any], stages: dict[int, str], *, is_weighted: bool
) -> RecordLine:
    title, organization, stage, value, currency, status, *chances, external_id, added_at, won_at, due_on = row
    percent = _CERTAIN
    if is_weighted and status == DealStatus.OPEN:
        percent = next((each for each in chances if each is not None), _CERTAIN)
    return RecordLine(
        id=record.source_id,
        title=title,
        customer=organization,
        owner=owner,
        place=stages.get(record.item_id, stage or ""),
        day=record.day,
        amount=None if record.unvalued else record.amount,
        value=Money(value, currency),
        status=DealStatus(status),
        percent=percent,
        deal="",
        deal_id=0,
        deal_is_hidden=False,
        external_id=external_id or "",
        added_at=added_at,
        closed_at=won_at,
        due_on=due_on,
    )
