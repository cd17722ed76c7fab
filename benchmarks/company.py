"""Companies of every size in one database, as in production, filled by the real import command."""

import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from benchmarks.processor import all_seconds
from benchmarks.synthetic import CURRENCY, TIME_ZONE
from goalpost.companies.actors import actor_for
from goalpost.companies.models import Company, User
from goalpost.crm.actions.setup import found_company
from goalpost.domain.permissions import Actor

NOW = datetime(2026, 6, 29, 9, tzinfo=UTC)
"""When the measuring takes place, as far as the company knows."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A company with its deals, and what bringing them in took."""

    company: Company
    deals: int
    seconds: float
    processor_seconds: float
    """The database's server included."""
    peak_megabytes: float

    @property
    def admin(self) -> User:
        return User.objects.get(company=self.company, is_admin=True)

    @property
    def actor(self) -> Actor:
        return actor_for(self.admin)


def found(what: str) -> Company:
    """Found a company with an admin; any number of them may be called the same."""
    number = Company.objects.count() + 1
    return found_company(
        name=f"Company {number}, {what}",
        currency=CURRENCY,
        time_zone=TIME_ZONE,
        admin_email=f"admin-{number}@bench.example",
        admin_name="Admin",
        password="correct horse battery staple",  # noqa: S106  a company that lives for minutes
        now=NOW,
    )


def found_and_fill(deals: int, file: Path) -> Imported:
    """Found a company and import the file, in a process of its own. Raises RuntimeError when it fails."""
    company = found(f"of {deals:,} deals")
    return Imported(company, deals, *_import(file, company.slug))


def _import(file: Path, slug: str) -> tuple[float, float, float]:
    """Run `goalpost import deals`. Returns seconds by the clock, of all processors, and peak megabytes."""
    program = str(Path(sys.executable).with_name("goalpost"))
    command = [program, "import", "deals", str(file), "--company", slug]
    start, used = perf_counter(), all_seconds()
    with (file.parent / "import.log").open("w+", encoding="utf-8") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=file.parent)  # noqa: S603
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = perf_counter() - start
        if process.returncode:
            log.seek(0)
            raise RuntimeError(f"The import of {file.name} failed: {log.read()[-2000:]}")
    # Linux counts in kilobytes, macOS in bytes.
    peak = usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024 * 1024)
    return seconds, all_seconds() - used, peak
