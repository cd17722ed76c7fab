"""Small files as other systems write them: each goes in right, or stops and asks."""

import os
import re
import shlex
from datetime import date
from pathlib import Path

import pytest

from goalpost.crm.models import Deal, Stage
from goalpost.domain.calendar import Period
from goalpost.domain.measures import Measure
from goalpost.exchange.errors import Unusable
from goalpost.exchange.reading.columns import ReadOptions
from goalpost.exchange.reading.fields import FileKind
from goalpost.exchange.report import summary_lines
from goalpost.ledger import read
from goalpost.ledger.questions import Selection
from tests.exchange.importing import Importer, counts
from tests.people import Cast

_DEFAULT = Path(__file__).parents[3] / "shared" / "data"
_CASES = Path(os.environ.get("GOALPOST_TEST_DATA", _DEFAULT)) / "cases"


def _case(name: str) -> str:
    path = _CASES / name
    if not path.exists():
        pytest.skip("the cases are not here")
    return path.read_bytes().decode()


def _deals() -> dict[str, Deal]:
    return {deal.title: deal for deal in Deal.objects.all()}


def test_the_summary_tells_what_can_be_compared_with_the_other_program(importer: Importer) -> None:
    report = importer.deals(
        "id,title,owner,stage,value,currency,close date,add time,next step\n"
        "1,A,Cilla,Closed Won,100.50,EUR,2026-03-10,2026-01-05,call\n"
        "2,B,Cilla,Qualified,50,USD,2026-05-01,2026-01-07,\n"
        "3,C,Cilla,Closed Lost,25,EUR,2026-02-01,,write\n",
        is_dry_run=True,
    )
    lines = summary_lines(report)
    assert "  not used: “next step” (call, write)" in lines
    assert "Deals by status: 1 open, 1 won, 1 lost" in lines
    assert "Sum of values: EUR 125.50; USD 50.00" in lines
    assert "add_time from 2026-01-05 to 2026-01-07" in lines
    assert "expected_close_date from 2026-05-01 to 2026-05-01" in lines


@pytest.mark.parametrize(
    ("text", "asked", "options"),
    [
        ("title,owner,Net amount\nA,Cilla,5\n", "like value", ReadOptions(columns=("value=Net amount",))),
        ("title,owner,Net amount\nA,Cilla,5\n", "looks like value", ReadOptions(columns=("value=",))),
        ("title,owner,Sales phase\nA,Cilla,X\n", "like stage", ReadOptions(columns=("stage=Sales phase",))),
        ("title,owner,Deal outcome\nA,Cilla,won\n", "looks like status",
         ReadOptions(columns=("status=Deal outcome",))),
        ("title,owner,Day of closing\nA,Cilla,2026-01-01\n", "looks like close_time",
         ReadOptions(columns=("close_time=",))),
        ("title,owner,stage\nA,Cilla,Contract signed\n", "sounds like the end",
         ReadOptions(values=("status:Contract signed=won",))),
        ("title,owner,stage\nA,Cilla,Closed\n", "sounds like", ReadOptions(values=("status:Closed=lost",))),
        ("title,owner,probability\nA,Cilla,1\n", "1 % or 100 %", ReadOptions(values=("probability:1=100",))),
        ("title,owner,value\nA,Cilla,$5\n", "written with “$”", ReadOptions(values=("currency:$=USD",))),
    ],
)  # fmt: skip
def test_what_is_likely_and_not_understood_stops_before_anything_is_changed(
    importer: Importer, text: str, asked: str, options: ReadOptions
) -> None:
    with pytest.raises(Unusable) as refusal:
        importer.deals(text)
    assert asked in str(refusal.value)
    assert not Deal.objects.exists()
    told = (*(f'--column "{each}"' for each in options.columns), *options.values)
    assert all(each.partition("=")[0] in str(refusal.value) for each in told)
    assert counts(importer.run(FileKind.DEALS, text, options)) == (1, 0, 0, 0)


def test_a_stage_is_asked_about_only_where_nothing_else_tells_the_status(importer: Importer) -> None:
    report = importer.deals("title,owner,stage,status\nA,Cilla,Contract signed,open\n")
    assert counts(report) == (1, 0, 0, 0)


