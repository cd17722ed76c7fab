"""XLSX workbooks, honest and hostile."""

import io
import time
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from goalpost.exchange.errors import Unusable
from goalpost.exchange.files.cells import Cell, FormulaError, RejectedRow, SheetRow
from goalpost.exchange.files.opening import open_sheet


def _workbook(folder: Path, *rows: list[object], name: str = "deals.xlsx") -> Path:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    workbook.save(folder / name)
    return folder / name


def _replace(path: Path, part: str, old: bytes, new: bytes) -> None:
    """Rewrite one part of a workbook's archive."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert old in parts[part]
    parts[part] = parts[part].replace(old, new)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


_SHEET = "xl/worksheets/sheet1.xml"


def _rows(path: Path, name: str | None = None) -> list[tuple[int, list[Cell]]]:
    sheet = open_sheet(path, name=name)
    return [(row.line, list(row.cells)) for row in sheet.rows() if isinstance(row, SheetRow)]


def test_cells_keep_their_kind(tmp_path: Path) -> None:
    path = _workbook(
        tmp_path,
        ["text", "number", "day", "moment", "truth", "nothing"],
        ["  Båt ", 1054, datetime(2017, 3, 4), datetime(2017, 3, 4, 10, 30), True, None],  # noqa: DTZ001  a workbook's cells have no zone
        ["x", 10.5, date(2017, 3, 5), None, False],
    )
    assert _rows(path) == [
        (2, ["  Båt ", 1054, date(2017, 3, 4), datetime(2017, 3, 4, 10, 30), True, ""]),  # noqa: DTZ001  as above
        (3, ["x", 10.5, date(2017, 3, 5), "", False, ""]),
    ]


def test_rows_are_numbered_as_the_program_shows_them(tmp_path: Path) -> None:
    path = _workbook(tmp_path, [], ["title"], [], ["A"], [None], ["B"])
    assert _rows(path) == [(4, ["A"]), (6, ["B"])]


def test_a_cell_past_the_header_is_rejected(tmp_path: Path) -> None:
    sheet = open_sheet(_workbook(tmp_path, ["a", "b"], [1, 2, 3], [4, 5]))
    rejected = [row for row in sheet.rows() if isinstance(row, RejectedRow)]
    assert [(row.line, row.cells) for row in rejected] == [(2, ("1", "2", "3"))]


def test_the_kind_of_file_is_seen_from_its_content(tmp_path: Path) -> None:
    path = _workbook(tmp_path, ["a"], [1], name="deals.csv")
    assert _rows(path) == [(2, [1])]


def test_a_formula_counts_with_its_stored_result(tmp_path: Path) -> None:
    path = _workbook(tmp_path, ["a", "b"], [1, "=A2*2"])
    _replace(path, _SHEET, b"<f>A2*2</f><v />", b"<f>A2*2</f><v>2</v>")
    assert _rows(path) == [(2, [1, 2])]


@pytest.mark.parametrize("result", [b"", b"<v />", b"<v></v>"])
def test_a_formula_without_a_stored_result_is_refused_with_its_cell(tmp_path: Path, result: bytes) -> None:
    path = _workbook(tmp_path, ["a", "b"], [1, "=A2*2"])
    _replace(path, _SHEET, b"<f>A2*2</f><v />", b"<f>A2*2</f>" + result)
    with pytest.raises(Unusable, match="formula without a stored result in B2"):
        _rows(path)


def test_a_formula_whose_result_is_the_empty_text_is_an_empty_cell(tmp_path: Path) -> None:
    path = _workbook(tmp_path, ["a", "b"], [1, "=A3"])
    _replace(path, _SHEET, b'<c r="B2"><f>A3</f><v />', b'<c r="B2" t="str"><f>A3</f><v></v>')
    assert _rows(path) == [(2, [1, ""])]


def test_a_formula_that_failed_is_marked(tmp_path: Path) -> None:
    path = _workbook(tmp_path, ["a", "b"], ["x", "#REF!"])
    assert _rows(path) == [(2, ["x", FormulaError("#REF!")])]


def test_a_sheet_is_chosen_by_name(tmp_path: Path) -> None:
    workbook = Workbook()
    first, second = workbook.active, workbook.create_sheet("Affärer")
    assert first is not None
    first.append(["notes"])
    second.append(["title"])
    second.append(["Båt"])
    workbook.save(tmp_path / "w.xlsx")
    assert _rows(tmp_path / "w.xlsx", "Affärer") == [(2, ["Båt"])]
    with pytest.raises(Unusable, match=r"has no sheet 'Deals'\. It has: Sheet, Affärer"):
        _rows(tmp_path / "w.xlsx", "Deals")


@pytest.mark.parametrize("number_format", ["0%", "0.00%", "0 %", "[Red]0%;-0%"])
def test_a_percent_cell_is_what_it_shows(tmp_path: Path, number_format: str) -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert isinstance(sheet, Worksheet)
    sheet.append(["probability"])
    values = [1, 0.5, 0.07, 0.29, 0, 0.125, -1]
    for line, value in enumerate(values, start=2):
        sheet.cell(line, 1, value).number_format = number_format
    sheet.append([0.5])
    sheet.append(["1"])
    workbook.save(tmp_path / "w.xlsx")
    shown = ["100%", "50%", "7%", "29%", "0%", "12.5%", "-100%"]
    assert [cells for _, cells in _rows(tmp_path / "w.xlsx")] == [[cell] for cell in [*shown, 0.5, "1"]]


def test_a_percent_sign_that_is_only_text_of_a_format_changes_no_number(tmp_path: Path) -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert isinstance(sheet, Worksheet)
    for line, number_format in enumerate(['0"%"', "0\\%"], start=1):
        sheet.cell(line, 1, line).number_format = number_format
    sheet.insert_rows(1)
    sheet["A1"] = "probability"
    workbook.save(tmp_path / "w.xlsx")
    assert [cells for _, cells in _rows(tmp_path / "w.xlsx")] == [[1], [2]]


def test_a_row_numbered_past_a_sheets_end_is_refused_at_once(tmp_path: Path) -> None:
    path = _workbook(tmp_path, ["a"], [1])
    _replace(path, _SHEET, b'<row r="2"', b'<row r="2000000000"')
    begun = time.monotonic()
    with pytest.raises(Unusable, match="row past 1,048,576"):
        _rows(path)
    assert time.monotonic() - begun < 20


def test_spaces_after_a_formula_are_passed_over_in_time(tmp_path: Path) -> None:
    path = _workbook(tmp_path, ["a", "b"], [1, "=A2*2"])
    _replace(path, _SHEET, b"<f>A2*2</f><v />", b"<f>A2*2</f>" + b" " * 300_000 + b"<v>2</v>")
    begun = time.monotonic()
    assert _rows(path) == [(2, [1, 2])]
    assert time.monotonic() - begun < 20


def test_an_empty_workbook_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="is empty"):
        _rows(_workbook(tmp_path))


def test_a_stated_size_that_is_wrong_loses_no_row(tmp_path: Path) -> None:
    path = _workbook(tmp_path, ["a"], [1], [2])
    _replace(path, _SHEET, b'<dimension ref="A1:A3"', b'<dimension ref="A1:A2"')
    assert [line for line, _ in _rows(path)] == [2, 3]


def test_a_sheet_too_wide_is_refused(tmp_path: Path) -> None:
    path = _workbook(tmp_path, ["a"], [1])
    _replace(path, _SHEET, b'r="A2"', b'r="XFD2"')
    with pytest.raises(Unusable, match="16,384 columns"):
        _rows(path)


def test_entities_that_would_unfold_without_end_are_refused(tmp_path: Path) -> None:
    path = _workbook(tmp_path, ["a"], ["b"])
    levels = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 10))
    bomb = f'<!DOCTYPE x [<!ENTITY e0 "boom">{levels}]><worksheet '.encode()
    _replace(path, _SHEET, b"<worksheet ", bomb)
    with pytest.raises(Unusable, match="damaged workbook"):
        _rows(path)


def test_an_entity_that_names_a_file_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("hush")
    path = _workbook(tmp_path, ["a"], ["b"])
    entity = f'<!DOCTYPE x [<!ENTITY s SYSTEM "file://{secret}">]><worksheet '.encode()
    _replace(path, _SHEET, b"<worksheet ", entity)
    with pytest.raises(Unusable, match="damaged workbook"):
        _rows(path)


def test_an_archive_packed_like_a_bomb_is_refused_unopened(tmp_path: Path) -> None:
    path = _workbook(tmp_path, ["a"], ["b"])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zeros.bin", bytes(80 << 20))
    with pytest.raises(Unusable, match="would unpack to"):
        _rows(path)


def test_an_archive_of_too_many_parts_is_refused(tmp_path: Path) -> None:
    path = _workbook(tmp_path, ["a"], ["b"])
    with zipfile.ZipFile(path, "a") as archive:
        for i in range(5_001):
            archive.writestr(f"xl/media/{i}", b"")
    with pytest.raises(Unusable, match="parts"):
        _rows(path)


def test_other_files_are_named_for_what_they_are(tmp_path: Path) -> None:
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    contents = {
        "old.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel file"),
        "table.ods": (other.getvalue(), "not an Excel workbook"),
        "torn.xlsx": (b"PK\x03\x04 and no more", "damaged workbook"),
    }
    for name, (content, message) in contents.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(Unusable, match=message):
            open_sheet(tmp_path / name)
    with pytest.raises(Unusable, match="cannot be read"):
        open_sheet(tmp_path / "missing.csv")
    with pytest.raises(Unusable, match="cannot be read"):
        open_sheet(tmp_path)


def test_options_that_say_nothing_about_the_file_are_refused(tmp_path: Path) -> None:
    workbook = _workbook(tmp_path, ["a"], ["b"])
    text = tmp_path / "a.csv"
    text.write_text("a\nb\n")
    with pytest.raises(Unusable, match="--encoding does not apply to a workbook"):
        open_sheet(workbook, encoding="utf-8")
    with pytest.raises(Unusable, match="--sheet does not apply to a CSV file"):
        open_sheet(text, name="x")
    with pytest.raises(Unusable, match="--delimiter"):
        open_sheet(text, delimiter=";;")
