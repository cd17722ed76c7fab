"""What every loader of rows offers to the run."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from goalpost.exchange.reading.reading import TakenRow
from goalpost.exchange.sheets.cell import RejectedRow
from goalpost.ledger.post import Pen

RowLoaded_contra = TypeVar("RowLoaded_contra", contravariant=True)


class Loader(Protocol[RowLoaded_contra]):
    """Loads a file's rows, some thousands at a time."""

    @property
    def known_by(self) -> str:
        """What rows are known by when the file comes again, as a sentence."""

    def load(self, pen: Pen | None, rows: Sequence[TakenRow[RowLoaded_contra]]) -> list[RejectedRow]:
        """Load rows with the book open, or with no pen only find out what would happen.

        Counts go to the report. Returns the rows that could not be taken.
        """
