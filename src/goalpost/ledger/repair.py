"""Putting the ledger right where it disagrees with the records: the difference is posted, nothing erased."""

from collections.abc import Iterable

from goalpost.companies.rows import Row, add_to_rows, insert_rows
from goalpost.domain.counting import Contribution
from goalpost.ledger.check import COMPANY_DAY, Lines, minus, tally_differences
from goalpost.ledger.models import CompanyDayTally, Entry, OwnerMonthTally, SourceKind, Standing
from goalpost.ledger.post import COUNTED, STANDING, SUMS, Pen


def repair_source(
    pen: Pen,
    kind: SourceKind,
    source_id: int,
    wanted: Iterable[Contribution],
    expected: Lines,
    entries: Lines,
    title_key: bytes,
) -> None:
    """Post what a record's entries lack or have too much of, and set its standings to `wanted`."""
    # Wrong standings alone made wrong totals too: the book must get a new version, entries or not.
    company_id, posting_id = pen.act.company_id, pen.posting_id()
    lacking: list[Row] = []
    for key in sorted(expected.keys() | entries.keys(), key=repr):
        difference = minus(expected.get(key, (0, 0, 0)), entries.get(key, (0, 0, 0)))
        if any(difference):
            lacking.append((company_id, int(kind), source_id, *key, *difference, posting_id))
    insert_rows(Entry, (*COUNTED, "posting"), lacking)
    Standing.objects.filter(company_id=company_id, source_kind=kind, source_id=source_id).delete()
    insert_rows(
        Standing,
        STANDING,
        [(company_id, int(kind), source_id, int(line[0]), *line[1:], title_key) for line in wanted],
    )


def repair_tallies(pen: Pen) -> None:
    """Bring every tally in line with the standings."""
    for difference in tally_differences(pen.act.company_id):
        pen.posting_id()
        model = CompanyDayTally if difference.names == COMPANY_DAY else OwnerMonthTally
        lacking = minus(difference.expected, difference.found)
        row = (pen.act.company_id, *difference.key, *lacking)
        add_to_rows(model, ("company", *difference.names), SUMS, [row])
