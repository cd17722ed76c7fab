"""Workbooks: opened again, every cell has the type it had, and no text has become anything else."""

import tempfile
import tracemalloc
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from random import Random
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.workbook import Workbook

from goalpost.insights.export import tables as xlsx
from goalpost.insights.export.tables import Cell, Column, Kind, Table, xlsx_file
from tests.insights.export.hostile import HOSTILE

STOCKHOLM = ZoneInfo("Europe/Stockholm")
KINDS = (
    Column("Text"),
    Column("Count", Kind.NUMBER),
    Column("Amount, EUR", Kind.NUMBER, decimals=2),
    Column("Progress", Kind.PERCENT),
    Column("Day", Kind.DAY),
    Column("Moment", Kind.MOMENT),
)


def content(*tables: Table, title: str = "") -> bytes:
    with xlsx_file(tables, title=title) as file:
        return file.read()


def opened(*tables: Table) -> Workbook:
    return openpyxl.load_workbook(BytesIO(content(*tables)))


def sheet_of(*rows: Sequence[Cell], columns: tuple[Column, ...] = KINDS) -> list[tuple[object, ...]]:
    """Return the values of the only sheet, without its header."""
    [sheet] = opened(Table("Rows", columns, rows)).worksheets
    return [tuple(row) for row in sheet.iter_rows(min_row=2, values_only=True)]


def texts(name: str, *names: str) -> list[Table]:
    return [Table(each, (Column("a"),), [["b"]]) for each in (name, *names)]


def test_cells_are_numbers_percent_and_dates() -> None:
    moment = datetime(2026, 3, 18, 13, 5, tzinfo=STOCKHOLM)
    row: list[Cell] = ["Björn", 1234, Decimal("-1234.50"), 67, date(2026, 3, 1), moment]
    [sheet] = opened(Table("Rows", KINDS, [row])).worksheets
    cells = list(next(sheet.iter_rows(min_row=2)))
    assert [cell.value for cell in cells] == [
        "Björn",
        1234,
        -1234.5,
        0.67,
        datetime(2026, 3, 1),  # noqa: DTZ001  a workbook's days have no zone
        datetime(2026, 3, 18, 13, 5),  # noqa: DTZ001
    ]
    assert [cell.number_format for cell in cells] == [
        "General",
        "#,##0",
        "#,##0.00",
        "0%",
        "yyyy-mm-dd",
        "yyyy-mm-dd hh:mm",
    ]


def test_an_empty_cell_is_empty() -> None:
    assert sheet_of([None] * 5 + ["x"]) == [(None, None, None, None, None, "x")]


def test_the_header_stays_in_sight_and_columns_are_as_wide_as_their_kind() -> None:
    [sheet] = opened(Table("Rows", (*KINDS, Column("Title", width=60)), [])).worksheets
    assert sheet.freeze_panes == "A2"
    assert sheet.print_title_rows == "$1:$1"
    assert [cell.value for cell in sheet[1]] == [column.header for column in KINDS] + ["Title"]
    assert all(cell.font.bold for cell in sheet[1])
    # openpyxl names neighbours of one width by the first of them.
    widths = {name: round(each.width) for name, each in sheet.column_dimensions.items()}
    assert widths == {"A": 29, "B": 17, "D": 13, "F": 19, "G": 61}


