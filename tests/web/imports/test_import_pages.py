"""A file is brought in over pages: nothing is written before it was seen, and all of it can be taken back."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from goalpost.companies.models import PermissionSet
from goalpost.crm import verify
from goalpost.crm.models import Deal
from goalpost.exchange import drafts
from goalpost.exchange.loading import run
from goalpost.exchange.models import Import, ImportState
from tests.crm.records import add_deal
from tests.jobs.draining import drain
from tests.people import Cast
from tests.web.conftest import LOOKED_AT, SignedIn
from tests.web.looking import html, text

_DEALS = (
    "id,title,owner,stage,value,status,add time,won time\n"
    "1,Bikes,Cilla,Lead,100,open,2026-03-01,\n"
    "2,Boats,David,Lead,200,won,2026-03-02,2026-03-05\n"
    "3,Cars,Erik Ny,Lead,lots,open,2026-03-03,\n"
)
_HOME = "/settings/imports"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


def _upload(client: Client, content: str = _DEALS, name: str = "deals.csv", kind: str = "") -> Any:
    file = SimpleUploadedFile(name, content.encode())
    return client.post(f"{_HOME}/new", {"file": file, "kind": kind}, follow=True)


def _run(client: Client, number: int = 1) -> Any:
    checked = client.get(f"{_HOME}/{number}/check")
    version = re.search(r'name="version" value="(\d+)"', html(checked))
    assert version is not None
    asked = client.post(f"{_HOME}/{number}/run", {"version": version[1]}, follow=True)
    drain(LOOKED_AT)
    return asked


def test_a_file_comes_in_step_by_step_and_is_undone(cast: Cast, signed_in: SignedIn) -> None:
    astrid = signed_in(cast.astrid)
    assert "Nothing imported yet" in text(astrid.get(_HOME))

    columns = _upload(astrid)
    assert columns.redirect_chain[-1][0] == f"{_HOME}/1/columns"
    for words in ("Check the columns", "deals.csv", "Bikes", "1 Mar 2026", "8 columns are used, 0 are not"):
        assert words in text(columns)
    assert not Deal.objects.exists()

    checked = astrid.get(f"{_HOME}/1/values", follow=True)
    assert checked.redirect_chain[-1][0] == f"{_HOME}/1/check"
    for words in ("2 new and 0 changed would come in", "1 rows cannot come in", "Erik Ny", "Import 2 deals"):
        assert words in text(checked) or words == "Erik Ny"
    assert not Deal.objects.exists()

    emptied = astrid.post(
        f"{_HOME}/1/check",
        {"group": re.search(r'name="group" value="([^"]+)"', html(checked))[1].replace("&quot;", '"')},  # type: ignore[index]
        follow=True,
    )
    assert "3 new and 0 changed would come in. 0 rows cannot" in text(emptied)
    assert "Erik Ny" in text(emptied)

    assert "Waiting" in text(_run(astrid))
    done = text(astrid.get(f"{_HOME}/1"))
    assert "Done" in done
    assert Deal.objects.filter(is_deleted=False).count() == 3
    assert list(verify.differences(cast.company_id)) == []
    row = Import.objects.get()
    assert (row.created, row.made_by_id, row.state) == (3, cast.astrid.pk, ImportState.DONE)

    shown = text(astrid.get(f"{_HOME}/1/undo"))
    assert "New records, deleted 3" in shown
    assert Deal.objects.filter(is_deleted=False).count() == 3
    undone = astrid.post(f"{_HOME}/1/undo", {"edits": "keep"}, follow=True)
    assert "Import undone: 3 deleted, 0 set back." in text(undone)
    assert not Deal.objects.filter(is_deleted=False).exists()
    assert list(verify.differences(cast.company_id)) == []


def test_rejected_rows_can_be_downloaded(cast: Cast, signed_in: SignedIn) -> None:
    astrid = signed_in(cast.astrid)
    _upload(astrid)
    _run(astrid)
    assert "1 row was rejected" in text(astrid.get(f"{_HOME}/1"))
    answer = astrid.get(f"{_HOME}/1/rejects")
    assert b"Cars" in b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert 'filename="deals.rejects.csv"' in answer["Content-Disposition"]


def test_a_question_is_asked_and_nothing_is_guessed(cast: Cast, signed_in: SignedIn) -> None:
    astrid = signed_in(cast.astrid)
    _upload(astrid, "id,title,owner,stage\n1,Bikes,Cilla,Won back later\n")
    asked = astrid.get(f"{_HOME}/1/values")
    assert "Status: what does “Won back later” mean?" in text(asked)
    unanswered = astrid.post(f"{_HOME}/1/values", {})
    assert (unanswered.status_code, "One value is not decided" in text(unanswered)) == (422, True)
    answered = astrid.post(f"{_HOME}/1/values", {"answer": "lost"}, follow=True)
    assert answered.redirect_chain[-1][0] == f"{_HOME}/1/check"
    _run(astrid)
    assert Deal.objects.get().status == "lost"


def test_a_column_that_looks_like_one_is_used_or_left_out(cast: Cast, signed_in: SignedIn) -> None:
    astrid = signed_in(cast.astrid)
    _upload(astrid, "id,title,owner,total revenue\n1,Bikes,Cilla,70\n")
    assert "Is the column “total revenue” the Value?" in text(astrid.get(f"{_HOME}/1/values"))
    astrid.post(f"{_HOME}/1/values", {"answer": "use"})
    _run(astrid)
    assert Deal.objects.get().value == 7000


def test_columns_are_chosen_by_hand(cast: Cast, signed_in: SignedIn) -> None:
    astrid = signed_in(cast.astrid)
    _upload(astrid, "number,what,who\n1,Bikes,Cilla\n", kind="deals")
    assert "cannot be read like this" in text(astrid.get(f"{_HOME}/1/columns"))
    chosen = {"column-0": "external_id", "column-1": "title", "column-2": "owner", "go": "1"}
    assert "1 new and 0 changed" in text(astrid.post(f"{_HOME}/1/columns", chosen, follow=True))
    _run(astrid)
    assert Deal.objects.get().external_id == "1"


def test_goal_results_that_move_are_shown_and_nothing_is_kept(
    cast: Cast, signed_in: SignedIn, folder: Path
) -> None:
    astrid = signed_in(cast.astrid)
    _upload(astrid)
    assert "0 of 0 active goals" in text(astrid.get(f"{_HOME}/1/check"))
    assert not Deal.objects.exists()
    assert Import.objects.get().state == ImportState.DRAFT
    assert not list(folder.rglob("tried*"))


def test_records_changed_after_the_check_ask_for_another(cast: Cast, signed_in: SignedIn) -> None:
    astrid = signed_in(cast.astrid)
    _upload(astrid)
    add_deal(cast)
    refused = astrid.post(f"{_HOME}/1/run", {"version": "0"}, follow=True)
    assert "Records were changed here after the check" in text(refused)
    assert Import.objects.get().state == ImportState.DRAFT


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("old.xls", "\ufffd", "cannot be used"),
        ("empty.csv", "", "is empty"),
    ],
)
def test_a_file_that_cannot_be_read_leaves_nothing(
    cast: Cast, signed_in: SignedIn, folder: Path, name: str, content: str, words: str
) -> None:
    body = b"\xd0\xcf\x11\xe0old" if name.endswith("xls") else content.encode()
    answer = signed_in(cast.astrid).post(f"{_HOME}/new", {"file": SimpleUploadedFile(name, body or b"\n")})
    assert (answer.status_code, words in text(answer)) == (422, True)
    assert not Import.objects.exists()
    assert not list((folder / "imports").iterdir())


def test_a_file_that_is_too_large_is_refused(
    cast: Cast, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "LARGEST", 50)
    assert "larger than" in text(_upload(signed_in(cast.astrid)))
    assert not Import.objects.exists()


def test_drafts_are_limited_deleted_and_swept(
    cast: Cast, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setattr(drafts, "MOST_DRAFTS", 1)
    astrid = signed_in(cast.astrid)
    _upload(astrid)
    assert "There are 1 drafts already" in text(_upload(astrid))
    assert "deleted" in text(astrid.post(f"{_HOME}/1/discard", follow=True))
    assert not Import.objects.exists()
    _upload(astrid)
    Import.objects.update(touched_at=LOOKED_AT - drafts.DRAFTS_FOR * 2)
    drafts.sweep_imports.call()
    assert not Import.objects.exists()
    assert not list((folder / "imports").iterdir())


def test_a_stopped_import_keeps_whole_batches_and_goes_on(
    cast: Cast, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "BATCH", 1)
    astrid = signed_in(cast.astrid)
    _upload(astrid)
    load, seen = run._Import._load, []

    def stopping(self: Any, *args: Any) -> None:
        load(self, *args)
        seen.append(1)
        if len(seen) == 1:
            astrid.post(f"{_HOME}/1/stop")

    monkeypatch.setattr(run._Import, "_load", stopping)
    version = str(drafts.book_version(cast.company_id))
    astrid.post(f"{_HOME}/1/run", {"version": version})
    drain(LOOKED_AT)
    assert (Import.objects.get().state, Deal.objects.count()) == (ImportState.STOPPED, 1)
    assert "ended on the way" in text(astrid.get(f"{_HOME}/1"))
    astrid.post(f"{_HOME}/1/resume")
    drain(LOOKED_AT)
    row = Import.objects.get()
    assert (row.state, row.created, row.unchanged, row.rejected) == (ImportState.DONE, 2, 0, 1)


def test_only_who_may_import_sees_imports(cast: Cast, signed_in: SignedIn) -> None:
    cilla = signed_in(cast.cilla)
    assert cilla.get(_HOME).status_code == 403
    assert _upload(cilla).status_code == 403
    assert not Import.objects.exists()
    PermissionSet.objects.filter(company=cast.company).update(imports_records=True)
    assert _upload(cilla).status_code == 200
    assert "Imports" in text(cilla.get(_HOME))
    _run(cilla)
    assert Deal.objects.filter(is_deleted=False).count() == 2


def test_the_list_is_filtered(cast: Cast, signed_in: SignedIn) -> None:
    astrid = signed_in(cast.astrid)
    _upload(astrid)
    _upload(astrid, name="more.csv")
    assert "more.csv" not in text(astrid.get(_HOME, {"q": "deals"}))
    assert "No import matches" in text(astrid.get(_HOME, {"state": "undone"}))
