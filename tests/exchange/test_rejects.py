"""The file of rows not taken: whole or not there, and good to import again."""

import csv
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goalpost.exchange.errors import Unusable
from goalpost.exchange.files.cells import RejectedRow, SheetRow
from goalpost.exchange.files.opening import open_sheet
from goalpost.exchange.files.rejects import RejectsFile, default_rejects_path
from goalpost.exchange.reading.columns import ReadOptions
from goalpost.exchange.reading.reading import read_deals
from goalpost.exchange.reading.rows import DealRow


def _write(path: Path, header: tuple[str, ...], *rows: RejectedRow) -> None:
    with RejectsFile(path, header) as rejects:
        for row in rows:
            rejects.add(row)


def test_rejected_rows_are_written_with_line_reason_and_their_cells(tmp_path: Path) -> None:
    path = tmp_path / "deals.rejects.csv"
    _write(path, ("title", "owner"), RejectedRow(7, "title is empty.", ("", "Björn, Nordic")))
    assert (
        path.read_text(encoding="utf-8-sig")
        == 'line,reason,title,owner\n7,title is empty.,,"Björn, Nordic"\n'
    )
    assert list(tmp_path.iterdir()) == [path]


def test_with_no_rejected_row_there_is_no_file_and_an_earlier_one_goes(tmp_path: Path) -> None:
    path = tmp_path / "deals.rejects.csv"
    _write(path, ("title",), RejectedRow(7, "x", ("y",)))
    _write(path, ("title",))
    assert list(tmp_path.iterdir()) == []


def test_an_import_that_breaks_off_leaves_the_earlier_file(tmp_path: Path) -> None:
    path = tmp_path / "deals.rejects.csv"
    _write(path, ("title",), RejectedRow(7, "earlier", ("y",)))
    before = path.read_bytes()

    def break_off() -> None:
        with RejectsFile(path, ("title",)) as rejects:
            rejects.add(RejectedRow(8, "later", ("z",)))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        break_off()
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_another_file_is_never_overwritten_or_removed(tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    path.write_text("mine\n")
    with pytest.raises(Unusable, match="does not hold rejected rows"):
        RejectsFile(path, ("title",))
    assert path.read_text() == "mine\n"


def test_a_place_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere" / "deals.csv"):
        with pytest.raises(Unusable, match="cannot be written"):
            RejectsFile(path, ("title",))


def test_rejects_go_beside_the_file(tmp_path: Path) -> None:
    assert default_rejects_path(tmp_path / "deals.xlsx", Path("/else")) == tmp_path / "deals.rejects.csv"


@pytest.mark.parametrize("cell", ["=1+1", "@SUM(A1)", "+x", "-x", "'quoted", '=HYPERLINK("http://x")'])
def test_a_cell_that_a_spreadsheet_program_would_compute_is_covered_and_uncovered(
    tmp_path: Path, cell: str
) -> None:
    path = tmp_path / "deals.rejects.csv"
    _write(path, ("title", cell.strip()), RejectedRow(7, cell, (cell, "-1,5")))
    with path.open(encoding="utf-8-sig", newline="") as file:
        written = list(csv.reader(file))
    assert written[1] == ["7", f"'{cell}", f"'{cell}", "-1,5"]
    sheet = open_sheet(path)
    assert sheet.header == ("title", cell.strip())
    (row,) = sheet.rows()
    assert isinstance(row, SheetRow)
    assert list(row.cells) == [cell, "-1,5"]


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ('x;=HYPERLINK("http://x")', 'x;\'=HYPERLINK("http://x")'),
        ('x;"=1+1"', 'x;\'"=1+1"'),
        ("x\t@SUM(A1)", "x\t'@SUM(A1)"),
        ("x, y;\n+z", "x, y;\n'+z"),
        ("\t=1", "\t'=1"),
        ("x; 'y;'z", "x; 'y;''z"),
        (" =1+1", "' =1+1"),
        ("\x0b=1+1", "'\x0b=1+1"),
        ("\ufeff=1+1", "'\ufeff=1+1"),
        ("\u200b\u3000=1+1", "'\u200b\u3000=1+1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("\uff0bx", "'\uff0bx"),
        ("\uff0dx", "'\uff0dx"),
        ("\uff20SUM(A1)", "'\uff20SUM(A1)"),
        ("a=b; c-d", "a=b; c-d"),
        ("-1 054,50", "-1 054,50"),
    ],
)
def test_every_part_a_program_might_compute_is_covered_and_comes_back(
    tmp_path: Path, cell: str, written: str
) -> None:
    path = tmp_path / "deals.rejects.csv"
    _write(path, ("title",), RejectedRow(7, "why", (cell,)))
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file))[1] == ["7", "why", written]
    (row,) = open_sheet(path, "utf-8", ",").rows()
    assert isinstance(row, SheetRow)
    assert list(row.cells) == [cell]


