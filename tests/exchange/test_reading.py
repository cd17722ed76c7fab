"""Whole files, from the disk to users, deals and activities."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook

from goalpost.domain.counting import DealStatus
from goalpost.exchange.errors import Unusable
from goalpost.exchange.files.cells import RejectedRow
from goalpost.exchange.reading.columns import ReadOptions
from goalpost.exchange.reading.reading import Reading, read_activities, read_deals, read_users
from goalpost.exchange.reading.rows import ActivityRow, DealRow, UserRow
from goalpost.exchange.reading.values import closing_status

_STOCKHOLM = ZoneInfo("Europe/Stockholm")


def _file(folder: Path, text: str) -> Path:
    path = folder / "file.csv"
    path.write_text(text, encoding="utf-8")
    return path


def _deals(folder: Path, text: str, options: ReadOptions | None = None) -> Reading[DealRow]:
    return read_deals(_file(folder, text), options or ReadOptions(), "SEK", _STOCKHOLM)


def _taken(reading: Reading[DealRow]) -> list[DealRow]:
    return [row for row in reading.rows() if isinstance(row, DealRow)]


def _one(reading: Reading[DealRow]) -> DealRow:
    (row,) = reading.rows()
    assert isinstance(row, DealRow), row
    return row


def _reason(reading: Reading[DealRow]) -> str:
    (row,) = reading.rows()
    assert isinstance(row, RejectedRow), row
    return row.reason


def test_a_deal_with_everything_is_read(tmp_path: Path) -> None:
    reading = _deals(
        tmp_path,
        "Deal - ID;Deal - Title;Deal - Owner;Deal - Organization;Deal - Pipeline;Deal - Stage;Deal - Status;"
        "Deal - Value;Deal - Currency of value;Deal - Probability;Deal - Deal created;Deal - Won time;"
        "Deal - Expected close date;Deal - Last stage change\n"
        "17;  Båt   till sjöss ;Cilla;Åkeri AB;Norden;Offert;Won;1 234,50 €;eur;75%;2017-03-04 10:00:00;"
        "2017-04-01;2017-05-01;2017-03-30T08:00:00Z\n",
    )
    assert _one(reading) == DealRow(
        line=2,
        external_id="17",
        title="Båt till sjöss",
        owner="Cilla",
        organization="Åkeri AB",
        pipeline="Norden",
        stage="Offert",
        status=DealStatus.WON,
        value=123450,
        currency="EUR",
        probability=75,
        add_time=datetime(2017, 3, 4, 9, tzinfo=UTC),
        written_add_time="2017-03-04T10:00:00",
        won_time=date(2017, 4, 1),
        lost_time=None,
        expected_close_date=date(2017, 5, 1),
        stage_change_time=datetime(2017, 3, 30, 8, tzinfo=UTC),
        is_deleted=False,
    )


def test_a_deal_with_the_least_is_open_and_worth_nothing_in_the_companys_currency(tmp_path: Path) -> None:
    deal = _one(_deals(tmp_path, "title,owner\nBoat,Cilla\n"))
    assert (deal.status, deal.value, deal.currency, deal.add_time) == (DealStatus.OPEN, 0, "SEK", None)


@pytest.mark.parametrize(
    ("status", "won", "lost", "expected"),
    [
        ("won", date(2017, 6, 2), None, None),
        ("Förlorad", None, date(2017, 6, 2), None),
        ("open", None, None, date(2017, 6, 2)),
    ],
)
def test_close_time_means_what_the_status_says(
    tmp_path: Path, status: str, won: date | None, lost: date | None, expected: date | None
) -> None:
    deal = _one(_deals(tmp_path, f"title,owner,status,close_time\nBoat,Cilla,{status},2017-06-02\n"))
    assert (deal.won_time, deal.lost_time, deal.expected_close_date) == (won, lost, expected)


def test_a_time_of_its_own_goes_before_the_close_time(tmp_path: Path) -> None:
    text = "title,owner,status,close_time,won_time,lost_time,expected_close_date\n"
    won, lost, still_open = _taken(
        _deals(
            tmp_path,
            f"{text}A,Cilla,won,2017-06-02,2017-06-01,2017-05-01,\n"
            "B,Cilla,lost,2017-06-02,2017-06-01,2017-05-01,\n"
            "C,Cilla,open,2017-06-02,,,2017-07-01\n",
        )
    )
    assert (won.won_time, won.lost_time) == (date(2017, 6, 1), None)
    assert (lost.won_time, lost.lost_time) == (None, date(2017, 5, 1))
    assert still_open.expected_close_date == date(2017, 7, 1)


def test_without_a_status_column_stage_and_times_tell(tmp_path: Path) -> None:
    reading = _deals(
        tmp_path,
        "title,owner,stage,won time,lost time,close date\n"
        "A,Cilla,Closed Won,,,2017-06-01\n"
        "B,Cilla,closed lost,,,2017-06-01\n"
        "C,Cilla,Offer,2017-06-01,,\n"
        "D,Cilla,Offer,,2017-06-01,\n"
        "E,Cilla,Offer,,,2017-06-01\n"
        "F,Cilla,Offer,2017-06-01,2017-06-02,\n",
    )
    statuses = [row.status for row in _taken(reading)]
    assert statuses == ["won", "lost", "won", "lost", "open"]
    assert any("Without a status column" in note for note in reading.notes)


@pytest.mark.parametrize(
    ("header", "cells", "reason"),
    [
        ("status", "Engaging", '--value "status:Engaging=open"'),
        ("value", "many", "“many” is not a number"),
        ("value", "10000000000000000", "too large"),
        ("value,currency", "$10,SEK", "written with “\\$”, but the deal's currency is SEK"),
        ("value,currency", "10,kronor", 'not a currency of ISO.*--value "currency:kronor=CODE"'),
        ("value,currency", "10,XAU", "not a currency of ISO 4217.$"),
        ("add_time", "03/04/2017", "--date-format"),
        ("probability", "101", "percent from 0 to 100"),
        ("organization", "x" * 501, "501 characters; at most 500"),
        ("external_id", "x" * 201, "201 characters"),
    ],
)
def test_a_bad_cell_rejects_its_row_with_its_column_and_what_to_do(
    tmp_path: Path, header: str, cells: str, reason: str
) -> None:
    found = _reason(_deals(tmp_path, f"title,owner,{header}\nBoat,Cilla,{cells}\n"))
    assert re.search(reason, found), found


def test_a_rejected_row_names_all_its_faults_and_keeps_its_cells(tmp_path: Path) -> None:
    reading = _deals(
        tmp_path, "title,owner,status,add_time\n,Cilla,Maybe,1/2/17\nBoat,Cilla,open,2017-01-02\n"
    )
    rejected, taken = reading.rows()
    assert isinstance(taken, DealRow)
    assert isinstance(rejected, RejectedRow)
    assert (rejected.line, rejected.cells) == (2, ("", "Cilla", "Maybe", "1/2/17"))
    for fault in ("title is empty", "status: “Maybe”", "add_time: “1/2/17”"):
        assert rejected.reason.count(fault) == 1


def test_told_values_and_defaults_are_plain_whatever_the_files_ways(tmp_path: Path) -> None:
    options = ReadOptions(
        values=("value:gratis=0.50", "status:Klar=won", "add_time:okänt=", "add_time:nyår=2017-01-01"),
        defaults=("owner=Cilla", "currency=EUR", "probability=50"),
        date_formats=("%d/%m/%Y",),
    )
    text = "title;value;status;add_time\nA;gratis;Klar;okänt\nB;1,5;open;nyår\nC;;;31/12/2016\n"
    first, second, third = _taken(_deals(tmp_path, text, options))
    assert (first.value, first.status, first.add_time) == (50, "won", None)
    assert (first.owner, first.currency, first.probability) == ("Cilla", "EUR", 50)
    assert (second.value, second.add_time) == (150, date(2017, 1, 1))
    assert (third.value, third.status) == (0, "open")
    assert third.add_time == date(2016, 12, 31)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ReadOptions(values=("status:Klar=done",)),
            "--value status:Klar=done: “done” is not open, won or lost",
        ),
        (ReadOptions(defaults=("currency=kr",)), "--default currency=kr: “kr” is not a currency of ISO"),
        (ReadOptions(defaults=("add_time=1/2/17",)), "--default add_time=1/2/17"),
        (ReadOptions(values=("title:x=",)), "title cannot be empty"),
        (ReadOptions(decimal_sign=";"), "--decimal-sign"),
        (ReadOptions(date_formats=("%d/%m",)), "--date-format"),
        (ReadOptions(columns=("value=Sum",)), "no column 'Sum'"),
    ],
)
def test_an_option_that_cannot_be_used_is_refused_before_the_first_row(
    tmp_path: Path, options: ReadOptions, message: str
) -> None:
    with pytest.raises(Unusable, match=message):
        _deals(tmp_path, "title,owner,value,status,add_time\nA,Cilla,1,open,2017-01-01\n", options)


def test_a_number_with_two_readings_is_refused_until_the_sign_is_told(tmp_path: Path) -> None:
    text = 'title;owner;value\nA;Cilla;"1,234"\n'
    with pytest.raises(Unusable, match="--decimal-sign"):
        _deals(tmp_path, text)
    assert _one(_deals(tmp_path, text, ReadOptions(decimal_sign="."))).value == 123400
    assert _one(_deals(tmp_path, text, ReadOptions(decimal_sign=","))).value == 123


def test_a_workbook_reads_as_the_same_table_in_csv(tmp_path: Path) -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(["ID", "Title", "Owner", "Value", "Status", "Won time", "Probability"])
    sheet.append([17, "Båt", "Cilla", 1234.5, "won", datetime(2017, 6, 1), 75])  # noqa: DTZ001  cells have no zone
    sheet.append([18, "Bil", "Cilla", "=1/0", "won", 42797, None])
    workbook.save(tmp_path / "deals.xlsx")
    # A stored result stands in for the spreadsheet program's.
    text = "ID,Title,Owner,Value,Status,Won time,Probability\n17,Båt,Cilla,1234.50,won,2017-06-01,75\n"
    with pytest.raises(Unusable, match="D3"):
        read_deals(tmp_path / "deals.xlsx", ReadOptions(), "SEK", _STOCKHOLM)
    sheet["D3"] = "#DIV/0!"
    workbook.save(tmp_path / "deals.xlsx")
    first, second = read_deals(tmp_path / "deals.xlsx", ReadOptions(), "SEK", _STOCKHOLM).rows()
    assert first == _one(_deals(tmp_path, text))
    assert isinstance(second, RejectedRow)
    assert "formula without a result (#DIV/0!)" in second.reason
    assert "“42797” is a number, not a date" in second.reason
    assert second.cells == ("18", "Bil", "Cilla", "#DIV/0!", "won", "42797", "")


def test_people_are_read_with_each_team_once(tmp_path: Path) -> None:
    text = (
        "name,email,a,b,boss,active\n"
        "Cilla,Cilla@Example.com,Nordic,Nordic,Björn,ja\n"
        "David,,South,,,inactive\n"
        "Eva,,,,,\n"
    )
    options = ReadOptions(columns=("team=a", "team=b", "manager=boss"))
    assert list(read_users(_file(tmp_path, text), options).rows()) == [
        UserRow(2, "Cilla", "cilla@example.com", ("Nordic",), "Björn", is_active=True),
        UserRow(3, "David", "", ("South",), "", is_active=False),
        UserRow(4, "Eva", "", (), "", is_active=None),
    ]


@pytest.mark.parametrize("email", ["cilla", "@example.com", "a@b@c", "a b@example.com", "cilla@"])
def test_what_is_no_address_rejects_the_person(tmp_path: Path, email: str) -> None:
    (row,) = read_users(_file(tmp_path, f"name,email\nCilla,{email}\n"), ReadOptions()).rows()
    assert isinstance(row, RejectedRow)
    assert "is not an e-mail address" in row.reason


def test_a_default_team_is_joined_where_no_column_names_one(tmp_path: Path) -> None:
    (row,) = read_users(_file(tmp_path, "name\nCilla\n"), ReadOptions(defaults=("team=Nordic",))).rows()
    assert isinstance(row, UserRow)
    assert row.teams == ("Nordic",)


def test_activities_are_read_and_done_is_told_by_word_or_time(tmp_path: Path) -> None:
    text = (
        "id,subject,type,owner,deal,add time,due date,done,marked as done time\n"
        "1,Call,call,Cilla,17,2017-03-01 09:00,2017-03-02,Done,2017-03-02 10:00\n"
        "2,Mail,,Cilla,,,,,2017-03-02 10:00\n"
        "3,Meet,,Cilla,,,,Att göra,2017-03-02 10:00\n"
        "4,Meet,,Cilla,,,,,\n"
    )
    reading = read_activities(_file(tmp_path, text), ReadOptions(), _STOCKHOLM)
    rows = [row for row in reading.rows() if isinstance(row, ActivityRow)]
    done_at = datetime(2017, 3, 2, 9, tzinfo=UTC)
    assert rows[0] == ActivityRow(
        line=2,
        external_id="1",
        subject="Call",
        type="call",
        owner="Cilla",
        deal="17",
        add_time=datetime(2017, 3, 1, 8, tzinfo=UTC),
        due_date=date(2017, 3, 2),
        written_day="2017-03-01T09:00:00",
        is_done=True,
        marked_as_done_time=done_at,
        is_deleted=False,
    )
    assert [(row.is_done, row.marked_as_done_time) for row in rows[1:]] == [
        (True, done_at),
        (False, None),
        (False, None),
    ]


def test_the_summary_can_say_how_the_file_was_understood(tmp_path: Path) -> None:
    reading = _deals(tmp_path, "Namn;Säljare;Belopp\nBåt;Cilla;1,5\n")
    assert reading.columns == (("title", "Namn"), ("owner", "Säljare"), ("value", "Belopp"))
    assert reading.description == "CSV, UTF-8, cells separated by semicolons"
    assert "The decimal sign is a comma." in reading.notes


@pytest.mark.parametrize(
    ("stage", "status"),
    [
        ("Closed Won", "won"), ("closedwon", "won"), ("Closed-Won", "won"), ("6 - Closed Won", "won"),
        ("C6:WON", "won"), ("Ganado", "won"), ("Gewonnen", "won"), ("Gagné", "won"), ("vunnen", "won"),
        ("Deal won", "won"), ("Stängd: vunnen", "won"), ("Выиграна", "won"),
        ("Closed Lost to Competition", "lost"), ("Lost - Price", "lost"), ("closedlost", "lost"),
        ("perdido", "lost"), ("Verloren", "lost"), ("perdu", "lost"), ("förlorad", "lost"),
        ("C6:LOST", "lost"),
        ("Closing", None), ("Proposal", None), ("Lost contact", None), ("Won over the boss", None),
        ("Closed", None), ("", None),
    ],
)  # fmt: skip
def test_an_end_is_known_in_any_spelling_and_nothing_else_is(stage: str, status: str | None) -> None:
    assert closing_status(stage) == status


def test_an_end_in_the_stage_column_is_a_status_and_no_stage(tmp_path: Path) -> None:
    won, lost, still_open = _taken(
        _deals(tmp_path, "title,owner,stage\nA,Cilla,C6:WON\nB,Cilla,Lost - Price\nC,Cilla,3 Closing\n")
    )
    assert [(row.stage, row.status) for row in (won, lost, still_open)] == [
        (None, "won"), (None, "lost"), ("3 Closing", "open"),
    ]  # fmt: skip


def test_salesforces_headers_are_known_as_its_api_writes_them(tmp_path: Path) -> None:
    reading = _deals(
        tmp_path,
        "Id,Name,StageName,Amount,CloseDate,CreatedDate,CurrencyIsoCode,IsClosed,IsWon,IsDeleted,OwnerId\n"
        "0061,Acme,Closed Won,9000,2024-05-01,2024-04-01T09:00:00.000+0000,MXN,1,1,0,005A\n"
        "0062,Beta,Quoted,700,2024-05-02,2024-04-01T09:00:00.000+0000,MXN,1,0,1,005A\n"
        "0063,Gamma,Quoted,700,2024-05-02,2024-04-01T09:00:00.000+0000,MXN,0,0,0,005A\n",
    )
    won, lost, still_open = _taken(reading)
    assert (won.status, won.stage, won.value, won.currency, won.owner_id) == (
        "won",
        None,
        900_000,
        "MXN",
        "005A",
    )
    assert (won.add_time, won.is_deleted) == (datetime(2024, 4, 1, 9, tzinfo=UTC), False)
    assert (lost.status, lost.stage, lost.is_deleted) == ("lost", "Quoted", True)
    assert (still_open.status, still_open.expected_close_date) == ("open", date(2024, 5, 2))


def test_a_stage_that_contradicts_the_status_is_refused(tmp_path: Path) -> None:
    (row,) = _deals(tmp_path, "title,owner,stage,status\nA,Cilla,Closed Won,open\n").rows()
    assert isinstance(row, RejectedRow)
    assert "says open as its status and won as its stage" in row.reason


def test_what_a_stage_means_can_be_said(tmp_path: Path) -> None:
    options = ReadOptions(values=("status:Signed=won", "status:Lost contact=open"))
    signed, lost_contact = _taken(
        _deals(tmp_path, "title,owner,stage\nA,Cilla,Signed\nB,Cilla,Lost contact\n", options)
    )
    assert (signed.status, signed.stage) == ("won", None)
    assert (lost_contact.status, lost_contact.stage) == ("open", "Lost contact")