def test_shares_are_probabilities_and_percents_beside_them_stay(importer: Importer) -> None:
    importer.deals("title,owner,probability\nA,Cilla,0.2\nB,Cilla,1.0\nC,Cilla,75%\nD,Cilla,0\n")
    assert {title: deal.probability for title, deal in _deals().items()} == {
        "A": 20,
        "B": 100,
        "C": 75,
        "D": 0,
    }


def test_symbols_name_the_currency_of_rows_that_name_none(importer: Importer) -> None:
    importer.deals(
        "title,owner,value,currency\nA,Cilla,€100,\nB,Cilla,£50,\nC,Cilla,SEK 70,\nD,Cilla,5,USD\n"
    )
    assert {title: (deal.value, deal.currency) for title, deal in _deals().items()} == {
        "A": (10_000, "EUR"), "B": (5_000, "GBP"), "C": (7_000, "SEK"), "D": (500, "USD"),
    }  # fmt: skip


def test_a_column_may_name_value_and_currency(importer: Importer) -> None:
    importer.deals("title,owner,Amount (USD)\nA,Cilla,500\n")
    assert (_deals()["A"].value, _deals()["A"].currency) == (50_000, "USD")


def test_salesforces_api_headers(importer: Importer) -> None:
    report = importer.deals(_case("salesforce_api_headers.csv"))
    won = _deals()["Acme 50"]
    assert (won.status, won.value, won.currency, won.owner.name) == ("won", 900_000, "MXN", "005A")
    assert [(deal.status, deal.stage) for deal in _deals().values()] == [("won", None), ("lost", None)]
    assert report.unrated == {"MXN": 2}


def test_amount_usd(importer: Importer) -> None:
    importer.deals(_case("amount_usd.csv"))
    assert (_deals()["A"].status, _deals()["A"].value, _deals()["A"].currency) == ("won", 50_000, "USD")


def test_odoo(importer: Importer) -> None:
    importer.deals(_case("odoo.csv"))
    deal = _deals()["A"]
    assert (deal.status, deal.value, deal.organization) == ("won", 100_000, "Acme")
    assert deal.won_time is not None
    assert deal.won_time.date() == date(2024, 5, 1)


def test_zoho(importer: Importer) -> None:
    importer.deals(_case("zoho.csv"))
    assert {title: (deal.status, deal.value, deal.currency) for title, deal in _deals().items()} == {
        "A": ("won", 100_000, "USD"), "B": ("lost", 50_000, "USD"),
    }  # fmt: skip


def test_pipedrive(importer: Importer) -> None:
    importer.deals(_case("pipedrive.csv"))
    assert (_deals()["A"].status, _deals()["B"].status, _deals()["B"].probability) == ("won", "open", 50)


def test_currency_signs(importer: Importer) -> None:
    text = _case("currency_signs.csv")
    with pytest.raises(Unusable, match=r"written with “\$”"):
        importer.deals(text)
    importer.run(FileKind.DEALS, text, ReadOptions(values=("currency:$=USD",)))
    assert [(deal.value, deal.currency) for deal in _deals().values()] == [
        (10_000, "EUR"), (5_000, "GBP"), (7_000, "SEK"), (3_000, "USD"),
    ]  # fmt: skip


def test_totals_and_repeated_headers_are_left_out_and_named(importer: Importer) -> None:
    header = "id,title,owner,stage,value,close date"
    report = importer.deals(
        f"{header}\n1,A,Cilla,Closed Won,100,2026-03-01\n\n{header}\n"
        "2,B,Cilla,Won,50,2026-03-02\nTotal,,,,150,\n"
    )
    assert counts(report) == (2, 0, 0, 0)
    assert "Left out as totals or headers: line 4, 6." in report.notes
    assert report.sums == {"EUR": 15_000}


def _days() -> list[tuple[date | None, date | None]]:
    return [
        (deal.won_time and deal.won_time.date(), deal.add_time and deal.add_time.date())
        for deal in Deal.objects.order_by("external_id")
    ]


