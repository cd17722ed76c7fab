"""A queue of real processes, looked at from outside: the database of a `goalpost serve` is asked directly.

The jobs are those of `tests.jobs.sample_tasks`, found by the workers on the path of Python's modules.
"""

import json
import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from tests.cli.running import Installation, Server

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 300
_TASKS = "tests.jobs.sample_tasks"
_NICE = 10
"""By which workers are told from the processes that answer."""

Rows = list[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Queue:
    """The jobs of an installation and what they have done."""

    installation: Installation

    @property
    def settings(self) -> dict[str, str]:
        """What `serving` needs so that workers find the sample tasks."""
        return {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}

    @property
    def company_id(self) -> int:
        return int(str(self.ask("SELECT id FROM companies_company")[0][0]))

    def ask(self, statement: str) -> Rows:
        if self._address:
            with psycopg.connect(self._address) as server:
                return list(server.execute(statement.encode()))
        with closing(self._file()) as file:
            return list(file.execute(statement))

    def put(self, task: str, calls: Sequence[Sequence[object]]) -> None:
        """Ask for one job a call, all in one transaction."""
        now = datetime.now(UTC)
        moment = now if self._address else f"{now:%Y-%m-%d %H:%M:%S.%f}"
        lines = [
            (json.dumps({"args": list(call), "kwargs": {}}), f"{_TASKS}.{task}", moment, moment)
            for call in calls
        ]
        columns = (
            "arguments, task, run_at, created_at, company_id, about, fingerprint, priority, state, worker"
        )
        insert = (
            f"INSERT INTO jobs_job ({columns}, attempts, progress, error)"
            " VALUES (?, ?, ?, ?, 0, '', '', 0, 'waiting', '', 0, '{}', '')"
        )
        if self._address:
            with psycopg.connect(self._address) as server, server.cursor() as cursor:
                cursor.executemany(insert.replace("?", "%s").encode(), lines)
        else:
            with closing(self._file()) as file, file:
                file.executemany(insert, lines)

    def marks(self) -> list[str]:
        """Return what the jobs have left, in the order of their names."""
        rows = self.ask(
            "SELECT subject_name FROM companies_auditentry WHERE actor_id IS NULL AND action = 'changed'"
        )
        return sorted(str(name) for (name,) in rows)

    def states(self) -> dict[str, int]:
        """Return how many of the sample jobs are in each state."""
        return self._states_of("tests.%")

    def mail_states(self) -> dict[str, int]:
        return self._states_of("%.send_message")

    def _states_of(self, tasks: str) -> dict[str, int]:
        rows = self.ask(f"SELECT state, COUNT(*) FROM jobs_job WHERE task LIKE '{tasks}' GROUP BY state")
        return {str(state): int(str(number)) for state, number in rows}

    def wait_until_done(self, jobs: int) -> float:
        """Wait until so many are done and none is left. Returns the seconds it took."""
        began = time.monotonic()
        wait_for(lambda: self.states() == {"done": jobs}, self.states)
        return time.monotonic() - began

    @property
    def _address(self) -> str:
        return self.installation.settings.get("GOALPOST_DATABASE_URL", "")

    def _file(self) -> sqlite3.Connection:
        return sqlite3.connect(self.installation.data / "goalpost.sqlite3", timeout=60)


def wait_for(holds: Callable[[], bool], told: Callable[[], object], patience: float = PATIENCE) -> None:
    """Wait until something holds. Fails with what is `told` instead."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError(told())


def workers_of(server: Server) -> list[int]:
    """Return the processes of the server that run jobs."""
    with suppress(FileNotFoundError):
        children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
        own = os.getpriority(os.PRIO_PROCESS, server.process.pid)
        return [pid for pid in map(int, children) if _niceness(pid) == min(own + _NICE, 19)]
    return []


def _niceness(pid: int) -> int:
    with suppress(ProcessLookupError):
        return os.getpriority(os.PRIO_PROCESS, pid)
    return 0


def kill_workers(servers: Sequence[Server], kills: int, chance: random.Random) -> None:
    """Kill a worker of any of the servers so often, each time at a random moment."""
    done = 0
    while done < kills:
        time.sleep(chance.uniform(0.02, 0.7))
        alive = [pid for server in servers for pid in workers_of(server)]
        if alive:
            with suppress(ProcessLookupError):
                os.kill(chance.choice(alive), signal.SIGKILL)
                done += 1
