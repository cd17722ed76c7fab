"""The processes that answer requests: some copies of this one, listening at one socket.

Waitress takes a request in whole before a thread works on it, so slow senders hold connections, not threads.
"""

import contextlib
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess
from types import FrameType

import waitress
from django.conf import settings
from django.db import connections
from django.urls import get_resolver

from goalpost.wsgi import application

_THREADS = 8
_CONNECTIONS = 1000
_IDLE_SECONDS = 30
_LARGEST_BODY = 16 * 1024 * 1024
_LARGEST_HEADERS = 64 * 1024
_PATIENCE = 10
_BETWEEN_FORKS = 0.5


def answer(listening: socket.socket) -> None:
    """Answer requests until SIGTERM or SIGINT, in as many processes as the settings say.

    A process that dies is replaced. Returns once all have ended.
    """
    # A connection to the database must not be shared by what is forked off.
    connections.close_all()
    # Loaded once, before the processes part.
    get_resolver().url_patterns  # noqa: B018  a property that imports every view
    with contextlib.suppress(SystemExit):
        _leave_when_asked()
        _keep_answering(listening)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _keep_answering(listening: socket.socket) -> None:
    running = [_start(listening) for _ in range(settings.WORKERS)]
    try:
        while True:
            wait([process.sentinel for process in running])
            # A process that cannot live is not to be forked all the time.
            time.sleep(_BETWEEN_FORKS)
            running = [process if process.is_alive() else _start(listening) for process in running]
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.join(_PATIENCE)
            if process.is_alive():
                process.kill()


def _start(listening: socket.socket) -> ForkProcess:
    process = multiprocessing.get_context("fork").Process(target=_work, args=(listening,))
    process.start()
    return process


def _work(listening: socket.socket) -> None:
    """Answer in this process until a signal ends it; requests under way are finished."""
    _leave_when_asked()
    threading.Thread(target=_leave_with_parent, daemon=True).start()
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
    """End when the first process is gone, killed without a word: nobody is left to hold the port."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)


def _leave_when_asked() -> None:
    """Take both signals, also where SIGINT came in as ignored, as it does to what a shell runs behind."""
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)


def _leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit()
