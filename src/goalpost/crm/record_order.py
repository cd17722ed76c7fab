"""The records behind a total in any order: by day, value, title, owner, and by stage or activity type."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import cast

from goalpost.companies.models import User
from goalpost.crm.models import ActivityType, Stage
from goalpost.crm.queries import Named
from goalpost.domain.alphabet import by_name
from goalpost.domain.calendar import Period
from goalpost.domain.measures import Measure
from goalpost.ledger import read
from goalpost.ledger.models import SourceKind
from goalpost.ledger.questions import CountedRecord, Question, Selection, Split, Total
from goalpost.ledger.records import (
    COLUMNS,
    LONGEST_PAGE,
    MANY,
    Key,
    Keys,
    Lines,
    Page,
    all_by_title,
    fetched,
    page_by_title,
    page_of,
    records,
    records_by_amount,
    records_by_owner,
)

AT_MOST = 4_000
"""How many records of other stages are scanned at most for one stage."""

_CONVERTED_AT_ONCE = 100_000

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
    """A page of records, and the position of the next one: empty on the last page."""

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

    An invalid position is the beginning. `how_many` is the number of records behind the total.
    """
    by = sorting.by if sorting.by in orders_of(selection.measure) else RecordOrder.DAY
    place = _read(after, by)
    lines = Lines(company_id, selection, period, sorting.is_descending)
    match by:
        case RecordOrder.OWNER:
            return _by_owner(lines, owner_parts(company_id, selection, period), place, limit)
        case RecordOrder.DAY | RecordOrder.VALUE:
            ask = records if by is RecordOrder.DAY else records_by_amount
            found = ask(
                company_id,
                selection,
                period,
                how_many=how_many,
                limit=limit,
                after=place,
                is_descending=sorting.is_descending,
            )
        case RecordOrder.TITLE | RecordOrder.PLACE:
            ask_for = page_by_title if by is RecordOrder.TITLE else page_by_place
            found = ask_for(lines, how_many=how_many, limit=limit, after=cast("Keys | None", place))
    return OrderedRecords(found, _written(found.end) if found.end else "")


def all_in_order(
    company_id: int,
    selection: Selection,
    period: Period,
    sorting: Sorting,
    *,
    how_many: int,
    at_once: int,
) -> Iterator[Sequence[CountedRecord]]:
    """Yield all records behind a total in order, in chunks. Call it within one snapshot."""
    if sorting.by in orders_of(selection.measure) and sorting.by in {RecordOrder.TITLE, RecordOrder.PLACE}:
        lines = Lines(company_id, selection, period, sorting.is_descending)
        all_by = all_by_title if sorting.by is RecordOrder.TITLE else all_by_place
        yield from all_by(lines, at_once)
        return
    if sorting.by is RecordOrder.VALUE and selection.conversion:
        # Each page reads them all.
        at_once = max(at_once, _CONVERTED_AT_ONCE)
    after = ""
    while True:
        found = records_in_order(
            company_id, selection, period, sorting, how_many=how_many, limit=at_once, after=after
        )
        yield found.page.records
        after = found.next
        if not after:
            return


@dataclass(frozen=True, slots=True)
class OwnerPart:
    """The part of a total that one owner contributes."""

    owner: Named
    part: Total


def owner_parts(company_id: int, selection: Selection, period: Period) -> tuple[OwnerPart, ...]:
    """Return the owners' parts of a total, by name, without empty ones, in three queries."""
    parts = read.totals_by(company_id, Question(selection, (period,)), Split.OWNER)
    people = User.objects.filter(company_id=company_id, pk__in=parts).values_list("pk", "name")
    named = sorted(people, key=lambda person: by_name(person[1], person[0]))
    return tuple(OwnerPart(Named(pk, name), parts[pk][0]) for pk, name in named)


def _by_owner(
    lines: Lines, parts: Sequence[OwnerPart], place: tuple[Key, ...] | None, limit: int
) -> OrderedRecords:
    """Return a page of records by their owners' names, reading only the owners on the page."""
    ranks = {each.owner.id: rank for rank, each in enumerate(parts)}
    first = None if place is None else ranks.get(int(str(place[0])))
    found = records_by_owner(
        lines.company_id,
        lines.selection,
        lines.period,
        {each.owner.id: ranks[each.owner.id] for each in _reached(parts, first, limit, lines)},
        limit=limit,
        after=None if place is None or first is None else (first, *place[1:]),
        is_descending=lines.is_descending,
    )
    if found.end is None:
        return OrderedRecords(found, "")
    return OrderedRecords(found, _written((found.records[-1].owner_id, *found.end[1:])))


def _reached(parts: Sequence[OwnerPart], first: int | None, limit: int, lines: Lines) -> list[OwnerPart]:
    """Return the owners from the first on who have more than a page of records after the first's own."""
    is_descending = lines.is_descending
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


def _written(place: Sequence[Key]) -> str:
    """Return a position as text for an address, the id first: titles may hold anything."""
    *keys, source_id = map(_as_text, place)
    return _BETWEEN.join((source_id, *reversed(keys)))


def _as_text(part: Key) -> str:
    if isinstance(part, date):
        return part.isoformat()
    return part.hex() if isinstance(part, bytes) else str(part)


def _read(text: str, by: RecordOrder) -> tuple[Key, ...] | None:
    """Return a position from an address, None when it is invalid for this order."""
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
    """Return a part of a position. Raises ValueError for impossible values."""
    if kind is date:
        return date.fromisoformat(text)
    if kind is bytes:
        return bytes.fromhex(text)
    number = int(text) if text.isascii() and len(text) < 20 else _LARGEST  # noqa: PLR2004  none is as long
    if abs(number) >= _LARGEST:
        raise ValueError(text)
    return number


