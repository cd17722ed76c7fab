"""An import killed at any point and run again ends as if it had run once."""

import signal
import subprocess
import time
from collections.abc import Callable

from tests.exchange.installation import Installation

_ROWS = 1_000
_BATCH = 100
_DEALS = """
    SELECT d.external_id, d.title, u.name, p.name, s.name, d.status, d.value, d.won_time FROM crm_deal d
    JOIN companies_user u ON u.id = d.owner_id JOIN crm_pipeline p ON p.id = d.pipeline_id
    JOIN crm_stage s ON s.id = d.stage_id ORDER BY d.external_id"""
_MOVES = """
    SELECT d.external_id, s.name, m.moved_at FROM crm_stagemove m JOIN crm_deal d ON d.id = m.deal_id
    JOIN crm_stage s ON s.id = m.stage_id ORDER BY d.external_id, m.id"""
_STAGES = """
    SELECT p.name, s.name, s.position FROM crm_stage s JOIN crm_pipeline p ON p.id = s.pipeline_id
    ORDER BY p.name, s.position"""
_PEOPLE = "SELECT name, email, is_active FROM companies_user ORDER BY name"
_COMPANY_DAYS = """
    SELECT t.measure, t.day, p.name, COALESCE(s.name, ''), t.count, t.amount, t.unvalued
    FROM ledger_companydaytally t JOIN crm_pipeline p ON p.id = t.pipeline_id
    LEFT JOIN crm_stage s ON s.id = t.item_id ORDER BY 1, 2, 3, 4"""
_OWNER_MONTHS = """
    SELECT t.measure, t.month, u.name, p.name, COALESCE(s.name, ''), t.count, t.amount
    FROM ledger_ownermonthtally t JOIN companies_user u ON u.id = t.owner_id
    JOIN crm_pipeline p ON p.id = t.pipeline_id LEFT JOIN crm_stage s ON s.id = t.item_id
    ORDER BY 1, 2, 3, 4, 5"""
_ENTRIES = "SELECT measure, COUNT(*), SUM(count), SUM(amount) FROM ledger_entry GROUP BY measure ORDER BY 1"
_STATEMENTS = (_DEALS, _MOVES, _STAGES, _PEOPLE, _COMPANY_DAYS, _OWNER_MONTHS, _ENTRIES)
_SMALL_BATCHES = (
    "from goalpost.server import set_up\nset_up()\n"
    f"import goalpost.exchange.loading.run as run\nrun.BATCH = {_BATCH}\n"
)
# Between two batches there is time to be killed in, however fast the machine.
_SLOW_COMMITS = (
    "import time\nload = run._Import._load\n"
    "run._Import._load = lambda *arguments: (load(*arguments), time.sleep(0.3))[0]\n"
)
_PATIENCE = 300
_KILL_IN = """
import importlib, os, signal
module = importlib.import_module({module!r})
kept, calls = getattr(module, {name!r}), iter(range(10**6))
def dying(*arguments, **named):
    if next(calls) == {nth}:
        {first}
        os.kill(os.getpid(), signal.SIGKILL)
    return kept(*arguments, **named)
setattr(module, {name!r}, dying)
"""


def _deals() -> str:
    header = "id,title,owner,pipeline,stage,status,value,add time,won time\n"
    lines = []
    for number in range(_ROWS):
        day = f"2026-{number % 12 + 1:02}-{number % 28 + 1:02}"
        status = ("open", "won", "lost")[number % 3]
        won = day if status == "won" else ""
        owner, stage = f"Person {number // 90}", f"Stage {number // 70}"
        lines.append(
            f"{number},Deal {number},{owner},Line {number // 400},{stage},{status},{number},{day},{won}\n"
        )
    return header + "".join(lines) + "x,,nobody,,,,,,\n"


def _state(installation: Installation) -> list[list[tuple[str, ...]]]:
    return [installation.select(statement) for statement in _STATEMENTS]


def _ready(installation: Installation) -> Installation:
    installation.init()
    installation.write("deals.csv", _deals())
    return installation


def _deal_count(installation: Installation) -> int:
    return int(installation.select("SELECT COUNT(*) FROM crm_deal")[0][0])


