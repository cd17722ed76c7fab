"""Renders pictures and pages in separate processes, a limited number at a time.

Slots are file locks: the system releases them when the process ends.
"""

import json
import logging
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from django.conf import settings
from portalocker import AlreadyLocked, NamedBoundedSemaphore

from goalpost.insights.export.renderer import MOST_SECONDS, Job

_BETWEEN_TRIES = 0.05


class Busy(Exception):
    """All slots are taken; retry later."""


class Slots:
    """A semaphore across processes, by file locks in `folder`.

    `most_waiting` limits the waiting threads of one process, which could serve pages meanwhile.
    """

    def __init__(self, folder: Path, *, slots: int, most_waiting: int, patience: float) -> None:
        self._folder = folder
        self._slots = slots
        self._patience = patience
        self._waiting = threading.BoundedSemaphore(most_waiting)

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Hold a slot. Raises Busy when too many wait, or `patience` seconds were not enough."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        slots = NamedBoundedSemaphore(
            self._slots,
            name="slot",
            filename_pattern="{name}-{number}",
            directory=str(self._folder),
            check_interval=_BETWEEN_TRIES,
        )
        try:
            slots.acquire(timeout=0)
        except AlreadyLocked:
            self._wait(slots)
        try:
            yield
        finally:
            slots.release()

    def _wait(self, slots: NamedBoundedSemaphore) -> None:
        if not self._waiting.acquire(blocking=False):
            raise Busy
        try:
            slots.acquire(timeout=self._patience)
        except AlreadyLocked:
            raise Busy from None
        finally:
            self._waiting.release()


__all__ = ["Busy", "CannotRender", "Job", "render"]

_PROGRAM = Path(__file__).with_name("renderer.py")
_SLOTS = 2
_MOST_WAITING = 2
_PATIENCE = 15

# Environment variables for fonts, libraries and temporary files; no secrets.
_PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "FONTCONFIG_PATH",
    "FONTCONFIG_FILE",
    "LD_LIBRARY_PATH",
)

# Neither XML nor a page can hold them, and nobody sees them.
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

_log = logging.getLogger(__name__)


class CannotRender(Exception):
    """The drawing failed, or took more time or memory than it may; the log has the reason."""


def render(job: Job) -> bytes:
    """Return what the job draws. Raises Busy when too much is being drawn, CannotRender when it fails."""
    with _slots().slot():
        try:
            done = subprocess.run(  # noqa: S603  our own program
                [sys.executable, "-I", str(_PROGRAM)],
                input=json.dumps(_legible(job)).encode(),
                capture_output=True,
                check=False,
                timeout=MOST_SECONDS,
                env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            )
        except subprocess.TimeoutExpired:
            _log.error("An export took more than %s seconds and was stopped.", MOST_SECONDS)
            raise CannotRender from None
    if done.returncode != 0 or not done.stdout:
        said = done.stderr.decode(errors="replace").strip()[-2000:]
        _log.error("An export failed with code %s: %s", done.returncode, said)
        raise CannotRender
    return done.stdout


def _legible(value: object) -> object:
    """Return the same with every text free of characters that no file can hold."""
    match value:
        case str():
            return _UNSEEN.sub("", value)
        case Mapping():
            return {name: _legible(each) for name, each in value.items()}
        case list() | tuple():
            return [_legible(each) for each in value]
        case _:
            return value


@cache
def _slots() -> Slots:
    folder = settings.DATA_DIR / "exports"
    return Slots(folder, slots=_SLOTS, most_waiting=_MOST_WAITING, patience=_PATIENCE)
