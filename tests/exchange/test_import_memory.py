"""An import takes no more memory than a small server has, however long the file."""

from tests.exchange.installation import Installation

_ROWS = 50_000
_MOST = 240 << 20
# The peak of this program alone: what `getrusage` tells counts the one that started it, too.
_TELL_PEAK = """
import atexit, sys
from pathlib import Path
atexit.register(lambda: sys.stderr.write(Path("/proc/self/status").read_text()))
"""


def test_fifty_thousand_deals_come_in_with_little_memory(installation: Installation) -> None:
    lines = (
        f"{number},Deal number {number},Person {number % 50},Company {number % 999},Stage {number % 5},"
        f"won,{number},2026-{number % 12 + 1:02}-{number % 28 + 1:02},2026-12-{number % 28 + 1:02}\n"
        for number in range(_ROWS)
    )
    header = "id,title,owner,organization,stage,status,value,add time,won time\n"
    installation.write("deals.csv", header + "".join(lines))
    done = installation.run("import", "deals", "deals.csv", before=_TELL_PEAK)
    assert done.returncode == 0, done.stderr
    assert "50,000 created" in done.stdout
    (peak,) = (line.split()[1] for line in done.stderr.splitlines() if line.startswith("VmHWM:"))
    assert int(peak) << 10 < _MOST
