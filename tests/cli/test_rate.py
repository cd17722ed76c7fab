"""`goalpost rate`: the way out of "value unknown"."""

import pytest
from typer.testing import CliRunner

from goalpost.cli import app
from goalpost.crm.models import ExchangeRate
from tests.people import make_company

pytestmark = pytest.mark.django_db


def test_a_rate_is_set_for_the_company_there_is() -> None:
    cast = make_company()

    result = CliRunner().invoke(app, ["rate", "sek", "2026-11-01", "0.0874"])

    assert result.exit_code == 0, result.output
    found = ExchangeRate.objects.get(company_id=cast.company_id, currency="SEK")
    assert (str(found.day), str(found.rate.normalize())) == ("2026-11-01", "0.0874")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["SEK", "2026-11-01", "0,0874"], "is no number"),
        (["SEK", "2026-11-01", "0"], "above zero"),
        (["EUR", "2026-11-01", "1"], "needs no rate"),
        (["XXQ", "2026-11-01", "1"], "ISO 4217"),
        (["SEK", "2026-11-01", "1", "--company", "elsewhere"], "Say which company"),
    ],
)
def test_a_rate_that_cannot_be_is_refused_with_what_to_do(arguments: list[str], words: str) -> None:
    make_company()

    result = CliRunner().invoke(app, ["rate", *arguments])

    assert result.exit_code == 2
    assert words in result.output
    assert not ExchangeRate.objects.exists()
