"""The orders that the records behind a total can be listed in, and where in such an order a page begins.

A page costs about the same however many records there are; by stage, all of one total are looked up where a
stage is rare among them (`by_place`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import cast

from django.db.models import Case, IntegerField, Value, When

from goalpost.domain.calendar import Period
from goalpost.domain.measures import Measure
from goalpost.goals.by_place import all_by_place, page_by_place
from goalpost.goals.by_title import all_by_title, page_by_title
from goalpost.goals.owners import OwnerPart, owner_parts
from goalpost.goals.record_lines import Keys, Lines
from goalpost.ledger import read
from goalpost.ledger.behind import behind
from goalpost.ledger.models import Standing
from goalpost.ledger.read import CountedRecord, Page, Selection
from goalpost.ledger.records import Key, page

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
    some = replace(selection, owners=frozenset(each.owner.id for each in reached))
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
