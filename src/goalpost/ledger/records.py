"""The records behind a total: a page of them, in an order, going on after where the last page ended."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple, TypeVar

from django.db.models import BooleanField, Expression, F, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Coalesce

from goalpost.domain.calendar import Period
from goalpost.ledger.models import Entry, Standing
from goalpost.ledger.questions import OwnerSpan, Selection

_Line = TypeVar("_Line", Entry, Standing)


def selected(lines: QuerySet[_Line], company_id: int, selection: Selection) -> QuerySet[_Line]:
    """Narrow lines down to those a selection counts, on whatever day."""
    found = lines.filter(company_id=company_id, measure=selection.measure)
    if selection.owners is not None:
        # The people by themselves too, which every planner finds an index for.
        people = selection.people or frozenset()
        found = found.filter(_is_counted(selection.owners, selection.spans), owner_id__in=people)
    if selection.pipelines is not None:
        found = found.filter(pipeline_id__in=selection.pipelines)
    if selection.items is not None:
        found = found.filter(item_id__in=selection.items)
    return found


def _is_counted(owners: frozenset[int], spans: Sequence[OwnerSpan]) -> Q:
    counted = Q(owner_id__in=owners)
    for span in spans:
        own = Q(owner_id=span.owner_id)
        if span.start is not None:
            own &= Q(day__gte=span.start)
        if span.end is not None:
            own &= Q(day__lt=span.end)
        counted |= own
    return counted if spans else Q()


def behind(lines: QuerySet[_Line], company_id: int, selection: Selection, period: Period) -> QuerySet[_Line]:
    """Narrow lines down to those behind a total."""
    return selected(lines, company_id, selection).filter(day__gte=period.start, day__lt=period.end)


MANY = 10_000
"""From so many records on it costs less to walk along an index of all amounts than to sort these."""

_BY_DAY = ("day", "source_id")
_BY_AMOUNT = ("amount", "source_id")

Key = str | bytes | int | date | Expression
"""A part of where a page begins: a value, or an expression of one."""


class CountedRecord(NamedTuple):
    """A record behind a total: a deal or an activity, by the selection's measure."""

    source_id: int
    day: date
    owner_id: int
    pipeline_id: int
    item_id: int
    amount: int
    unvalued: int


class Page(NamedTuple):
    """Records in order. `end` is the place of the last of them, None when no more come after it."""

    records: tuple[CountedRecord, ...]
    end: tuple[Key, ...] | None


class _Row(Func):
    """(a, b): compared as one, which an index over both answers by itself."""

    function = ""

    def __init__(self, *parts: str | Expression) -> None:
        super().__init__(*parts, output_field=TextField())


class _Beyond(Func):
    """(a, b) > (x, y). Django's own comparison of rows is spelt out for SQLite, past its indexes."""

    template = "%(expressions)s"

    def __init__(self, here: _Row, there: _Row, *, is_descending: bool) -> None:
        super().__init__(
            here, there, arg_joiner=" < " if is_descending else " > ", output_field=BooleanField()
        )


def records(
    company_id: int,
    selection: Selection,
    period: Period,
    *,
    limit: int,
    how_many: int = MANY,
    after: Sequence[Key] | None = None,
    is_descending: bool = True,
) -> Page:
    """Return records behind a total by day. All of them together sum to the total.

    `after` is where the page before ended, day and id; `how_many` as in `records_by_amount`.
    """
    found = behind(Standing.objects.all(), company_id, selection, period)
    keys: Sequence[str] = _BY_DAY
    if selection.owners is not None and how_many < MANY:
        # Theirs, then sorted: a walk along the days of everybody would meet too few of them.
        found, keys = found.annotate(on=Coalesce("day", "day")), ("on", "source_id")
    return page(found, keys, after=after, is_descending=is_descending, limit=limit)


def records_by_amount(
    company_id: int,
    selection: Selection,
    period: Period,
    *,
    how_many: int,
    limit: int,
    after: Sequence[Key] | None = None,
    is_descending: bool = True,
) -> Page:
    """Return records behind a total by what they count; `after` is amount and id of where a page ended.

    `how_many` there are behind the total decides how to go about it: few are sorted, many are met soon enough
    on a walk along the amounts of all days. So the cost peaks where a bar is neither.
    """
    if how_many < MANY:
        found = behind(Standing.objects.all(), company_id, selection, period)
        # Not the amount itself: a planner might walk the index of amounts in search of a few.
        keys: Sequence[str] = ("worth", "source_id")
        found = found.annotate(worth=F("amount") + 0)
    else:
        keys = _BY_AMOUNT
        # Not the day itself: a planner would take all days of the period and sort them.
        found = selected(Standing.objects.all(), company_id, selection)
        found = found.annotate(on=Coalesce("day", "day")).filter(on__gte=period.start, on__lt=period.end)
    return page(found, keys, after=after, is_descending=is_descending, limit=limit)


def page(
    lines: QuerySet[Standing],
    keys: Sequence[str],
    *,
    limit: int,
    after: Sequence[Key] | None = None,
    is_descending: bool = False,
) -> Page:
    """Return the lines that come after a place in the order of `keys`, the last of which tells all apart."""
    if after is not None:
        here, there = _Row(*keys), _Row(*(_expression(each) for each in after))
        lines = lines.filter(_Beyond(here, there, is_descending=is_descending))
    order = [f"-{key}" if is_descending else key for key in keys]
    extra = [key for key in keys if key not in CountedRecord._fields]
    rows = list(lines.order_by(*order).values_list(*CountedRecord._fields, *extra)[: limit + 1])
    end = None
    if len(rows) > limit > 0:
        last = dict(zip((*CountedRecord._fields, *extra), rows[limit - 1], strict=True))
        end = tuple(last[key] for key in keys)
    width = len(CountedRecord._fields)
    return Page(tuple(CountedRecord._make(row[:width]) for row in rows[:limit]), end)


def _expression(key: Key) -> Expression:
    return key if isinstance(key, Expression) else Value(key)
