"""CSV in every encoding, with every delimiter and line ending, whole and broken."""

import time
import tracemalloc
from pathlib import Path

import pytest

from goalpost.exchange.errors import Unusable
from goalpost.exchange.files.cells import RejectedRow, SheetRow
from goalpost.exchange.files.csv_sheet import CsvSheet


def _sheet(folder: Path, content: bytes | str, **options: str) -> CsvSheet:
    path = folder / "deals.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return CsvSheet(path, encoding=options.get("encoding"), delimiter=options.get("delimiter"))


def _taken(sheet: CsvSheet) -> list[tuple[int, list[str]]]:
    return [
        (row.line, [str(cell) for cell in row.cells]) for row in sheet.rows() if isinstance(row, SheetRow)
    ]


def _rejected(sheet: CsvSheet) -> list[RejectedRow]:
    return [row for row in sheet.rows() if isinstance(row, RejectedRow)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_file_is_read_whatever_its_coding_delimiter_and_line_ending(
    tmp_path: Path, delimiter: str, ending: str, codec: str
) -> None:
    lines = [["titel", "ägare"], ["Båt", "Björn Ström"], ["Bil, stor; röd", "Åsa"]]
    text = ending.join(delimiter.join(f'"{cell}"' for cell in line) for line in lines) + ending
    sheet = _sheet(tmp_path, text.encode(codec))
    assert sheet.header == ("titel", "ägare")
    assert _taken(sheet) == [(2, ["Båt", "Björn Ström"]), (3, ["Bil, stor; röd", "Åsa"])]


def test_a_semicolon_file_with_decimal_commas_is_parted_by_semicolons(tmp_path: Path) -> None:
    sheet = _sheet(tmp_path, "title;value\nBoat;1,50\nCar;2,75\nBike;3\n")
    assert sheet.delimiter == ";"


def test_a_comma_in_one_header_does_not_make_the_comma_the_delimiter(tmp_path: Path) -> None:
    sheet = _sheet(tmp_path, "name;team, region\nCilla;Nordic\nDavid;South\n")
    assert sheet.header == ("name", "team, region")


def test_a_first_line_that_names_the_delimiter_is_obeyed_and_counted(tmp_path: Path) -> None:
    sheet = _sheet(tmp_path, "sep=|\r\na|b,c\r\n1|2\r\n")
    assert sheet.header == ("a", "b,c")
    assert _taken(sheet) == [(3, ["1", "2"])]


def test_a_file_of_one_column_is_read(tmp_path: Path) -> None:
    assert _taken(_sheet(tmp_path, "name\nCilla\nDavid\n")) == [(2, ["Cilla"]), (3, ["David"])]


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    sheet = _sheet(tmp_path, '\n\ntitle,note\nA,"two\r\nlines"\n\nB,x\n,\nC,y\n')
    assert [line for line, _ in _taken(sheet)] == [4, 7, 9]


def test_rows_can_be_read_twice(tmp_path: Path) -> None:
    sheet = _sheet(tmp_path, "a,b\n1,2\n")
    assert _taken(sheet) == _taken(sheet) == [(2, ["1", "2"])]


def test_a_row_too_short_is_rejected_with_its_cells(tmp_path: Path) -> None:
    sheet = _sheet(tmp_path, "a,b,c\n1,2\n3,4,5\n")
    (row,) = _rejected(sheet)
    assert (row.line, row.cells) == (2, ("1", "2"))
    assert "has 2 cells where the header has 3" in row.reason
    assert _taken(sheet) == [(3, ["3", "4", "5"])]


def test_a_row_too_long_is_rejected_unless_the_rest_is_empty(tmp_path: Path) -> None:
    sheet = _sheet(tmp_path, "a,b,,\n1,2,,\n3,4,,5\n")
    assert _taken(sheet) == [(2, ["1", "2"])]
    assert [row.line for row in _rejected(sheet)] == [3]


def test_an_unclosed_quotation_mark_costs_its_own_row_only(tmp_path: Path) -> None:
    content = 'title,owner\nA,Cilla\n"B,Cilla\nC,Cilla\n"D, big",David\nE,Cilla\n'
    sheet = _sheet(tmp_path, content)
    assert _taken(sheet) == [
        (2, ["A", "Cilla"]),
        (4, ["C", "Cilla"]),
        (5, ["D, big", "David"]),
        (6, ["E", "Cilla"]),
    ]
    (row,) = _rejected(sheet)
    assert (row.line, row.cells) == (3, ('"B,Cilla',))


def test_an_unclosed_quotation_mark_in_the_last_row_is_rejected(tmp_path: Path) -> None:
    sheet = _sheet(tmp_path, 'title,owner\nA,Cilla\n"B,Cilla')
    assert [line for line, _ in _taken(sheet)] == [2]
    assert [(row.line, row.cells) for row in _rejected(sheet)] == [(3, ('"B,Cilla',))]


def test_an_unclosed_quotation_mark_does_not_swallow_a_large_file(tmp_path: Path) -> None:
    rows = "".join(f"Deal number {i},Cilla\n" for i in range(20_000))
    sheet = _sheet(tmp_path, f'title,owner\n"A,Cilla\n{rows}')
    assert len(_taken(sheet)) == 20_000
    assert [row.line for row in _rejected(sheet)] == [2]


def test_the_torn_end_of_a_broken_row_is_not_taken_for_a_row(tmp_path: Path) -> None:
    sheet = _sheet(tmp_path, 'title,owner\n"a note\nshe said "hi" twice",Cilla\nB,David\n')
    assert _taken(sheet) == [(4, ["B", "David"])]
    assert [row.line for row in _rejected(sheet)] == [2, 3]


def test_a_letter_of_another_coding_costs_its_row_only(tmp_path: Path) -> None:
    good = "".join(f"Båt {i},Björn\n" for i in range(10)).encode()
    sheet = _sheet(tmp_path, b"title,owner\n" + good + b"B\xe5t,Cilla\n" + good)
    assert len(_taken(sheet)) == 20
    (row,) = _rejected(sheet)
    assert row.line == 12
    assert "not UTF-8" in row.reason


def test_a_coding_that_is_told_is_used(tmp_path: Path) -> None:
    sheet = _sheet(tmp_path, "имя\nЖюли\n".encode("cp1251"), encoding="windows-1251")
    assert _taken(sheet) == [(2, ["Жюли"])]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"\n\r\n  \n", "is empty"),
        (b"a\x00\x01\x00b\x00\n\x00", "line 1 holds a NUL byte"),
        (b"\x7fELF\x02\x01\x01\x00", "line 1 holds a NUL byte"),
        (b'"a,b\n1,2\n', "header of deals.csv cannot be read"),
        (",".join(f"c{i}" for i in range(1001)).encode() + b"\n", "1,001 columns"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(Unusable, match=message):
        _sheet(tmp_path, content)


@pytest.mark.parametrize("encoding", ["klingon", "base64", "zip"])
def test_an_unknown_coding_is_refused(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(Unusable, match="not a known text encoding"):
        _sheet(tmp_path, "a\n1\n", encoding=encoding)


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    rows = "".join(f"{i},A deal of some length,Cilla\n" for i in range(100_000))
    sheet = _sheet(tmp_path, f"id,title,owner\n{rows}")
    del rows
    tracemalloc.start()
    try:
        count = sum(1 for _ in sheet.rows())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 100_000
    assert peak < 1_000_000


def test_a_file_in_which_every_line_opens_a_quotation_mark_is_rejected_in_time(tmp_path: Path) -> None:
    sheet = _sheet(tmp_path, "title,owner\n" + 'x","y\n' * 16_000)
    begun = time.process_time()
    rejected = _rejected(sheet)
    assert time.process_time() - begun < 3
    assert [row.line for row in rejected] == list(range(2, 16_002))
    assert "quotation mark that is not closed" in rejected[0].reason


def test_a_row_after_very_many_broken_ones_still_comes_in(tmp_path: Path) -> None:
    sheet = _sheet(tmp_path, "title,owner\n" + 'x","y\n' * 16_000 + 'x"\n' + "Boat,Cilla\n" * 1_001)
    assert _taken(sheet)[-1] == (17_003, ["Boat", "Cilla"])


def test_a_cell_of_many_lines_is_one_cell_up_to_a_thousand(tmp_path: Path) -> None:
    note = "\n".join(["a line"] * 1_000)
    assert _taken(_sheet(tmp_path, f'title,note\nA,"{note}"\nB,x\n')) == [
        (2, ["A", note]),
        (1002, ["B", "x"]),
    ]
    sheet = _sheet(tmp_path, f'title,note\nA,"{note}\nand, more"\nB,x\n')
    assert _taken(sheet) == [(1003, ["B", "x"])]
    assert [row.line for row in _rejected(sheet)] == list(range(2, 1_003))


@pytest.mark.parametrize("before", ["", '"opened\n'])
def test_a_line_of_60_mb_is_rejected_and_never_held(tmp_path: Path, before: str) -> None:
    path = tmp_path / "deals.csv"
    with path.open("w") as file:
        file.write(f"title,owner\nA,Cilla\n{before}")
        for _ in range(60):
            file.write("x" * 1_000_000)
        file.write("\nB,Cilla\n")
    tracemalloc.start()
    try:
        sheet = CsvSheet(path)
        taken, rejected = _taken(sheet), _rejected(sheet)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    long_line = 4 if before else 3
    assert [line for line, _ in taken] == [2, long_line + 1]
    assert rejected[-1].line == long_line
    assert "line of more than 1,000,000 characters" in rejected[-1].reason
    assert sum(map(len, rejected[-1].cells)) == 1_000
    assert peak < 16_000_000


def test_titles_above_the_header_are_skipped_and_named(tmp_path: Path) -> None:
    sheet = _sheet(tmp_path, "Report: Won deals\nGenerated 2024-06-01\n\nid;title;owner\n1;A;Cilla\n")
    assert sheet.header == ("id", "title", "owner")
    assert _taken(sheet) == [(5, ["1", "A", "Cilla"])]
    assert sheet.notes == ("Skipped above the header: Report: Won deals; Generated 2024-06-01.",)


def test_a_few_nul_characters_are_left_out_and_counted(tmp_path: Path) -> None:
    sheet = _sheet(tmp_path, b"title,owner\nA\x00,Cilla\nB,Cilla\n")
    assert _taken(sheet) == [(2, ["A", "Cilla"]), (3, ["B", "Cilla"])]
    assert sheet.notes == ("1 cell held NUL characters: they were left out.",)
