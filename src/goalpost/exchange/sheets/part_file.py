"""A file in the making: private, under a name nobody can foresee, in the folder it will be in."""

import fcntl
import os
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TextIO

_SUFFIX = ".part"


class PartFile:
    """A text file that takes the place of `path`, whole, or is gone.

    It is locked while it is written, so that the next run knows it from what a killed one left behind.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        descriptor, name = _locked_file(path)
        self._part = Path(name)
        self.text: TextIO = open(  # noqa: SIM115, PTH123  closed by `finish` or `discard`; a descriptor has no path
            descriptor, "w", encoding="utf-8-sig", errors="surrogateescape", newline=""
        )

    def finish(self) -> None:
        """Put the file in its place. Raises OSError."""
        self.text.flush()
        os.fsync(self.text.fileno())
        self._part.replace(self._path)
        self.text.close()

    def discard(self) -> None:
        self._part.unlink(missing_ok=True)
        self.text.close()


def remove_left_parts(path: Path, is_ours: Callable[[bytes], bool]) -> None:
    """Remove what killed runs left of `path`. `is_ours` knows such a file from its first 64 bytes."""
    for part in path.parent.iterdir():
        if part.name.startswith(_prefix(path)) and part.name.endswith(_SUFFIX):
            with suppress(OSError):  # a link, or written by another run at this moment
                _remove_left(part, is_ours)


def _remove_left(part: Path, is_ours: Callable[[bytes], bool]) -> None:
    descriptor = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if stat.S_ISREG(os.fstat(descriptor).st_mode) and is_ours(os.read(descriptor, 64)):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            part.unlink()
    finally:
        os.close(descriptor)


def _locked_file(path: Path) -> tuple[int, str]:
    while True:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=_prefix(path), suffix=_SUFFIX)
        with suppress(OSError):  # some network folders know no locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return descriptor, name
        os.close(descriptor)  # another run has taken it for a left one just before it was locked


def _prefix(path: Path) -> str:
    # A name may have 255 bytes: what is random has to fit in too.
    return f".{os.fsdecode(os.fsencode(path.name)[:200])}."
