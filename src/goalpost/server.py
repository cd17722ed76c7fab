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

import django
import typer
from django.core.exceptions import ImproperlyConfigured

_BACKLOG = 512
_PATIENCE = 60


class CannotServe(Exception):
    """The server cannot start; the message says what to do."""


def run(host: str, port: int) -> None:
    """Serve the data folder of the settings until stopped."""
    _set_up()
    with _listening(host, port) as listening:
        _prepare()
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
        _set_up()
        typer.echo("Preparing a sample company …")
        _prepare()
        from goalpost.demo import build  # noqa: PLC0415  needs Django set up

        company = build(datetime.now(UTC))

        def announce() -> None:
            for role, email, password in company.sign_ins:
                typer.echo(f"  {role:<20} {email:<28} {password}")
            _announce(address)

        _answer(listening, address, announce)


def migrate() -> None:
    """Migrate the database. Raises CannotServe when it cannot be used."""
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import DatabaseError  # noqa: PLC0415

    try:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
    except DatabaseError as error:
        raise CannotServe(f"The database cannot be used: {error}") from error


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


def _set_up() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "goalpost.settings")
    try:
        django.setup()
    except (ImproperlyConfigured, OSError) as error:
        raise CannotServe(str(error)) from error
