"""The staging table of a recount: what a changed rule removes and adds, before it is posted.

A recount of many records fills it in batches without locking the book; results still follow the former rule.
Records written to meanwhile are marked (`PostingWriter.reconcile`). The switch then posts everything by a few
statements in one transaction and has the marked records recounted: a total never mixes two rules.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import cast

from django.db import connection
from django.utils import timezone

from goalpost.domain.counting import Contribution
from goalpost.ledger.models import Book, SourceKind, Staged, Standing
from goalpost.ledger.post import COUNTED, STAGED, SUMS, Act, PostingWriter, negated, writing
from goalpost.ledger.seals import line_of
from goalpost.storage.bulk_rows import Row, insert_rows, read_rows

Contributions = Mapping[int, Collection[Contribution]]

_BATCH = 2000
_COLUMNS = ", ".join("company_id" if name == "company" else name for name in COUNTED)
_IN_ORDER = "ORDER BY measure, source_id, day"
"""That of an index: what is next to each other there is written one after the other."""
_OWN = "FROM ledger_staged WHERE company_id = %s"
_MONTH = {"sqlite": "date(day, 'start of month')", "postgresql": "date_trunc('month', day)::date"}


def begin_staging(writer: PostingWriter, job_id: int) -> None:
    """Empty the table and start a recount. Writers that lock the book from now on mark their records."""
    Staged.objects.filter(company_id=writer.act.company_id).delete()
    Book.objects.filter(company_id=writer.act.company_id).update(recount_job=job_id)


def end_staging(writer: PostingWriter) -> None:
    """Forget what is staged: no recount is under way."""
    writer.recount_job = 0
    Staged.objects.filter(company_id=writer.act.company_id).delete()
    Book.objects.filter(company_id=writer.act.company_id).update(recount_job=0)


def recount_under_way(company_id: int) -> int:
    """Return the job of the current recount, 0 for none."""
    return Book.objects.filter(company_id=company_id).values_list("recount_job", flat=True).first() or 0


def abandon_staging(company_id: int, job_id: int) -> None:
    """End the recount of a failed job: its rows are dropped, and records are no longer marked."""
    with writing(Act(company_id, timezone.now())) as writer:
        if writer.recount_job == job_id:
            Staged.objects.filter(company_id=company_id).delete()
            Book.objects.filter(company_id=company_id).update(recount_job=0)


def staged_rows(
    company_id: int, kind: SourceKind, wanted: Contributions, title_keys: Mapping[int, bytes]
) -> list[Row]:
    """Return the contributions to remove and to add, as rows to be staged."""
    have: dict[int, dict[Contribution, int]] = defaultdict(dict)
    columns = ("source_id", "id", *COUNTED[3:])
    for source_id, standing_id, *line in cast(
        "list[tuple[int, ...]]",
        read_rows(Standing, columns, company=company_id, source_kind=kind, source_id=list(wanted)),
    ):
        have[source_id][Contribution._make(line)] = standing_id
    rows: list[Row] = []
    for source_id, contributions in wanted.items():
        start = (company_id, int(kind), source_id)
        for each, standing_id in have[source_id].items():
            if each not in contributions:
                rows.append((*start, int(each[0]), *negated(each)[1:], b"", standing_id))
        rows.extend(
            (*start, int(each[0]), *each[1:], title_keys.get(source_id, b""), 0)
            for each in contributions
            if each not in have[source_id]
        )
    return rows


def stage(rows: Sequence[Row]) -> None:
    insert_rows(Staged, STAGED, rows)


def staged_lines(company_id: int) -> list[str]:
    """Return the texts of the entries that are staged, for `post_staged` to seal.

    Read before the book is locked: to read and to sort them takes as long as to insert them.
    """
    entries = Staged.objects.filter(company_id=company_id, measure__gt=0).values_list(*COUNTED[1:])
    return sorted(map(line_of, entries.iterator(chunk_size=_BATCH)))


def post_staged(writer: PostingWriter, lines: list[str]) -> dict[SourceKind, list[int]]:
    """Post what is staged and end the recount. `lines` are what `staged_lines` returned.

    Returns the marked records, which still have to be recounted. The rows stay, for `discard_staged`.
    """
    company_id = writer.act.company_id
    own = Staged.objects.filter(company_id=company_id)
    marked: dict[SourceKind, list[int]] = {}
    for kind in SourceKind:
        of_kind = own.filter(source_kind=kind)
        ids = marked[kind] = sorted(set(of_kind.filter(measure=0).values_list("source_id", flat=True)))
        for start in range(0, len(ids), _BATCH):
            of_kind.filter(source_id__in=ids[start : start + _BATCH]).delete()
    if any(marked.values()):
        sources = {f"{int(kind)}|{source_id}" for kind, ids in marked.items() for source_id in ids}
        lines = [line for line in lines if "|".join(line.split("|", 2)[:2]) not in sources]
    writer.note_lines(lines)
    _post(writer)
    writer.recount_job = 0
    Book.objects.filter(company_id=company_id).update(recount_job=0)
    return marked


def discard_staged(company_id: int) -> None:
    """Delete what was posted, unless another recount has begun, which does so itself."""
    with writing(Act(company_id, timezone.now())) as writer:
        if not writer.recount_job:
            Staged.objects.filter(company_id=company_id).delete()


def _post(writer: PostingWriter) -> None:
    """Write entries, standings and tallies of all that is staged."""
    company_id = writer.act.company_id
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO ledger_entry ({_COLUMNS}, version) SELECT {_COLUMNS}, %s {_OWN} {_IN_ORDER}",
            [writer.version, company_id],
        )
        cursor.execute(
            "DELETE FROM ledger_standing WHERE company_id = %s"  # noqa: S608  all values are parameters
            f" AND id IN (SELECT standing_id {_OWN} AND standing_id > 0)",
            [company_id, company_id],
        )
        cursor.execute(
            f"INSERT INTO ledger_standing ({_COLUMNS}, title_key) SELECT {_COLUMNS}, title_key {_OWN}"
            f" AND standing_id = 0 {_IN_ORDER}",
            [company_id],
        )
        month = _MONTH[connection.vendor]
        where = ("pipeline_id", "item_id", "currency")
        for tally, key, source in (
            ("ledger_companydaytally", ("day", *where), ("day", *where)),
            ("ledger_ownermonthtally", ("owner_id", "month", *where), ("owner_id", month, *where)),
        ):
            cursor.execute(_tally_statement(tally, key, source), [company_id])


def _tally_statement(tally: str, key: Sequence[str], source: Sequence[str]) -> str:
    grain, by = ", ".join(("company_id", "measure", *key)), ", ".join(("company_id", "measure", *source))
    sums = ", ".join(f"SUM({name})" for name in SUMS)
    changed = " OR ".join(f"SUM({name}) <> 0" for name in SUMS)
    added = ", ".join(f"{name} = {tally}.{name} + excluded.{name}" for name in SUMS)
    return (
        f"INSERT INTO {tally} ({grain}, {', '.join(SUMS)}) SELECT {by}, {sums} {_OWN}"
        f" GROUP BY {by} HAVING {changed} ON CONFLICT ({grain}) DO UPDATE SET {added}"
    )
