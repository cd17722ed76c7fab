"""The records behind a result in words: what each is called, whose it is, what it is worth."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from goalpost.companies.models import User
from goalpost.crm.models import Activity, Deal, Stage
from goalpost.domain.counting import DealStatus
from goalpost.domain.measures import Measure
from goalpost.domain.money import Money
from goalpost.domain.permissions import Actor, may_see_records_of
from goalpost.goals.queries import Named
from goalpost.ledger.read import CountedRecord

_CERTAIN = 100


@dataclass(frozen=True, slots=True)
class RecordLine:
    """A deal or an activity that counts. `place` is its stage, or the type of an activity.

    `amount` is what counts, in minor units of the company's currency, None when that is unknown; `value` is
    what the deal itself says, None for an activity. `status` is the deal's, and `percent` how much of its
    value counts: all but in a forecast. `deal` is what an activity belongs to, empty for none; it is left out
    when the actor may not see it, which `deal_is_hidden` says. `closed_at` is when a deal was won or an
    activity done, `due_on` when a deal is expected to close or an activity to be done.
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
    deal_is_hidden: bool
    external_id: str
    added_at: datetime | None
    closed_at: datetime | None
    due_on: date | None


@dataclass(frozen=True, slots=True)
class _Facts:
    title: str
    place: str
    external_id: str
    added_at: datetime | None
    closed_at: datetime | None
    due_on: date | None
    customer: str = ""
    value: Money | None = None
    status: DealStatus | None = None
    percent: int = _CERTAIN
    deal: str = ""
    deal_is_hidden: bool = False


def describe_records(
    actor: Actor, measure: Measure, records: Sequence[CountedRecord]
) -> tuple[RecordLine, ...]:
    """Return the records with their names, in order, in three queries at most."""
    company_id = actor.company_id
    owners = _owner_names(company_id, {record.owner_id for record in records})
    facts = _facts(actor, measure, {record.source_id for record in records})
    # A progress goal's record stands where it entered, which its deal may have left since.
    stages = (
        stage_names(company_id, {record.item_id for record in records})
        if measure is Measure.DEALS_PROGRESSED
        else {}
    )
    return tuple(
        _line(record, facts[record.source_id], owners[record.owner_id], stages)
        for record in records
        if record.source_id in facts
    )


def record_titles(actor: Actor, measure: Measure, ids: Iterable[int]) -> dict[int, str]:
    """Return what the records are called, deleted ones included.

    Left out are those that belong to somebody by now whose records the actor may not see.
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


def _line(record: CountedRecord, facts: _Facts, owner: str, stages: dict[int, str]) -> RecordLine:
    return RecordLine(
        id=record.source_id,
        title=facts.title,
        customer=facts.customer,
        owner=Named(record.owner_id, owner),
        place=stages.get(record.item_id, facts.place),
        day=record.day,
        amount=None if record.unvalued else record.amount,
        value=facts.value,
        status=facts.status,
        percent=facts.percent,
        deal=facts.deal,
        deal_is_hidden=facts.deal_is_hidden,
        external_id=facts.external_id,
        added_at=facts.added_at,
        closed_at=facts.closed_at,
        due_on=facts.due_on,
    )


def _facts(actor: Actor, measure: Measure, ids: set[int]) -> dict[int, _Facts]:
    if not ids:
        return {}
    if measure.counts_activities:
        return _facts_of_activities(actor, ids)
    return _facts_of_deals(actor, ids, is_weighted=measure is Measure.REVENUE_FORECAST)


def _facts_of_activities(actor: Actor, ids: set[int]) -> dict[int, _Facts]:
    activities = Activity.objects.filter(company_id=actor.company_id, pk__in=ids)
    rows = activities.values_list(
        "pk",
        "subject",
        "deal__title",
        "deal__owner_id",
        "type__name",
        "external_id",
        "add_time",
        "marked_as_done_time",
        "due_date",
    )
    found: dict[int, _Facts] = {}
    for pk, subject, deal, deal_owner, kind, external_id, added_at, done_at, due_on in rows:
        is_hidden = deal_owner is not None and not may_see_records_of(actor, deal_owner)
        found[pk] = _Facts(
            title=subject,
            place=kind,
            external_id=external_id or "",
            added_at=added_at,
            closed_at=done_at,
            due_on=due_on,
            deal="" if is_hidden or deal is None else deal,
            deal_is_hidden=is_hidden,
        )
    return found


def _facts_of_deals(actor: Actor, ids: set[int], *, is_weighted: bool) -> dict[int, _Facts]:
    rows = Deal.objects.filter(company_id=actor.company_id, pk__in=ids).values_list(
        "pk",
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
    found: dict[int, _Facts] = {}
    for row in rows:
        pk, title, organization, stage, value, currency, status, own, of_stage = row[:9]
        external_id, added_at, won_at, expected_on = row[9:]
        percent = _CERTAIN
        if is_weighted and status == DealStatus.OPEN:
            percent = next((each for each in (own, of_stage) if each is not None), _CERTAIN)
        found[pk] = _Facts(
            title=title,
            place=stage,
            customer=organization,
            value=Money(value, currency),
            status=DealStatus(status),
            percent=percent,
            external_id=external_id or "",
            added_at=added_at,
            closed_at=won_at,
            due_on=expected_on,
        )
    return found


def _owner_names(company_id: int, ids: set[int]) -> dict[int, str]:
    return dict(User.objects.filter(company_id=company_id, pk__in=ids).values_list("pk", "name"))
