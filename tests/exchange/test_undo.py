"""A whole import is undone: what it made goes, what it changed is as before, what was done since stays."""

from datetime import timedelta

import pytest
from typer.testing import CliRunner

from goalpost.cli import app
from goalpost.companies.errors import InvalidInput, NotAllowed
from goalpost.crm import verify
from goalpost.crm.actions.deals import change_deal, delete_deal
from goalpost.crm.models import Activity, Deal, StageMove
from goalpost.exchange.loading import run
from goalpost.exchange.models import Import, ImportBatch, ImportState, StageEvent
from goalpost.exchange.reading.columns import ReadOptions
from goalpost.exchange.reading.fields import FileKind
from goalpost.exchange.undo import Undoing, preview_undo, undo_import
from goalpost.ledger.models import Posting, Reason, Standing
from tests.exchange.importing import LATER, Importer, counts
from tests.people import NOW, Cast

_HEADER = "id,title,owner,stage,value,status,add time,won time\n"
_FIRST = _HEADER + (
    "1,Bikes,Cilla,Lead,100,open,2026-03-01,\n"
    "2,Boats,David,Lead,200,won,2026-03-02,2026-03-05\n"
    "3,Cars,Cilla,Lead,300,open,2026-03-03,\n"
)
_SECOND = _HEADER + (
    "1,Bikes,David,Offer,150,won,2026-03-01,2026-03-09\n"
    "2,Boats,David,Lead,200,won,2026-03-02,2026-03-05\n"
    "4,Planes,Cilla,Lead,400,open,2026-03-04,\n"
)
_MUCH_LATER = LATER + timedelta(days=1)


def _standings() -> set[tuple[object, ...]]:
    return set(
        Standing.objects.values_list(
            "source_kind", "source_id", "measure", "day", "owner_id", "item_id", "currency", "amount"
        )
    )


def _deals() -> set[tuple[object, ...]]:
    """Return all that deals hold, with their moves."""
    rows = Deal.objects.filter(is_deleted=False).values_list()
    moves = StageMove.objects.values_list("deal_id", "number", "stage_id", "moved_at", "moved_at_is_day")
    there = set(Deal.objects.filter(is_deleted=False).values_list("pk", flat=True))
    return {*rows, *(move for move in moves if move[0] in there)}


def _undo(cast: Cast, *, discards_edits: bool = False) -> Undoing:
    last = Import.objects.exclude(state=ImportState.UNDONE).order_by("-number")[0]
    kinds = {"actor": cast.as_astrid, "number": last.number, "now": _MUCH_LATER}
    shown = preview_undo(**kinds, discards_edits=discards_edits)  # type: ignore[arg-type]  # of one test
    found = undo_import(**kinds, discards_edits=discards_edits)  # type: ignore[arg-type]
    assert found == shown
    assert list(verify.differences(cast.company.pk)) == []
    return found


