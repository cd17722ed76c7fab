"""Opens a file by its content. A workbook is first copied to plain rows by a process with resource limits."""

import json
import subprocess
import sys
import tempfile
import weakref
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path

from goalpost.exchange.errors import Unusable
from goalpost.exchange.files.cells import (
    HEADER_WITHIN,
    Cell,
    FormulaError,
    RejectedRow,
    Sheet,
    SheetRow,
    check_header,
    find_header,
    fit_row,
    note_of_titles,
)
from goalpost.exchange.files.csv_sheet import CsvSheet
from goalpost.exchange.files.rejects import RejectsSheet, is_rejects_header

ZIP_SIGNATURE = b"PK\x03\x04"
OLE_SIGNATURE = b"\xd0\xcf\x11\xe0"
_REFUSED = 3
"""The worker's exit code when it prints why a workbook is refused."""
_WORKER = Path(__file__).with_name("xlsx_worker.py")
_MAX_SECONDS = 45 * 60
_MAX_PARTS = 5_000
_MAX_UNPACKED = 2 << 30
# A workbook of a million rows compresses some 10 : 1, a uniform one 60 : 1; a zip bomb 1000 : 1.
_MAX_RATIO = 200
_RATIO_COUNTS_FROM = 50 << 20
_ENCRYPTED = 0x1


def check_archive(path: Path) -> None:
    """Raise Unusable unless the file is a workbook of plausible size and compression.

    Uses the sizes that the archive states; unpacking stops there, so they need no check.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise Unusable(f"{path.name} is a damaged workbook ({error}). Save it again, or as CSV.") from None
    names = {part.filename for part in parts}
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise Unusable(f"{path.name} is not an Excel workbook (.xlsx). Save it as XLSX or CSV.")
    if len(parts) > _MAX_PARTS:
        raise Unusable(f"{path.name} has {len(parts):,} parts, more than a workbook needs. Save it as CSV.")
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise Unusable(f"{path.name} is protected by a password. Save it without one.")
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    is_too_dense = unpacked > _RATIO_COUNTS_FROM and unpacked > packed * _MAX_RATIO
    if unpacked > _MAX_UNPACKED or is_too_dense:
        raise Unusable(
            f"{path.name} would unpack to {unpacked / 1e6:,.0f} MB from {packed / 1e6:,.1f} MB, more than a"
            " table needs. Save the table alone as CSV."
        )


class XlsxSheet:
    """The first sheet of a workbook, or the one named; its first row that is not blank is the header.

    Formulas count with the result stored in the file. Raises Unusable when the workbook is damaged,
    protected, packed like a bomb, or its sheet is empty.
    """

    def __init__(self, path: Path, *, sheet: str | None = None) -> None:
        check_archive(path)
        self._path = path
        # An unnamed file is deleted with the process, however that ends.
        self._rows = tempfile.TemporaryFile(  # noqa: SIM115  closed with this object
            "w+", prefix="goalpost-", encoding="utf-8", newline="\n"
        )
        weakref.finalize(self, self._rows.close)
        self.last_line = self._copy(sheet or "")
        self.notes: tuple[str, ...] = ()
        self._header_line, self.header = self._read_header()

    @property
    def description(self) -> str:
        return "Excel workbook"

    def rows(self) -> Iterator[SheetRow | RejectedRow]:
        width = len(self.header)
        for line, cells in self._records():
            if line <= self._header_line or not any(cell != "" for cell in cells):
                continue
            if len(cells) > width:
                yield fit_row(line, cells, width)
                continue
            # A workbook stores no empty cells at the end of a row.
            cells.extend([""] * (width - len(cells)))
            yield SheetRow(line, cells)

    def _copy(self, sheet: str) -> int:
        """Return the number of the sheet's last row."""
        command = [sys.executable, "-I", str(_WORKER), str(self._path.absolute()), sheet]
        try:
            done = subprocess.run(  # noqa: S603  our own program, its arguments passed as a list
                command,
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=self._rows,
                stderr=subprocess.PIPE,
                text=True,
                timeout=_MAX_SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise Unusable(f"{self._path.name} takes too long to read. Save it as CSV.") from None
        if done.returncode == _REFUSED:
            raise Unusable(f"{self._path.name} {done.stderr.strip()}")
        if done.returncode != 0:
            raise Unusable(f"{self._path.name} cannot be read within sensible limits. Save it as CSV.")
        return int(done.stderr)

    def _read_header(self) -> tuple[int, tuple[str, ...]]:
        first = list(islice(self._records(), HEADER_WITHIN))
        at = find_header(first)
        if at < 0:
            raise Unusable(
                f"{self._path.name} is empty: a header row and at least one row below it are needed."
            )
        self.notes = note_of_titles(first[:at])
        return first[at][0], check_header(first[at][1], self._path.name)

    def _records(self) -> Iterator[tuple[int, list[Cell]]]:
        self._rows.seek(0)
        for text in self._rows:
            line, *cells = json.loads(text, object_hook=_decode)
            yield line, cells


def _decode(marked: dict[str, str]) -> Cell:
    if "d" in marked:
        return date.fromisoformat(marked["d"])
    if "t" in marked:
        return datetime.fromisoformat(marked["t"])
    return FormulaError(marked["e"])


def open_sheet(
    path: Path, encoding: str | None = None, delimiter: str | None = None, name: str | None = None
) -> Sheet:
    """Return the table in a CSV or XLSX file, or in a rejects file without its two extra columns.

    Options that are not given are detected; `name` is a workbook's sheet. Raises Unusable when the file is
    missing, unreadable, empty or of another kind.
    """
    signature = _first_bytes(path)
    if signature.startswith(OLE_SIGNATURE):
        raise Unusable(
            f"{path.name} is an old Excel file (.xls) or has a password. Save it as XLSX or CSV without one."
        )
    sheet: Sheet
    if signature.startswith(ZIP_SIGNATURE):
        _refuse_options(path, "a workbook", {"--encoding": encoding, "--delimiter": delimiter})
        sheet = XlsxSheet(path, sheet=name)
    else:
        _refuse_options(path, "a CSV file", {"--sheet": name})
        sheet = CsvSheet(path, encoding=encoding, delimiter=_one_sign(delimiter))
    return RejectsSheet(sheet) if is_rejects_header(sheet.header) else sheet


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(len(ZIP_SIGNATURE))
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}.") from None


def _refuse_options(path: Path, kind: str, options: dict[str, str | None]) -> None:
    for name, value in options.items():
        if value is not None:
            raise Unusable(f"{name} does not apply to {kind}: leave it out for {path.name}.")


def _one_sign(delimiter: str | None) -> str | None:
    if delimiter in ("tab", "\\t"):
        return "\t"
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n '):
        raise Unusable(f'--delimiter {delimiter!r}: give one sign, such as "," or ";", or the word tab.')
    return delimiter
