"""Exported files: their formats, and file names that are valid on every system."""

import re
import unicodedata
from enum import StrEnum

_DASH = "\N{EN DASH}"
_LONGEST = 150
_NOT_ON_EVERY_SYSTEM = re.compile(r'[<>:"/\\|?*]+')
_SPACES = re.compile(r"\s+")
# Windows' reserved device names, with any extension.
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)", re.IGNORECASE)
_UNSEEN = ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp")


def file_name(*parts: str, extension: str) -> str:
    """Return the non-empty parts joined by dashes: what, whose, when.

    Removes path separators, wildcards and bidirectional characters. A name that is too long loses the end of
    its first part.
    """
    first, *rest = [sound for part in parts if (sound := _sound(part))] or ["export"]
    end = "".join(f" {_DASH} {part}" for part in rest)
    first = _cut(first, max(_LONGEST - len(end.encode()), 30))
    name = f"{first}{_cut(end, _LONGEST - 30)}".lstrip(".").rstrip(". ") or "export"
    return f"{'_' if _RESERVED.match(name) else ''}{name}.{extension}"


def _sound(part: str) -> str:
    seen = "".join(" " if unicodedata.category(letter) in _UNSEEN else letter for letter in part)
    return _SPACES.sub(" ", _NOT_ON_EVERY_SYSTEM.sub(" ", seen)).strip(" .")


def _cut(text: str, most: int) -> str:
    """Return as much of a text as fits into `most` bytes of UTF-8."""
    encoded = text.encode()
    return text if len(encoded) <= most else encoded[: most - 3].decode(errors="ignore").rstrip() + "…"


class FileFormat(StrEnum):
    """A kind of file, as its name ends."""

    PNG = "png"
    SVG = "svg"
    PDF = "pdf"
    CSV = "csv"
    XLSX = "xlsx"
