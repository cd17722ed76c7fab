"""Reads CSV files a record at a time: detects encoding and delimiter, and recovers from broken records."""

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from goalpost.exchange.errors import Unusable
from goalpost.exchange.files.cells import (
    HEADER_WITHIN,
    RejectedRow,
    SheetRow,
    check_header,
    find_header,
    fit_row,
    note_of_titles,
)

_CHUNK = 1 << 20
_UTF16_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF8 = "utf-8-sig"
_WINDOWS = "cp1252"
_UTF8_LETTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")
_FEW_NULS = 4
"""The most NUL bytes of a text file, one in this many: UTF-16 has one in two."""
_WIDE_SAMPLE = 4096
_HIGH_BYTE = re.compile(rb"[\x80-\xff]")
_LABELS = {
    _UTF8: "UTF-8",
    _WINDOWS: "Windows-1252",
    **dict.fromkeys(("utf-16", "utf-16-le", "utf-16-be"), "UTF-16"),
}


@dataclass(frozen=True, slots=True)
class TextEncoding:
    """A codec, and whether every byte of the file fits it.

    Otherwise the rows with invalid bytes are rejected one by one.
    """

    codec: str
    is_valid: bool
    line_count: int
    has_nul: bool = False
    """Whether the text has NUL characters, which are removed."""

    @property
    def errors(self) -> str:
        return "strict" if self.is_valid else "surrogateescape"

    @property
    def label(self) -> str:
        return _LABELS.get(self.codec, self.codec)


def detect_encoding(path: Path, given: str | None) -> TextEncoding:
    """Return the encoding of a file: `given`, or UTF-16 by its mark, else UTF-8, else Windows-1252.

    A file with a few bytes that are not UTF-8 stays UTF-8: as Windows-1252 its other letters would be wrong.
    Raises Unusable for a file that is not text, or an unknown `given` encoding.
    """
    codec = _known_codec(given) if given is not None else _codec_of_bom(path)
    is_wide = codec is not None and codec.startswith(("utf-16", "utf-32"))
    lines, has_nul = _count_lines(path, allow_nul=is_wide)
    if codec is None:
        codec = _UTF8 if _decodes(path, _UTF8) or _is_mostly_utf8(path) else _WINDOWS
    is_valid = _decodes(path, codec)
    if not is_valid and codec not in (_UTF8, _WINDOWS):
        raise Unusable(f"{path.name} is not valid {codec} text. Save it as CSV (UTF-8) or as XLSX.")
    return TextEncoding(codec, is_valid, lines, has_nul and not is_wide)


def _known_codec(name: str) -> str:
    try:
        codec = codecs.lookup(name).name
        "".encode(codec).decode(codec)  # refuses codecs that are no text, such as base64
    except (LookupError, ValueError):
        raise Unusable(
            f"--encoding {name!r} is not a known text encoding. Try utf-8, cp1252, utf-16 or latin-1."
        ) from None
    return _UTF8 if codec == "utf-8" else codec


def _codec_of_bom(path: Path) -> str | None:
    with path.open("rb") as file:
        start = file.read(_WIDE_SAMPLE)
    if start[:2] in _UTF16_BOMS:
        return "utf-16"
    # In UTF-16 most letters have a zero byte before or after them.
    before, after = start[::2].count(0), start[1::2].count(0)
    if max(before, after) * _FEW_NULS > len(start) and min(before, after) * _FEW_NULS < max(before, after):
        codec = "utf-16-be" if before > after else "utf-16-le"
        text = start[: len(start) & ~3].decode(codec, errors="replace")
        return codec if not _CONTROL.search(text.encode(errors="replace")) else None
    return None


