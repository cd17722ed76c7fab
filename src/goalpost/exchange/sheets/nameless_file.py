"""A temporary file without a name: it is gone with the process, however that ends."""

import io
import os
import tempfile
import weakref
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class NamelessFile:
    """Written once through `descriptor`, maybe by another process, then read as often as need be."""

    def __init__(self) -> None:
        self.descriptor, path = tempfile.mkstemp(prefix="goalpost-")
        os.unlink(path)  # noqa: PTH108  the descriptor is all there is of it
        weakref.finalize(self, os.close, self.descriptor)

    def lines(self) -> Iterator[str]:
        with io.TextIOWrapper(io.BufferedReader(_FromStart(self)), encoding="utf-8", newline="\n") as text:
            yield from text


class _FromStart(io.RawIOBase):
    """Reads with a position of its own, where readers of one descriptor would share the system's."""

    def __init__(self, file: NamelessFile) -> None:
        self._file = file
        self._position = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        count = os.preadv(self._file.descriptor, [buffer], self._position)
        self._position += count
        return count