@pytest.mark.parametrize(
    ("name", "days"),
    [
        ("us_dates.csv", [(date(2024, 5, 13), date(2024, 4, 25)), (date(2024, 5, 14), date(2024, 4, 2))]),
        ("am_pm.csv", [(date(2024, 5, 1), date(2024, 4, 1))]),
        ("month_names.csv", [(date(2024, 5, 1), date(2024, 4, 1))]),
        ("excel_serials.csv", [(date(2024, 5, 1), date(2024, 4, 1))]),
        ("title_lines.csv", [(date(2024, 5, 1), date(2024, 4, 1))]),
        ("nul_bytes.csv", [(date(2024, 5, 1), date(2024, 4, 1))] * 2),
        ("totals_line.csv", [(date(2024, 5, 1), date(2024, 4, 1))] * 2),
    ],
)
def test_dates_and_lines_of_the_cases(importer: Importer, name: str, days: list[tuple[date, date]]) -> None:
    report = importer.deals(_case(name))
    assert report.rejected == 0
    assert _days() == days


def test_the_order_of_stages_of_the_cases(importer: Importer, cast: Cast) -> None:
    importer.deals(_case("stage_order_1.csv"))
    importer.deals(_case("stage_order_2.csv"))
    stages = {stage.name: stage for stage in Stage.objects.filter(name__regex="^[123] ").order_by("position")}
    assert list(stages) == ["1 Lead", "2 Proposal", "3 Closing"]
    may = Period(date(2024, 5, 1), date(2024, 6, 1))
    for name, count in {"1 Lead": 0, "2 Proposal": 1, "3 Closing": 0}.items():
        entered = Selection(Measure.DEALS_PROGRESSED, items=frozenset({stages[name].pk}))
        assert read.total(cast.company_id, entered, may).count == count


_ADVICE = re.compile(r"--(?:value|column|default|date-format|decimal-sign) (?:\"[^\"]*\"|'[^']*'|[^\s,]+|,)")


def _options(message: str) -> list[ReadOptions]:
    """Return each option that a message advises, as a shell passes it on; placeholders get a value."""
    found = []
    for advised in _ADVICE.findall(message):
        option, value = shlex.split(advised)
        value = (
            (value.rstrip(".") or value)
            .replace("CODE", "SEK")
            .replace("VALUE", "Cilla")
            .replace("HEADER", "who")
        )
        match option:
            case "--value":
                found.append(ReadOptions(values=(value,)))
            case "--column":
                found.append(ReadOptions(columns=(value,)))
            case "--default":
                found.append(ReadOptions(defaults=(value,)))
            case "--date-format":
                found.append(ReadOptions(date_formats=(value,)))
            case _:
                found.append(ReadOptions(decimal_sign=value))
    return found


@pytest.mark.parametrize(
    "text",
    [
        "title,owner,Net amount\nA,Cilla,5\n",
        "title,owner,Sales phase\nA,Cilla,X\n",
        "title,owner,Deal outcome\nA,Cilla,won\n",
        "title,owner,stage\nA,Cilla,Signed = done\n",
        'title,owner,stage\nA,Cilla,"Signed, ""paid"" & $done"\n',
        "title,owner,probability\nA,Cilla,1\n",
        "title,owner,value\nA,Cilla,kr 5\n",
        "title,who\nA,Cilla\n",
        "title,owner\nA,\n",
        "title,owner,status\nA,Cilla,Engaging\n",
        "title,owner,value,currency\nA,Cilla,5,kronor\n",
        "title,owner,add time\nA,Cilla,03/04/2017\n",
        'title,owner,value,currency\nA,Cilla,"1,234",KWD\n',
        "title,owner,is_won\nA,Cilla,perhaps\n",
    ],
)
def test_every_option_that_a_refusal_advises_settles_it(importer: Importer, text: str) -> None:
    try:
        report = importer.deals(text, is_dry_run=True)
        message = " ".join(row.reason for row in report.first_rejected)
    except Unusable as refusal:
        message = str(refusal)
    advised = _options(message)
    assert advised, message
    for options in advised:
        told = importer.run(FileKind.DEALS, text, options, is_dry_run=True)
        assert counts(told) == (1, 0, 0, 0), (options, told.first_rejected)
