"""The same rows give the same ledger: in any order, in parts, interrupted, exported anew, undone, redone."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from django.db import transaction
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from goalpost.companies.actors import operator_of
from goalpost.companies.models import Company, User
from goalpost.crm import verify
from goalpost.crm.models import Activity, Deal, Stage
from goalpost.exchange.loading import run
from goalpost.exchange.loading.run import ImportOrder, import_file
from goalpost.exchange.models import Import
from goalpost.exchange.reading.columns import ReadOptions
from goalpost.exchange.reading.fields import FileKind
from goalpost.exchange.undo import undo_import
from goalpost.ledger.models import SourceKind, Standing
from tests.people import NOW, make_company

_HEADERS = {
    FileKind.USERS: "id,first name,last name,email,team",
    FileKind.DEALS: "id,title,owner,owner id,stage,value,currency,add time,close date",
    FileKind.HISTORY: "deal id,stage,moment",
    FileKind.ACTIVITIES: "id,subject,owner id,deal id,add time,done,marked as done time",
}
_STAGES = ("1 Lead", "2 Proposal", "3 Closing", "Closed Won", "Closed Lost - Price")
_DAYS = st.dates(date(2024, 1, 1), date(2024, 6, 28)).map(str)


class _Stopped(Exception):
    """Stands for a killed process."""


class _Way(NamedTuple):
    """In which order a kind's rows come in, cut and stopped after how many of them and batches."""

    order: list[int]
    cut: int
    stopped_after: int
    undone: int
    """How many of its imports are undone in the end, before it comes in once more."""


class _Rows(NamedTuple):
    """The rows of each kind, and the way each comes in."""

    rows: dict[FileKind, list[str]]
    ways: dict[FileKind, _Way]


@st.composite
def _any_rows(draw: st.DrawFn) -> _Rows:
    rows: dict[FileKind, list[str]] = {
        FileKind.USERS: [f"u{i},Per{i},Son,per{i}@example.com,Team {i % 2}" for i in range(3)],
        FileKind.DEALS: [],
        FileKind.HISTORY: [],
        FileKind.ACTIVITIES: [],
    }
    for i in range(draw(st.integers(1, 5))):
        owner = draw(st.integers(0, 2))
        name = draw(st.sampled_from([f"Per{owner} Son", f'"Son, Per{owner}"', ""]))
        stage, amount = draw(st.sampled_from(_STAGES)), draw(st.integers(0, 10_000))
        currency = draw(st.sampled_from(["EUR", "SEK", ""]))
        added = draw(_DAYS)
        rows[FileKind.DEALS].append(
            f"d{i},Deal {i},{name},u{owner},{stage},{amount},{currency},{added},{draw(_DAYS)}"
        )
        move = st.tuples(st.sampled_from(_STAGES[:4]), _DAYS)
        moves = draw(st.lists(move, max_size=4, unique_by=lambda move: move[1]))
        rows[FileKind.HISTORY] += [f"d{i},{where},{day} 09:00" for where, day in moves]
        for j in range(draw(st.integers(0, 2))):
            done = draw(st.booleans())
            at = f"{draw(_DAYS)} 10:00" if done else ""
            deal = draw(st.sampled_from([f"d{i}", "acme", ""]))
            rows[FileKind.ACTIVITIES].append(f"a{i}{j},Call {i}{j},u{owner},{deal},{added},{done},{at}")
    ways = {
        kind: _Way(
            draw(st.permutations(range(len(lines)))),
            draw(st.integers(0, len(lines))),
            draw(st.integers(0, 3)),
            draw(st.integers(0, 3)),
        )
        for kind, lines in rows.items()
    }
    return _Rows(rows, ways)


def _import(
    company: Company, folder: Path, kind: FileKind, lines: Sequence[str], stopped_after: int | None
) -> None:
    """Import rows; stopped after so many looks at the clock, they are imported again to the end."""
    path = folder / f"{kind.value}.csv"
    path.write_text("\n".join([_HEADERS[kind], *lines]) + "\n", encoding="utf-8")
    order = ImportOrder(kind, path, company, ReadOptions())
    ticks = iter(range(1_000))

    def clock() -> datetime:
        if stopped_after is not None and next(ticks) > stopped_after:
            raise _Stopped
        return NOW

    def show(done: int, of: int, doing: str) -> None:
        """Nobody looks."""

    try:
        import_file(order, clock=clock, show=show)
    except _Stopped:
        import_file(order, clock=lambda: NOW, show=show)


