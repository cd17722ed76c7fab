"""Workers as processes of a real server: they run jobs, die, and stop. The short end of `make faults`."""

import os
import random
import signal
import time
from contextlib import ExitStack

import pytest

from goalpost.jobs.lease import LEASE
from tests.cli.running import serving
from tests.faults.real_queue import PATIENCE, Queue, kill_workers, wait_for, workers_of

KILLS = 4


def test_a_worker_that_dies_at_its_job_is_replaced_and_the_job_done_once(queue: Queue) -> None:
    company_id = queue.company_id
    queue.put("die_between_steps", [(company_id,)])
    with serving(queue.installation, **queue.settings, GOALPOST_JOB_WORKERS="1"):
        took = queue.wait_until_done(1)
    assert queue.marks() == ["after", "before"]
    assert took < LEASE.total_seconds(), "nobody waits for the lease of a worker that is known to be dead"


def test_jobs_are_done_exactly_once_however_often_workers_are_killed(queue: Queue) -> None:
    seed = random.randrange(10**6)
    company_id, names = queue.company_id, [f"job {number:03}" for number in range(40)]
    queue.put("leave_mark_slowly", [(company_id, name, 0.1) for name in names])
    with serving(queue.installation, **queue.settings) as server:
        kill_workers([server], KILLS, random.Random(seed))
        queue.wait_until_done(len(names))
    assert queue.marks() == names, f"seed {seed}"


def test_two_servers_share_one_queue(on_postgresql: Queue) -> None:
    queue = on_postgresql
    company_id, names = queue.company_id, [f"job {number:03}" for number in range(60)]
    with ExitStack() as servers:
        for _ in range(2):
            servers.enter_context(serving(queue.installation, **queue.settings, GOALPOST_JOB_WORKERS="1"))
        queue.put("leave_mark_slowly", [(company_id, name, 0.05) for name in names])
        queue.wait_until_done(len(names))
    assert queue.marks() == names
    workers = queue.ask("SELECT DISTINCT worker FROM jobs_job WHERE task LIKE 'tests.%'")
    assert len(workers) == 2, workers


def test_a_server_that_is_stopped_finishes_the_job_at_hand(on_sqlite: Queue) -> None:
    queue = on_sqlite
    queue.put("leave_mark_slowly", [(queue.company_id, "at hand", 2)])
    with serving(queue.installation, **queue.settings) as server:
        wait_for(lambda: queue.states() == {"running": 1}, queue.states)
        code, seconds = server.stop()
    assert code == 0
    assert seconds < 10
    assert queue.states() == {"done": 1}
    assert queue.marks() == ["at hand"]


def test_a_job_that_would_take_too_long_to_finish_goes_back(on_postgresql: Queue) -> None:
    queue = on_postgresql
    queue.put("leave_mark_slowly", [(queue.company_id, "slow", 600)])
    with serving(queue.installation, **queue.settings) as server:
        wait_for(lambda: queue.states() == {"running": 1}, queue.states)
        code, seconds = server.stop()
    assert code == 0
    assert 4 < seconds < 60
    assert queue.states() == {"waiting": 1}
    assert queue.ask("SELECT attempts FROM jobs_job WHERE task LIKE 'tests.%'") == [(0,)]


def test_workers_end_with_a_server_that_is_killed(on_sqlite: Queue) -> None:
    queue = on_sqlite
    with serving(queue.installation, **queue.settings, GOALPOST_JOB_WORKERS="2") as server:
        wait_for(lambda: len(workers_of(server)) == 2, lambda: workers_of(server))
        workers = workers_of(server)
        server.process.kill()
        server.process.wait(timeout=PATIENCE)
        until = time.monotonic() + PATIENCE
        while any(_is_alive(pid) for pid in workers):
            assert time.monotonic() < until, "a worker still runs"
            time.sleep(0.1)


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_worker_stops_at_once(on_sqlite: Queue, by: signal.Signals) -> None:
    with serving(on_sqlite.installation, GOALPOST_JOB_WORKERS="3") as server:
        began = time.monotonic()
        server.process.send_signal(by)
        assert server.process.wait(timeout=PATIENCE) == 0
        assert time.monotonic() - began < 10


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
