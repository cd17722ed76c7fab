"""The processes of a server: forked web processes share one socket, others run jobs.

Waitress reads a whole request before a thread works on it, so slow clients hold connections, not threads.
"""

import multiprocessing
import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess
from types import FrameType

import waitress
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.urls import get_resolver

from goalpost.jobs import worker

_THREADS = 8
_CONNECTIONS = 1000
_IDLE_SECONDS = 30
_LARGEST_BODY = 64 * 1024 * 1024
"""A file to import may have 60 MB (`exchange.drafts`)."""
_LARGEST_HEADERS = 64 * 1024
_PATIENCE = 10
_BETWEEN_FORKS = 0.5
_REMEMBERED = 10
_TOLD = {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD}
"""The signals that the parent waits for: stop, or the end of a child."""


def answer(listening: socket.socket) -> None:
    """Answer requests and run jobs until SIGTERM or SIGINT, in as many processes as the settings say.

    A process that dies is replaced. Returns once all have ended.
    """
    # Forked processes must not share a database connection.
    connections.close_all()
    # Loaded once, before forking.
    get_resolver().url_patterns  # noqa: B018  a property that imports every view
    # Waited for instead of handled: an exception of a handler during a fork would be lost. Shells ignore
    # SIGINT for background processes.
    signal.pthread_sigmask(signal.SIG_BLOCK, _TOLD)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    answer_requests = partial(_answer_requests, get_wsgi_application(), listening)
    starts = [partial(_start, answer_requests)] * settings.WORKERS
    starts += [partial(_start, worker.work)] * settings.JOB_WORKERS
    # Names of workers are unique across machines and restarts.
    server = f"{socket.gethostname()[:40]}-{secrets.token_hex(6)}"
    names = (f"{server}-{number}" for number in count(1))
    running = [start(next(names), ()) for start in starts]
    died: list[tuple[str, ...]] = [()] * len(starts)
    while signal.sigwait(_TOLD) == signal.SIGCHLD:
        # Limits how often a crashing process is restarted.
        time.sleep(_BETWEEN_FORKS)
        for place, process in enumerate(running):
            if not process.is_alive():
                # Earlier ones too: a worker that died at once has released no jobs of theirs.
                died[place] = (*died[place], process.name)[-_REMEMBERED:]
                running[place] = starts[place](next(names), died[place])
    for process in running:
        process.terminate()
    for process in running:
        process.join(_PATIENCE)
        if process.is_alive():
            process.kill()


def _start(work: Callable[..., None], name: str, replaces: Sequence[str]) -> ForkProcess:
    """Start a process of that name; `replaces` names the dead ones in whose place it runs."""
    process = multiprocessing.get_context("fork").Process(target=_run, args=(work, name, replaces), name=name)
    process.start()
    return process


def _run(work: Callable[..., None], name: str, replaces: Sequence[str]) -> None:
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _TOLD)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    work(name, replaces=replaces)


def _answer_requests(
    application: WSGIHandler,
    listening: socket.socket,
    _name: str,
    *,
    replaces: Sequence[str],  # noqa: ARG001  the same for all
) -> None:
    """Answer in this process until a signal ends it; requests under way are finished."""
    waitress.serve(
        application,
        sockets=[listening],
        threads=_THREADS,
        connection_limit=_CONNECTIONS,
        channel_timeout=_IDLE_SECONDS,
        max_request_body_size=_LARGEST_BODY,
        max_request_header_size=_LARGEST_HEADERS,
        # Read by Django and allauth, as GOALPOST_TRUSTED_PROXIES says; dropped where there is no proxy.
        clear_untrusted_proxy_headers=settings.ALLAUTH_TRUSTED_PROXY_COUNT == 0,
        ident=None,
        asyncore_use_poll=True,
        _quiet=True,
    )


def _leave_with_parent() -> None:
    """End when the parent process was killed, so that the port is released."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)


def _leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit()