def _wait_for_more_than(known: int, installation: Installation, process: subprocess.Popen[str]) -> int:
    """Wait until the import has committed a batch of new deals; return how many there are then."""
    until = time.monotonic() + _PATIENCE
    while (count := _deal_count(installation)) <= known:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.02)
    return count


def _killing(module: str, name: str, nth: int, *, after: bool = False) -> str:
    first = "kept(*arguments, **named)" if after else "pass"
    return _SMALL_BATCHES + _KILL_IN.format(module=module, name=name, nth=nth, first=first)


_POINTS = {
    "with nothing written": _killing("goalpost.exchange.loading.deals", "find_deals", 0),
    "with people and stages created": _killing("goalpost.exchange.loading.deals", "insert_deals", 1),
    "with records and no ledger": _killing("goalpost.ledger.post", "insert_rows", 3),
    "in the tallies": _killing("goalpost.ledger.post", "add_to_rows", 3),
    "before a commit": _killing("goalpost.exchange.loading.deals", "insert_deals", 1, after=True),
    "after a commit": _killing("goalpost.exchange.loading.run", "refresh_statistics", 1),
    "at the very end": _killing("goalpost.exchange.report", "summary_lines", 0),
}


def test_an_import_killed_anywhere_and_run_again_ends_as_if_run_once(
    make_installation: Callable[[str], Installation],
) -> None:
    once = _ready(make_installation("once"))
    done = once.run("import", "deals", "deals.csv")
    assert done.returncode == 3, done.stderr
    expected = _state(once)
    assert len(expected[0]) == _ROWS
    killed = _ready(make_installation("killed"))
    for point, before in _POINTS.items():
        done = killed.run("import", "deals", "deals.csv", before=before)
        assert done.returncode == -signal.SIGKILL, (point, done.stdout, done.stderr)
        assert "agrees" in killed.succeed("verify"), point
        assert not (killed.folder / "deals.rejects.csv").exists() or point == "at the very end"
    done = killed.run("import", "deals", "deals.csv")
    assert done.returncode == 3, done.stderr
    assert f"0 created, 0 updated, {_ROWS:,} unchanged, 1 rejected" in done.stdout
    assert "agrees" in killed.succeed("verify")
    assert _state(killed) == expected
    assert (killed.folder / "deals.rejects.csv").read_bytes() == (
        once.folder / "deals.rejects.csv"
    ).read_bytes()


def test_an_import_killed_from_outside_goes_on_when_run_again(
    make_installation: Callable[[str], Installation],
) -> None:
    installation = _ready(make_installation("killed"))
    known = 0
    for _ in range(2):
        # What is in already comes in unchanged, quickly: the rest is killed on its way.
        process = installation.start("import", "deals", "deals.csv", before=_SMALL_BATCHES + _SLOW_COMMITS)
        committed = _wait_for_more_than(known, installation, process)
        process.kill()
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        assert "agrees" in installation.succeed("verify")
        known = _deal_count(installation)
        assert committed <= known < _ROWS
        assert known % _BATCH == 0
    done = installation.run("import", "deals", "deals.csv")
    assert done.returncode == 3, done.stderr
    assert installation.select("SELECT COUNT(*) FROM crm_deal") == [(str(_ROWS),)]


def test_two_imports_of_one_file_at_once_end_as_one(
    make_installation: Callable[[str], Installation],
) -> None:
    installation = _ready(make_installation("twice"))
    commands = [("import", "deals", "deals.csv", "--rejects", f"rejects-{number}.csv") for number in range(2)]
    running = [installation.start(*command, before=_SMALL_BATCHES) for command in commands]
    said = [process.communicate(timeout=_PATIENCE)[1] for process in running]
    assert [process.returncode for process in running] == [3, 3], said
    assert "agrees" in installation.succeed("verify")
    assert installation.select("SELECT COUNT(*), COUNT(DISTINCT external_id) FROM crm_deal") == [
        (str(_ROWS), str(_ROWS))
    ]
    assert installation.select("SELECT COUNT(*), COUNT(DISTINCT name) FROM companies_user") == [("13", "13")]
