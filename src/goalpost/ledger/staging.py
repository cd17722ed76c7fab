"""Where a changed rule's contributions wait until all of them are known.

A recount of many records works them out in batches, beside the book: results stay those of the rules before.
Whatever is written to a record meanwhile marks it (`Pen.reconcile`). The switch then posts all of it at once,
with the records marked counted anew: a total never mixes two rules.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import cast

from goalpost.domain.counting import Contribution
from goalpost.domain.measures import Measure
from goalpost.ledger.models import Book, SourceKind, Staged, Standing
from goalpost.ledger.post import COUNTED, STANDING, Pen, staging_mark
from goalpost.storage.bulk_rows import Row, insert_rows, read_rows

_BATCH = 2000

Contributions = Mapping[int, Collection[Contribution]]


def begin_staging(pen: Pen, job_id: int) -> None:
    """Start afresh for a recount. Writers who wait for the book now mark what they write."""
    Staged.objects.filter(company_id=pen.act.company_id).delete()
    Book.objects.filter(company_id=pen.act.company_id).update(recount_job=job_id)


def staged_rows(
    company_id: int, kind: SourceKind, wanted: Contributions, title_keys: Mapping[int, bytes]
) -> list[Row]:
    """Return what is to be staged of the records: all of each that is to contribute something else."""
    have: dict[int, set[Contribution]] = defaultdict(set)
    names = COUNTED[2:]
    for source_id, *line in read_rows(
        Standing, names, company=company_id, source_kind=kind, source_id=list(wanted)
    ):
        have[cast("int", source_id)].add(Contribution._make(line))
    rows: list[Row] = []
    for source_id, contributions in wanted.items():
        if have[source_id] == set(contributions):
            continue
        rows.extend(
            (company_id, int(kind), source_id, int(each[0]), *each[1:], title_keys.get(source_id, b""))
            for each in contributions
        )
        if not contributions:
            rows.append(staging_mark(company_id, kind, source_id))
    return rows


def stage(rows: Sequence[Row]) -> None:
    insert_rows(Staged, STANDING, rows)


def post_staged(pen: Pen) -> dict[SourceKind, list[int]]:
    """Post what is staged, and end the recount. Returns the records that are to be counted anew instead."""
    company_id = pen.act.company_id
    pen.recount_job = 0
    marked: dict[SourceKind, list[int]] = {}
    for kind in SourceKind:
        own = Staged.objects.filter(company_id=company_id, source_kind=kind)
        marked[kind] = sorted(set(own.filter(measure=0).values_list("source_id", flat=True)))
        for wanted, title_keys in _batches(company_id, kind, set(marked[kind])):
            pen.reconcile(kind, wanted, title_keys)
    Staged.objects.filter(company_id=company_id).delete()
    Book.objects.filter(company_id=company_id).update(recount_job=0)
    return marked


def _batches(
    company_id: int, kind: SourceKind, left_out: Collection[int]
) -> Iterator[tuple[dict[int, set[Contribution]], dict[int, bytes]]]:
    rows = (
        Staged.objects.filter(company_id=company_id, source_kind=kind, measure__gt=0)
        .order_by("source_id")
        .values_list("title_key", "source_id", *COUNTED[3:])
    )
    wanted: dict[int, set[Contribution]] = defaultdict(set)
    title_keys: dict[int, bytes] = {}
    for title_key, source_id, measure, *rest in rows.iterator(chunk_size=_BATCH):
        if source_id in left_out:
            continue
        if len(wanted) >= _BATCH and source_id not in wanted:
            yield wanted, title_keys
            wanted, title_keys = defaultdict(set), {}
        wanted[source_id].add(Contribution(Measure(measure), *rest))
        title_keys[source_id] = bytes(title_key)
    if wanted:
        yield wanted, title_keys
