"""The file of rejected rows: the columns `line` and `reason`, then the row as it was.

People correct it, often in a spreadsheet program, and import it again. So a cell that such a program would
evaluate as a formula gets a leading apostrophe, and so does one that begins with an apostrophe; reading a
rejects file removes exactly one. Some programs split cells at semicolons or tabs, so every part between these
is treated as a cell. A row keeps its own number of cells.
"""

import csv
import os
import re
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

import portalocker

from goalpost.domain.formulas import CELL_BREAKS, formula_in
from goalpost.exchange.errors import Unusable
from goalpost.exchange.files.cells import Cell, RejectedRow, Sheet, SheetRow

_SUFFIX = ".part"
_LOCK = portalocker.LockFlags.EXCLUSIVE


class PartFile:
    """A temporary text file that replaces `path` atomically, or is deleted.

    It is locked while it is written, which distinguishes it from one that a killed run left.
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


def remove_abandoned_parts(path: Path, is_ours: Callable[[bytes], bool]) -> None:
    """Delete the temporary files of killed runs. `is_ours` recognises one by its first 64 bytes."""
    for part in path.parent.iterdir():
        if part.name.startswith(_prefix(path)) and part.name.endswith(_SUFFIX):
            with suppress(OSError, portalocker.LockException):  # a link, or being written
                _remove_abandoned(part, is_ours)


def _remove_abandoned(part: Path, is_ours: Callable[[bytes], bool]) -> None:
    descriptor = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if stat.S_ISREG(os.fstat(descriptor).st_mode) and is_ours(os.read(descriptor, 64)):
            portalocker.lock(descriptor, _LOCK | portalocker.LockFlags.NON_BLOCKING)
            part.unlink()
    finally:
        os.close(descriptor)


def _locked_file(path: Path) -> tuple[int, str]:
    while True:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=_prefix(path), suffix=_SUFFIX)
        with suppress(OSError, portalocker.LockException):  # some network folders know no locks
            portalocker.lock(descriptor, _LOCK)
        if os.fstat(descriptor).st_nlink:
            return descriptor, name
        os.close(descriptor)  # another run has taken it for a left one just before it was locked


def _prefix(path: Path) -> str:
    # A name may have 255 bytes: what is random has to fit in too.
    return f".{os.fsdecode(os.fsencode(path.name)[:200])}."


if TYPE_CHECKING:
    from _csv import Writer

_OUR_COLUMNS = ("line", "reason")
_PLAIN_NUMBER = re.compile(r"[-+]?[\d.,\s]*\d")


def is_rejects_header(header: tuple[str, ...]) -> bool:
    return header[: len(_OUR_COLUMNS)] == _OUR_COLUMNS


class RejectsSheet:
    """A rejects file as the table it came from. Line numbers are those of the rejects file."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self.header = tuple(_unescape_text(name) for name in sheet.header[len(_OUR_COLUMNS) :])

    @property
    def last_line(self) -> int:
        return self._sheet.last_line

    @property
    def description(self) -> str:
        return f"{self._sheet.description}, rows rejected before"

    @property
    def notes(self) -> tuple[str, ...]:
        return self._sheet.notes

    def rows(self) -> Iterator[SheetRow | RejectedRow]:
        skipped = len(_OUR_COLUMNS)
        for row in self._sheet.rows():
            if isinstance(row, RejectedRow):
                yield RejectedRow(row.line, row.reason, tuple(map(_unescape_text, row.cells[skipped:])))
            else:
                yield SheetRow(row.line, [_unescape(cell) for cell in row.cells[skipped:]])


class RejectsFile:
    """Collects rejected rows; the file is put in place when the `with` block ends.

    Without rows there is no file, and that of an earlier run is deleted. An error keeps the earlier file.
    """

    def __init__(self, path: Path, header: tuple[str, ...]) -> None:
        self.path = path
        self.count = 0
        self._header = header
        self._part: PartFile | None = None
        self._writer: Writer | None = None
        self._check()

    def __enter__(self) -> Self:
        remove_abandoned_parts(self.path, _is_rejects_start)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._part is None:
            if kind is None:
                self.path.unlink(missing_ok=True)
        elif kind is None:
            self._part.finish()
        else:
            self._part.discard()

    def add(self, row: RejectedRow) -> None:
        if self._writer is None:
            self._part = PartFile(self.path)
            self._writer = csv.writer(self._part.text)
            self._writer.writerow([*_OUR_COLUMNS, *map(_escape, self._header)])
        self._writer.writerow([row.line, _escape(row.reason), *map(_escape, row.cells)])
        self.count += 1

    def _check(self) -> None:
        """Raise Unusable, before anything is imported, if the file could not be written in the end."""
        if self.path.is_dir() or not self.path.parent.is_dir():
            raise Unusable(f"Rejected rows cannot be written to {self.path}: give --rejects a file's name.")
        if not os.access(self.path.parent, os.W_OK):
            raise Unusable(
                f"{self.path.parent} is read-only: choose a file for rejected rows with --rejects FILE."
            )
        if self.path.exists() and not _is_rejects_file(self.path):
            raise Unusable(f"{self.path} does not hold rejected rows: give --rejects another name.")


def default_rejects_path(source: Path, working_folder: Path) -> Path:
    """Return `deals.rejects.csv` beside `deals.csv`, or in `working_folder` if its folder is read-only."""
    folder = source.parent if os.access(source.parent, os.W_OK) else working_folder
    return folder / f"{source.stem}.rejects.csv"


def _is_rejects_file(path: Path) -> bool:
    with path.open("rb") as file:
        return _is_rejects_start(file.read(64))


def _is_rejects_start(start: bytes) -> bool:
    return start.removeprefix(b"\xef\xbb\xbf").startswith(",".join(_OUR_COLUMNS).encode()) or not start


def _escape(text: str) -> str:
    if text.isalnum():
        return text
    return "".join(map(_escape_part, CELL_BREAKS.split(text)))


def _escape_part(part: str) -> str:
    return f"'{part}" if part.startswith("'") or _is_formula(part) else part


def _is_formula(part: str) -> bool:
    formula = formula_in(part)
    return bool(formula) and not _PLAIN_NUMBER.fullmatch(formula)


def _unescape_text(text: str) -> str:
    return "".join(part.removeprefix("'") for part in CELL_BREAKS.split(text)) if "'" in text else text


def _unescape(cell: Cell) -> Cell:
    return _unescape_text(cell) if isinstance(cell, str) else cell
