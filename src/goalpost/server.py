"""Starting the server: data folder, database, pages, then the processes that answer."""

import multiprocessing
import os
import secrets
import socket
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import django
import typer
from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from goalpost.storage.schema import SchemaState

_DATABASE_URL = {"GOALPOST_DATABASE_URL", "GOALPOST_DATABASE_URL_FILE"}
_BACKLOG = 512
_PATIENCE = 60


class CannotServe(Exception):
    """The server cannot start; the message says what to do."""


def run(host: str, port: int) -> None:
    """Serve the data folder of the settings until stopped. Raises CannotServe, also where no company is."""
    set_up(makes_folder=bool(os.environ.keys() & _DATABASE_URL))
    expect_data()
    with _listening(host, port) as listening:
        _prepare()
        expect_company()
        _answer(listening, _address(host, port), lambda: _announce(_address(host, port)))


def run_demo(port: int) -> None:
    """Serve a sample company from a temporary folder, which is deleted when the server stops."""
    host = "127.0.0.1"
    address = _address(host, port)
    with _listening(host, port) as listening, tempfile.TemporaryDirectory(prefix="goalpost-demo-") as folder:
        for name in [name for name in os.environ if name.startswith("GOALPOST_")]:
            del os.environ[name]
        os.environ["GOALPOST_DATA_DIR"] = folder
        os.environ["GOALPOST_SECRET_KEY"] = secrets.token_urlsafe(64)
        os.environ["GOALPOST_URL"] = address
        set_up(makes_folder=True)
        typer.echo("Preparing a sample company …")
        _prepare()
        from goalpost.demo import build  # noqa: PLC0415  needs Django set up

        company = build(datetime.now(UTC))

        def announce() -> None:
            for role, email, password in company.sign_ins:
                typer.echo(f"  {role:<20} {email:<28} {password}")
            _announce(address)

        _answer(listening, address, announce)


def expect_data() -> None:
    """Raise CannotServe when the settings name a database file that is not there: SQLite would make it."""
    from django.conf import settings  # noqa: PLC0415

    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3") and not Path(database["NAME"]).exists():
        raise CannotServe(
            f"There is no company in {settings.DATA_DIR}. Set one up with: goalpost init "
            "(see goalpost init --help). If yours is in another folder, name that with GOALPOST_DATA_DIR."
        )


def expect_company() -> None:
    """Raise CannotServe unless the database has the tables of this version, and a company."""
    from django.db import DatabaseError  # noqa: PLC0415

    from goalpost.companies.models import Company  # noqa: PLC0415
    from goalpost.storage.schema import SchemaState, schema_state  # noqa: PLC0415

    try:
        state = schema_state()
        _refuse_newer(state)
        if state is SchemaState.OLDER:
            raise CannotServe(
                f"The tables in {_database()} are of an earlier version. "
                "Make a backup, then run: goalpost migrate"
            )
        if state is SchemaState.EMPTY or not Company.objects.exists():
            raise CannotServe(
                f"There is no company in {_database()}. Set one up with: goalpost init "
                "(see goalpost init --help)."
            )
    except DatabaseError as error:
        raise CannotServe(f"{_database()} cannot be used: {error}") from error


def _refuse_newer(state: "SchemaState") -> None:
    from goalpost.storage.schema import SchemaState  # noqa: PLC0415

    if state is SchemaState.NEWER:
        raise CannotServe(
            f"The tables in {_database()} are of a newer version than this one, {version('goalpost')}. "
            "Use that version, or restore a backup that this one made."
        )


def _database() -> str:
    """Return what messages call the database: its folder, or its name on its server, never a password."""
    from django.conf import settings  # noqa: PLC0415

    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        return str(database["NAME"])
    return f"the database {database['NAME']} on {database['HOST'] or 'this machine'}"


def migrate() -> None:
    """Migrate the database. Raises CannotServe when it cannot be used, or is of a newer version."""
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import DatabaseError  # noqa: PLC0415

    from goalpost.storage.schema import schema_state  # noqa: PLC0415

    try:
        _refuse_newer(schema_state())
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
    except DatabaseError as error:
        raise CannotServe(f"{_database()} cannot be used: {error}") from error


def _prepare() -> None:
    """Prepare tables, translations, chart library and hashed static files."""
    from goalpost.web.shell.assets import AssetsError, ensure_built  # noqa: PLC0415

    migrate()
    try:
        ensure_built()
    except AssetsError as error:
        raise CannotServe(str(error)) from error


def _answer(listening: socket.socket, address: str, announce: Callable[[], None]) -> None:
    """Run the server until a signal stops it; announce it once it answers a request."""
    from goalpost.processes import answer  # noqa: PLC0415  needs Django set up

    watcher = multiprocessing.get_context("fork").Process(
        target=_announce_when_ready, args=(address, announce), daemon=True
    )
    watcher.start()
    answer(listening)


def _announce_when_ready(address: str, announce: Callable[[], None]) -> None:
    # Requested by a host name that is always allowed.
    question = urllib.request.Request(f"{address}/health", headers={"Host": "localhost"})  # noqa: S310  our own
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(question, timeout=_PATIENCE):  # noqa: S310  our own
                announce()
                sys.stdout.flush()
                return
        except OSError:
            time.sleep(0.1)
    typer.echo(f"The server does not answer at {address}.", err=True)


def _announce(address: str) -> None:
    typer.echo(f"Goalpost is running at {address}")


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens there. Raises CannotServe when something else does already."""
    try:
        return socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=_BACKLOG
        )
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise CannotServe(
            f"Port {port} on {host} cannot be used ({reason}). Choose another with --port."
        ) from error


def _address(host: str, port: int) -> str:
    """Return where a browser on this machine reaches the server."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  compared, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def set_up(*, makes_folder: bool = False) -> None:
    """Load the settings and Django, and tell of variables that are no settings. Raises CannotServe.

    `makes_folder` makes the data folder where it is missing: for what begins an installation.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "goalpost.settings")
    try:
        if makes_folder:
            folder = Path(os.environ.get("GOALPOST_DATA_DIR", "data"))
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        django.setup()
    except (ImproperlyConfigured, OSError) as error:
        raise CannotServe(str(error)) from error
    from django.conf import settings  # noqa: PLC0415

    for name, meant in settings.UNKNOWN_VARIABLES.items():
        advice = f" Did you mean {meant}?" if meant else " See docs/configuration.md."
        typer.echo(f"{name} is not a setting and is ignored.{advice}", err=True)
