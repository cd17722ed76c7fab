"""What an import was asked to do."""

from dataclasses import dataclass
from pathlib import Path

from goalpost.companies.models import Company
from goalpost.exchange.reading.fields import FileKind
from goalpost.exchange.reading.reading import ReadOptions


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """A file, whom it is for and how it is read.

    `rejects` is where rejected rows go, None for the default. `is_strict` refuses names that are not known
    yet; `is_dry_run` writes nothing.
    """

    kind: FileKind
    path: Path
    company: Company
    options: ReadOptions
    rejects: Path | None = None
    is_strict: bool = False
    is_dry_run: bool = False
