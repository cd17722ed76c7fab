"""`make faults`: a hundred kills on each database, two servers on one, ten thousand jobs beside pages.

Each prints its seed and its figures.
"""

import os
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.cli.running import ADMIN, Browser, Server, free_port, serving
from tests.faults.real_queue import Queue, kill_workers, wait_for
from tests.people import PASSWORD

pytestmark = pytest.mark.faults

KILLS = int(os.environ.get("FAULTS_KILLS", "100"))
JOBS = int(os.environ.get("FAULTS_JOBS", "10000"))
SEED = int(os.environ.get("FAULTS_SEED", "0")) or random.randrange(10**6)
_SLOWER_BY = 1.2
_BURSTS = 10
_PAGES = 30
_BETWEEN_PAGES = 0.05


Report = Callable[[str], None]


@pytest.fixture
def report(capfd: pytest.CaptureFixture[str]) -> Report:
    """Print a line whether or not the test passes."""

    def tell(text: str) -> None:
        with capfd.disabled():
            print(f"\n{text}")  # noqa: T201  what the run is for

    return tell


@contextmanager
def storm_of_jobs(queue: Queue, chance: random.Random) -> Iterator[list[str]]:
    """Put in short jobs, slow ones and ones in steps, so many that work is left until the last kill."""
    company_id, expected = queue.company_id, []
    shorts = [f"short {number:04}" for number in range(KILLS * 6)]
    queue.put("leave_mark_slowly", [(company_id, name, chance.uniform(0, 0.1)) for name in shorts])
    slow = [f"slow {number:03}" for number in range(KILLS // 5)]
    queue.put("leave_mark_slowly", [(company_id, name, 1.0) for name in slow])
    expected += shorts + slow
    in_steps = max(KILLS // 20, 1)
    queue.put("leave_marks_in_steps", [(company_id, 50)] * in_steps)
    expected += [f"step {step}" for step in range(50)] * in_steps
    yield sorted(expected)
    assert queue.marks() == sorted(expected), f"seed {SEED}"


def test_every_effect_once_through_a_hundred_kills(queue: Queue, report: Report) -> None:
    chance = random.Random(SEED)
    with storm_of_jobs(queue, chance) as expected, serving(queue.installation, **queue.settings) as server:
        began = time.monotonic()
        kill_workers([server], KILLS, chance)
        killed = time.monotonic() - began
        left = queue.wait_until_done(KILLS * 6 + KILLS // 5 + max(KILLS // 20, 1))
    report(
        f"seed {SEED}: {KILLS} kills in {killed:.0f} s, {len(expected)} effects once each,"
        f" the last {left:.1f} s after the last kill"
    )


def test_every_effect_once_with_two_servers_that_are_killed_too(on_postgresql: Queue, report: Report) -> None:
    queue, chance = on_postgresql, random.Random(SEED)
    with storm_of_jobs(queue, chance) as expected, ExitStack() as stack:
        servers: list[Server] = []

        def start() -> None:
            servers.append(stack.enter_context(serving(queue.installation, **queue.settings)))

        start()
        start()
        for _ in range(3):
            kill_workers(servers, KILLS // 4, chance)
            # A whole server without a word: its workers end, and what they leave runs out with its lease.
            servers.pop(0).process.kill()
            start()
        kill_workers(servers, KILLS - 3 * (KILLS // 4), chance)
        left = queue.wait_until_done(KILLS * 6 + KILLS // 5 + max(KILLS // 20, 1))
    report(
        f"seed {SEED}: {KILLS} kills of workers and 3 of servers, {len(expected)} effects once each,"
        f" the last {left:.1f} s after the last kill"
    )


class Mailbox:
    """Takes messages slowly enough for their senders to be killed, and keeps their ids."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        content = envelope.content
        assert isinstance(content, bytes)
        [line] = [line for line in content.splitlines() if line.lower().startswith(b"message-id:")]
        self.ids.append(line.decode().partition(":")[2].strip())
        return "250 Taken"


def test_every_message_arrives_and_a_second_one_bears_the_same_id(queue: Queue, report: Report) -> None:
    box, port, chance = Mailbox(), free_port(), random.Random(SEED)
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    settings = {
        "GOALPOST_EMAIL_HOST": "127.0.0.1",
        "GOALPOST_EMAIL_PORT": str(port),
        "GOALPOST_EMAIL_SECURITY": "none",
        **queue.settings,
    }
    messages = KILLS * 5
    queue.put("ask_for_mail", [(queue.company_id, messages // 10)] * 10)
    with serving(queue.installation, **settings) as server:
        kill_workers([server], KILLS, chance)
        wait_for(lambda: queue.mail_states() == {"done": messages}, queue.mail_states, patience=600)
    controller.stop()
    arrived = Counter(box.ids)
    twice = sum(count - 1 for count in arrived.values())
    assert len(arrived) == messages, f"seed {SEED}"
    report(
        f"seed {SEED}: {KILLS} kills, {messages} messages arrived, {twice} of them once more with the same id"
    )
    assert twice <= KILLS


def test_ten_thousand_jobs_slow_no_page(queue: Queue, report: Report) -> None:
    company_id, names = queue.company_id, [f"job {number:05}" for number in range(JOBS)]
    quiet: list[float] = []
    meanwhile: list[float] = []
    took, wanted = 0.0, 0
    with serving(queue.installation, **queue.settings) as server:
        browser = server.browser()
        assert browser.sign_in(ADMIN, PASSWORD).status == 302
        # By turns, so that a busy moment of the machine falls on both.
        for burst in range(_BURSTS):
            quiet.extend(seconds_of_page(browser) for _ in range(_PAGES))
            queue.put("leave_mark", [(company_id, name) for name in names[burst::_BURSTS]])
            began = time.monotonic()
            wanted += len(names[burst::_BURSTS])
            while queue.states().get("done", 0) < wanted:
                meanwhile.extend(seconds_of_page(browser) for _ in range(5))
                assert time.monotonic() - began < 900, queue.states()
            took += time.monotonic() - began
    assert queue.marks() == names
    alone, busy = statistics.median(quiet), statistics.median(meanwhile)
    report(
        f"{JOBS} jobs in {took:.0f} s ({JOBS / took:.0f} a second); a page takes {1000 * alone:.1f} ms alone,"
        f" {1000 * busy:.1f} ms meanwhile: {busy / alone:.2f} times"
    )
    assert busy <= alone * _SLOWER_BY


def seconds_of_page(browser: Browser) -> float:
    time.sleep(_BETWEEN_PAGES)
    began = time.perf_counter()
    assert browser.get("/").status == 200
    return time.perf_counter() - began