_BY_DAY = ("s.day", "s.source_id")


def page_by_place(lines: Lines, *, how_many: int, limit: int, after: Keys | None) -> Page:
    """Return a page of the records by the place of their stage or type, within it by day and id."""
    ranks = _ranks(lines)
    is_walk = how_many >= MANY and limit <= LONGEST_PAGE
    rows = _walked(lines, ranks, after, limit + 1) if is_walk else None
    if rows is None:
        rows = lines.sorted(_source(lines), _keys(lines, ranks), after, limit + 1)
    return page_of(lines, rows, limit)


def all_by_place(lines: Lines, at_once: int) -> Iterator[list[CountedRecord]]:
    """Yield all records by stage or type, so many at once."""
    return lines.all_sorted(_source(lines), _keys(lines, _ranks(lines)), at_once)


def _keys(lines: Lines, ranks: Mapping[int, int]) -> tuple[str, ...]:
    rank = " ".join(f"WHEN {place:d} THEN {rank:d}" for place, rank in ranks.items())
    return (f"CASE {_place(lines)} {rank} ELSE 0 END" if rank else "0", *_BY_DAY)


def _ranks(lines: Lines) -> Mapping[int, int]:
    """Return the rank of each stage (by pipeline) or type."""
    if lines.selection.measure.counts_activities:
        types = ActivityType.objects.filter(company_id=lines.company_id)
        return dict(types.order_by("position", "name").values_list("id", "position"))
    stages = Stage.objects.filter(company_id=lines.company_id)
    if lines.selection.pipelines is not None:
        stages = stages.filter(pipeline_id__in=lines.selection.pipelines)
    places = stages.values_list("id", "pipeline__position", "position")
    ranks = {stage: pipeline * 10_000 + position for stage, pipeline, position in places}
    # Imported deals of which only won or lost is known have no stage.
    return {0: 0, **dict(sorted(ranks.items(), key=lambda each: (each[1], each[0])))}


def _place(lines: Lines) -> str:
    return "s.item_id" if lines.selection.measure.counts_activities else "COALESCE(r.stage_id, 0)"


def _source(lines: Lines) -> str:
    if lines.selection.measure.counts_activities:
        return "ledger_standing AS s"
    return "ledger_standing AS s JOIN crm_deal AS r ON r.company_id = s.company_id AND r.id = s.source_id"


def _walked(lines: Lines, ranks: Mapping[int, int], after: Keys | None, how_many: int) -> list[Keys] | None:
    """Return the next lines stage by stage, None when a stage is too slow to scan."""
    ordered = list(ranks.items())[::-1] if lines.is_descending else list(ranks.items())
    if len(set(ranks.values())) < len(ranks):
        # Stages with the same rank are mixed by day.
        return None
    rows: list[Keys] = []
    for place, rank in ordered:
        if after is not None and isinstance(after[0], int) and _is_before(lines, rank, after[0]):
            continue
        within = after[1:] if after is not None and rank == after[0] else None
        found = _of_one(lines, place, within, how_many - len(rows))
        if found is None:
            return None
        rows.extend((*row, rank, *row[1::-1]) for row in found)
        if len(rows) == how_many:
            break
    return rows


def _is_before(lines: Lines, rank: int, place: int) -> bool:
    return rank > place if lines.is_descending else rank < place


def _of_one(lines: Lines, place: int, after: Keys | None, how_many: int) -> list[Keys] | None:
    """Return the next lines of one stage or type by day, None when that would scan too many rows."""
    beyond, parameters = lines.beyond(_BY_DAY, after)
    order = lines.ordered(_BY_DAY)
    # A subquery with a LIMIT bounds the rows scanned; planners do not flatten it.
    some = (
        f"SELECT s.* FROM ledger_standing AS s WHERE {lines.in_total} AND {beyond} {order} LIMIT {AT_MOST:d}"  # noqa: S608
    )
    source = _source(lines).replace("ledger_standing AS s", f"({some}) AS s", 1)
    met = fetched(
        f"SELECT {COLUMNS} FROM {source} WHERE {_place(lines)} = {place:d} {order} LIMIT {how_many:d}",  # noqa: S608
        parameters,
    )
    if len(met) == how_many or not _is_longer(
        f"{lines.in_total} AND {beyond}", "ledger_standing AS s", parameters
    ):
        return met
    if lines.selection.measure.counts_activities:
        return None
    of_stage = f"r.stage_id = {place:d}" if place else "r.stage_id IS NULL"
    own = f"r.company_id = {lines.company_id:d} AND {of_stage}"
    if _is_longer(own, "crm_deal AS r", ()):
        return None
    return fetched(
        f"SELECT {COLUMNS} FROM (SELECT r.id FROM crm_deal AS r WHERE {own} LIMIT {AT_MOST:d}) AS r "  # noqa: S608
        f"JOIN ledger_standing AS s ON s.source_id = r.id AND s.source_kind = {SourceKind.DEAL:d} "
        f"WHERE {lines.in_total} AND {beyond} {order} LIMIT {how_many:d}",
        parameters,
    )


def _is_longer(condition: str, table: str, parameters: Keys) -> bool:
    """Whether there are more rows than `AT_MOST`."""
    return bool(
        fetched(f"SELECT 1 FROM {table} WHERE {condition} LIMIT 1 OFFSET {AT_MOST:d}", parameters)  # noqa: S608
    )
