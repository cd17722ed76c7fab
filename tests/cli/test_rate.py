"""`goalpost rate`: the way out of "value unknown"."""

import pytest
from typer.testing import CliRunner

from goalpost.cli import app
from goalpost.crm import rule_changes
from goalpost.crm.models import ExchangeRate
from goalpost.domain.measures import Measure
from goalpost.jobs.lease import GiveUp
from goalpost.jobs.models import Job, State
from tests.crm.records import add_deal, total
from tests.people import make_company

pytestmark = pytest.mark.django_db


def test_a_rate_is_set_for_the_company_there_is() -> None:
    cast = make_company()

    result = CliRunner().invoke(app, ["rate", "sek", "2026-11-01", "0.0874"])

    assert result.exit_code == 0, result.output
    found = ExchangeRate.objects.get(company_id=cast.company_id, currency="SEK")
    assert (str(found.day), str(found.rate.normalize())) == ("2026-11-01", "0.0874")


def test_many_deals_are_recounted_before_the_command_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_changes, "AT_ONCE", 1)
    cast = make_company()
    for _ in range(3):
        add_deal(cast, value=100_00, currency="SEK")

    result = CliRunner().invoke(app, ["rate", "SEK", "2026-11-01", "0.1"])

    assert result.exit_code == 0, result.output
    assert "Many deals are being recounted." in result.output
    assert Job.objects.get().state == State.DONE
    assert total(cast, Measure.DEALS_STARTED).amount == 3 * 10_00


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (GiveUp("The disk is full."), "The deals could not be recounted: The disk is full."),
        (OSError("The disk is slow"), "The deals could not be recounted yet: OSError: The disk is slow."),
    ],
)
def test_a_recount_that_fails_is_told_at_once(
    monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(rule_changes, "AT_ONCE", -1)
    monkeypatch.setattr(rule_changes, "post_staged", fail)
    make_company()

    result = CliRunner().invoke(app, ["rate", "SEK", "2026-11-01", "0.1"])

    assert result.exit_code == 2
    assert words in result.output
    assert not ExchangeRate.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["SEK", "2026-11-01", "0,0874"], "is not a number"),
        (["SEK", "2026-11-01", "0"], "above zero"),
        (["EUR", "2026-11-01", "1"], "needs no rate"),
        (["XXQ", "2026-11-01", "1"], "ISO 4217"),
        (["SEK", "2026-11-01", "1", "--company", "elsewhere"], "Choose a company"),
    ],
)
def test_a_rate_that_cannot_be_is_refused_with_what_to_do(arguments: list[str], words: str) -> None:
    make_company()

    result = CliRunner().invoke(app, ["rate", *arguments])

    assert result.exit_code == 2
    assert words in result.output
    assert not ExchangeRate.objects.exists()
