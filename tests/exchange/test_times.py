"""Dates and times: ISO or as told, in the company's time zone, never guessed."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goalpost.domain.counting import Moment
from goalpost.exchange.errors import RowRefused, Unusable
from goalpost.exchange.files.cells import Cell, FormulaError
from goalpost.exchange.reading.times import DateFormat, DateLayout, TimeReader

_NEW_YORK = ZoneInfo("America/New_York")
_STOCKHOLM = ZoneInfo("Europe/Stockholm")


def _utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]  # the parts of a date and time, in order


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2017-03-04 10:30", _utc(2017, 3, 4, 9, 30)),
        ("2017-03-04T10:30:15", _utc(2017, 3, 4, 9, 30, 15)),
        ("2017-03-04T10:30:15.123", _utc(2017, 3, 4, 9, 30, 15, 123000)),
        ("2017-03-04T10:30:15.123456789Z", _utc(2017, 3, 4, 10, 30, 15, 123456)),
        ("2017-03-04T10:30:15Z", _utc(2017, 3, 4, 10, 30, 15)),
        ("2017-03-04 10:30:15+00:00", _utc(2017, 3, 4, 10, 30, 15)),
        ("2017-03-04 10:30:15 +02:00", _utc(2017, 3, 4, 8, 30, 15)),
        ("2017-03-04T10:30:15-0500", _utc(2017, 3, 4, 15, 30, 15)),
        ("2017-03-26 02:30", _utc(2017, 3, 26, 1, 30)),  # skipped by summer time: moved past the gap
        ("2017-10-29 02:30", _utc(2017, 10, 29, 0, 30)),  # occurs twice: the first
    ],
)
def test_iso_times_are_read_in_the_companys_time_zone(text: str, moment: datetime) -> None:
    read = TimeReader(_STOCKHOLM).moment(text)
    assert isinstance(read, datetime)
    assert (read, read.tzinfo) == (moment, UTC)


@pytest.mark.parametrize("zone", [_STOCKHOLM, _NEW_YORK, ZoneInfo("Pacific/Apia")])
def test_a_date_without_a_time_is_that_day_in_every_time_zone(zone: ZoneInfo) -> None:
    """Also one that was skipped there: the file says it all the same."""
    for cell in ("2011-12-30", date(2011, 12, 30)):
        assert TimeReader(zone).moment(cell) == TimeReader(zone).day(cell) == date(2011, 12, 30)


@pytest.mark.parametrize(
    "text",
    [
        "03/04/2017", "03/04/17", "4.3.2017", "4 mars 17", "4 mars 5 2017", "20170304", "2017/13/04",
        "2017-02-30", "2017-03-04 25:00", "2017-03-04x10:00", "2017-03",
        "10:30", "yesterday", "42797", "0000-00-00",
        "1234-01-01", "9999-12-31", "2017-03-04 10:30 CST", "2017-03-04 10:30 Mars/Olympus",
        "2017-W09-6", "٢٠١٧-٠٣-٠٤",
        "May 1, 2024 13:00 PM", "2017/03/04 10:75",
    ],
)  # fmt: skip
def test_what_is_no_date_in_one_way_only_is_refused(text: str) -> None:
    with pytest.raises(RowRefused):
        TimeReader(_STOCKHOLM).moment(text)
    with pytest.raises(RowRefused):
        TimeReader(_STOCKHOLM).day(text)


def test_the_refusal_of_a_date_with_slashes_names_the_option() -> None:
    with pytest.raises(RowRefused, match=r"03/04/2017.*--date-format %d/%m/%Y"):
        TimeReader(_NEW_YORK).moment("03/04/2017")


@pytest.mark.parametrize(
    ("form", "text", "read"),
    [
        ("%d/%m/%Y", "03/04/2017", date(2017, 4, 3)),
        ("%m/%d/%Y", "03/04/2017", date(2017, 3, 4)),
        ("%d.%m.%y", "3.4.17", date(2017, 4, 3)),
        ("%m/%d/%Y %I:%M %p", "03/04/2017 01:15 PM", _utc(2017, 3, 4, 18, 15)),
        ("%d/%m/%Y %H:%M:%S %z", "03/04/2017 13:15:00 +0200", _utc(2017, 4, 3, 11, 15)),
        ("%Y%m%d", "20170304", date(2017, 3, 4)),
        ("%Y-%d-%m", "2017-03-04", date(2017, 4, 3)),
    ],
)
def test_a_form_that_is_told_is_read(form: str, text: str, read: Moment) -> None:
    assert TimeReader(_NEW_YORK, (DateFormat(form),)).moment(text) == read


def test_beside_a_form_iso_is_still_read_where_the_two_cannot_be_confused() -> None:
    assert TimeReader(_NEW_YORK, (DateFormat("%d/%m/%Y"),)).day("2017-03-14") == date(2017, 3, 14)
    with pytest.raises(RowRefused, match="form %Y-%d-%m"):
        TimeReader(_NEW_YORK, (DateFormat("%Y-%d-%m"),)).day("2017-03-14")


def test_two_forms_that_disagree_about_a_text_refuse_it() -> None:
    reader = TimeReader(_NEW_YORK, (DateFormat("%d/%m/%Y"), DateFormat("%m/%d/%Y")))
    assert reader.day("14/03/2017") == date(2017, 3, 14)
    assert reader.day("03/03/2017") == date(2017, 3, 3)
    with pytest.raises(RowRefused, match="more than one --date-format"):
        reader.day("03/04/2017")


@pytest.mark.parametrize("form", ["", "%d/%m", "%Y", "%H:%M", "%Q", "%d/%m/%Y %I:%M", "%Y-%W"])
def test_a_form_that_does_not_tell_the_day_is_refused(form: str) -> None:
    with pytest.raises(Unusable, match="--date-format"):
        DateFormat(form)


def test_a_workbooks_dates_need_no_form() -> None:
    reader = TimeReader(_NEW_YORK, (DateFormat("%d/%m/%Y"),))
    assert reader.moment(date(2017, 3, 4)) == date(2017, 3, 4)
    assert reader.moment(datetime(2017, 3, 4, 10, 30)) == _utc(2017, 3, 4, 15, 30)  # noqa: DTZ001  a workbook's cell
    assert reader.day(datetime(2017, 3, 4, 23, 30)) == date(2017, 3, 4)  # noqa: DTZ001  a workbook's cell


@pytest.mark.parametrize("cell", [42797, 42797.5, True, FormulaError("#REF!")])
def test_a_workbooks_other_cells_are_no_dates(cell: Cell) -> None:
    with pytest.raises(RowRefused):
        TimeReader(_NEW_YORK).moment(cell)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2017-03-04", "2017-03-04"),
        ("2017-03-04 23:59", "2017-03-04"),
        ("2017-03-04T03:00:00Z", "2017-03-03"),
    ],
)
def test_a_day_is_the_day_in_the_companys_time_zone(text: str, day: str) -> None:
    assert TimeReader(_NEW_YORK).day(text) == date.fromisoformat(day)


def test_a_workbooks_midnight_is_a_moment_where_its_column_has_times() -> None:
    timed = DateLayout()
    timed.note(datetime(2017, 3, 4, 10, 30))  # noqa: DTZ001  a workbook's cell
    reader = TimeReader(_NEW_YORK, layouts={1: timed})
    assert reader.of_column(0).moment(date(2017, 3, 4)) == date(2017, 3, 4)
    assert reader.of_column(1).moment(date(2017, 3, 4)) == _utc(2017, 3, 4, 5)
    assert reader.of_column(1).moment("2017-03-04") == date(2017, 3, 4), "a text says that it has no time"


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("2017-03-04", "2017-03-04"),
        (date(2017, 3, 4), "2017-03-04"),
        ("2017-03-04 00:00:00", "2017-03-04"),
        ("2017-03-04 10:30", "2017-03-04T10:30:00"),
        ("2017-03-04T10:30:00+02:00", "2017-03-04T08:30:00+00:00"),
    ],
)
def test_what_a_row_is_known_by_is_the_time_as_written_in_every_time_zone(cell: Cell, written: str) -> None:
    for zone in (_STOCKHOLM, _NEW_YORK):
        assert TimeReader(zone).as_written(cell) == written


@given(moment=st.datetimes(datetime(1900, 1, 2), datetime(2199, 12, 30), timezones=st.just(UTC)))  # noqa: DTZ001  bounds
def test_a_moment_written_in_iso_form_is_read_as_itself(moment: datetime) -> None:
    assert TimeReader(_STOCKHOLM).moment(moment.isoformat()) == moment


@pytest.mark.parametrize(
    "text",
    [
        "2024/05/01", "2024-5-1", "2024.05.01", "May 1, 2024", "01-May-2024", "1 maj 2024", "1. Mai 2024",
        "1 de mayo de 2024", "1er mai 2024", "1 de maio de 2024", "1 мая 2024", "Wednesday, 1 May 2024",
    ],
)  # fmt: skip
def test_a_date_with_its_year_first_or_its_month_in_words_is_read(text: str) -> None:
    assert TimeReader(_STOCKHOLM).day(text) == date(2024, 5, 1)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-05-01 4:15 PM", _utc(2024, 5, 1, 14, 15)),
        ("2024-05-01 12:05 a.m.", _utc(2024, 4, 30, 22, 5)),
        ("May 1, 2024 12:30 PM", _utc(2024, 5, 1, 10, 30)),
        ("2024/05/01 16:15:30", _utc(2024, 5, 1, 14, 15, 30)),
    ],
)
def test_a_time_of_the_day_may_stand_behind_in_any_common_form(text: str, moment: datetime) -> None:
    assert TimeReader(_STOCKHOLM).moment(text) == moment


@pytest.mark.parametrize("text", ["2023-02-30", "30/02/2023", "February 30, 2023"])
def test_a_day_that_no_calendar_has_is_called_so(text: str) -> None:
    layout = DateLayout()
    layout.note("13/02/2023")
    with pytest.raises(RowRefused, match="is not a date of the calendar"):
        TimeReader(_STOCKHOLM, layouts={0: layout}).of_column(0).day(text)


def _read(column: list[str], *others: list[str]) -> list[date]:
    layouts = {position: DateLayout() for position in range(1 + len(others))}
    for position, cells in enumerate((column, *others)):
        for cell in cells:
            layouts[position].note(cell)
    reader = TimeReader(_STOCKHOLM, layouts=layouts).of_column(0)
    return [reader.day(cell) for cell in column]


def test_one_thirteen_settles_a_column_and_columns_that_do_not_tell() -> None:
    assert _read(["4/02/2024", "4/25/2024"]) == [date(2024, 4, 2), date(2024, 4, 25)]
    assert _read(["4/02/2024", "25/4/2024"]) == [date(2024, 2, 4), date(2024, 4, 25)]
    assert _read(["4.2.2024"]) == [date(2024, 2, 4)]
    assert _read(["4/02/2024"], ["13/5/2024"]) == [date(2024, 2, 4)]
    with pytest.raises(RowRefused, match="no other of its column tells"):
        _read(["4/02/2024"])
    with pytest.raises(RowRefused, match="no other of its column tells"):
        _read(["4/02/2024", "13/5/2024", "5/13/2024"])


def test_days_counted_by_spreadsheets_are_dates_where_the_column_holds_nothing_else() -> None:
    assert _read(["45413", "45383"]) == [date(2024, 5, 1), date(2024, 4, 1)]
    with pytest.raises(RowRefused):
        _read(["45413", "2024-05-01"])
