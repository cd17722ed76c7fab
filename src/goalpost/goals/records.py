"""The records behind a result: which, whose, in which order, and what each is called."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import cast

from django.db.models import Case, IntegerField, Value, When

from goalpost.companies.models import User
from goalpost.crm.models import Activity, Deal, Stage
from goalpost.crm.records_by_place import all_by_place, page_by_place
from goalpost.domain.alphabet import by_name
from goalpost.domain.calendar import Period
from goalpost.domain.counting import DealStatus
from goalpost.domain.measures import Measure
from goalpost.domain.money import Money
from goalpost.domain.permissions import Actor, may_see_records_of, visible_record_owners
from goalpost.goals.queries import GoalView, Named
from goalpost.goals.results import selection_of
from goalpost.ledger import read
from goalpost.ledger.models import Standing
from goalpost.ledger.read import CountedRecord, Page, Question, Selection, Total
from goalpost.ledger.record_lines import Keys, Lines, all_by_title, page_by_title
from goalpost.ledger.records import Key, behind, page

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


@dataclass(frozen=True, slots=True)
class OwnerPart:
    """What one person's records bring to a total."""

    owner: Named
    part: Total


@dataclass(frozen=True, slots=True)
class OwnersBehind:
    """Who brings what to a total, as far as the actor may see, and what all others bring together."""

    parts: tuple[OwnerPart, ...]
    total: Total
    hidden: Total


def selection_seen_by(actor: Actor, selection: Selection) -> Selection:
    """Narrow a selection to the owners whose records the actor may see."""
    visible = visible_record_owners(actor)
    if visible is None:
        return selection
    return selection.narrowed_to(visible)


def owners_behind(actor: Actor, goal: GoalView, period: Period) -> OwnersBehind:
    """Return who brings what to a goal's period, by name. Hidden people are one sum, and not counted."""
    selection = selection_of(goal)
    total = read.total(actor.company_id, selection, period)
    parts = owner_parts(actor.company_id, selection_seen_by(actor, selection), period)
    shown = sum_of(each.part for each in parts)
    return OwnersBehind(parts, total, total.plus(-shown.count, -shown.amount, -shown.unvalued))


def owner_parts(company_id: int, selection: Selection, period: Period) -> tuple[OwnerPart, ...]:
    """Return what each owner's records bring, by name and without those who bring none, in four queries."""
    people = User.objects.filter(company_id=company_id)
    if selection.people is not None:
        people = people.filter(pk__in=selection.people)
    named = sorted(people.values_list("pk", "name"), key=lambda person: by_name(person[1], person[0]))
    ranges = (period,)
    questions = [Question(selection.narrowed_to({pk}), ranges) for pk, _ in named]
    totals = read.totals(company_id, questions)
    return tuple(
        OwnerPart(Named(pk, name), part)
        for (pk, name), (part,) in zip(named, totals, strict=True)
        if any(part)
    )


def sum_of(parts: Iterable[Total]) -> Total:
    whole = Total()
    for part in parts:
        whole = whole.plus(*part)
    return whole


_BETWEEN = "~"
_LARGEST = 2**53


class RecordOrder(StrEnum):
    """What records are listed by. `PLACE` is a deal's stage or an activity's type."""

    TITLE = "title"
    OWNER = "owner"
    PLACE = "stage"
    DAY = "date"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class Sorting:
    by: RecordOrder
    is_descending: bool


LATEST = Sorting(RecordOrder.DAY, is_descending=True)


@dataclass(frozen=True, slots=True)
class OrderedRecords:
    """A page of records, and where the next one begins: empty when this is the last."""

    page: Page
    next: str


def orders_of(measure: Measure) -> tuple[RecordOrder, ...]:
    """Return what records of a measure can be listed by: all of a progress goal are in the same stage."""
    return tuple(
        order
        for order in RecordOrder
        if not (order is RecordOrder.VALUE and measure.counts_activities)
        and not (order is RecordOrder.PLACE and measure is Measure.DEALS_PROGRESSED)
    )


def records_in_order(
    company_id: int,
    selection: Selection,
    period: Period,
    sorting: Sorting,
    *,
    how_many: int,
    limit: int,
    after: str = "",
) -> OrderedRecords:
    """Return a page of the records behind a total. `after` is the `next` of the page before.

    A place that cannot be read is the beginning. `how_many` records there are behind the total.
    """
    is_descending, by = sorting.is_descending, sorting.by
    if by not in orders_of(selection.measure):
        by = RecordOrder.DAY
    place = _read(after, by)
    match by:
        case RecordOrder.OWNER:
            return _by_owner(company_id, selection, period, place, limit, is_descending=is_descending)
        case RecordOrder.DAY | RecordOrder.VALUE:
            ask = read.records if by is RecordOrder.DAY else read.records_by_amount
            found = ask(
                company_id,
                selection,
                period,
                how_many=how_many,
                limit=limit,
                after=place,
                is_descending=is_descending,
            )
        case RecordOrder.TITLE | RecordOrder.PLACE:
            ask_for = page_by_title if by is RecordOrder.TITLE else page_by_place
            lines = Lines(company_id, selection, period, is_descending)
            found = ask_for(lines, how_many=how_many, limit=limit, after=cast("Keys | None", place))
    return OrderedRecords(found, _BETWEEN.join(_written(found.end)) if found.end else "")


