"""How many exports are drawn at a time, over all processes of an installation: each holds a lock of a file.

The system lets go of a lock when the process that holds it ends, however it ends.
"""

import fcntl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_BETWEEN_TRIES = 0.05


class Busy(Exception):
    """More is asked for than is drawn at a time; asking again in a while will do."""


class Slots:
    """Lets in as many as there are slots; of those that come then, some wait a while, the rest are told so.

    `folder` is where the files to lock are, shared by all processes. `most_waiting` counts in one process:
    who waits holds a thread that could answer pages.
    """

    def __init__(self, folder: Path, *, slots: int, most_waiting: int, patience: float) -> None:
        self._folder = folder
        self._slots = slots
        self._patience = patience
        self._waiting = threading.BoundedSemaphore(most_waiting)

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Hold a slot. Raises Busy when too many wait, or `patience` seconds were not enough."""
        lock = self._free() or self._wait()
        try:
            yield
        finally:
            lock.close()

    def _wait(self) -> IO[bytes]:
        if not self._waiting.acquire(blocking=False):
            raise Busy
        try:
            until = time.monotonic() + self._patience
            while time.monotonic() < until:
                time.sleep(_BETWEEN_TRIES)
                if lock := self._free():
                    return lock
        finally:
            self._waiting.release()
        raise Busy

    def _free(self) -> IO[bytes] | None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for number in range(self._slots):
            lock = (self._folder / f"slot-{number}").open("wb")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
            else:
                return lock
        return None