def test_nothing_is_written_through_a_planted_link(tmp_path: Path) -> None:
    path, victim = tmp_path / "deals.rejects.csv", tmp_path / "victim"
    victim.write_text("mine\n")
    (tmp_path / ".deals.rejects.csv.part").symlink_to(victim)
    _write(path, ("title",), RejectedRow(7, "x", ("y",)))
    assert victim.read_text() == "mine\n"
    assert not path.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", [".deals.rejects.csv.part", ".deals.rejects.csv.x1y2.part"])
@pytest.mark.parametrize("rows", [(), (RejectedRow(7, "x", ("y",)),)])
def test_what_a_killed_run_left_goes_with_the_next(
    tmp_path: Path, name: str, rows: tuple[RejectedRow, ...]
) -> None:
    path = tmp_path / "deals.rejects.csv"
    (tmp_path / name).write_text("line,reason,title\n7,x,y\n")
    (tmp_path / ".deals.rejects.csv.mine.part").write_text("something else\n")
    _write(path, ("title",), *rows)
    left = {each.name for each in tmp_path.iterdir()}
    assert left == {".deals.rejects.csv.mine.part"} | ({path.name} if rows else set())


def test_a_run_leaves_alone_what_another_is_writing(tmp_path: Path) -> None:
    path = tmp_path / "deals.rejects.csv"
    with RejectsFile(path, ("title",)) as rejects:
        rejects.add(RejectedRow(7, "x", ("y",)))
        _write(path, ("title",))
    assert "7,x,y" in path.read_text(encoding="utf-8-sig")


_CELLS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)


@given(rows=st.lists(st.tuples(_CELLS, _CELLS, _CELLS), min_size=1, max_size=5))
def test_cells_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]
) -> None:
    path = tmp_path_factory.mktemp("rejects") / "deals.rejects.csv"
    _write(path, ("a", "b", "c"), *(RejectedRow(i, "why", cells) for i, cells in enumerate(rows)))
    read = list(open_sheet(path, "utf-8", ",").rows())
    assert [tuple(row.cells) for row in read] == rows


def test_importing_rejects_again_rejects_the_same_rows_until_they_are_mended(tmp_path: Path) -> None:
    """A row too short stays too short, a broken one broken: nothing slips in by having been written out."""
    text = (
        "title,owner,status\nA,Cilla,open\nB,Cilla\nC,Cilla,Maybe\n"
        'D,Cilla,open,more\n"E,Cilla,open\n=F,Cilla,Maybe\n'
    )
    source = tmp_path / "deals.csv"
    source.write_text(text)
    company = "SEK", ZoneInfo("Europe/Stockholm")

    def rejected(path: Path) -> list[RejectedRow]:
        reading = read_deals(path, ReadOptions(), *company)
        assert reading.header == ("title", "owner", "status")
        return [row for row in reading.rows() if isinstance(row, RejectedRow)]

    first = rejected(source)
    assert [row.line for row in first] == [3, 4, 5, 6, 7]
    path = default_rejects_path(source, tmp_path)
    _write(path, ("title", "owner", "status"), *first)
    second = rejected(path)
    assert [row.cells for row in second] == [row.cells for row in first]
    path.write_text(path.read_text(encoding="utf-8").replace("Maybe", "won"), encoding="utf-8")
    mended = [row for row in read_deals(path, ReadOptions(), *company).rows() if isinstance(row, DealRow)]
    assert [deal.title for deal in mended] == ["C", "=F"]
