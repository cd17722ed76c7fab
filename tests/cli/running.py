"""Runs the real `goalpost` command as its own process, in a data folder of the test's own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.cookiejar import CookieJar
from pathlib import Path
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener

from tests.environment import migrated_file
from tests.people import PASSWORD

COMMAND = Path(sys.executable).parent / "goalpost"
ADMIN = "astrid@nordlys.example"
PATIENCE = 300
"""Seconds: on a slow and busy machine a server takes one to start."""


class Ran(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def last_line(self) -> str:
        return self.out.splitlines()[-1]


@dataclass(frozen=True, slots=True)
class Installation:
    """A data folder and the environment that names it; nothing else of the environment is Goalpost's."""

    data: Path
    settings: dict[str, str] = field(default_factory=dict)

    def environment(self, **more: str) -> dict[str, str]:
        plain = {
            name: value
            for name, value in os.environ.items()
            # Browser tests of the same process set one of Django's.
            if not name.startswith(("GOALPOST_", "DJANGO_"))
        }
        plain.pop("DJANGO_SETTINGS_MODULE", None)
        return {
            **plain,
            "GOALPOST_DATA_DIR": str(self.data),
            "GOALPOST_WORKERS": "1",
            **self.settings,
            **more,
        }

    def run(self, *arguments: str, stdin: str | None = None, **settings: str) -> Ran:
        """Run a command to its end. Nobody sits at a terminal."""
        done = subprocess.run(
            [COMMAND, *arguments],
            env=self.environment(**settings),
            cwd=self.data.parent,
            input=stdin or "",
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def init(self, **changes: str) -> Ran:
        """Found Nordlys with Astrid as its admin, or what `changes` say instead."""
        options = {
            "company": "Nordlys",
            "currency": "EUR",
            "timezone": "Europe/Stockholm",
            "admin-email": ADMIN,
            **{name.replace("_", "-"): value for name, value in changes.items() if name.islower()},
        }
        settings = {name: value for name, value in changes.items() if name.isupper()}
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        return self.run("init", *arguments, **{"GOALPOST_ADMIN_PASSWORD": PASSWORD, **settings})


def with_tables(data: Path) -> Installation:
    """Make an installation on SQLite with the tables and nothing in them: each migration takes its time."""
    data.mkdir(mode=0o700)
    shutil.copyfile(migrated_file(), data / "goalpost.sqlite3")
    return Installation(data)


class Answer(NamedTuple):
    """A response, headers by lower-case name; of several cookies each is in `cookies`."""

    status: int
    headers: dict[str, str]
    cookies: list[str]
    body: str


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Show redirects to the test instead of following them."""


class Browser:
    """Keeps cookies over requests, like a browser; follows no redirects and runs no scripts."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.jar = CookieJar()
        self._opener = build_opener(HTTPCookieProcessor(self.jar), _NoRedirects())

    def get(self, path: str, **headers: str) -> Answer:
        return self._ask(Request(self.address + path, headers=_named(headers)))

    def post(self, path: str, fields: dict[str, str], **headers: str) -> Answer:
        request = Request(self.address + path, urlencode(fields).encode(), _named(headers))
        return self._ask(request)

    def submit(self, path: str, fields: dict[str, str]) -> Answer:
        """Open a page with a form and send it, with the token that the form holds."""
        page = self.get(path).body
        _, _, after = page.partition('name="csrfmiddlewaretoken" value="')
        return self.post(path, {"csrfmiddlewaretoken": after.partition('"')[0], **fields})

    def sign_in(self, email: str, password: str) -> Answer:
        return self.submit("/account/login/", {"login": email, "password": password})

    def _ask(self, request: Request) -> Answer:
        try:
            with self._opener.open(request, timeout=PATIENCE) as response:
                return _answer(response.status, response.headers, response.read())
        except HTTPError as error:
            with error:
                return _answer(error.code, error.headers, error.read())


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def _answer(status: int, headers: Message, body: bytes) -> Answer:
    cookies = [value.strip() for value in headers.get_all("Set-Cookie", [])]
    return Answer(status, {name.lower(): value for name, value in headers.items()}, cookies, body.decode())


@dataclass(slots=True)
class Server:
    """A running server: its process, its port, and the lines it has printed so far."""

    process: subprocess.Popen[str]
    port: int
    lines: list[str]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def browser(self) -> Browser:
        return Browser(self.address)

    def stop(self) -> tuple[int, float]:
        """Ask it to stop as a service manager does. Returns the exit code and the seconds it took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=PATIENCE)
        return code, time.monotonic() - began


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


@contextmanager
def serving(installation: Installation, *command: str, **settings: str) -> Iterator[Server]:
    """Serve until the block ends. The server has said that it is running when the block begins."""
    port = free_port()
    process = subprocess.Popen(
        [COMMAND, *(command or ("serve",)), "--port", str(port)],
        env=installation.environment(**settings),
        cwd=installation.data.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    server = Server(process, port, [])
    too_late = threading.Timer(PATIENCE, process.kill)
    too_late.start()
    try:
        assert process.stdout is not None
        for line in process.stdout:
            server.lines.append(line.rstrip("\n"))
            if line.startswith("Goalpost is running at"):
                break
        else:
            raise AssertionError("\n".join(["The server did not start:", *server.lines]))
        too_late.cancel()
        yield server
    finally:
        too_late.cancel()
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if process.stdout is not None:
            process.stdout.close()
