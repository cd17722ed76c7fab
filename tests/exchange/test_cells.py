"""Cells as other programs write them: dates in several ways, amounts with decimals to spare, lone lines."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook

from goalpost.companies.models import User
from goalpost.crm.models import Deal
from goalpost.exchange.files.opening import open_sheet
from goalpost.exchange.reading.amounts import WrittenNumber, has_more_decimals
from goalpost.exchange.reading.times import DateLayout, TimeReader
from goalpost.exchange.reading.values import says_total
from goalpost.exchange.report import summary_lines
from tests.exchange.importing import Importer, counts

_STOCKHOLM = ZoneInfo("Europe/Stockholm")


def _column(*cells: str, zone: ZoneInfo = _STOCKHOLM) -> TimeReader:
    layout = DateLayout()
    for cell in cells:
        layout.note(cell)
    return TimeReader(zone, layouts={0: layout}).of_column(0)


@pytest.mark.parametrize(
    ("cells", "days"),
    [
        # Points part days first, slashes months first: each sign tells for itself.
        (("2.3.2024", "4/13/2024", "4/5/2024"), ("2024-03-02", "2024-04-13", "2024-04-05")),
        (("2024-05-01", "May 2, 2024", "5/13/2024"), ("2024-05-01", "2024-05-02", "2024-05-13")),
        (("5/13/24", "4/2/24"), ("2024-05-13", "2024-04-02")),
        (("13.05.24", "02.04.98"), ("2024-05-13", "1998-04-02")),
        (("30/05/24", "02/04/23"), ("2024-05-30", "2023-04-02")),
        (("01-May-24", "2-Dez-23"), ("2024-05-01", "2023-12-02")),
    ],
)
def test_a_column_may_write_dates_in_several_ways(cells: tuple[str, ...], days: tuple[str, ...]) -> None:
    reader = _column(*cells)
    assert [reader.day(cell).isoformat() for cell in cells] == list(days)


def test_a_column_with_both_orders_reads_what_tells_itself_and_refuses_the_rest(importer: Importer) -> None:
    report = importer.deals(
        "title,owner,add time\nA,Cilla,13/02/2024\nB,Cilla,02/14/2024\nC,Cilla,03/04/2024\nD,Cilla,5/5/2024\n"
    )
    assert counts(report) == (3, 0, 0, 1)
    assert report.first_rejected[0].line == 4


@pytest.mark.parametrize("cells", [("24/05/13", "25/05/14"), ("12/05/24", "13/05/25")])
def test_two_digits_at_the_end_may_be_no_year(cells: tuple[str, ...], importer: Importer) -> None:
    rows = "".join(f"{cell},Cilla,{cell}\n" for cell in cells)
    assert counts(importer.deals(f"title,owner,add time\n{rows}")) == (0, 0, 0, 2)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-05-01 4:15 PM UTC", "2024-05-01 16:15"),
        ("2024-05-01 12:05 am PST", "2024-05-01 08:05"),
        ("May 1, 2024 09:00 GMT+2", "2024-05-01 07:00"),
        ("2024/05/01 09:00:00 +05:30", "2024-05-01 03:30"),
        ("2024-05-01 09:00 America/New_York", "2024-05-01 13:00"),
        ("1 mai 2024 09:00 (CEST)", "2024-05-01 07:00"),
        ("1714521600000", "2024-05-01 00:00"),
        ("1714521600", "2024-05-01 00:00"),
    ],
)
def test_a_time_may_name_its_zone(text: str, moment: str) -> None:
    assert _column(text).moment(text) == datetime.fromisoformat(moment).replace(tzinfo=UTC)


def test_a_name_of_several_zones_is_the_companys_where_it_has_that_name() -> None:
    found = _column(zone=ZoneInfo("America/Chicago")).moment("2024-01-05 09:00 CST")
    assert found == datetime(2024, 1, 5, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "digits", "rounded"),
    [
        ("10.005", 2, "10.00"),
        ("10.015", 2, "10.02"),
        ("10.5", 0, "10"),
        ("11.5", 0, "12"),
        ("-0.125", 2, "-0.12"),
    ],
)
def test_halves_are_rounded_to_the_even_one(number: str, digits: int, rounded: str) -> None:
    written = WrittenNumber(Decimal(number))
    assert has_more_decimals(written.number, digits)
    assert str(written.rounded(digits).number) == rounded


def test_decimals_past_the_currencys_are_rounded_and_counted(importer: Importer) -> None:
    report = importer.deals(
        "title,owner,value,currency\nA,Cilla,10.005,EUR\nB,Cilla,10.015,EUR\nC,Cilla,9.5,JPY\n"
        "D,Cilla,1.500,EUR\n"
    )
    assert dict(Deal.objects.values_list("title", "value")) == {"A": 1000, "B": 1002, "C": 10, "D": 150}
    assert "3 amounts rounded to their currency's decimals, such as A, B, C" in summary_lines(report)


def test_groups_with_a_name_and_a_header_each_are_one_table(importer: Importer) -> None:
    report = importer.deals(
        "Deals\n\nWon deals\nName,Owner,Stage,Value\nA,Cilla,Won,5\n,,,5\n\n"
        "Open deals\nName,Owner,Stage,Value\n"
        "B,Cilla,Qualified,7\nTotal (1 record),,,7\nConfidential Information - Do Not Distribute\n"
    )
    assert counts(report) == (2, 0, 0, 1)  # a sum that nothing names
    notes = " ".join(report.notes)
    assert "“Open deals” in line 8" in notes
    assert "“Confidential Information - Do Not Distribute” in line 12" in notes
    assert "Left out as totals or headers: line 9, 11." in notes
    assert "Left out: 1 blank line." in notes


def test_a_lone_text_between_rows_is_a_row_to_mend(importer: Importer) -> None:
    report = importer.deals("title,owner,stage\nA,Cilla,Won\nA boat for Bo,,\nB,Cilla,Won\n")
    assert [row.line for row in report.first_rejected] == [3]


@pytest.mark.parametrize("text", ["Total", "Grand Totals (20 records)", "Summe", "Итого:", "Subtotal"])
def test_what_totals_are_called(text: str) -> None:
    assert says_total(text)
    assert not says_total(f"{text} overhaul")


def test_cells_merged_above_the_header_are_no_header(importer: Importer, tmp_path: Path) -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(["Deal", None, None, "Dates", None])
    sheet.merge_cells("A1:C1")
    sheet.append(["Title", "Owner", "Amount", "Close date", "Create date"])
    sheet.append(["A", "Cilla", 5, date(2024, 5, 1), 45383])
    workbook.save(tmp_path / "merged.xlsx")
    opened = open_sheet(tmp_path / "merged.xlsx")
    assert opened.header == ("Title", "Owner", "Amount", "Close date", "Create date")
    assert opened.notes == ("Skipped above the header: Deal Dates.",)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_known_without_its_mark(importer: Importer, encoding: str) -> None:
    path = importer.folder / "deals.csv"
    path.write_bytes("title\towner\tvalue\nÅ\tCilla\t5\n".encode(encoding))
    assert [list(row.cells) for row in open_sheet(path).rows()] == [["Å", "Cilla", "5"]]


def test_a_name_may_be_written_last_name_first(importer: Importer) -> None:
    importer.deals('title,owner\nA,"Doe, Jane"\nB,Jane Doe\nC,jane doe\nD,"Doe, Jr"\n')
    assert set(User.objects.filter(name__icontains="doe").values_list("name", flat=True)) == {
        "Jane Doe",
        "Doe, Jr",
    }
    assert Deal.objects.filter(owner__name="Jane Doe").count() == 3