@pytest.mark.parametrize("text", HOSTILE)
def test_text_stays_text(text: str) -> None:
    file = content(
        Table(text, (Column(text), Column("b", Kind.NUMBER), Column("c", Kind.DAY)), [[text] * 3]), title=text
    )
    with zipfile.ZipFile(BytesIO(file)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
        for name in archive.namelist():
            ET.fromstring(archive.read(name))
    for made in (b"<f", b"hyperlink", b"drawing"):
        assert made not in sheet
    [read] = openpyxl.load_workbook(BytesIO(file)).worksheets
    for cell in (*read[1], *read[2]):
        assert isinstance(cell.value, str) or cell.value == "b"
        assert cell.data_type == "s"


@pytest.mark.parametrize("text", ["=1+1", " @SUM(A1)", "\uff0b1"])
def test_what_looks_like_a_formula_is_marked_as_text_for_who_edits_the_cell(text: str) -> None:
    [sheet] = opened(Table("Rows", (Column("a"),), [[text]])).worksheets
    assert sheet["A2"].value == text
    assert sheet["A2"].quotePrefix
    assert sheet["A2"].number_format == "@"


@given(st.text(max_size=40))
def test_any_text_makes_a_workbook_that_opens(text: str) -> None:
    [(cell, after)] = sheet_of([text, "after"], columns=(Column("a"), Column("b")))
    assert cell is None if not text else isinstance(cell, str)
    assert after == "after"


def test_text_longer_than_a_cell_holds_is_cut_visibly() -> None:
    [(cell,)] = sheet_of(["🏆" * 20_000], columns=(Column("a"),))
    assert isinstance(cell, str)
    assert cell.endswith("🏆…")
    assert len(cell.encode("utf-16-le")) // 2 <= 32_767


@pytest.mark.parametrize(
    ("number", "held"),
    [
        (2**53 - 1, 2**53 - 1),
        (Decimal("90071992547409.91"), 90071992547409.91),
        (2**63 - 1, "9223372036854775807"),
        (Decimal("92233720368547758.07"), "92233720368547758.07"),
    ],
)
def test_a_number_a_workbook_cannot_hold_to_its_last_figure_is_text(
    number: int | Decimal, held: object
) -> None:
    assert sheet_of([number], columns=(Column("a", Kind.NUMBER, decimals=2),)) == [(held,)]


def test_amounts_of_any_cents_are_numbers_that_a_sheet_adds_up() -> None:
    random = Random(1)
    amounts = [Decimal(random.randrange(10 ** random.randint(1, 11))) / 100 for _ in range(2_000)]
    rows = [[amount] for amount in amounts]
    cells = [cell for (cell,) in sheet_of(*rows, columns=(Column("a", Kind.NUMBER, decimals=2),))]
    assert all(isinstance(cell, int | float) for cell in cells)
    assert round(sum(Decimal(str(cell)) for cell in cells), 2) == sum(amounts)


def test_days_before_workbooks_begin_are_text() -> None:
    assert sheet_of([date(1899, 12, 31)], columns=(Column("a", Kind.DAY),)) == [("1899-12-31",)]


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("Records", "Records"),
        ("a/b\\c?d*e[f]g:h", "a b c d e f g h"),
        ("'quoted'", "quoted"),
        ("", "1"),
        ("History", "History 1"),
        ("x" * 40, "x" * 30 + "…"),
        ("🏆" * 20, "🏆" * 15 + "…"),
    ],
)
def test_sheet_names_are_ones_that_excel_takes(wanted: str, given: str) -> None:
    assert opened(*texts(wanted)).sheetnames == [given]


def test_sheets_named_alike_are_told_apart() -> None:
    assert opened(*texts("Deals", "deals", "x" * 31, "x" * 31)).sheetnames == [
        "Deals",
        "deals 2",
        "x" * 31,
        "x" * 28 + "… 2",
    ]


def test_more_rows_than_a_sheet_has_go_on_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MOST_ROWS", 3)
    book = opened(Table("Deals", (Column("No", Kind.NUMBER),), [[at] for at in range(7)]))
    read = {sheet.title: [row[0] for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets}
    assert read == {"Deals": ["No", 0, 1, 2], "Deals 2": ["No", 3, 4, 5], "Deals 3": ["No", 6]}


def test_a_long_table_is_never_held_as_a_whole() -> None:
    def rows() -> Iterator[list[Cell]]:
        for at in range(5_000):
            yield [f"Deal number {at}" * 5, at]

    columns = (Column("Deal"), Column("No", Kind.NUMBER))
    tracemalloc.start()
    with xlsx_file([Table("Deals", columns, rows())]):
        pass
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3_000_000


def test_rows_that_fail_on_the_way_leave_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rows() -> Iterator[list[Cell]]:
        yield ["one"]
        raise ConnectionError

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(ConnectionError):
        xlsx_file([Table("Deals", (Column("Deal"),), rows())])
    assert list(tmp_path.iterdir()) == []
