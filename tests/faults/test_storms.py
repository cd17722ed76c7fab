"""`make faults`: a hundred kills on each database, two servers on one, ten thousand jobs beside pages.

What was measured is printed as a table at the end, with the seed.
"""

import os
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.cli.running import ADMIN, Browser, Server, free_port, serving
from tests.faults.conftest import SEED, Report
from tests.faults.real_queue import PATIENCE, Queue, kill_workers, wait_for
from tests.people import PASSWORD

pytestmark = pytest.mark.faults

KILLS = int(os.environ.get("FAULTS_KILLS", "100"))
JOBS = int(os.environ.get("FAULTS_JOBS", "10000"))
_SLOWER_BY = 1.2
_BURSTS = 10
_PAGES = 30
_BETWEEN_PAGES = 0.05


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
        kill_workers([server], KILLS, chance)
        left = queue.wait_until_done(KILLS * 6 + KILLS // 5 + max(KILLS // 20, 1))
    report(
        f"{KILLS} kills of workers",
        f"{len(expected)} effects once each, the last {left:.0f} s after the last kill",
        "once each, none stuck",
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
        f"{KILLS} kills of workers of two servers, 3 of servers",
        f"{len(expected)} effects once each, the last {left:.0f} s after the last kill",
        "once each, none stuck",
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
    at_once = max(KILLS // 2, 1)
    messages = 10 * at_once
    queue.put("ask_for_mail", [(queue.company_id, at_once)] * 10)
    with serving(queue.installation, **settings) as server:
        kill_workers([server], KILLS, chance)
        wait_for(lambda: queue.mail_states() == {"done": messages}, queue.mail_states, patience=600)
    controller.stop()
    arrived = Counter(box.ids)
    twice = sum(count - 1 for count in arrived.values())
    assert len(arrived) == messages, f"seed {SEED}"
    report(
        f"{KILLS} kills of workers that send mail",
        f"{messages} messages arrived, {twice} of them once more with the same id",
        "all arrive",
    )
    assert twice <= KILLS


def test_ten_thousand_jobs_slow_no_page(queue: Queue, report: Report) -> None:
    company_id, names = queue.company_id, [f"job {number:05}" for number in range(JOBS)]
    alone: list[float] = []
    meanwhile: list[float] = []
    took = 0.0
    with serving(queue.installation, **queue.settings) as server:
        browser = server.browser()
        assert browser.sign_in(ADMIN, PASSWORD).status == 302
        alone.append(median_of_page(browser, lambda asked: asked == _PAGES))
        for burst in range(_BURSTS):
            queue.put("leave_mark", [(company_id, name) for name in names[burst::_BURSTS]])
            began, wanted = time.monotonic(), sum(len(names[each::_BURSTS]) for each in range(burst + 1))

            def is_drained(asked: int, wanted: int = wanted) -> bool:
                return asked % 5 == 0 and queue.states().get("done", 0) == wanted

            meanwhile.append(median_of_page(browser, is_drained))
            took += time.monotonic() - began
            alone.append(median_of_page(browser, lambda asked: asked == _PAGES))
    assert queue.marks() == names
    # Each burst against the quiet before and after it: what else the machine does changes by the minute.
    ratios = [busy / statistics.mean(quiet) for busy, quiet in zip(meanwhile, pairwise(alone), strict=True)]
    ratio = statistics.median(ratios)
    report(
        f"{JOBS} jobs beside pages, {JOBS / took:.0f} a second",
        f"a page takes {ratio:.2f} times ({1000 * statistics.median(alone):.0f} ms alone)",
        f"at most {_SLOWER_BY} times",
    )
    assert ratio <= _SLOWER_BY, ratios


def median_of_page(browser: Browser, is_enough: Callable[[int], bool]) -> float:
    """Ask for the page until there were enough. Returns the median of its seconds."""
    taken: list[float] = []
    until = time.monotonic() + PATIENCE
    while not taken or not is_enough(len(taken)):
        assert time.monotonic() < until, "the jobs are not drained"
        taken.append(seconds_of_page(browser))
    return statistics.median(taken)


def seconds_of_page(browser: Browser) -> float:
    time.sleep(_BETWEEN_PAGES)
    began = time.perf_counter()
    assert browser.get("/").status == 200
    return time.perf_counter() - began
