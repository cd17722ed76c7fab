"""The session and the report of an import, and its summary."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from itertools import count
from pathlib import Path
from typing import NamedTuple, TextIO

from goalpost.companies.currencies import DIGITS
from goalpost.crm.bulk import ActivityRecord, DealRecord
from goalpost.domain.counting import DealStatus
from goalpost.domain.membership import Stay
from goalpost.domain.money import to_major
from goalpost.domain.permissions import Actor
from goalpost.exchange.files.cells import RejectedRow
from goalpost.exchange.reading.fields import FileKind

_SHOWN_REJECTED = 10
_SHOWN_NAMES = 10
_SHOWN_EXAMPLES = 3


class NameKind(Enum):
    """Kinds of rows that an import creates by name: singular and plural."""

    PERSON = ("person", "people")
    TEAM = ("team", "teams")
    PIPELINE = ("pipeline", "pipelines")
    STAGE = ("stage", "stages")
    ACTIVITY_TYPE = ("activity type", "activity types")


class Remark(Enum):
    """Remarks about accepted rows: for one row and for several."""

    NO_ADD_TIME = (
        "has no add time: it does not count as added",
        "have no add time: they do not count as added",
    )
    NO_WON_TIME = ("is won at an unknown time: it does not count as won",
                   "are won at an unknown time: they do not count as won")  # fmt: skip
    NO_DONE_TIME = ("was done at an unknown time: it does not count as completed",
                    "were done at an unknown time: they do not count as completed")  # fmt: skip
    GONE = ("was deleted in its source and no longer counts",
            "were deleted in their source and no longer count")  # fmt: skip
    RESTORED = ("was restored in its source and counts again",
                "were restored in their source and count again")  # fmt: skip
    DELETED = ("was deleted in Goalpost and stays deleted", "were deleted in Goalpost and stay deleted")
    DUPLICATE = ("equals an earlier row in all of these and is matched by its order",
                  "equal an earlier row in all of these and are matched by their order")  # fmt: skip
    ROUNDED = ("rounded to its currency's decimals", "rounded to their currency's decimals")
    NO_SUCH_DEAL = ("is linked to a deal that does not exist and was kept without it",
                    "are linked to a deal that does not exist and were kept without it")  # fmt: skip
    NO_TEAM = ("names a manager but no team: the manager was left out",
               "name a manager but no team: the manager was left out")  # fmt: skip


class ChangedDays(NamedTuple):
    """When somebody is on a team, before and after an import."""

    before: tuple[Stay, ...]
    after: tuple[Stay, ...]


@dataclass(slots=True)
class Report:
    """Counts of rows; names created, in order; the first rejected rows; what else should be known."""

    kind: FileKind
    file_name: str
    company: str
    is_dry_run: bool
    company_id: int = 0
    description: str = ""
    columns: tuple[tuple[str, str], ...] = ()
    unused: tuple[str, ...] = ()
    """The columns that no field uses, each with its first values."""
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
    examples: dict[Remark, dict[str, None]] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    sums: Counter[str] = field(default_factory=Counter)
    """In minor units of each currency: what the accepted deals are worth."""
    stages: list[str] = field(default_factory=list)
    """A line for each pipeline of the file: its stages in their order, and how that was found."""
    days: dict[str, tuple[date, date]] = field(default_factory=dict)
    """The first and the last day of each date."""
    memberships: dict[tuple[int, int], ChangedDays] = field(default_factory=dict)
    """By team and person the days on the team that changed."""
    unrated: Counter[str] = field(default_factory=Counter)
    """How many deals there are in each currency without a rate."""

    @property
    def rows(self) -> int:
        return self.created + self.updated + self.unchanged + self.rejected

    def add_name(self, kind: NameKind, name: str) -> None:
        self.new_names.setdefault(kind, []).append(name)

    def note_day(self, name: str, day: date | None) -> None:
        """Take a date of an accepted row into account."""
        if day is not None:
            first, last = self.days.get(name, (day, day))
            self.days[name] = (min(first, day), max(last, day))

    def note_example(self, remark: Remark, text: str) -> None:
        """Take note of the first few that a remark is about."""
        examples = self.examples.setdefault(remark, {})
        if len(examples) < _SHOWN_EXAMPLES:
            examples[text] = None

    def add_rejected(self, row: RejectedRow) -> None:
        self.rejected += 1
        if len(self.first_rejected) < _SHOWN_REJECTED:
            self.first_rejected.append(row)


class Session:
    """One pass over a file. `batch` is the number of the transaction open now, whose moment is `now`.

    `as_of` is the day from which changed teams hold, None for today; `source` whose ids these are.
    """

    def __init__(
        self, actor: Actor, report: Report, now: datetime, as_of: date | None = None, source: str = ""
    ) -> None:
        self.actor = actor
        self.company_id = actor.company_id
        self.is_dry_run = report.is_dry_run
        self.report = report
        self.now = self.started_at = now
        self.as_of = as_of
        self.source = source
        self.batch = 0
        self.named: set[int] = set()
        """The records known before that the file names."""
        self.deleted: set[int] = set()
        self.restored: set[int] = set()
        self._provisional_ids = count(1)

    def note_named(self, record_id: int, old: DealRecord | ActivityRecord, *, is_gone: bool) -> bool:
        """Take note of a record that the file names, and return whether it is to be deleted or restored.

        That is done after the last row. A record deleted in Goalpost stays deleted.
        """
        self.named.add(record_id)
        if is_gone and not old.is_deleted:
            self.deleted.add(record_id)
        elif old.is_deleted_at_source and old.is_deleted and not is_gone:
            self.restored.add(record_id)
        else:
            return False
        return True

    def is_stale(self, batch: int) -> bool:
        """Whether what was read in a batch may be outdated; call while the book is locked."""
        return batch != self.batch and not self.is_dry_run

    def provisional_id(self) -> int:
        """Return an id for what a dry run would create. It is negative, so it meets no real one."""
        return -next(self._provisional_ids)


def print_summary(report: Report, stream: TextIO, *, more: Sequence[str] = ()) -> None:
    """Print the summary, and what else is to be told of the import."""
    for line in (*summary_lines(report), *more):
        # The terminal's encoding may not support the file's characters.
        encoding = stream.encoding or "utf-8"
        stream.write(line.encode(encoding, errors="backslashreplace").decode(encoding) + "\n")


def summary_lines(report: Report) -> list[str]:
    """Return the lines of a summary."""
    would = " (dry run: nothing was written)" if report.is_dry_run else ""
    return [
        f"{report.file_name} into {report.company}{would}",
        f"Read as {report.description}",
        *(f"  {field} from “{header}”" for field, header in report.columns),
        *(f"  not used: {column}" for column in report.unused),
        *report.notes,
        (
            f"{_counted(report.rows, 'row', 'rows')}: {report.created:,} created, {report.updated:,} updated,"
            f" {report.unchanged:,} unchanged, {report.rejected:,} rejected"
        ),
        f"Rows are known again by {report.known_by}",
        *_content_lines(report),
        *_name_lines(report),
        *_remark_lines(report),
        *_rejected_lines(report),
    ]


def listed(names: list[str], shown: int = _SHOWN_NAMES) -> str:
    """Return the first names, and how many more there are."""
    more = f" and {len(names) - shown:,} more" if len(names) > shown else ""
    return f"{', '.join(names[:shown])}{more}"


def _counted(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"


def _content_lines(report: Report) -> list[str]:
    """Return counts and sums of the accepted rows, to compare with the other program."""
    lines = []
    if report.statuses:
        said = ", ".join(f"{report.statuses[status.value]:,} {status.value}" for status in DealStatus)
        lines.append(f"Deals by status: {said}")
    if report.sums:
        sums = (f"{code} {to_major(total, DIGITS[code]):,}" for code, total in sorted(report.sums.items()))
        lines.append(f"Sum of values: {'; '.join(sums)}")
    lines += [f"{name} from {first} to {last}" for name, (first, last) in report.days.items()]
    return lines + report.stages


def _name_lines(report: Report) -> list[str]:
    verb = "Would create" if report.is_dry_run else "Created"
    return [
        f"{verb} {_counted(len(names), *kind.value)}: {listed(names)}"
        for kind in NameKind
        if (names := report.new_names.get(kind))
    ]


def _examples(report: Report, remark: Remark) -> str:
    examples = report.examples.get(remark)
    return f", such as {', '.join(examples)}" if examples else ""


def _remark_lines(report: Report) -> list[str]:
    nouns = {
        FileKind.USERS: ("row", "rows"),
        FileKind.DEALS: ("deal", "deals"),
        FileKind.ACTIVITIES: ("activity", "activities"),
    }[report.kind]
    lines = [
        f"{_counted(number, *(('amount', 'amounts') if remark is Remark.ROUNDED else nouns))}"
        f" {remark.value[number > 1]}{_examples(report, remark)}"
        for remark, number in report.remarks.items()
        if number
    ]
    if report.unrated:
        number = report.unrated.total()
        by_currency = ", ".join(f"{code} {of_it:,}" for code, of_it in sorted(report.unrated.items()))
        lines.append(
            f"{_counted(number, 'deal has', 'deals have')} a currency without an exchange rate"
            f" ({by_currency}): the value counts as unknown until there is one,"
            " given with: goalpost rate CODE DAY RATE"
        )
    return lines


def _rejected_lines(report: Report) -> list[str]:
    if not report.rejected:
        return []
    lines = ["Rejected:", *(f"  line {row.line}: {row.reason}" for row in report.first_rejected)]
    if report.rejected > len(report.first_rejected):
        lines.append(f"  and {report.rejected - len(report.first_rejected):,} more")
    if report.rejects_path is not None:
        lines.append(f"Rejected rows are in {report.rejects_path}: correct them there and import that file.")
    return lines
