"""`goalpost verify`: recounts everything from the records and compares it with the ledger.

Records, entries and standings are read as three streams in the order of the records' ids and compared side by
side, so that memory does not grow with the company.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from heapq import merge
from itertools import groupby
from operator import itemgetter

from goalpost.companies.actors import operator_of
from goalpost.crm.models import Deal
from goalpost.crm.posting import company_rules, crm_write
from goalpost.crm.recount import batches_of_ids, recount, title_keys
from goalpost.crm.rule_changes import recounts_under_way
from goalpost.crm.seals import sealed_models, stored_seals, sum_of_all_seals, update_sealed
from goalpost.domain.counting import Contribution, Rules
from goalpost.ledger.models import Book, Reason, SourceKind
from goalpost.ledger.post import RECORDS_MODULUS, PostingWriter
from goalpost.ledger.seals import NO_BOOK, chain_differences, restore_book
from goalpost.ledger.staging import end_staging, recount_under_way
from goalpost.ledger.verify import (
    LINE,
    Lines,
    TallyDifference,
    contribution_lines,
    entry_lines,
    in_words,
    place,
    repair_sort_key,
    repair_source,
    repair_tallies,
    sorted_by_others,
    standing_lines,
    tally_differences,
)
from goalpost.storage.snapshot import snapshot

_LONGEST_NOTE = 500
_OR_MOVES = ", or its stage moves,"


@dataclass(frozen=True, slots=True)
class RecordDifference:
    """A record whose entries or standings are not what it contributes."""

    kind: SourceKind
    source_id: int
    wanted: frozenset[Contribution]
    entries: Lines
    standings: Lines

    def __str__(self) -> str:
        expected = contribution_lines(self.wanted)
        parts = [
            f"{name} {_in_words(lines)}"
            for name, lines in (("entries say", self.entries), ("standings say", self.standings))
            if lines != expected
        ]
        named = f"{self.kind.label} {self.source_id}"
        return f"{named}: counts as {_in_words(expected)}, but its {', its '.join(parts)}."


@dataclass(frozen=True, slots=True)
class SortKeyDifference:
    """A record whose sort key is not that of its title."""

    kind: SourceKind
    source_id: int
    title_key: bytes

    def __str__(self) -> str:
        return f"{self.kind.label} {self.source_id}: is sorted by another text than its title."


@dataclass(frozen=True, slots=True)
class StoreDifference:
    """Rows that are not as they were written, whether they count or not, and what takes them as they are."""

    text: str
    mend: Callable[[PostingWriter], None]

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Repaired:
    """What a repair found: differences that it posted, and altered rows that it cannot repair."""

    posted: tuple[str, ...]
    altered: tuple[str, ...]
    """Postings and entries that are not what was written. They stay as they are, and `differences` tells."""


def differences(company_id: int) -> Iterator[str]:
    """Yield a line for every difference between ledger and records, and every altered row."""
    with snapshot():
        yield from map(str, _repairable(company_id))
        yield from chain_differences(company_id)


def repair(company_id: int, *, now: datetime) -> Repaired:
    """Post every difference in one transaction; the posting's note lists them."""
    actor = operator_of(company_id)
    is_lost = restore_book(company_id)
    with crm_write(actor, now=now, reason=Reason.REPAIR) as writer:
        # Find all first: repairing standings changes what the tallies should be.
        found = list(_repairable(company_id))
        if is_lost:
            found.append(StoreDifference(NO_BOOK, _take_sum))
        altered = tuple(chain_differences(company_id))
        writer.act = replace(writer.act, note=_note([*map(str, found), *altered]))
        for each in found:
            if isinstance(each, RecordDifference):
                expected = contribution_lines(each.wanted)
                title_key = title_keys(each.kind, company_id, [each.source_id]).get(each.source_id, b"")
                repair_source(
                    writer, each.kind, each.source_id, each.wanted, expected, each.entries, title_key
                )
            elif isinstance(each, SortKeyDifference):
                repair_sort_key(writer, each.kind, each.source_id, each.title_key)
            elif isinstance(each, StoreDifference):
                writer.add_entries(())
                each.mend(writer)
        repair_tallies(writer)
    return Repaired(tuple(map(str, found)), altered)


