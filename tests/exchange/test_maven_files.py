"""The files of a real company, read by the commands of the documentation. Skipped where they are missing."""

import os
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from goalpost.exchange.reading.reading import CompanyFacts, ReadOptions, read_deals, read_users
from goalpost.exchange.reading.rows import DealRow, UserRow

_DEFAULT = Path(__file__).parents[2].parent / "shared" / "data"
_FOLDER = Path(os.environ.get("GOALPOST_TEST_DATA", _DEFAULT)) / "maven"
_NEW_YORK = ZoneInfo("America/New_York")

pytestmark = pytest.mark.skipif(not _FOLDER.is_dir(), reason=f"{_FOLDER} is not present")


def test_every_deal_is_read_and_june_2017_is_exact() -> None:
    options = ReadOptions(
        columns=(
            "external_id=opportunity_id", "title=product", "owner=sales_agent", "organization=account",
            "status=deal_stage", "add_time=engage_date", "close_time=close_date", "value=close_value",
        ),
        values=("status:Won=won", "status:Lost=lost", "status:Engaging=open", "status:Prospecting=open"),
    )  # fmt: skip
    company = CompanyFacts("USD", _NEW_YORK)
    rows = list(read_deals(_FOLDER / "sales_pipeline.csv", options, company).rows())
    deals = [row for row in rows if isinstance(row, DealRow)]
    assert len(deals) == len(rows) == 8800
    assert sum(deal.add_time is None for deal in deals) == 500
    assert len({deal.external_id for deal in deals}) == 8800
    begin, end = datetime(2017, 6, 1, tzinfo=_NEW_YORK), datetime(2017, 7, 1, tzinfo=_NEW_YORK)
    won = [deal.value for deal in deals if deal.won_time and begin <= deal.won_time < end]
    assert (len(won), sum(won)) == (531, 1_338_466_00)


def test_every_person_joins_the_managers_and_the_offices_team() -> None:
    options = ReadOptions(columns=("name=sales_agent", "team=manager", "team=regional_office"))
    people = list(read_users(_FOLDER / "sales_teams.csv", options).rows())
    assert len(people) == 35
    assert people[0] == UserRow(2, "Anna Snelling", "", ("Dustin Brinkmann", "Central"), "", is_active=None)
