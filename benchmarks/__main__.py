"""`python -m benchmarks [--sizes 10000,100000,1000000] [--engines sqlite,postgresql]`.

Prints one table, the engines side by side, and exits with 1 when a bar is not cleared.
"""

import argparse
import os
import platform
import secrets
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.figures import Figure, load
from benchmarks.synthetic import write_deals
from tools import postgres

ENGINES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
SIZES = "10000,100000,1000000"


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks", description="Measure Goalpost on both engines.")
    parser.add_argument("--sizes", default=SIZES, help=f"deals in each company, default {SIZES}")
    parser.add_argument("--engines", default=",".join(ENGINES), help="which engines, default both")
    options = parser.parse_args()
    sizes = sorted({int(size) for size in options.sizes.split(",")})
    engines = [engine for engine in ENGINES if engine in options.engines.split(",")]
    console = Console(stderr=True)
    if "postgresql" in engines and postgres.programs() is None:
        console.print("PostgreSQL 15 or later is not installed: it is left out.")
        engines.remove("postgresql")
    figures: dict[str, list[Figure]] = {}
    with tempfile.TemporaryDirectory(prefix="goalpost-bench-") as name:
        folder = Path(name)
        files = {size: folder / f"{size}.csv" for size in sizes}
        for size, file in files.items():
            console.print(f"Writing a file of {size:,} deals")
            write_deals(file, size)
        for engine in engines:
            console.print(f"Measuring on {ENGINES[engine]}")
            figures[engine] = _measured(engine, folder / engine, list(files.values()))
    _print(figures)
    return 0 if all(figure.passes for measured in figures.values() for figure in measured) else 1


def _measured(engine: str, folder: Path, files: list[Path]) -> list[Figure]:
    """Measure in a process of its own, on a database that lasts as long as it."""
    folder.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GOALPOST_")}
    environment |= {
        "GOALPOST_DATA_DIR": str(folder),
        "GOALPOST_SECRET_KEY": secrets.token_urlsafe(64),
        "DJANGO_SETTINGS_MODULE": "goalpost.settings",
    }
    with ExitStack() as running:
        if engine == "postgresql":
            environment["GOALPOST_DATABASE_URL"] = running.enter_context(postgres.server(is_durable=True))
        result = folder / "figures.json"
        command = [sys.executable, "-m", "benchmarks.engine", str(result), *map(str, files)]
        subprocess.run(command, env=environment, check=True)  # noqa: S603
        return load(result)


def _print(figures: dict[str, list[Figure]]) -> None:
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    # Times mean little on a machine that is busy with something else: above one a core, it was.
    table = Table(title=f"{machine}, load {os.getloadavg()[0]:.1f}")
    for name in ("", "what", *(ENGINES[engine] for engine in figures), "bar", ""):
        table.add_column(name, justify="left" if name in {"", "what"} else "right")
    for row in zip(*figures.values(), strict=True):
        first, passes = row[0], all(figure.passes for figure in row)
        verdict = ("pass" if passes else "FAIL") if first.bar else ""
        bars = " / ".join(dict.fromkeys(figure.bar for figure in row))
        table.add_row(first.letter, first.what, *map(str, row), bars, verdict)
    Console(width=130).print(table)


if __name__ == "__main__":
    sys.exit(main())