def _undo_and_redo(
    company: Company, folder: Path, kind: FileKind, lines: Sequence[str], how_many: int
) -> None:
    actor = operator_of(company.pk)
    made = Import.objects.filter(company=company, kind=kind.value).order_by("-number")
    for done in list(made[:how_many]):
        undo_import(actor=actor, number=done.number, now=NOW)
        assert list(verify.differences(company.pk)) == []
    _import(company, folder, kind, lines, None)


def _ledger(company_id: int) -> set[tuple[object, ...]]:
    """Return all that counts, by names and ids that files give: numbers of rows differ from run to run."""
    names = dict(User.objects.filter(company_id=company_id).values_list("id", "name"))
    stages = dict(Stage.objects.filter(company_id=company_id).values_list("id", "name"))
    sources = {
        (SourceKind.DEAL, key): external_id
        for key, external_id in Deal.objects.filter(company_id=company_id).values_list("id", "external_id")
    } | {
        (SourceKind.ACTIVITY, key): external_id
        for key, external_id in Activity.objects.filter(company_id=company_id).values_list(
            "id", "external_id"
        )
    }
    standings = Standing.objects.filter(company_id=company_id)
    return {
        (
            sources[SourceKind(each.source_kind), each.source_id],
            *(each.measure, each.day, names[each.owner_id], stages.get(each.item_id, each.item_id == 0)),
            *(each.currency, each.amount, each.native_amount, each.unvalued),
        )
        for each in standings
    }


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have an import be stopped between batches of two rows."""
    monkeypatch.setattr(run, "BATCH", 2)


def _result(given_rows: _Rows, folder: Path, *, is_straight: bool) -> set[tuple[object, ...]]:
    """Return the ledger of a company that imports the rows straight, or the other way; undone afterwards."""
    with transaction.atomic():
        company = make_company("Straight").company
        for kind, lines in given_rows.rows.items():
            if is_straight:
                _import(company, folder, kind, lines, None)
                continue
            way = given_rows.ways[kind]
            mixed = [lines[place] for place in way.order]
            _import(company, folder, kind, mixed[: way.cut], way.stopped_after)
            _import(company, folder, kind, mixed[way.cut :], None)
            _import(company, folder, kind, lines, way.stopped_after)
            if kind is not FileKind.USERS:
                _undo_and_redo(company, folder, kind, lines, way.undone)
        assert list(verify.differences(company.pk)) == []
        found = _ledger(company.pk)
        transaction.set_rollback(True)
    return found


@pytest.mark.usefixtures("db", "small_batches")
def test_the_same_rows_give_the_same_ledger_whichever_way_they_come(tmp_path: Path) -> None:
    # Shrinking what fails would take minutes.
    @settings(phases=set(Phase) - {Phase.shrink, Phase.explain})
    @given(_any_rows())
    def holds(given_rows: _Rows) -> None:
        straight = _result(given_rows, tmp_path, is_straight=True)
        assert straight
        assert _result(given_rows, tmp_path, is_straight=False) == straight

    holds()


@pytest.mark.usefixtures("db", "small_batches")
def test_new_stages_are_in_order_however_soon_an_import_is_stopped(tmp_path: Path) -> None:
    company = make_company("Straight").company
    path = tmp_path / "deals.csv"
    rows = [f"d{i},Deal {i},Astrid,{stage},2024-01-0{i + 1}" for i, stage in enumerate(reversed(_STAGES[:3]))]
    path.write_text("\n".join(["id,title,owner,stage,add time", *rows]) + "\n", encoding="utf-8")
    moments = iter([NOW, NOW])

    def clock() -> datetime:
        try:
            return next(moments)
        except StopIteration:
            raise _Stopped from None

    with pytest.raises(_Stopped):
        import_file(
            ImportOrder(FileKind.DEALS, path, company, ReadOptions()), clock=clock, show=lambda *_: None
        )

    numbered = Stage.objects.filter(company=company, name__in=_STAGES).order_by("position")
    assert list(numbered.values_list("name", flat=True)) == ["2 Proposal", "3 Closing"]
