"""Starting the server: data folder, database, pages, then the processes that answer."""

import os
import secrets
import socket
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime

import django
import typer
from django.core.exceptions import ImproperlyConfigured
from granian import Granian
from granian.constants import Interfaces

_BLOCKING_THREADS = 4
_PATIENCE = 60


class CannotServe(Exception):
    """The server cannot start; the message says what to do."""


def run(host: str, port: int) -> None:
    """Serve the data folder of the settings until stopped."""
    _set_up()
    _refuse_taken(host, port)
    _prepare()
    _answer(host, port, lambda: typer.echo(f"Goalpost is running at {_address(host, port)}"))


def run_demo(port: int) -> None:
    """Serve a sample company out of a temporary folder, which goes when the server stops."""
    host = "127.0.0.1"
    _refuse_taken(host, port)
    with tempfile.TemporaryDirectory(prefix="goalpost-demo-") as folder:
        for name in [name for name in os.environ if name.startswith("GOALPOST_")]:
            del os.environ[name]
        os.environ["GOALPOST_DATA_DIR"] = folder
        os.environ["GOALPOST_SECRET_KEY"] = secrets.token_urlsafe(64)
        os.environ["GOALPOST_URL"] = _address(host, port)
        _set_up()
        typer.echo("Preparing a sample company …")
        _prepare()
        from goalpost.demo import build  # noqa: PLC0415  needs Django set up

        company = build(datetime.now(UTC))

        def announce() -> None:
            for role, email, password in company.sign_ins:
                typer.echo(f"  {role:<14} {email:<28} {password}")
            typer.echo(f"Goalpost is running at {_address(host, port)}")

        _answer(host, port, announce)


def migrate() -> None:
    """Bring the database to this version's tables. Raises CannotServe when there is no using it."""
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import DatabaseError  # noqa: PLC0415

    try:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
    except DatabaseError as error:
        raise CannotServe(f"The database cannot be used: {error}") from error


def _prepare() -> None:
    """Make everything that answering needs: tables, translations, chart library, hashed static files."""
    from goalpost.web.assets import AssetsError, ensure_built  # noqa: PLC0415

    migrate()
    try:
        ensure_built()
    except AssetsError as error:
        raise CannotServe(str(error)) from error


def _answer(host: str, port: int, announce: Callable[[], None]) -> None:
    """Run the server until a signal stops it; announce it once it truly answers."""
    from django.conf import settings  # noqa: PLC0415
    from django.db import connections  # noqa: PLC0415

    connections.close_all()
    server = Granian(
        "goalpost.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=settings.WORKERS,
        blocking_threads=_BLOCKING_THREADS,
        websockets=False,
        log_enabled=False,
    )
    threading.Thread(target=_announce_when_ready, args=(host, port, announce), daemon=True).start()
    server.serve()


def _announce_when_ready(host: str, port: int, announce: Callable[[], None]) -> None:
    local = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  compared, not bound
    # By a name that is always allowed, whatever the address is called.
    question = urllib.request.Request(f"{_address(local, port)}/health", headers={"Host": "localhost"})  # noqa: S310
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(question, timeout=2):  # noqa: S310  our own
                announce()
                sys.stdout.flush()
                return
        except OSError:
            time.sleep(0.1)
    typer.echo(f"The server does not answer at {_address(local, port)}.", err=True)


def _refuse_taken(host: str, port: int) -> None:
    """Raise CannotServe when something else listens there already."""
    try:
        with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
            return
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise CannotServe(
            f"Port {port} at {host} cannot be used ({reason}). Choose another with --port."
        ) from error


def _address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _set_up() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "goalpost.settings")
    try:
        django.setup()
    except (ImproperlyConfigured, OSError) as error:
        raise CannotServe(str(error)) from error
