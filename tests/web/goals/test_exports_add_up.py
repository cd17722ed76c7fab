"""Every file of every kind of goal adds up to page and API: periods and records, CSV and XLSX."""

import csv
import io
from datetime import date
from decimal import Decimal
from random import Random

import openpyxl
import pytest
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import Client

from goalpost.companies.currencies import DIGITS
from goalpost.crm.actions.deals import move_deal
from goalpost.crm.actions.setup import set_rate
from goalpost.domain.measures import Measure, Metric, allowed_metrics
from goalpost.domain.money import to_major
from goalpost.goals.queries import GoalView
from goalpost.insights import formats
from goalpost.insights.goal_words import how_many
from tests.api.caller import caller
from tests.goals.builders import add_activity, add_deal, add_won, noon, results, set_goal
from tests.people import NOW, Cast, make_company
from tests.web.conftest import LOOKED_AT, SignedIn
from tests.web.looking import text

HTMX = {"hx-request": "true"}

# No rate for kronor: deals in them count without a value.
_RATES = {
    "USD": ("0.9137", "0.8811", "0.9372"),
    "JPY": ("0.0061", "0.0059", "0.006233"),
    "KWD": ("2.9731", "3.0417", "2.8803"),
}
KINDS = [
    (measure, metric, currency)
    for measure in Measure.of_goals()
    for metric in sorted(allowed_metrics(measure))
    for currency in (
        [""]
        if metric is Metric.QUANTITY
        else ["EUR"]
        if measure is Measure.REVENUE_FORECAST
        else ["EUR", *_RATES]
    )
]
_DEALS = 84


@pytest.fixture(scope="module")
def _amounts() -> list[int]:
    """Return amounts of which a few per cent are no sixteen figures of a floating-point number."""
    random = Random(9)
    return [random.randrange(1, 10**7) for _ in range(_DEALS)]


@pytest.fixture
def busy(db: None, _amounts: list[int]) -> Cast:
    """Return a company with deals of all kinds, worth odd cents, some in currencies whose rates move."""
    cast = make_company()
    for currency, rates in _RATES.items():
        for month, first in enumerate(rates, start=1):
            for start, rate in ((1, Decimal(first)), (9, Decimal(first) * Decimal("1.0317"))):
                since = date(2026, month, start)
                set_rate(actor=cast.operator, currency=currency, day=since, rate=rate, now=NOW)
    for at, value in enumerate(_amounts):
        day, owner = date(2026, 1 + at % 3, 2 + at % 14), (cast.cilla, cast.david)[at % 2]
        currency = ("USD", "EUR", "JPY", "KWD", "EUR", "SEK", "EUR")[at % 7]
        if at % 4 == 0:
            add_won(cast, owner, day, value=value, currency=currency)
            continue
        deal = add_deal(cast, owner, day, value=value, currency=currency, expected=date(2026, 1 + at % 3, 28))
        move_deal(
            actor=cast.operator, deal_id=deal.pk, stage_id=cast.stages[1].pk, now=NOW, moved_at=noon(day)
        )
        if at % 4 == 1:
            add_activity(cast, owner, day, deal=deal, done=day)
    return cast


def content(response: HttpResponseBase) -> bytes:
    if isinstance(response, StreamingHttpResponse):
        return response.getvalue()
    assert hasattr(response, "content")
    return bytes(response.content)


def tables(client: Client, address: str, query: str = "") -> list[list[dict[str, object]]]:
    """Return the rows of the CSV and of every sheet of the workbook, by the heads of their columns."""
    read = csv.DictReader(io.StringIO(content(client.get(f"{address}csv{query}")).decode("utf-8-sig")))
    found: list[list[dict[str, object]]] = [[dict(row) for row in read]]
    book = openpyxl.load_workbook(io.BytesIO(content(client.get(f"{address}xlsx{query}"))))
    for sheet in book.worksheets:
        head, *rows = sheet.iter_rows(values_only=True)
        found.append([dict(zip(map(str, head), row, strict=True)) for row in rows])
    return found


def sum_of(rows: list[dict[str, object]], head: str, *, is_sheet: bool, digits: int) -> Decimal:
    """Add up a column as a spreadsheet does: what is no number there counts nothing."""
    if is_sheet:
        numbers = [row[head] for row in rows]
        added = sum(number for number in numbers if isinstance(number, int | float))
        return Decimal(added).quantize(Decimal(1).scaleb(-digits))
    return sum((Decimal(str(row[head] or 0)) for row in rows), Decimal())


@pytest.mark.parametrize(("measure", "metric", "currency"), KINDS)
def test_the_files_of_a_goal_add_up_to_its_results(
    busy: Cast, signed_in: SignedIn, measure: Measure, metric: Metric, currency: str
) -> None:
    goal: GoalView = set_goal(
        busy,
        measure=measure,
        metric=metric,
        currency=currency,
        stage_id=busy.stages[1].pk if measure is Measure.DEALS_PROGRESSED else None,
        target=12_345_67,
    )
    client = signed_in(busy.astrid)
    shown = [each for each in results(busy, goal, today=LOOKED_AT.date()).periods if each.count]
    assert len(shown) == 3
    digits = DIGITS[currency] if currency else 0
    in_currency = f", {currency}" if currency else ""
    expected = to_major(sum(each.result for each in shown), digits)
    of_csv, of_periods, of_records = tables(client, f"/goals/{goal.public_id}/export/")
    assert sum_of(of_csv, f"Result{in_currency}", is_sheet=False, digits=digits) == expected
    assert sum_of(of_periods, f"Result{in_currency}", is_sheet=True, digits=digits) == expected
    on_wire = caller(busy.astrid).get(f"/goals/{goal.public_id}/periods").body["data"]["periods"]
    assert sum(each["result"] for each in on_wire) == expected
    for each in shown:
        first = each.period.start
        records = tables(client, f"/goals/{goal.public_id}/records.", f"?period={first.isoformat()}")
        page = client.get(f"/goals/{goal.public_id}/records?period={first.isoformat()}", headers=HTMX)
        result = f" {formats.amount(each.result, currency, 'en')}" if currency else ""
        result = result.replace(formats.NO_BREAK_SPACE, " ")
        assert f"Result in the chart {how_many(measure, each.count, 'en')}{result}" in text(page)
        for is_sheet, rows in zip((False, True), records, strict=True):
            assert len(rows) == each.count
            if currency:
                worth = sum_of(rows, f"Value{in_currency}", is_sheet=is_sheet, digits=digits)
                assert worth == to_major(each.result, digits)
                assert sum(row[f"Value{in_currency}"] in {None, ""} for row in rows) == each.unvalued > 0
    if currency:
        assert sum_of(of_records, f"Value{in_currency}", is_sheet=True, digits=digits) == expected
