"""What the ledger answers: totals, the records behind them, and how they came to be.

Totals of any number of questions cost three queries, one more for every 200 kinds (`ledger.sums`).
"""

from collections.abc import Sequence

from goalpost.domain.calendar import Period
from goalpost.ledger.changes import Change, changes_since, differences_of, grown_since, total_as_known_at
from goalpost.ledger.models import Book
from goalpost.ledger.questions import OwnerSpan, Question, Selection, Split, Total
from goalpost.ledger.records import CountedRecord, Page, records, records_by_amount
from goalpost.ledger.sums import sums, sums_by

__all__ = [
    "Change",
    "CountedRecord",
    "OwnerSpan",
    "Page",
    "Question",
    "Selection",
    "Split",
    "Total",
    "changes_since",
    "differences_of",
    "grown_since",
    "records",
    "records_by_amount",
    "total",
    "total_as_known_at",
    "totals",
    "totals_by",
    "version",
]


def version(company_id: int) -> int:
    """Return the ledger's version: equal versions mean equal totals."""
    return Book.objects.values_list("version", flat=True).get(company_id=company_id)


def totals(company_id: int, questions: Sequence[Question]) -> list[list[Total]]:
    """Return a total for every range of every question, in order, in a few queries however many there are."""
    return sums(company_id, questions)


def total(company_id: int, selection: Selection, period: Period) -> Total:
    """Return one total."""
    return totals(company_id, [Question(selection, (period,))])[0][0]


def totals_by(company_id: int, question: Question, split: Split) -> dict[int, list[Total]]:
    """Return the parts of a question's totals, each with a total for every range, in two queries at most."""
    return sums_by(company_id, question, split)
