"""CSV files, read a record at a time. One broken record costs that record, never what follows it."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from goalpost.exchange.sheets.cell import RejectedRow, SheetRow
from goalpost.exchange.sheets.delimiter import find_delimiter, told_by_first_line
from goalpost.exchange.sheets.encoding import find_coding
from goalpost.exchange.sheets.record_lines import MAX_CHARACTERS, MAX_LINES, RecordLines, RecordTooLong
from goalpost.exchange.sheets.shape import check_header, fit_row
from goalpost.exchange.unusable import Unusable

_SAMPLE_CHARACTERS = 64 * 1024
_HINT_CHARACTERS = 100
_SHOWN_CHARACTERS = 1_000
_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


class CsvSheet:
    """A CSV file in any common coding, delimiter and line ending; its first record not blank is the header.

    Raises Unusable when the file is empty, is no text, or its header cannot be read.
    """

    def __init__(self, path: Path, *, encoding: str | None = None, delimiter: str | None = None) -> None:
        self._path = path
        self._coding = find_coding(path, encoding)
        with self._open() as text:
            self._hint = told_by_first_line(text.readline(_HINT_CHARACTERS))
        with self._open() as text:
            sample = text.read(_SAMPLE_CHARACTERS)
        # The last line of a sample may be torn off in the middle of a row.
        whole_lines = sample if len(sample) < _SAMPLE_CHARACTERS else sample.rpartition("\n")[0] or sample
        self.delimiter = delimiter or self._hint or find_delimiter(whole_lines)
        self._header_line, self.header = self._read_header()

    @property
    def last_line(self) -> int:
        return self._coding.line_count

    @property
    def description(self) -> str:
        parted_by = _NAMES.get(self.delimiter, repr(self.delimiter))
        return f"CSV, {self._coding.label}, cells parted by {parted_by}"

    def rows(self) -> Iterator[SheetRow | RejectedRow]:
        width = len(self.header)
        is_clean = self._coding.is_clean
        for record in self._records():
            if isinstance(record, RejectedRow):
                yield record
                continue
            line, cells = record
            if line <= self._header_line or not any(cells):
                continue
            if not is_clean and any(map(_has_stray_byte, cells)):
                reason = f"holds a letter that is not {self._coding.label}: type it anew."
                yield RejectedRow(line, reason, tuple(cells))
            elif len(cells) == width:
                yield SheetRow(line, cells)
            else:
                yield fit_row(line, cells, width)

    def _open(self) -> TextIO:
        return self._path.open(encoding=self._coding.codec, errors=self._coding.errors, newline="")

    def _read_header(self) -> tuple[int, tuple[str, ...]]:
        for record in self._records():
            if isinstance(record, RejectedRow):
                raise Unusable(
                    f"The header of {self._path.name} cannot be read: line {record.line} {record.reason}"
                )
            line, cells = record
            if any(cell.strip() for cell in cells):
                return line, check_header(cells, self._path.name)
        raise Unusable(f"{self._path.name} is empty: a header row and at least one row below it are needed.")

    def _records(self) -> Iterator[tuple[int, list[str]] | RejectedRow]:
        with self._open() as text:
            lines = RecordLines(text)
            if self._hint:
                next(lines)
            # Up to this line a record may be the torn-off end of a broken one.
            doubtful_until = 0
            reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
            while True:
                start = lines.start_record()
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except (csv.Error, RecordTooLong) as error:
                    # Where a record was cut off, its end is still to come.
                    to_come = MAX_LINES if isinstance(error, RecordTooLong) else 0
                    doubtful_until = max(doubtful_until, lines.number + to_come)
                    yield from _rejected(start, lines.give_up(), error)
                    reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
                    continue
                if start <= doubtful_until and any('"' in cell for cell in cells):
                    yield RejectedRow(start, _TORN, tuple(cells))
                    continue
                yield start, cells


_TORN = "belongs to a record with a misplaced quotation mark."


def _rejected(start: int, given_up: list[str], error: csv.Error | RecordTooLong) -> Iterator[RejectedRow]:
    reason = _explain(error)
    for line, text in enumerate(given_up, start=start):
        if len(text) > MAX_CHARACTERS:
            too_long = f"is a line of more than {MAX_CHARACTERS:,} characters, which no row needs: mend it."
            yield RejectedRow(line, too_long, (text[:_SHOWN_CHARACTERS],))
        elif line == start or text.strip():
            yield RejectedRow(line, reason, (text.rstrip("\r\n"),))
        reason = _TORN


def _explain(error: csv.Error | RecordTooLong) -> str:
    if "expected after" in str(error):
        return "has text after a closing quotation mark: inside a quoted cell, write a quotation mark twice."
    return (
        "opens a quotation mark that is not closed, has a cell of more than 131,072 characters"
        f" or a text of more than {MAX_LINES:,} lines."
    )


def _has_stray_byte(cell: str) -> bool:
    # What cannot be decoded is kept as a lone surrogate, which no valid text holds.
    return not cell.isascii() and any("\udc80" <= letter <= "\udcff" for letter in cell)