def all_in_order(
    company_id: int,
    selection: Selection,
    period: Period,
    sorting: Sorting,
    *,
    how_many: int,
    at_once: int,
) -> Iterator[Sequence[CountedRecord]]:
    """Yield all records behind a total in order, so many at once. To be read in one snapshot."""
    if sorting.by in orders_of(selection.measure) and sorting.by in {RecordOrder.TITLE, RecordOrder.PLACE}:
        lines = Lines(company_id, selection, period, sorting.is_descending)
        all_by = all_by_title if sorting.by is RecordOrder.TITLE else all_by_place
        yield from all_by(lines, at_once)
        return
    after = ""
    while True:
        found = records_in_order(
            company_id, selection, period, sorting, how_many=how_many, limit=at_once, after=after
        )
        yield found.page.records
        after = found.next
        if not after:
            return


def _by_owner(
    company_id: int,
    selection: Selection,
    period: Period,
    place: tuple[Key, ...] | None,
    limit: int,
    *,
    is_descending: bool,
) -> OrderedRecords:
    """Return a page of records by their owners' names: those of the few owners whom the page reaches."""
    parts = owner_parts(company_id, selection, period)
    ranks = {each.owner.id: rank for rank, each in enumerate(parts)}
    first = None if place is None else ranks.get(int(str(place[0])))
    after = None if place is None or first is None else (first, *place[1:])
    reached = _reached(parts, first, limit, is_descending=is_descending)
    some = selection.narrowed_to({each.owner.id for each in reached})
    lines = behind(Standing.objects.all(), company_id, some, period)
    whens = [When(owner_id=each.owner.id, then=Value(ranks[each.owner.id])) for each in reached]
    if not whens:
        return OrderedRecords(Page((), None), "")
    lines = lines.annotate(rank=Case(*whens, output_field=IntegerField()))
    keys = ("rank", "day", "source_id")
    found = page(lines, keys, limit=limit, after=after, is_descending=is_descending)
    if found.end is None:
        return OrderedRecords(found, "")
    owner_id = found.records[-1].owner_id
    return OrderedRecords(found, _BETWEEN.join(_written((owner_id, *found.end[1:]))))


def _reached(
    parts: Sequence[OwnerPart], first: int | None, limit: int, *, is_descending: bool
) -> list[OwnerPart]:
    """Return the owners from the first on who have more than a page of records after the first's own."""
    ordered = list(enumerate(parts))[::-1] if is_descending else list(enumerate(parts))
    reached: list[OwnerPart] = []
    records = 0
    for rank, each in ordered:
        if first is not None and (rank > first if is_descending else rank < first):
            continue
        reached.append(each)
        # Of the first's records, the page before may have shown all.
        records += each.part.count if rank != first else 0
        if records > limit:
            break
    return reached


def _written(place: Sequence[Key]) -> list[str]:
    """Return the parts of a place as they stand in an address, the id first: titles hold anything."""
    *keys, source_id = map(_as_text, place)
    return [source_id, *reversed(keys)]


def _as_text(part: Key) -> str:
    if isinstance(part, date):
        return part.isoformat()
    return part.hex() if isinstance(part, bytes) else str(part)


def _read(text: str, by: RecordOrder) -> tuple[Key, ...] | None:
    """Return a place from an address, None when it is none in this order."""
    shapes: dict[RecordOrder, tuple[type, ...]] = {
        RecordOrder.DAY: (int, date),
        RecordOrder.VALUE: (int, int),
        RecordOrder.OWNER: (int, date, int),
        RecordOrder.PLACE: (int, date, int),
        RecordOrder.TITLE: (int, bytes),
    }
    shape = shapes[by]
    parts = text.split(_BETWEEN, len(shape) - 1)
    if len(parts) != len(shape):
        return None
    try:
        keys = [_key(kind, part) for kind, part in zip(shape, parts, strict=True)]
    except ValueError:
        return None
    return tuple(reversed(keys))


def _key(kind: type, text: str) -> Key:
    """Return a part of a place. Raises ValueError for what no record can have."""
    if kind is date:
        return date.fromisoformat(text)
    if kind is bytes:
        return bytes.fromhex(text)
    number = int(text) if text.isascii() and len(text) < 20 else _LARGEST  # noqa: PLR2004  none is as long
    if abs(number) >= _LARGEST:
        raise ValueError(text)
    return number


_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class RecordsBehind:
    """The records that make up a total, as far as this actor may see them, and what is hidden."""

    records: tuple[CountedRecord, ...]
    total: Total
    shown: Total
    """All that the actor may see, of which `records` is one page."""
    next: str
    """Where the next page begins, empty when this is the last."""

    @property
    def hidden(self) -> Total:
        return Total(
            self.total.count - self.shown.count,
            self.total.amount - self.shown.amount,
            self.total.unvalued - self.shown.unvalued,
        )


def records_behind(
    actor: Actor,
    goal: GoalView,
    period: Period,
    *,
    limit: int,
    sorting: Sorting = LATEST,
    after: str = "",
) -> RecordsBehind:
    """Return a page of the records behind a total, none for a limit of 0. Hidden ones are only summed."""
    company_id, selection = actor.company_id, selection_of(goal)
    total = read.total(company_id, selection, period)
    seen = selection_seen_by(actor, selection)
    shown = total if seen == selection else read.total(company_id, seen, period)
    if limit == 0:
        return RecordsBehind((), total, shown, "")
    found = records_in_order(
        company_id, seen, period, sorting, how_many=shown.count, limit=limit, after=after
    )
    return RecordsBehind(found.page.records, total, shown, found.next)


def all_records_behind(
    actor: Actor, goal: GoalView, period: Period, *, sorting: Sorting, how_many: int
) -> Iterator[RecordLine]:
    """Yield every record behind a total that the actor may see, in order, some thousands at a time.

    To be read in one snapshot; `how_many` there are decides how the ledger goes about it.
    """
    seen = selection_seen_by(actor, selection_of(goal))
    for some in all_in_order(actor.company_id, seen, period, sorting, how_many=how_many, at_once=_AT_ONCE):
        yield from describe_records(actor, goal.terms.measure, some)