def _count_lines(path: Path, *, allow_nul: bool) -> tuple[int, bool]:
    """Return the number of lines, and whether there are NUL bytes. Raises Unusable for what is no text."""
    lines = nuls = size = 0
    first = 0
    for chunk in _chunks(path):
        if b"\0" in chunk:
            first = first or lines + chunk[: chunk.index(b"\0")].count(b"\n") + 1
            nuls += chunk.count(b"\0")
            if not allow_nul and (_CONTROL.search(chunk) or nuls * _FEW_NULS > size + len(chunk)):
                raise Unusable(
                    f"{path.name} is not a text file: line {first} holds a NUL byte. Save it as CSV (UTF-8)"
                    " or as XLSX; UTF-16 without a byte order mark can be read with --encoding utf-16-le."
                )
        size += len(chunk)
        # A lone carriage return ends a line too, as old Mac programs write it.
        lines += chunk.count(b"\n") or chunk.count(b"\r")
    return lines + 1, bool(nuls)


def _decodes(path: Path, codec: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        for chunk in _chunks(path):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _is_mostly_utf8(path: Path) -> bool:
    letters = stray = 0
    for chunk in _chunks(path):
        found = _UTF8_LETTER.findall(chunk)
        letters += len(found)
        stray += len(_HIGH_BYTE.findall(chunk)) - sum(map(len, found))
    return letters > stray


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


_CANDIDATES = ",;\t|"
_SAMPLE_RECORDS = 50
_TITLED = 2
_SPREADSHEET_HINT = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)


def delimiter_hint(line: str) -> str | None:
    """Return the delimiter that a first line `sep=;` names, as Excel writes it."""
    match = _SPREADSHEET_HINT.fullmatch(line)
    return match.group(1) if match else None


def detect_delimiter(sample: str) -> str:
    """Return the delimiter that splits the sample's rows most evenly, by default a comma."""
    return max(_CANDIDATES, key=lambda delimiter: _evenness(sample, delimiter))


def _evenness(sample: str, delimiter: str) -> tuple[float, int]:
    records = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    try:
        widths = [len(record) for record in islice(records, _SAMPLE_RECORDS) if any(record)]
    except csv.Error:
        return (0.0, 0)
    # Lines of a title above the table have one cell each.
    while len(widths) > 1 and widths[0] == 1 and max(widths) > _TITLED:
        widths.pop(0)
    if not widths or widths[0] == 1:
        return (0.0, 0)
    return (widths.count(widths[0]) / len(widths), widths[0])


MAX_LINES = 1_000
MAX_CHARACTERS = 1_000_000
"""The longest record; longer lines are not held in memory."""

# Bounds how much is reread, in multiples of the characters read so far. A file with broken rows takes less
# than twice; one in which every line opens a quotation mark would take quadratic time.
_TIMES_REREAD = 10


