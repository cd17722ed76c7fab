"""A date without a time is that date for ever, and the same row is the same row, whatever the time zone."""

from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from goalpost.crm.actions.setup import change_time_zone
from goalpost.crm.models import Deal
from goalpost.domain.calendar import Period
from goalpost.domain.measures import Measure
from goalpost.exchange.loading.run import ImportOrder, import_file
from goalpost.exchange.reading.columns import ReadOptions
from goalpost.exchange.reading.fields import FileKind
from goalpost.ledger import read
from goalpost.ledger.questions import Selection
from tests.exchange.importing import LATER, Importer, counts
from tests.people import NOW, Cast

_MAY = Period(date(2026, 5, 1), date(2026, 6, 1))
_JUNE = Period(date(2026, 6, 1), date(2026, 7, 1))
_DEALS = (
    "title,owner,value,add time,won time\nBoat,Cilla,100,2026-04-01,2026-05-01\n"
    "Ship,Cilla,200,2026-04-01,2026-06-01\n"
)
_ACTIVITIES = (
    "subject,owner,add time,marked as done time\nCall,Cilla,2026-05-01,2026-06-01\n"
    "Call,Cilla,2026-05-01 00:30,2026-06-01\n"
)


def _won(cast: Cast) -> tuple[int | None, int | None]:
    may, june = (
        read.total(cast.company_id, Selection(Measure.DEALS_WON), period) for period in (_MAY, _JUNE)
    )
    return may.amount, june.amount


def _completed(cast: Cast) -> int:
    return read.total(cast.company_id, Selection(Measure.ACTIVITIES_COMPLETED), _JUNE).count


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati"])
def test_another_time_zone_moves_no_date_and_the_same_file_again_brings_nothing(
    importer: Importer, cast: Cast, zone: str
) -> None:
    importer.deals(_DEALS)
    importer.activities(_ACTIVITIES)
    assert (_won(cast), _completed(cast)) == ((100_00, 200_00), 2)
    change_time_zone(actor=cast.as_astrid, time_zone=zone, now=NOW)
    importer.company.refresh_from_db()
    assert (_won(cast), _completed(cast)) == ((100_00, 200_00), 2)
    assert counts(importer.deals(_DEALS, now=LATER)) == (0, 0, 2, 0)
    created, updated, unchanged, rejected = counts(importer.activities(_ACTIVITIES, now=LATER))
    assert (created, updated, unchanged, rejected) == (0, 1, 1, 0), "a local time of day follows the zone"
    assert (_won(cast), _completed(cast)) == ((100_00, 200_00), 2)


def test_a_workbooks_dates_are_days_unless_their_column_has_times(importer: Importer, tmp_path: Path) -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(["title", "owner", "add time", "won time"])
    sheet.append(["Boat", "Cilla", datetime(2026, 4, 1), datetime(2026, 5, 1)])  # noqa: DTZ001  a workbook's cell
    sheet.append(["Ship", "Cilla", datetime(2026, 4, 1, 10), datetime(2026, 5, 1)])  # noqa: DTZ001  a workbook's cell
    workbook.save(tmp_path / "deals.xlsx")
    order = ImportOrder(FileKind.DEALS, tmp_path / "deals.xlsx", importer.company, ReadOptions())
    import_file(order, clock=lambda: NOW, show=lambda *_: None)
    boat = Deal.objects.get(title="Boat")
    assert (boat.add_time_is_day, boat.won_time_is_day) == (False, True)
    assert import_file(order, clock=lambda: LATER, show=lambda *_: None).unchanged == 2
