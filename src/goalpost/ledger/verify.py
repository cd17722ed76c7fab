"""Compares the ledger with the records and with its own sums, and repairs it by posting.

`crm.verify` drives the comparison, since the ledger does not know the records.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any, cast

from django.db.models import QuerySet, Sum
from django.db.models.functions import TruncMonth

from goalpost.domain.counting import Contribution
from goalpost.domain.measures import Measure
from goalpost.ledger.models import CompanyDayTally, Entry, OwnerMonthTally, SourceKind, Standing
from goalpost.ledger.post import STANDING, SUMS, PostingWriter
from goalpost.storage.bulk_rows import Row, add_to_rows, insert_rows, read_rows

_SUMS = ("count", "amount", "native_amount", "unvalued")
LINE = ("measure", "day", "owner_id", "pipeline_id", "item_id", "currency")
COMPANY_DAY = ("measure", "day", "pipeline_id", "item_id", "currency")
OWNER_MONTH = ("measure", "owner_id", "month", "pipeline_id", "item_id", "currency")
_MEASURES: dict[int | str | date, str] = {int(measure): measure.wire for measure in Measure}

Sums = tuple[int, int, int, int]
Key = tuple[int | str | date, ...]
Lines = dict[Key, Sums]

NO_SUMS: Sums = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class TallyDifference:
    """A tally that is not the sum of its standings.

    Sums are (count, amount, native amount, unvalued), amounts in minor units.
    """

    names: tuple[str, ...]
    key: Key
    expected: Sums
    found: Sums

    def __str__(self) -> str:
        grain = "company day" if self.names == COMPANY_DAY else "owner month"
        expected, found = in_words(self.expected), in_words(self.found)
        return f"Tally by {grain}, {place(self.names, self.key)}: should be {expected}, is {found}."


def entry_lines(company_id: int, kind: SourceKind) -> Iterator[tuple[int, Lines]]:
    """Yield each record's net entries in the order of its id, in one query."""
    return _lines_by_source(Entry.objects.filter(company_id=company_id, source_kind=kind))


def standing_lines(company_id: int, kind: SourceKind) -> Iterator[tuple[int, Lines]]:
    """Yield each record's standings in the order of its id, in one query."""
    return _lines_by_source(Standing.objects.filter(company_id=company_id, source_kind=kind))


def contribution_lines(contributions: Iterable[Contribution]) -> Lines:
    """Return contributions as lines, to compare with the ledger's."""
    lines: Lines = {}
    for contribution in contributions:
        key: Key = (int(contribution[0]), *contribution[1:6])
        lines[key] = plus(lines.get(key, NO_SUMS), contribution[6:])
    return lines


def tally_differences(company_id: int) -> list[TallyDifference]:
    """Return every tally that is not the sum of the standings."""
    standings = Standing.objects.filter(company_id=company_id)
    by_day = CompanyDayTally.objects.filter(company_id=company_id)
    by_month = OwnerMonthTally.objects.filter(company_id=company_id)
    in_months = standings.annotate(month=TruncMonth("day"))
    return [
        *_compared(COMPANY_DAY, _summed(standings, COMPANY_DAY), _summed(by_day, COMPANY_DAY)),
        *_compared(OWNER_MONTH, _summed(in_months, OWNER_MONTH), _summed(by_month, OWNER_MONTH)),
    ]


def plus(one: Sums, other: Sums) -> Sums:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2], one[3] + other[3]


def minus(one: Sums, other: Sums) -> Sums:
    return one[0] - other[0], one[1] - other[1], one[2] - other[2], one[3] - other[3]


def in_words(sums: Sums) -> str:
    count, amount, native_amount, unvalued = sums
    own = f" ({native_amount} in their own currency)" if native_amount != amount else ""
    return f"{count} worth {amount}{own}" + (f" ({unvalued} of unknown value)" if unvalued else "")


def place(names: Sequence[str], key: Key) -> str:
    """Return the dimensions of figures in words: `deals_won, day 2026-03-02, owner 3, pipeline 1, item 0`."""
    return ", ".join(
        _MEASURES.get(value, f"measure {value}")
        if name == "measure"
        else f"{name.removesuffix('_id')} {value}"
        for name, value in zip(names, key, strict=True)
    )


def _lines_by_source(lines: QuerySet[Any]) -> Iterator[tuple[int, Lines]]:
    summed = (
        lines.values_list("source_id", *LINE)
        .annotate(*(Sum(name, default=0) for name in _SUMS))
        .order_by("source_id")
    )
    cut = 1 + len(LINE)
    for source_id, rows in groupby(summed.iterator(chunk_size=2000), key=itemgetter(0)):
        found = {tuple(row[1:cut]): row[cut:] for row in rows if any(row[cut:])}
        if found:
            yield source_id, found


def _summed(rows: QuerySet[Any], key: tuple[str, ...]) -> Lines:
    summed = rows.values_list(*key).annotate(*(Sum(name, default=0) for name in _SUMS)).order_by()
    return {tuple(row[: len(key)]): row[len(key) :] for row in summed if any(row[len(key) :])}


def _compared(names: tuple[str, ...], expected: Lines, found: Lines) -> Iterator[TallyDifference]:
    for key in sorted(expected.keys() | found.keys(), key=repr):
        should, does = expected.get(key, NO_SUMS), found.get(key, NO_SUMS)
        if should != does:
            yield TallyDifference(names, key, should, does)


def repair_source(
    writer: PostingWriter,
    kind: SourceKind,
    source_id: int,
    wanted: Iterable[Contribution],
    expected: Lines,
    entries: Lines,
    title_key: bytes,
) -> None:
    """Post the difference of a record's entries, and set its standings to `wanted`."""
    company_id = writer.act.company_id
    lacking: list[Row] = []
    for key in sorted(expected.keys() | entries.keys(), key=repr):
        difference = minus(expected.get(key, NO_SUMS), entries.get(key, NO_SUMS))
        if any(difference):
            lacking.append((company_id, int(kind), source_id, *key, *difference))
    # Wrong standings made wrong totals too: the book gets a new version even without entries.
    writer.add_entries(lacking)
    Standing.objects.filter(company_id=company_id, source_kind=kind, source_id=source_id).delete()
    insert_rows(
        Standing,
        STANDING,
        [(company_id, int(kind), source_id, int(line[0]), *line[1:], title_key) for line in wanted],
    )


def sorted_by_others(company_id: int, kind: SourceKind, title_keys: Mapping[int, bytes]) -> set[int]:
    """Return the records that have a standing with another sort key."""
    rows = read_rows(
        Standing, ("source_id", "title_key"), company=company_id, source_kind=kind, source_id=list(title_keys)
    )
    found = cast("list[tuple[int, bytes]]", rows)
    return {source_id for source_id, title_key in found if bytes(title_key) != title_keys[source_id]}


def repair_sort_key(writer: PostingWriter, kind: SourceKind, source_id: int, title_key: bytes) -> None:
    """Set the sort key of a record's standings to that of its title."""
    writer.add_entries(())
    of_record = Standing.objects.filter(
        company_id=writer.act.company_id, source_kind=kind, source_id=source_id
    )
    of_record.update(title_key=title_key)


def repair_tallies(writer: PostingWriter) -> None:
    """Set every tally to the sum of its standings."""
    for difference in tally_differences(writer.act.company_id):
        writer.add_entries(())
        model = CompanyDayTally if difference.names == COMPANY_DAY else OwnerMonthTally
        lacking = minus(difference.expected, difference.found)
        row = (writer.act.company_id, *difference.key, *lacking)
        add_to_rows(model, ("company", *difference.names), SUMS, [row])
