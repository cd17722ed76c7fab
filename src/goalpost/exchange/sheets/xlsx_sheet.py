"""XLSX workbooks: a limited process copies one sheet to plain rows, which are then read like any file."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from goalpost.exchange.sheets.cell import Cell, FormulaFault, RejectedRow, SheetRow
from goalpost.exchange.sheets.nameless_file import NamelessFile
from goalpost.exchange.sheets.shape import check_header, fit_row
from goalpost.exchange.sheets.xlsx_archive import check_archive
from goalpost.exchange.unusable import Unusable

REFUSED = 3
"""The worker's exit code for a workbook it says something about."""
_WORKER = Path(__file__).with_name("xlsx_worker.py")
_MAX_SECONDS = 45 * 60


class XlsxSheet:
    """The first sheet of a workbook, or the one named; its first row that is not blank is the header.

    Formulas count with the result stored in the file. Raises Unusable when the workbook is damaged,
    protected, packed like a bomb, or its sheet is empty.
    """

    def __init__(self, path: Path, *, sheet: str | None = None) -> None:
        check_archive(path)
        self._path = path
        self._rows = NamelessFile()
        self.last_line = self._copy(sheet or "")
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
                stdout=self._rows.descriptor,
                stderr=subprocess.PIPE,
                text=True,
                timeout=_MAX_SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise Unusable(f"{self._path.name} takes too long to read. Save it as CSV.") from None
        if done.returncode == REFUSED:
            raise Unusable(f"{self._path.name} {done.stderr.strip()}")
        if done.returncode != 0:
            raise Unusable(f"{self._path.name} cannot be read within sensible limits. Save it as CSV.")
        return int(done.stderr)

    def _read_header(self) -> tuple[int, tuple[str, ...]]:
        for line, cells in self._records():
            if any(cell != "" for cell in cells):
                return line, check_header(cells, self._path.name)
        raise Unusable(f"{self._path.name} is empty: a header row and at least one row below it are needed.")

    def _records(self) -> Iterator[tuple[int, list[Cell]]]:
        for text in self._rows.lines():
            line, *cells = json.loads(text, object_hook=_decode)
            yield line, cells


def _decode(marked: dict[str, str]) -> Cell:
    if "d" in marked:
        return date.fromisoformat(marked["d"])
    if "t" in marked:
        return datetime.fromisoformat(marked["t"])
    return FormulaFault(marked["e"])
