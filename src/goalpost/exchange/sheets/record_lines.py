"""The lines of a CSV file, kept while a record is read: those of a broken one can be read anew."""

from collections import deque
from typing import TextIO

MAX_LINES = 1_000
MAX_CHARACTERS = 1_000_000
"""How much one record may be; of a line past this, no more is ever held."""

# Lines are read again for up to so many times the characters of the file read so far. An honest file with
# broken rows takes less than twice; one in which every line opens a quotation mark would take forever.
_TIMES_REREAD = 10


class RecordTooLong(Exception):
    """The record has more lines or characters than any honest one: most likely a mark was never closed."""


class RecordLines:
    """Iterates over a file's lines, counted. Raises RecordTooLong."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._returned: deque[str] = deque()
        self._record: list[str] = []
        self._size = 0
        self._read = MAX_CHARACTERS
        self._reread = 0
        self.number = 0

    def __iter__(self) -> "RecordLines":
        return self

    def __next__(self) -> str:
        line = self._returned.popleft() if self._returned else self._next_of_file()
        self.number += 1
        self._record.append(line)
        self._size += len(line)
        if self._size > MAX_CHARACTERS or len(self._record) > MAX_LINES:
            raise RecordTooLong
        return line

    def start_record(self) -> int:
        """Forget the last record's lines; return the number of the line the next record starts on."""
        self._record.clear()
        self._size = 0
        return self.number + 1

    def give_up(self) -> list[str]:
        """Return the lines of the record that are lost: its first; the others will be read again.

        Where too much has been read again already, all of them are.
        """
        first, *others = self._record
        self._reread += self._size - len(first)
        if self._reread > _TIMES_REREAD * self._read:
            self._reread -= self._size - len(first)
            return list(self._record)
        self._returned.extendleft(reversed(others))
        self.number -= len(others)
        return [first]

    def _next_of_file(self) -> str:
        line = self._text.readline(MAX_CHARACTERS + 1)
        if not line:
            raise StopIteration
        self._read += len(line)
        rest = line
        while len(rest) > MAX_CHARACTERS and rest[-1] not in "\r\n":
            rest = self._text.readline(MAX_CHARACTERS + 1)
            if not rest:
                break
        return line
