"""The files of a real company, read by the commands of the documentation. Skipped where they are missing."""

import os
import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from goalpost.domain.measures import Measure
from goalpost.exchange.reading.columns import ReadOptions
from goalpost.exchange.reading.reading import read_deals, read_users
from goalpost.exchange.reading.rows import DealRow, UserRow
from tests.exchange.installation import Installation

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
    rows = list(read_deals(_FOLDER / "sales_pipeline.csv", options, "USD", _NEW_YORK).rows())
    deals = [row for row in rows if isinstance(row, DealRow)]
    assert len(deals) == len(rows) == 8800
    assert sum(deal.add_time is None for deal in deals) == 500
    assert len({deal.external_id for deal in deals}) == 8800
    june = {date(2017, 6, day) for day in range(1, 31)}
    won = [deal.value for deal in deals if deal.won_time in june]
    assert (len(won), sum(won)) == (531, 1_338_466_00)


def test_every_person_joins_the_managers_and_the_offices_team() -> None:
    options = ReadOptions(columns=("name=sales_agent", "team=manager", "team=regional_office"))
    people = list(read_users(_FOLDER / "sales_teams.csv", options).rows())
    assert len(people) == 35
    assert people[0] == UserRow(2, "Anna Snelling", "", ("Dustin Brinkmann", "Central"), "", is_active=None)


def test_the_commands_of_the_documentation_work_as_written(
    make_installation: Callable[[str], Installation],
) -> None:
    maven = make_installation("maven")
    for name in ("sales_teams.csv", "sales_pipeline.csv"):
        shutil.copyfile(_FOLDER / name, maven.folder / name)
    maven.succeed(
        "init", "--company", "Maven Hardware", "--currency", "USD", "--timezone", "America/New_York",
        "--admin-email", "admin@example.com",
    )  # fmt: skip
    maven.succeed(
        "import", "users", "sales_teams.csv", "--column", "name=sales_agent", "--column", "team=manager",
        "--column", "team=regional_office",
    )  # fmt: skip
    command = (
        "import", "deals", "sales_pipeline.csv", "--column", "external_id=opportunity_id",
        "--column", "title=product", "--column", "owner=sales_agent", "--column", "organization=account",
        "--column", "status=deal_stage", "--value", "status:Won=won", "--value", "status:Lost=lost",
        "--value", "status:Engaging=open", "--value", "status:Prospecting=open",
        "--column", "add_time=engage_date", "--column", "close_time=close_date",
        "--column", "value=close_value",
    )  # fmt: skip
    said = maven.succeed(*command)
    assert "8,800 rows: 8,800 created, 0 updated, 0 unchanged, 0 rejected" in said
    assert "500 deals have no add time" in said
    assert "Created" not in said
    assert "8,800 unchanged" in maven.succeed(*command)
    assert "agrees" in maven.succeed("verify")
    token = maven.succeed("token", "admin@example.com").splitlines()[-1]
    assert re.fullmatch("[0-9a-f]{40}", token)
    june = (
        f"SELECT SUM(count), SUM(amount) FROM ledger_companydaytally WHERE measure = {Measure.DEALS_WON:d}"
        " AND day >= '2017-06-01' AND day < '2017-07-01'"
    )
    assert maven.select(june) == [("531", "133846600")]
    assert maven.select("SELECT COUNT(*) FROM companies_team") == [("9",)]
