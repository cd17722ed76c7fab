"""CSV: what is text stays text in whatever opens it, and a number stays the number it is."""

import csv
import io
import tracemalloc
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goalpost.insights.export.tables import Cell, Column, Kind, Table, csv_chunks
from tests.insights.export.hostile import FORMULAS, HOSTILE, TEXTS

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def written(*rows: Sequence[Cell], columns: tuple[Column, ...] | None = None) -> str:
    """Return a file of these rows, as Excel reads its bytes."""
    columns = columns or tuple(Column(f"c{at}") for at in range(len(rows[0])))
    return b"".join(csv_chunks(Table("Rows", columns, rows))).decode("utf-8-sig")


def cells(*rows: Sequence[Cell]) -> list[list[str]]:
    _header, *read = csv.reader(io.StringIO(written(*rows), newline=""))
    return read


def test_it_begins_with_the_mark_by_which_excel_knows_utf_8() -> None:
    content = b"".join(csv_chunks(Table("Rows", (Column("Mål"),), [["Å"]])))
    assert content == b"\xef\xbb\xbfM\xc3\xa5l\r\n\xc3\x85\r\n"


def test_numbers_days_and_moments_are_written_for_programs() -> None:
    moment = datetime(2026, 3, 18, 13, 5, tzinfo=STOCKHOLM)
    row: list[Cell] = [-7, Decimal("-1234567.50"), 67, date(2026, 3, 1), moment, None, "Cilla, Björn"]
    assert written(row).splitlines()[1] == (
        '-7,-1234567.50,67,2026-03-01,2026-03-18T13:05:00+01:00,,"Cilla, Björn"'
    )


@pytest.mark.parametrize("amount", ["0.00", "1338466.00", "90071992547409.91", "-0.001", "1E+3", "1E-7"])
def test_an_amount_keeps_every_figure(amount: str) -> None:
    [[cell]] = cells([Decimal(amount)])
    assert Decimal(cell) == Decimal(amount)
    assert "E" not in cell


def computes(cell: str) -> bool:
    """Whether a program would take a cell for a formula once it has trimmed what it may trim."""
    seen = cell.lstrip('\t\r\n\0 \x0b\ufeff\u200b\u3000"')
    return seen.startswith(("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"))


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_no_program_finds_a_formula_whichever_sign_it_parts_cells_at(text: str, delimiter: str) -> None:
    file = written([text, text], [1, text], columns=(Column(text), Column("b")))
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
        lines = io.StringIO(file.replace("\0", " "), newline="")
        for row in csv.reader(lines, delimiter=delimiter, quoting=quoting):
            assert not [cell for cell in row if computes(cell)]


@pytest.mark.parametrize("text", TEXTS)
def test_other_text_comes_back_as_it_was(text: str) -> None:
    assert cells([text, 1]) == [[text, "1"]]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_there_to_be_read(text: str) -> None:
    [[cell]] = cells([text])
    assert cell.replace("'", "") == text.replace("'", "")


@given(st.text(max_size=30))
def test_any_text_is_one_cell_that_is_no_formula(text: str) -> None:
    [[cell, after]] = cells([text, "after"])
    assert after == "after"
    assert not computes(cell)


def test_a_long_table_is_never_held_as_a_whole() -> None:
    def rows() -> Iterator[list[Cell]]:
        for at in range(100_000):
            yield [f"Deal number {at}", at]

    tracemalloc.start()
    size = sum(map(len, csv_chunks(Table("Deals", (Column("Deal"), Column("No", Kind.NUMBER)), rows()))))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 2_000_000
    assert peak < 1_000_000
