"""The example of docs/counting.md is what a goal in another currency shows."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from goalpost.crm.actions.setup import set_rate
from goalpost.domain.measures import Metric
from goalpost.domain.money import to_minor
from goalpost.goals.periods import selection_of
from goalpost.ledger.questions import Selection
from goalpost.ledger.records import records
from tests.goals.builders import add_won, results, set_goal
from tests.people import NOW, make_company

DOCUMENT = (Path(__file__).parents[2] / "docs" / "counting.md").read_text()
ROW = re.compile(r"\| (\d+) Jan \| ([A-Z]{3}) ([\d.]+) \| EUR ([\d.]+) \| USD ([\d.]+) \|")


@pytest.mark.django_db
def test_the_example_of_the_document_is_what_is_counted() -> None:
    cast = make_company()
    for currency, day, rate in (("USD", 1, "0.80"), ("USD", 10, "0.90"), ("SEK", 1, "0.10")):
        since = date(2026, 1, day)
        set_rate(actor=cast.operator, currency=currency, day=since, rate=Decimal(rate), now=NOW)
    goal = set_goal(cast, metric=Metric.SUM, currency="USD", target=2_100_00, ends_on=date(2026, 1, 31))
    rows = ROW.findall(DOCUMENT)
    assert len(rows) == 5
    deals = [
        add_won(
            cast, cast.cilla, date(2026, 1, int(day)), value=to_minor(Decimal(value), 2), currency=code
        ).pk
        for day, code, value, _own, _counted in rows
    ]
    [january] = results(cast, goal).periods
    in_dollars = selection_of(goal)
    in_euro = Selection(in_dollars.measure)
    for selection, place in ((in_euro, 3), (in_dollars, 4)):
        found = records(cast.company_id, selection, january.period, limit=9).records
        amounts = {record.source_id: record.amount for record in found}
        assert [amounts[deal] for deal in deals] == [to_minor(Decimal(row[place]), 2) for row in rows]
    assert f"The result is USD {Decimal(january.result) / 100}." in DOCUMENT
