"""What an import did, or in a dry run would do: all that its summary tells."""

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from goalpost.exchange.reading.fields import FileKind
from goalpost.exchange.sheets.cell import RejectedRow

SHOWN_REJECTED = 10


class NameKind(Enum):
    """What an import creates by its name where it is missing: one, and several."""

    PERSON = ("person", "people")
    TEAM = ("team", "teams")
    PIPELINE = ("pipeline", "pipelines")
    STAGE = ("stage", "stages")
    ACTIVITY_TYPE = ("activity type", "activity types")


class Remark(Enum):
    """What the accepted rows lack or should be told of, said of one row and of several."""

    NO_ADD_TIME = (
        "has no add time: it does not count as added",
        "have no add time: they do not count as added",
    )
    NO_WON_TIME = ("is won at an unknown time: it does not count as won",
                   "are won at an unknown time: they do not count as won")  # fmt: skip
    NO_DONE_TIME = ("was done at an unknown time: it does not count as completed",
                    "were done at an unknown time: they do not count as completed")  # fmt: skip
    DELETED = ("was deleted in Goalpost and stays deleted", "were deleted in Goalpost and stay deleted")
    TOLD_APART = ("is like an earlier row in all of that and told apart by order",
                  "are like an earlier row in all of that and told apart by order")  # fmt: skip
    NO_TEAM = ("names a manager but no team: the manager was left out",
               "name a manager but no team: the manager was left out")  # fmt: skip


@dataclass(slots=True)
class Report:
    """Counts of rows; names created, in order; the first rejected rows; what else should be known."""

    kind: FileKind
    file_name: str
    company: str
    is_dry_run: bool
    description: str = ""
    columns: tuple[tuple[str, str], ...] = ()
    known_by: str = ""
    notes: tuple[str, ...] = ()
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    rejects_path: Path | None = None
    first_rejected: list[RejectedRow] = field(default_factory=list)
    new_names: dict[NameKind, list[str]] = field(default_factory=dict)
    remarks: Counter[Remark] = field(default_factory=Counter)
    unrated: Counter[str] = field(default_factory=Counter)
    """How many deals there are in each currency without a rate."""

    @property
    def rows(self) -> int:
        return self.created + self.updated + self.unchanged + self.rejected

    def add_name(self, kind: NameKind, name: str) -> None:
        self.new_names.setdefault(kind, []).append(name)

    def add_rejected(self, row: RejectedRow) -> None:
        self.rejected += 1
        if len(self.first_rejected) < SHOWN_REJECTED:
            self.first_rejected.append(row)
