"""Several writers at once, each on a connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connections

PATIENCE = 120
"""Seconds that a test waits before it calls a standstill a deadlock."""


def at_once(*writers: Callable[[], object]) -> None:
    """Start all writers at the same moment and wait for them. Raises what any of them raised."""
    start = Barrier(len(writers))

    def run(writer: Callable[[], object]) -> None:
        try:
            start.wait(PATIENCE)
            writer()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(writers)) as pool:
        for running in [pool.submit(run, writer) for writer in writers]:
            running.result(PATIENCE)
