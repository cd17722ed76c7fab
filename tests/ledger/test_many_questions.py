"""However many questions are asked at once, and however little they have in common, each gets its answer."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goalpost.crm.actions.deals import create_deal
from goalpost.domain.calendar import Period
from goalpost.domain.measures import Measure
from goalpost.ledger import read
from goalpost.ledger.questions import Question, Selection, Total
from tests.people import NOW, make_company

FIRST, LAST = date(1990, 1, 1), date(2026, 4, 1)


@pytest.mark.django_db
def test_hundreds_of_kinds_of_question_are_answered_in_a_few_statements() -> None:
    cast = make_company()
    create_deal(
        actor=cast.as_cilla, stage_id=cast.stages[0].pk, now=NOW, title="Pilot", value=700_00, currency="EUR"
    )
    starts = [date(1990 + month // 12, month % 12 + 1, 1) for month in range(405)]
    selection = Selection(Measure.DEALS_STARTED, owners=frozenset({cast.cilla.pk, cast.bjorn.pk}))
    questions = [Question(selection, (Period(start, LAST),)) for start in starts]
    with CaptureQueriesContext(connection) as queries:
        answers = read.totals(cast.company_id, questions)
    assert answers == [[Total(1, 700_00, 0)]] * len(questions)
    assert len(queries) == 3


@pytest.mark.django_db
def test_a_choice_of_nothing_counts_nothing() -> None:
    cast = make_company()
    create_deal(
        actor=cast.as_cilla, stage_id=cast.stages[0].pk, now=NOW, title="Pilot", value=700_00, currency="EUR"
    )
    owners, nothing = frozenset({cast.cilla.pk}), frozenset[int]()
    for selection in (
        Selection(Measure.DEALS_STARTED, owners=nothing),
        Selection(Measure.DEALS_STARTED, owners=owners, pipelines=nothing),
        Selection(Measure.DEALS_STARTED, owners=owners, items=nothing),
    ):
        assert read.total(cast.company_id, selection, Period(FIRST, LAST)) == Total()
