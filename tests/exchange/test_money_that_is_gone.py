"""Currencies that no longer exist are currencies; and no advice about a currency makes a number wrong."""

import re
import shlex
from datetime import date

import pytest
from typer.testing import CliRunner

from goalpost.cli import app
from goalpost.crm.models import Deal
from goalpost.domain.calendar import Period
from goalpost.domain.measures import Measure
from goalpost.exchange.errors import Unusable
from goalpost.exchange.reading.columns import ReadOptions
from goalpost.exchange.reading.fields import FileKind
from goalpost.exchange.report import summary_lines
from goalpost.ledger import read
from goalpost.ledger.questions import Selection, Total
from tests.exchange.importing import LATER, Importer, counts
from tests.people import Cast

_KUNA = "title,owner,value,currency,status,won time\nBoat,Cilla,1000,HRK,won,2019-05-01\n"


def _won(cast: Cast) -> Total:
    year = Period(date(2019, 1, 1), date(2020, 1, 1))
    return read.total(cast.company_id, Selection(Measure.DEALS_WON), year)


def test_a_kuna_is_kept_with_its_value_unknown_until_the_advice_is_followed(
    importer: Importer, cast: Cast
) -> None:
    (line,) = [line for line in summary_lines(importer.deals(_KUNA)) if "exchange rate" in line]
    assert (Deal.objects.get().value, Deal.objects.get().currency) == (1000_00, "HRK")
    assert (_won(cast).count, _won(cast).amount, _won(cast).unvalued) == (1, 0, 1)

    _, advised = line.split("given with: goalpost ")
    words = {"CODE": "HRK", "DAY": "2019-01-01", "RATE": "0.1345"}
    result = CliRunner().invoke(app, [words.get(word, word) for word in advised.split()])

    assert result.exit_code == 0, result.output
    assert (_won(cast).count, _won(cast).amount, _won(cast).unvalued) == (1, 134_50, 0)
    assert counts(importer.deals(_KUNA, now=LATER)) == (0, 0, 1, 0)


@pytest.mark.parametrize(
    ("cells", "code", "taken"),
    [
        ("$5,", "CAD", (5_00, "CAD")),
        ("5,Kronor", "SEK", (5_00, "SEK")),
        ('5,"=""x"""', "SEK", (5_00, "SEK")),
        ("5,XQQ", None, None),
        ("$5,EUR", None, None),
    ],
)
def test_what_is_advised_about_a_currency_makes_the_number_right(
    importer: Importer, cells: str, code: str | None, taken: tuple[int, str] | None
) -> None:
    """The advice names no currency of its own: only a person knows which it is."""
    text = f"title,owner,value,currency\nBoat,Cilla,{cells}\n"
    said = _refusal(importer, text, ReadOptions())
    options = [shlex.split(option) for option in re.findall(r"--value (?:'[^']*'|\"[^\"]*\")", said)]
    assert "default currency" not in said
    if code is None:
        assert options == []
        return
    [(_, option)] = options
    assert option.endswith("=CODE"), "the currency is for a person to say"
    assert "CODE" in _refusal(importer, text, ReadOptions(values=(option,)))
    report = importer.run(FileKind.DEALS, text, ReadOptions(values=(option.removesuffix("CODE") + code,)))
    assert counts(report) == (1, 0, 0, 0)
    assert (Deal.objects.get().value, Deal.objects.get().currency) == taken


def _refusal(importer: Importer, text: str, options: ReadOptions) -> str:
    try:
        report = importer.run(FileKind.DEALS, text, options)
    except Unusable as error:
        return str(error)
    return " ".join(row.reason for row in report.first_rejected)