def _note(found: list[str]) -> str:
    note = f"verify --repair found {len(found)}: {' '.join(found)}"
    return note if len(note) <= _LONGEST_NOTE else f"{note[: _LONGEST_NOTE - 1]}…"


def _repairable(
    company_id: int,
) -> Iterator[RecordDifference | SortKeyDifference | TallyDifference | StoreDifference]:
    rules = company_rules(company_id)
    for kind in SourceKind:
        wrong = set()
        for difference in _record_differences(kind, company_id, rules):
            wrong.add(difference.source_id)
            yield difference
        for ids in batches_of_ids(kind, company_id):
            keys = title_keys(kind, company_id, ids)
            for source_id in sorted(sorted_by_others(company_id, kind, keys) - wrong):
                yield SortKeyDifference(kind, source_id, keys[source_id])
    yield from tally_differences(company_id)
    yield from _seal_differences(company_id)
    if what := _staging_difference(company_id):
        yield StoreDifference(what, end_staging)


def _seal_differences(company_id: int) -> Iterator[StoreDifference]:
    """Yield the rows that hold something else than was written, and whether some are missing or too many."""
    in_all = 0
    for model in sealed_models():
        altered: list[int] = []
        for row_id, seal, is_intact in stored_seals(model, company_id):
            in_all += seal
            if not is_intact:
                altered.append(row_id)
        for row_id in altered:
            named = f"{str(model._meta.verbose_name).capitalize()} {row_id}"
            text = f"{named}: was altered{_OR_MOVES if model is Deal else ''} after it was written."
            yield StoreDifference(text, partial(update_sealed, model=model, ids=[row_id]))
    kept = Book.objects.filter(company_id=company_id).values_list("records", flat=True)
    if list(kept) not in ([], [in_all % RECORDS_MODULUS]):
        text = "Records: one was deleted, or was not written by the product; their sum is not the book’s."
        yield StoreDifference(text, _take_sum)


def _take_sum(writer: PostingWriter) -> None:
    company_id = writer.act.company_id
    writer.records = sum_of_all_seals(company_id) - Book.objects.get(company_id=company_id).records


def _staging_difference(company_id: int) -> str:
    """Return what is wrong with the recount under way, empty when all is well with it."""
    job = recount_under_way(company_id)
    if job and job not in {each.pk for each in recounts_under_way(company_id)}:
        return f"The book waits for the recount of job {job}, which is not under way."
    return ""


def _record_differences(kind: SourceKind, company_id: int, rules: Rules) -> Iterator[RecordDifference]:
    wanted = _recounted(kind, company_id, rules)
    streams: tuple[Iterator[tuple[int, int, frozenset[Contribution] | Lines]], ...] = (
        ((source_id, 0, contributions) for source_id, contributions in wanted),
        ((source_id, 1, lines) for source_id, lines in entry_lines(company_id, kind)),
        ((source_id, 2, lines) for source_id, lines in standing_lines(company_id, kind)),
    )
    for source_id, parts in groupby(merge(*streams, key=itemgetter(0)), key=itemgetter(0)):
        contributions: frozenset[Contribution] = frozenset()
        held: dict[int, Lines] = {1: {}, 2: {}}
        for _, side, part in parts:
            if isinstance(part, dict):
                held[side] = part
            else:
                contributions = part
        expected = contribution_lines(contributions)
        if held[1] != expected or held[2] != expected:
            yield RecordDifference(kind, source_id, contributions, held[1], held[2])


def _recounted(
    kind: SourceKind, company_id: int, rules: Rules
) -> Iterator[tuple[int, frozenset[Contribution]]]:
    for ids in batches_of_ids(kind, company_id):
        found = recount(kind, company_id, rules, ids)
        for source_id in ids:
            yield source_id, frozenset(found[source_id])


def _in_words(lines: Lines) -> str:
    if not lines:
        return "nothing"
    return "; ".join(
        f"{in_words(sums)} in {place(LINE, key)}" for key, sums in sorted(lines.items(), key=repr)
    )
