"""The kinds of files that a goal is exported as."""

from enum import StrEnum


class FileFormat(StrEnum):
    """A kind of file, as its name ends."""

    PNG = "png"
    SVG = "svg"
    PDF = "pdf"
    CSV = "csv"
    XLSX = "xlsx"
