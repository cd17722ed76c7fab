"""What the ledger answers: totals, the records behind them, and how they came to be.

Totals of any number of questions cost three queries, one more for every 200 kinds (`ledger.sums`).
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple, TypeVar

from django.db.models import Q, QuerySet, Sum

from goalpost.domain.calendar import Period
from goalpost.ledger.models import Book, Entry, Posting, SourceKind, Standing
from goalpost.ledger.questions import Question, Selection, Total
from goalpost.ledger.sums import sums

__all__ = [
    "Change",
    "CountedRecord",
    "Question",
    "Selection",
    "Total",
    "changes_since",
    "records",
    "total",
    "total_as_known_at",
    "totals",
    "totals_by_record",
    "version",
]

_Line = TypeVar("_Line", Entry, Standing)


class CountedRecord(NamedTuple):
    """A record behind a total: a deal or an activity, by the selection's measure."""

    source_id: int
    day: date
    owner_id: int
    pipeline_id: int
    item_id: int
    amount: int
    unvalued: int


class Change(NamedTuple):
    """What one posting did to a total through one record. Amounts in minor units, company currency."""

    posting_id: int
    at: datetime
    actor_id: int | None
    reason: str
    note: str
    source_id: int
    count: int  # type: ignore[assignment]  # hides tuple.count()
    amount: int
    unvalued: int


def version(company_id: int) -> int:
    """Return the ledger's version: equal versions mean equal totals."""
    return Book.objects.values_list("version", flat=True).get(company_id=company_id)


def totals(company_id: int, questions: Sequence[Question]) -> list[list[Total]]:
    """Return a total for every range of every question, in order, in a few queries however many there are."""
    return sums(company_id, questions)


def total(company_id: int, selection: Selection, period: Period) -> Total:
    """Return one total."""
    return totals(company_id, [Question(selection, (period,))])[0][0]


def records(
    company_id: int, selection: Selection, period: Period, *, limit: int, offset: int = 0
) -> list[CountedRecord]:
    """Return the records behind a total, latest day first. Their counts and amounts sum to the total."""
    rows = _counted(Standing.objects.all(), company_id, selection, period).order_by("-day", "-source_id")
    return [
        CountedRecord(*row)
        for row in rows.values_list(
            "source_id", "day", "owner_id", "pipeline_id", "item_id", "amount", "unvalued"
        )[offset : offset + limit]
    ]


def totals_by_record(
    company_id: int, selection: Selection, period: Period, source_ids: Iterable[int]
) -> dict[int, Total]:
    """Return what each of the records brings to a total now; those that bring nothing are left out."""
    kind = SourceKind.ACTIVITY if selection.measure.counts_activities else SourceKind.DEAL
    own = Standing.objects.filter(source_kind=kind, source_id__in=set(source_ids))
    rows = _counted(own, company_id, selection, period).values_list("source_id")
    summed = rows.annotate(Sum("count"), Sum("amount"), Sum("unvalued"))
    return {source_id: Total(*sums) for source_id, *sums in summed}


def total_as_known_at(company_id: int, selection: Selection, period: Period, moment: datetime) -> Total:
    """Return what the total was at an earlier moment: today's, less all that was posted later."""
    now = total(company_id, selection, period)
    later = _counted(Entry.objects.all(), company_id, selection, period).filter(
        posting_id__gt=_last_posting(company_id, moment)
    )
    sums = later.aggregate(Sum("count"), Sum("amount"), Sum("unvalued"))
    return now.plus(-(sums["count__sum"] or 0), -(sums["amount__sum"] or 0), -(sums["unvalued__sum"] or 0))


def changes_since(
    company_id: int, selection: Selection, period: Period, since: datetime, *, limit: int
) -> list[Change]:
    """Return what changed the total after `since`, latest first: one line a posting and record.

    Grouped by the index alone, so that the first `limit` lines are found without summing all the others.
    """
    rows = (
        _counted(Entry.objects.all(), company_id, selection, period)
        .filter(posting_id__gt=_last_posting(company_id, since))
        .values_list("posting_id", "source_id")
        .annotate(Sum("count"), Sum("amount"), Sum("unvalued"))
        # A handover between two people of a team nets to nothing for the team.
        .filter(~Q(count__sum=0, amount__sum=0, unvalued__sum=0))
        .order_by("-posting_id", "-source_id")[:limit]
    )
    found = list(rows)
    postings = Posting.objects.filter(company_id=company_id).in_bulk({row[0] for row in found})
    return [
        Change(
            posting_id=posting_id,
            at=postings[posting_id].at,
            actor_id=postings[posting_id].actor_id,
            reason=postings[posting_id].reason,
            note=postings[posting_id].note,
            source_id=source_id,
            count=count,
            amount=amount,
            unvalued=unvalued,
        )
        for posting_id, source_id, count, amount, unvalued in found
    ]


def _last_posting(company_id: int, moment: datetime) -> int:
    """Return the id of the last posting at or before the moment, 0 without one. Moments never go back."""
    found = (
        Posting.objects.filter(company_id=company_id, at__lte=moment)
        .order_by("-at", "-id")
        .values_list("id", flat=True)
        .first()
    )
    return found or 0


def _counted(
    lines: QuerySet[_Line], company_id: int, selection: Selection, period: Period
) -> QuerySet[_Line]:
    found = lines.filter(
        company_id=company_id, measure=selection.measure, day__gte=period.start, day__lt=period.end
    )
    if selection.owners is not None:
        found = found.filter(owner_id__in=selection.owners)
    if selection.pipelines is not None:
        found = found.filter(pipeline_id__in=selection.pipelines)
    if selection.items is not None:
        found = found.filter(item_id__in=selection.items)
    return found
