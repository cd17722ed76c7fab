"""How `ledger.read.totals` adds up: the company by days, people by whole months and the days around them."""

from collections.abc import Sequence

from goalpost.ledger.month_sums import add_owner_months
from goalpost.ledger.questions import NOTHING, Question, Total
from goalpost.ledger.range_sums import add_company_days, add_owner_days
from goalpost.ledger.spans import SpansOf


def sums(company_id: int, questions: Sequence[Question]) -> list[list[Total]]:
    """Return a total for every range of every question, in order."""
    answers = [[NOTHING] * len(question.ranges) for question in questions]
    spans_of = SpansOf()
    of_company = [
        (answer, q.selection, q.ranges)
        for answer, q in zip(answers, questions, strict=True)
        if q.selection.owners is None
    ]
    of_owners = [
        (answer, q.selection, spans_of(q.ranges))
        for answer, q in zip(answers, questions, strict=True)
        if q.selection.owners is not None
    ]
    add_company_days(company_id, of_company)
    add_owner_months(company_id, of_owners)
    add_owner_days(company_id, of_owners)
    return answers
