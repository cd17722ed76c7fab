"""`goalpost verify`: everything recounted from the records and held against the ledger.

Records, entries and standings are read as three streams in the order of the records' ids and compared side by
side, so that memory does not grow with the company.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import groupby
from operator import itemgetter

from goalpost.companies.actors import operator_of
from goalpost.crm.posting import company_rules, crm_write
from goalpost.crm.recount import batches_of_ids, recount, title_keys
from goalpost.domain.counting import Contribution, Rules
from goalpost.ledger.models import Reason, SourceKind
from goalpost.ledger.verify import (
    LINE,
    Lines,
    contribution_lines,
    entry_lines,
    in_words,
    place,
    repair_source,
    repair_tallies,
    standing_lines,
    tally_differences,
)
from goalpost.storage.snapshot import snapshot


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


def differences(company_id: int) -> Iterator[str]:
    """Yield a line for every place where the ledger does not say what the records say."""
    with snapshot():
        rules = company_rules(company_id)
        for kind in SourceKind:
            for difference in _record_differences(kind, company_id, rules):
                yield str(difference)
        for tally in tally_differences(company_id):
            yield str(tally)


def repair(company_id: int, *, now: datetime) -> int:
    """Post every difference, in one transaction. Returns how many `differences` there were."""
    actor = operator_of(company_id)
    with crm_write(actor, now=now, reason=Reason.REPAIR, note="verify --repair") as pen:
        rules = company_rules(company_id)
        wrong = [found for kind in SourceKind for found in _record_differences(kind, company_id, rules)]
        # Counted first: mending the records' standings shifts what their tallies should be.
        how_many = len(wrong) + len(tally_differences(company_id))
        for found in wrong:
            expected = contribution_lines(found.wanted)
            title_key = title_keys(found.kind, company_id, [found.source_id]).get(found.source_id, b"")
            repair_source(pen, found.kind, found.source_id, found.wanted, expected, found.entries, title_key)
        repair_tallies(pen)
    return how_many


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
