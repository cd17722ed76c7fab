"""Companies made up for measuring: 200 people and three years of deals, in files as systems export them."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

PEOPLE = 200
CURRENCY = "EUR"
TIME_ZONE = "Europe/Stockholm"
FIRST_DAY = datetime(2023, 7, 1, tzinfo=UTC)
YEARS = 3
MEASURED_YEAR = 2025
"""A whole year in the middle of the deals."""

STAGES = ("Qualified", "Contact made", "Demo scheduled", "Proposal made", "Negotiations started")
"""Those a new company has."""

_WON, _LOST = 0.4, 0.7
_LONGEST_LIFE = 90 * 24 * 3600
_HEADER = (
    "external_id",
    "title",
    "owner",
    "organization",
    "stage",
    "status",
    "value",
    "add_time",
    "won_time",
    "lost_time",
    "expected_close_date",
)


def write_deals(path: Path, how_many: int) -> None:
    """Write that many deals into a CSV file, in the order they were added, as exports are.

    Of 10 deals 4 are won, 3 lost, 3 open still.
    """
    random = Random(how_many)  # noqa: S311  figures, not secrets
    apart = YEARS * 365 * 24 * 3600 / how_many
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_HEADER)
        for number in range(how_many):
            added = FIRST_DAY + timedelta(seconds=int(number * apart))
            closed = added + timedelta(seconds=random.randrange(_LONGEST_LIFE))
            chance = random.random()
            status = "won" if chance < _WON else "lost" if chance < _LOST else "open"
            writer.writerow(
                (
                    f"D-{number}",
                    f"Deal {number}",
                    f"Person {random.randrange(PEOPLE)}",
                    f"Customer {random.randrange(5_000)}",
                    random.choice(STAGES),
                    status,
                    random.randrange(100, 50_000),
                    added.isoformat(),
                    closed.isoformat() if status == "won" else "",
                    closed.isoformat() if status == "lost" else "",
                    closed.date().isoformat() if status == "open" else "",
                )
            )
