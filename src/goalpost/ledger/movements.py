"""What postings between two moments did to the deals behind a total, posting by posting."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple, cast

from goalpost.domain.calendar import Period
from goalpost.domain.changes import Change as Difference
from goalpost.domain.changes import PostingAction
from goalpost.domain.counting import Contribution
from goalpost.domain.measures import Measure
from goalpost.ledger.changes import version_known_at
from goalpost.ledger.models import Reason, SourceKind
from goalpost.ledger.questions import Selection
from goalpost.ledger.records import selected_lines
from goalpost.storage.bulk_rows import fetch, literal


class Movement(NamedTuple):
    """What one posting did to one deal, in all measures: `change` also holds what counts elsewhere."""

    version: int
    deal_id: int
    reason: Reason
    action: PostingAction
    change: Difference


_COLUMNS = ", ".join(f"e.{name}" for name in Contribution._fields)


def movements(
    company_id: int, selections: Sequence[Selection], period: Period, since: datetime, until: datetime
) -> Iterator[Movement]:
    """Yield every change of a deal after `since`, up to `until`, that touched one of the totals, in order.

    One statement over the index of changes from the first posting to the last: the cost grows with the
    entries that these postings made to the measures, not with the deals there are. Read it in one snapshot
    with the totals that the movements shall lead to.
    """
    first, last = version_known_at(company_id, since), version_known_at(company_id, until)
    touched = " UNION ".join(
        "SELECT DISTINCT s.version, s.source_id FROM ledger_entry s "  # noqa: S608  numbers and days
        f"WHERE {selected_lines(company_id, each)} AND s.version > {first:d} AND s.version <= {last:d} "
        f"AND s.day >= {literal(period.start)} AND s.day < {literal(period.end)}"
        for each in selections
    )
    rows = fetch(
        f"SELECT e.version, e.source_id, p.reason, p.action, {_COLUMNS} FROM ({touched}) touched "  # noqa: S608
        f"JOIN ledger_entry e ON e.company_id = {company_id:d} AND e.source_kind = {SourceKind.DEAL:d} "
        "AND e.source_id = touched.source_id AND e.version = touched.version "
        f"JOIN ledger_posting p ON p.company_id = {company_id:d} AND p.version = e.version "
        "ORDER BY e.version, e.source_id",
        [],
    )
    for (version, deal_id, reason, action), lines in groupby(rows, key=_posting_of):
        found = [Contribution(Measure(cast("int", line[4])), *line[5:]) for line in lines]  # type: ignore[arg-type]  # columns in order
        took = tuple(line for line in found if line.count < 0)
        gave = tuple(line for line in found if line.count > 0)
        yield Movement(version, deal_id, Reason(reason), PostingAction(action), Difference(took, gave))


def _posting_of(row: Sequence[object]) -> tuple[int, int, str, str]:
    return cast("tuple[int, int, str, str]", tuple(row[:4]))