@pytest.mark.parametrize("batch", [1, 2, 5_000])
def test_what_was_new_goes_and_what_was_changed_is_as_before(
    cast: Cast, importer: Importer, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(run, "BATCH", batch)
    importer.deals(_FIRST)
    before, held = _standings(), _deals()
    importer.deals(_SECOND, now=LATER)
    assert _standings() != before

    found = _undo(cast)
    assert (found.deleted, found.restored, found.kept) == (1, 1, 0)
    assert (_standings(), _deals()) == (before, held)
    last = Posting.objects.order_by("-version")[0]
    assert (last.reason, last.note, last.actor_id) == (Reason.UNDO, "deals.csv", cast.astrid.pk)
    done = Import.objects.order_by("-number")[0]
    assert (done.state, done.undone_at, done.undone_by_id) == ("undone", _MUCH_LATER, cast.astrid.pk)
    assert not ImportBatch.objects.filter(import_number=done.number).exists()

    # Undone is as if it had never been: the file comes in again, and is undone again, and so is the first.
    assert counts(importer.deals(_SECOND, now=LATER)) == (0, 2, 1, 0)
    _undo(cast)
    assert (_standings(), _deals()) == (before, held)
    assert _undo(cast).deleted == 3
    assert _standings() == set()


def test_what_was_changed_since_is_kept_unless_it_is_to_be_lost(cast: Cast, importer: Importer) -> None:
    importer.deals(_FIRST)
    before = _standings()
    importer.deals(_SECOND, now=LATER)
    planes, bikes = Deal.objects.get(title="Planes"), Deal.objects.get(title="Bikes")
    change_deal(actor=cast.as_astrid, deal_id=planes.pk, value=500, now=LATER + timedelta(hours=1))
    change_deal(actor=cast.as_astrid, deal_id=bikes.pk, title="Big bikes", now=LATER + timedelta(hours=2))

    shown = preview_undo(actor=cast.as_astrid, number=2, now=_MUCH_LATER)
    assert (shown.deleted, shown.restored, shown.kept_new, shown.kept_changed) == (0, 0, 1, 1)
    assert set(shown.first_kept) == {"Planes", "Big bikes"}
    found = _undo(cast, discards_edits=True)
    assert (found.deleted, found.restored, found.kept) == (1, 1, 0)
    assert _standings() == before
    assert Deal.objects.get(pk=bikes.pk).title == "Bikes"


def test_kept_records_stay_exactly_as_they_are(cast: Cast, importer: Importer) -> None:
    importer.deals(_FIRST)
    change_deal(
        actor=cast.as_astrid,
        deal_id=Deal.objects.get(title="Bikes").pk,
        value=500,
        now=NOW + timedelta(hours=1),
    )
    delete_deal(actor=cast.as_astrid, deal_id=Deal.objects.get(title="Cars").pk, now=NOW + timedelta(hours=1))
    found = _undo(cast)
    assert (found.deleted, found.kept_new) == (1, 2)
    rows = Deal.objects.order_by("title").values_list("title", "value", "is_deleted", "is_deleted_at_source")
    assert list(rows) == [
        ("Bikes", 500, False, False), ("Boats", 20000, True, True), ("Cars", 30000, True, False),
    ]  # fmt: skip


def test_an_import_that_another_stands_on_is_undone_after_it(cast: Cast, importer: Importer) -> None:
    importer.deals(_FIRST)
    importer.activities("id,subject,owner,deal id,add time\n1,Call,Cilla,3,2026-03-04\n", now=LATER)
    with pytest.raises(InvalidInput, match=r"Import 2 \(activities.csv\) came later"):
        undo_import(actor=cast.as_astrid, number=1, now=_MUCH_LATER)
    assert _undo(cast).deleted == 1
    assert Activity.objects.get().is_deleted
    assert _undo(cast).deleted == 3


def test_activities_are_set_back(cast: Cast, importer: Importer) -> None:
    importer.activities("id,subject,owner,add time,done\n1,Call,Cilla,2026-03-04,no\n")
    before = _standings()
    importer.activities("id,subject,owner,add time,done\n1,Call,David,2026-03-04,yes\n", now=LATER)
    assert _undo(cast).restored == 1
    assert _standings() == before
    assert not Activity.objects.get().is_done


def test_a_history_is_forgotten(cast: Cast, importer: Importer) -> None:
    importer.deals(_FIRST)
    before, held = _standings(), _deals()
    text = "deal id,stage,moment\n1,Lead,2026-03-01 09:00\n1,Offer,2026-03-02 09:00\n"
    importer.run(FileKind.HISTORY, text, ReadOptions(), now=LATER)
    assert _standings() != before
    assert StageEvent.objects.count() == 2
    with pytest.raises(InvalidInput, match="came later"):
        undo_import(actor=cast.as_astrid, number=1, now=_MUCH_LATER)
    found = _undo(cast)
    assert (found.restored, found.events) == (1, 2)
    assert not StageEvent.objects.exists()
    assert (_standings(), _deals()) == (before, held)


def test_what_a_whole_file_took_away_comes_back(cast: Cast, importer: Importer) -> None:
    importer.deals(_FIRST)
    before = _standings()
    importer.deals(
        _HEADER + "1,Bikes,Cilla,Lead,100,open,2026-03-01,\n", now=LATER, is_whole=True, is_sure=True
    )
    assert _standings() != before
    assert _undo(cast).restored == 2
    assert _standings() == before


def test_an_import_that_changed_nothing_leaves_no_trace(importer: Importer) -> None:
    importer.deals(_FIRST)
    importer.deals(_FIRST, now=LATER)
    importer.deals(_SECOND, now=LATER, is_dry_run=True)
    assert [(each.number, each.created, each.state) for each in Import.objects.all()] == [(1, 3, "done")]


def test_it_is_refused_with_a_reason(cast: Cast, importer: Importer) -> None:
    importer.users("name,email\nErik,erik@example.com\n")
    with pytest.raises(InvalidInput, match="People and teams"):
        undo_import(actor=cast.as_astrid, number=1, now=LATER)
    importer.deals(_FIRST)
    with pytest.raises(InvalidInput, match="30 days"):
        undo_import(actor=cast.as_astrid, number=2, now=NOW + timedelta(days=31))
    with pytest.raises(NotAllowed):
        undo_import(actor=cast.as_cilla, number=2, now=LATER)
    _undo(cast)
    with pytest.raises(InvalidInput, match="undone already"):
        undo_import(actor=cast.as_astrid, number=2, now=LATER)


def test_a_killed_import_is_undone_once_it_is_silent(cast: Cast, importer: Importer) -> None:
    importer.deals(_FIRST)
    Import.objects.update(state=ImportState.RUNNING, touched_at=NOW)
    with pytest.raises(InvalidInput, match="still running"):
        undo_import(actor=cast.as_astrid, number=1, now=NOW + timedelta(minutes=1))
    assert _undo(cast).deleted == 3


def test_an_import_that_failed_says_why(importer: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "BATCH", 2)
    clock = iter([NOW, NOW])
    path = importer.folder / "deals.csv"
    path.write_text(_FIRST, encoding="utf-8")
    order = run.ImportOrder(FileKind.DEALS, path, importer.company, ReadOptions())
    with pytest.raises(StopIteration):
        run.import_file(order, clock=lambda: next(clock), show=lambda *_: None)
    assert list(Import.objects.values_list("state", "created")) == [("stopped", 2)]


def test_the_command_lists_shows_asks_and_undoes(importer: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goalpost.exchange.undo.UNDO_WITHIN", timedelta(days=100_000))
    importer.deals(_FIRST)
    listed = CliRunner().invoke(app, ["imports"])
    assert listed.exit_code == 0
    assert "deals.csv  (server operator): 3 created, 0 updated" in listed.output
    asked = CliRunner().invoke(app, ["imports", "undo", "1"], input="n\n")
    assert asked.exit_code == 1
    assert "New deals, deleted: 3" in asked.output
    assert Deal.objects.filter(is_deleted=False).count() == 3
    done = CliRunner().invoke(app, ["imports", "undo", "1", "--yes"])
    assert (done.exit_code, Deal.objects.filter(is_deleted=False).count()) == (0, 0)
    assert CliRunner().invoke(app, ["imports", "undo", "1", "--yes"]).exit_code == 2
    assert CliRunner().invoke(app, ["imports", "undo", "9"]).exit_code == 2
