"""The session and the report of an import, and its summary."""

import re
import shlex
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
from goalpost.exchange.errors import RowRefused
from goalpost.exchange.files.cells import RejectedRow
from goalpost.exchange.journal import Journal
from goalpost.exchange.reading.fields import FileKind
from goalpost.ledger.models import SourceKind

_SHOWN_REJECTED = 10
_SHOWN_NAMES = 10
_SHOWN_EXAMPLES = 3
_MOST_GROUPS, _MOST_VALUES = 1_000, 10_000
_OTHERWISE = "has something else that is wrong: the file of rejected rows says what."
_OPTION = re.compile(
    r"--(?:value|default|date-format|decimal-sign|source) (?:\"[^\"]*\"|'[^']*'|[^\s\"',;])+(?<!\.)"
)


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
    OTHER_FIELD = ("is about another field than the stage", "are about other fields than the stage")
    ENDS = ("says how its deal ended, which is no stage", "say how their deals ended, which is no stage")
    NO_TEAM = ("names a manager but no team: the manager was left out",
               "name a manager but no team: the manager was left out")  # fmt: skip


class ChangedDays(NamedTuple):
    """When somebody is on a team, before and after an import."""

    before: tuple[Stay, ...]
    after: tuple[Stay, ...]


@dataclass(slots=True)
class Rejections:
    """The rows that one thing is wrong with: how many, the first lines, and how often each value occurs."""

    message: str
    """What is said of the first of them."""
    count: int = 0
    lines: list[int] = field(default_factory=list)
    values: Counter[str] = field(default_factory=Counter)

    def add(self, line: int, value: str) -> None:
        self.count += 1
        if len(self.lines) < _SHOWN_EXAMPLES:
            self.lines.append(line)
        if value and (value in self.values or len(self.values) < _MOST_VALUES):
            self.values[value] += 1


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
    path: Path | None = None
    first_rejected: list[RejectedRow] = field(default_factory=list)
    rejections: "dict[str, Rejections]" = field(default_factory=dict)
    """The rejected rows by what is wrong with them."""
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
        for fault in row.faults or (RowRefused(row.reason),):
            group = fault.group if len(self.rejections) < _MOST_GROUPS else _OTHERWISE
            self.rejections.setdefault(group, Rejections(str(fault))).add(row.line, fault.value)


class Session:
    """One pass over a file. `batch` is the number of the transaction open now, whose moment is `now`.

    `as_of` is the day from which changed teams hold, None for today; `source` whose ids these are.
    """

    def __init__(
        self,
        actor: Actor,
        report: Report,
        now: datetime,
        as_of: date | None = None,
        source: str = "",
        journal: Journal | None = None,
    ) -> None:
        self.actor = actor
        self.company_id = actor.company_id
        self.is_dry_run = report.is_dry_run
        self.report = report
        self.now = self.started_at = now
        self.as_of = as_of
        self.source = source
        self.journal = journal
        """What changes is written down there; None in a dry run."""
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

    def write_journal(self, kind: SourceKind) -> None:
        """Store what was changed, in the transaction that changes it."""
        if self.journal is not None:
            self.journal.write(kind, self.report.created, self.report.updated, self.now)

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
        FileKind.HISTORY: ("row", "rows"),
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
    """Return the rejected rows in groups, the largest first and none left out, each with what settles it."""
    if not report.rejected:
        return []
    lines = ["Rejected:"]
    command = f"goalpost import {report.kind.value} {shlex.quote(str(report.path or report.file_name))}"
    for group, found in sorted(report.rejections.items(), key=lambda each: -each[1].count):
        numbers = ", ".join(f"{line:,}" for line in found.lines)
        where = f"line {numbers}" if found.count == 1 else f"{found.count:,} rows (lines {numbers}"
        where += ", …)" if found.count > len(found.lines) else ")" if found.count > 1 else ""
        said = found.message if found.count == 1 else f"{group}{_values(found.values)}"
        lines.append(f"  {where}: {said}")
        option = _OPTION.search(group)
        if option is not None:
            lines.append(f"    {command} {option[0]}")
    if report.rejects_path is not None:
        lines.append(f"Rejected rows are in {report.rejects_path}: correct them there and import that file.")
    return lines


def _values(values: Counter[str]) -> str:
    """Return the values of a group, the most frequent first; of very many the rarest, too."""
    if not values:
        return ""
    said = [f"“{value}” ({number:,})" for value, number in values.most_common()]
    if len(said) > 2 * _SHOWN_NAMES:
        said[_SHOWN_NAMES:-_SHOWN_NAMES] = [f"… {len(said) - 2 * _SHOWN_NAMES:,} more …"]
    return f" {'; '.join(said)}"
