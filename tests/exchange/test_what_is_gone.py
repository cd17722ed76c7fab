"""Deals and activities that are gone where they come from leave, and come back when they are named again."""

import pytest
from typer.testing import CliRunner

from goalpost.cli import app
from goalpost.crm.actions import deals as deal_actions
from goalpost.crm.models import Activity, Deal
from goalpost.domain.changes import PostingAction
from goalpost.exchange.errors import Unusable
from goalpost.exchange.reading.columns import ReadOptions
from goalpost.exchange.reading.fields import FileKind
from goalpost.exchange.report import Remark, Report, summary_lines
from goalpost.ledger.models import Posting, Reason
from tests.crm.records import add_deal
from tests.exchange.importing import LATER, Importer, counts, digest_of_everything
from tests.people import NOW, Cast

_HEADER = "id,title,owner,status,won time\n"
_DEALS = [f"{number},Deal {number},Cilla,won,2026-03-0{number % 9 + 1}\n" for number in range(20)]


def _whole(importer: Importer, rows: list[str], *, is_sure: bool = False, is_dry_run: bool = False) -> Report:
    return importer.run(
        FileKind.DEALS, _HEADER + "".join(rows), ReadOptions(), now=LATER,
        is_whole=True, is_sure=is_sure, is_dry_run=is_dry_run,
    )  # fmt: skip


def _deleted() -> list[str]:
    return sorted(Deal.objects.filter(is_deleted=True).values_list("title", flat=True))


def _last_posting() -> tuple[str, str, str]:
    last = Posting.objects.order_by("version").last()
    assert last is not None
    return last.reason, last.note, last.action


@pytest.mark.parametrize("says", ["deleted", "Raderad"])
def test_a_status_says_that_a_deal_is_gone_and_the_next_file_brings_it_back(
    importer: Importer, says: str
) -> None:
    importer.deals(_HEADER + _DEALS[1])
    report = importer.deals(_HEADER + f"1,Deal 1,Cilla,{says},\n", now=LATER)
    assert (counts(report), report.remarks[Remark.GONE]) == ((0, 1, 0, 0), 1)
    assert (Deal.objects.get().is_deleted, Deal.objects.get().status) == (True, "won")
    assert _last_posting() == (Reason.IMPORT, "deals.csv", PostingAction.DELETED)
    assert counts(importer.deals(_HEADER + f"1,Deal 1,Cilla,{says},\n", now=LATER)) == (0, 0, 1, 0)

    report = importer.deals(_HEADER + _DEALS[1], now=LATER)
    assert (counts(report), report.remarks[Remark.RESTORED]) == ((0, 1, 0, 0), 1)
    assert not Deal.objects.get().is_deleted
    assert _last_posting() == (Reason.IMPORT, "deals.csv", PostingAction.RESTORED)


def test_activities_are_gone_by_a_column_or_by_their_status(importer: Importer) -> None:
    text = (
        "id,subject,owner,add time,status,deleted\n1,Call,Cilla,2026-03-01,{}\n2,Mail,Cilla,2026-03-01,{}\n"
    )
    importer.activities(text.format("done,no", "done,no"))
    report = importer.activities(text.format("done,yes", "raderad,no"), now=LATER)
    assert report.remarks[Remark.GONE] == Activity.objects.filter(is_deleted=True).count() == 2
    importer.activities(text.format("done,no", "done,no"), now=LATER)
    assert not Activity.objects.filter(is_deleted=True).exists()


def test_a_whole_file_deletes_what_it_no_longer_names_and_restores_what_it_names(
    importer: Importer, cast: Cast
) -> None:
    importer.deals(_HEADER + "".join(_DEALS))
    add_deal(cast, title="Made in Goalpost")
    report = _whole(importer, _DEALS[2:])
    assert report.remarks[Remark.GONE] == 2
    assert "2 deals were deleted in their source and no longer count" in summary_lines(report)
    assert _deleted() == ["Deal 0", "Deal 1"]
    assert _last_posting() == (Reason.IMPORT, "deals.csv", PostingAction.DELETED)

    before = digest_of_everything()
    assert _whole(importer, _DEALS[2:]).remarks[Remark.GONE] == 0
    assert digest_of_everything() == before
    assert _whole(importer, _DEALS).remarks[Remark.RESTORED] == 2
    assert _deleted() == []


def test_more_than_a_tenth_is_not_gone_unasked_in_a_dry_run_neither(importer: Importer) -> None:
    importer.deals(_HEADER + "".join(_DEALS))
    before = digest_of_everything()
    for is_dry_run in (True, False):
        with pytest.raises(Unusable, match=r"no longer has 3 of 20 imported deals.*--yes"):
            _whole(importer, _DEALS[3:], is_dry_run=is_dry_run)
    dry = _whole(importer, _DEALS[3:], is_sure=True, is_dry_run=True)
    assert dry.remarks[Remark.GONE] == 3
    assert digest_of_everything() == before
    _whole(importer, _DEALS[3:], is_sure=True)
    assert _deleted() == ["Deal 0", "Deal 1", "Deal 2"]


def test_a_whole_file_with_rejected_rows_deletes_nothing(importer: Importer) -> None:
    importer.deals(_HEADER + "".join(_DEALS))
    before = digest_of_everything()
    with pytest.raises(Unusable, match="1 row was rejected"):
        _whole(importer, [*_DEALS[1:], "0,Deal 0,Cilla,perhaps,\n"])
    assert digest_of_everything() == before


def test_what_somebody_deleted_in_goalpost_stays_deleted(importer: Importer, cast: Cast) -> None:
    importer.deals(_HEADER + "".join(_DEALS))
    deal_actions.delete_deal(actor=cast.as_astrid, deal_id=Deal.objects.get(external_id="1").pk, now=NOW)
    report = _whole(importer, _DEALS)
    assert (report.remarks[Remark.DELETED], report.remarks[Remark.RESTORED]) == (1, 0)
    assert _deleted() == ["Deal 1"]


@pytest.mark.parametrize(("kind", "option"), [("users", "--whole"), ("deals", "--yes")])
def test_whole_and_yes_go_with_each_other_and_with_records(kind: str, option: str) -> None:
    result = CliRunner().invoke(app, ["import", kind, "some.csv", option])
    assert result.exit_code == 2
    assert "--whole is only for files of deals or activities" in result.output
