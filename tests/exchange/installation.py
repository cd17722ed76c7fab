"""A Goalpost of its own, driven by its commands as a person at a terminal would."""

import os
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psycopg

_MAIN = "from goalpost.cli import main; main()"
_PASSWORD = "correct horse battery staple"


@dataclass(frozen=True, slots=True)
class Installation:
    """A folder to work in with a data folder in it; the database is SQLite unless an address is given."""

    folder: Path
    database_url: str = ""

    def init(
        self, company: str = "Nordlys", currency: str = "EUR", time_zone: str = "Europe/Stockholm"
    ) -> None:
        email = f"admin@{company.lower().replace(' ', '-')}.example"
        self.succeed(
            "init", "--company", company, "--currency", currency, "--timezone", time_zone,
            "--admin-email", email,
        )  # fmt: skip

    def succeed(self, *arguments: str) -> str:
        """Run a command that has to succeed, and return what it prints."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def run(self, *arguments: str, before: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command, after the Python statements of `before`."""
        return subprocess.run(
            [sys.executable, "-c", f"{before}\n{_MAIN}", *arguments],
            check=False,
            capture_output=True,
            cwd=self.folder,
            env=self._environment(),
            text=True,
            timeout=300,
        )

    def start(self, *arguments: str, before: str = "") -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", f"{before}\n{_MAIN}", *arguments],
            cwd=self.folder,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def write(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text, encoding="utf-8")
        return name

    def select(self, statement: str) -> list[tuple[str, ...]]:
        """Return the rows of a statement as texts."""
        if self.database_url:
            with psycopg.connect(self.database_url) as connection:
                found = connection.execute(statement.encode()).fetchall()
        else:
            path = self.folder / "data" / "goalpost.sqlite3"
            with sqlite3.connect(path) as database:
                found = database.execute(statement).fetchall()
            database.close()
        return [tuple(map(str, row)) for row in found]

    def _environment(self) -> dict[str, str]:
        others = {name: value for name, value in os.environ.items() if not name.startswith("GOALPOST_")}
        database = {"GOALPOST_DATABASE_URL": self.database_url} if self.database_url else {}
        return {
            **others,
            **database,
            "GOALPOST_DATA_DIR": str(self.folder / "data"),
            "GOALPOST_ADMIN_PASSWORD": _PASSWORD,
            "PYTHONWARNINGS": "error",
        }
