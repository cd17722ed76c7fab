"""How the bytes of a CSV file become text."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from goalpost.exchange.errors import Unusable

_CHUNK = 1 << 20
_UTF16_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF8 = "utf-8-sig"
_WINDOWS = "cp1252"
_UTF8_LETTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")
_FEW_NULS = 4
"""One byte in so many: UTF-16 has a NUL in two, a program file other control bytes."""
_HIGH_BYTE = re.compile(rb"[\x80-\xff]")
_LABELS = {_UTF8: "UTF-8", _WINDOWS: "Windows-1252", "utf-16": "UTF-16"}


@dataclass(frozen=True, slots=True)
class TextEncoding:
    """A codec, and whether every byte of the file fits it.

    Where some do not, the rows that hold them are refused one by one; the rest of the file is good.
    """

    codec: str
    is_valid: bool
    line_count: int
    has_nul: bool = False
    """Whether a text file holds some NUL characters, which belong to no text."""

    @property
    def errors(self) -> str:
        return "strict" if self.is_valid else "surrogateescape"

    @property
    def label(self) -> str:
        return _LABELS.get(self.codec, self.codec)


def detect_encoding(path: Path, told: str | None) -> TextEncoding:
    """Return the encoding of a file: `told`, or UTF-16 by its mark, else UTF-8, else Windows-1252.

    A file that is UTF-8 but for a few bytes stays UTF-8: as Windows-1252 its other letters would be wrong.
    Raises Unusable for a file that is no text, or a `told` name that is no encoding.
    """
    codec = _known_codec(told) if told is not None else _codec_of_bom(path)
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
        return "utf-16" if file.read(2) in _UTF16_BOMS else None


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