class RecordTooLong(Exception):
    """The record is too long: most likely a quotation mark was never closed."""


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
        """Return the lost lines of the record: its first; the others are read again.

        Where too much was reread already, all of them are lost.
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


_SAMPLE_CHARACTERS = 64 * 1024
_HINT_CHARACTERS = 100
_SHOWN_CHARACTERS = 1_000
_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


class CsvSheet:
    """A CSV file in any common encoding, delimiter and line ending; its first record not blank is the header.

    Raises Unusable when the file is empty, is no text, or its header cannot be read.
    """

    def __init__(self, path: Path, *, encoding: str | None = None, delimiter: str | None = None) -> None:
        self._path = path
        self._encoding = detect_encoding(path, encoding)
        with self._open() as text:
            self._hint = delimiter_hint(text.readline(_HINT_CHARACTERS))
        with self._open() as text:
            sample = text.read(_SAMPLE_CHARACTERS)
        # The last line of a sample may be incomplete.
        whole_lines = sample if len(sample) < _SAMPLE_CHARACTERS else sample.rpartition("\n")[0] or sample
        self.delimiter = delimiter or self._hint or detect_delimiter(whole_lines)
        self._titles: tuple[str, ...] = ()
        self._nul_cells = self._blank_lines = 0
        self._header_line, self.header = self._read_header()

    @property
    def last_line(self) -> int:
        return self._encoding.line_count

    @property
    def description(self) -> str:
        parted_by = _NAMES.get(self.delimiter, repr(self.delimiter))
        return f"CSV, {self._encoding.label}, cells separated by {parted_by}"

    @property
    def notes(self) -> tuple[str, ...]:
        notes = list(self._titles)
        if self._nul_cells:
            held = "1 cell held" if self._nul_cells == 1 else f"{self._nul_cells:,} cells held"
            notes.append(f"{held} NUL characters: they were left out.")
        if self._blank_lines:
            blank = "1 blank line" if self._blank_lines == 1 else f"{self._blank_lines:,} blank lines"
            notes.append(f"Left out: {blank}.")
        return tuple(notes)

    def rows(self) -> Iterator[SheetRow | RejectedRow]:
        width = len(self.header)
        is_valid = self._encoding.is_valid
        self._nul_cells = self._blank_lines = 0
        for record in self._records():
            if isinstance(record, RejectedRow):
                yield record
                continue
            line, cells = record
            if line <= self._header_line:
                continue
            if not any(cells) or not (cells[0].strip() or any(map(str.strip, cells))):
                self._blank_lines += 1
                continue
            if self._encoding.has_nul and any("\0" in cell for cell in cells):
                self._nul_cells += sum("\0" in cell for cell in cells)
                cells = [cell.replace("\0", "") for cell in cells]
            if not is_valid and any(map(_has_stray_byte, cells)):
                reason = f"holds a letter that is not {self._encoding.label}: type it again."
                yield RejectedRow(line, reason, tuple(cells))
            elif len(cells) == width:
                yield SheetRow(line, cells)
            else:
                yield fit_row(line, cells, width)

    def _open(self) -> TextIO:
        return self._path.open(encoding=self._encoding.codec, errors=self._encoding.errors, newline="")

    def _read_header(self) -> tuple[int, tuple[str, ...]]:
        first: list[tuple[int, list[str]]] = []
        for record in islice(self._records(), HEADER_WITHIN):
            if isinstance(record, RejectedRow):
                if not any(any(cells) for _, cells in first):
                    raise Unusable(
                        f"The header of {self._path.name} cannot be read: line {record.line} {record.reason}"
                    )
                break
            first.append(record)
        at = find_header(first)
        if at < 0:
            raise Unusable(
                f"{self._path.name} is empty: a header row and at least one row below it are needed."
            )
        self._titles = note_of_titles(first[:at])
        return first[at][0], check_header(first[at][1], self._path.name)

    def _records(self) -> Iterator[tuple[int, list[str]] | RejectedRow]:
        with self._open() as text:
            lines = RecordLines(text)
            if self._hint:
                next(lines)
            # Up to this line a record may be the rest of a broken one.
            doubtful_until = 0
            reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
            while True:
                start = lines.start_record()
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except (csv.Error, RecordTooLong) as error:
                    # The rest of a broken record follows.
                    to_come = MAX_LINES if isinstance(error, RecordTooLong) else 0
                    doubtful_until = max(doubtful_until, lines.number + to_come)
                    yield from _rejected(start, lines.give_up(), error)
                    reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
                    continue
                if start <= doubtful_until and any('"' in cell for cell in cells):
                    yield RejectedRow(start, _MISQUOTED, tuple(cells))
                    continue
                yield start, cells


_MISQUOTED = "belongs to a record with a misplaced quotation mark."


def _rejected(start: int, given_up: list[str], error: csv.Error | RecordTooLong) -> Iterator[RejectedRow]:
    reason = _explain(error)
    for line, text in enumerate(given_up, start=start):
        if len(text) > MAX_CHARACTERS:
            too_long = (
                f"is a line of more than {MAX_CHARACTERS:,} characters, which no row needs: correct it."
            )
            yield RejectedRow(line, too_long, (text[:_SHOWN_CHARACTERS],))
        elif line == start or text.strip():
            yield RejectedRow(line, reason, (text.rstrip("\r\n"),))
        reason = _MISQUOTED


def _explain(error: csv.Error | RecordTooLong) -> str:
    if "expected after" in str(error):
        return "has text after a closing quotation mark: inside a quoted cell, write a quotation mark twice."
    return (
        "opens a quotation mark that is not closed, has a cell of more than 131,072 characters"
        f" or a text of more than {MAX_LINES:,} lines."
    )


def _has_stray_byte(cell: str) -> bool:
    # Undecodable bytes are kept as lone surrogates, which valid text never has.
    return not cell.isascii() and any("\udc80" <= letter <= "\udcff" for letter in cell)
