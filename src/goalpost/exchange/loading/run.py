"""Runs an import in batches, each in one transaction with the ledger.

An interrupted import continues when it is run again: imported rows are found unchanged. With --whole, records
that the file no longer has are deleted last.
"""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar
from zoneinfo import ZoneInfo

from django.db import DatabaseError, models, transaction
from django.utils import timezone

from goalpost.companies.actors import operator_of
from goalpost.companies.audit import AuditAction, Subject, record
from goalpost.companies.models import Company, CompanyLock, TeamMembership, User
from goalpost.crm.models import Activity, Deal, StageMove
from goalpost.crm.posting import crm_write
from goalpost.domain.changes import PostingAction
from goalpost.exchange.errors import Unusable
from goalpost.exchange.files.cells import RejectedRow
from goalpost.exchange.files.rejects import RejectsFile, default_rejects_path
from goalpost.exchange.journal import Journal
from goalpost.exchange.loading.activities import ActivityLoader
from goalpost.exchange.loading.deals import DealLoader
from goalpost.exchange.loading.deletions import find_no_longer_named, post_deletions
from goalpost.exchange.loading.history import HistoryLoader
from goalpost.exchange.loading.users import UserLoader
from goalpost.exchange.models import StageEvent
from goalpost.exchange.reading.columns import ReadOptions
from goalpost.exchange.reading.fields import FileKind
from goalpost.exchange.reading.reading import (
    ParsedRow,
    Reading,
    read_activities,
    read_deals,
    read_history,
    read_users,
)
from goalpost.exchange.report import NameKind, Report, Session, listed, summary_lines
from goalpost.ledger.models import (
    Book,
    CompanyDayTally,
    Entry,
    OwnerMonthTally,
    Posting,
    Reason,
    SourceKind,
    Standing,
)
from goalpost.ledger.post import PostingWriter
from goalpost.storage.bulk_rows import bulk_write_settings, refresh_statistics

BATCH = 5_000
_LONGEST_NOTE = 500
_LISTED_NAMES = 20
_GO_ON = "Rows imported so far are kept: correct this and run the same command again to continue."
_LEDGER: tuple[type[models.Model], ...] = (Posting, Entry, Standing, CompanyDayTally, OwnerMonthTally)
_WRITTEN: dict[FileKind, tuple[type[models.Model], ...]] = {
    FileKind.USERS: (User, TeamMembership),
    FileKind.DEALS: (Deal, StageMove, *_LEDGER),
    FileKind.ACTIVITIES: (Activity, *_LEDGER),
    FileKind.HISTORY: (StageEvent, StageMove, *_LEDGER),
}

Row = TypeVar("Row")
Row_contra = TypeVar("Row_contra", contravariant=True)
Clock = Callable[[], datetime]


class ShowProgress(Protocol):
    """Shows the progress of an import: lines done, about how many there are, and the current step."""

    def __call__(self, done: int, of: int, doing: str) -> None: ...


class Loader(Protocol[Row_contra]):
    """Loads a file's rows, some thousands at a time."""

    @property
    def known_by(self) -> str:
        """How rows are recognised when the file is imported again, as a sentence."""

    def load(self, writer: PostingWriter | None, rows: Sequence[ParsedRow[Row_contra]]) -> list[RejectedRow]:
        """Load rows while the book is locked; without a writer, only report what would be loaded.

        Updates the report. Returns the rejected rows.
        """

    def settle(self) -> None:
        """Complete what was loaded, in the transaction of its batch: the import may be stopped after it."""

    def finish(self) -> list[RejectedRow]:
        """Finish after the last row, or in a dry run report it. Returns rejected rows."""


class Stopped(Exception):
    """The database or the disk failed during the import; the message says what to do."""


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """A file to import, for which company, and the options.

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
    as_of: date | None = None
    """The first day of changed memberships, None for today; for files of people."""
    is_whole: bool = False
    """Whether records that the file no longer has are deleted."""
    is_sure: bool = False
    """Whether more than a tenth of the records may be deleted."""
    made_by: int = 0
    """Who asked for it; 0 for the server's operator, whose rights every import has."""
    number: int = 0
    """The import that was prepared for it; 0 for none."""


def find_company(slug: str | None) -> Company:
    """Return the company of that slug, or the only one.

    Raises Unusable, listing the companies, or when the database cannot be used.
    """
    try:
        found = list(Company.objects.order_by("slug"))
    except DatabaseError as error:
        raise Unusable(f"The database cannot be used: {str(error).strip()}") from error
    companies = {company.slug: company for company in found}
    if slug is None and len(companies) == 1:
        return next(iter(companies.values()))
    if slug not in companies:
        asked = "There are several companies" if slug is None else f"There is no company {slug!r}"
        raise Unusable(f"{asked}. Choose one with --company SLUG: {', '.join(companies)}.")
    return companies[slug]


def import_file(order: ImportOrder, *, clock: Clock, show: ShowProgress) -> Report:
    """Import a file. Raises Unusable before anything is changed, Stopped when it fails on the way."""
    try:
        return _opened(order, clock, show)()
    except DatabaseError as error:
        said = str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__
        raise Stopped(f"The database failed: {said}. {_GO_ON}") from error
    except OSError as error:
        raise Stopped(f"{error.strerror or error}: {error.filename or order.path}. {_GO_ON}") from error
    except Book.DoesNotExist:
        raise Unusable(
            f"The setup of {order.company.name} was not completed: run goalpost init again."
        ) from None


def open_reading(order: ImportOrder) -> Reading[Any]:
    """Open the file of an order to look at its rows. Raises Unusable."""
    zone = ZoneInfo(order.company.time_zone)
    match order.kind:
        case FileKind.USERS:
            return read_users(order.path, order.options)
        case FileKind.DEALS:
            return read_deals(order.path, order.options, order.company.currency, zone)
        case FileKind.ACTIVITIES:
            return read_activities(order.path, order.options, zone)
        case FileKind.HISTORY:
            return read_history(order.path, order.options, zone)


def _opened(
    order: ImportOrder, clock: Clock, show: ShowProgress, journal: Journal | None = None
) -> Callable[[], Report]:
    """Open the file and return the function that imports it. Raises Unusable.

    `journal` is that of the import whose file it is read from once more.
    """
    reading = open_reading(order)
    match order.kind:
        case FileKind.USERS:
            return _Import(order, clock, show, reading, UserLoader).run
        case FileKind.DEALS:
            stages, currency = order.options.stages_in_order(), order.company.currency
            return _Import(
                order, clock, show, reading, partial(DealLoader, currency=currency, stage_order=stages)
            ).run
        case FileKind.ACTIVITIES:
            return _Import(order, clock, show, reading, ActivityLoader).run
        case FileKind.HISTORY:
            stages = order.options.stages_in_order()
            return _Import(
                order, clock, show, reading, partial(HistoryLoader, stage_order=stages), journal
            ).run


class _Import(Generic[Row]):
    """An opened file and its loader."""

    def __init__(
        self,
        order: ImportOrder,
        clock: Clock,
        show: ShowProgress,
        reading: Reading[Row],
        make_loader: Callable[[Session, frozenset[str]], Loader[Row]],
        journal: Journal | None = None,
    ) -> None:
        self._order = order
        self._clock = clock
        self._show = show
        self._reading = reading
        self._make_loader = make_loader
        self._is_logged = False
        self._is_beside = journal is not None
        self._journal = journal or Journal(
            order.company.pk, order.kind.value, order.path.name, order.made_by, order.number
        )

    def run(self) -> Report:
        order = self._order
        if order.is_strict or order.is_whole or order.is_dry_run:
            checked = self._go_through("Checking")
            if order.is_strict:
                _refuse_new_names(checked, order)
            if order.is_dry_run:
                return checked
        path = order.rejects or default_rejects_path(order.path, Path.cwd())
        if path.resolve() == order.path.resolve():
            raise Unusable(f"{path} is the file to import: give --rejects another name.")
        with (
            RejectsFile(path, self._reading.header) as rejects,
            bulk_write_settings(),
            self._noting_stops(),
        ):
            report = self._go_through("Importing", rejects)
        if rejects.count:
            report.rejects_path = path
        if self._reading.has_history:
            report.notes += (self._bring_history(),)
        if report.created or report.updated:
            self._show(self._reading.last_line, self._reading.last_line, "Finishing")
            refresh_statistics(_WRITTEN[order.kind])
        if not self._is_beside:
            self._end(report)
        return report

    @contextmanager
    def _noting_stops(self) -> Iterator[None]:
        """Have the list of imports tell of what ended on the way; a killed one tells nothing more."""
        try:
            yield
        except BaseException as error:
            # The job of an import from a page notes that itself: another worker may have taken it over.
            with suppress(DatabaseError):
                if not self._order.number:
                    self._journal.stop(str(error), timezone.now())
            raise

    def _end(self, report: Report) -> None:
        names = {kind.value[1]: names for kind, names in report.new_names.items()}
        summary = {"lines": summary_lines(report), "names": names}
        accepted = report.rows - report.rejected
        self._journal.end(accepted=accepted, rejected=report.rejected, summary=summary, now=timezone.now())

    def _bring_history(self) -> str:
        """Import the same file's columns of when deals entered stages, and tell what came of it."""
        order, given = self._order, dict(self._reading.columns)
        deal, pipeline = given.get("external_id") or given["title"], given.get("pipeline", "")
        typed = order.options
        options = replace(
            typed,
            columns=(f"deal={deal}", f"pipeline={pipeline}"),
            values=tuple(text for text in typed.values if text.startswith("stage:")),
            defaults=(),
            decimal_sign=None,
        )
        rejects = order.rejects or default_rejects_path(order.path, Path.cwd())
        history = replace(
            order, kind=FileKind.HISTORY, options=options, is_strict=False, is_whole=False,
            rejects=rejects.with_name(f"history-{rejects.name}"),
        )  # fmt: skip
        self._journal.is_beside = True
        done = _opened(history, self._clock, self._show, self._journal)()
        return (
            f"When deals entered their stages: {done.created:,} rows had news, {done.unchanged:,} none,"
            f" {done.rejected:,} were rejected."
        )

    def _go_through(self, doing: str, rejects: RejectsFile | None = None) -> Report:
        """Load every row; without a rejects file it is a dry run."""
        order, reading = self._order, self._reading
        report = Report(order.kind, order.path.name, order.company.name, rejects is None, order.company.pk)
        report.path = order.path
        report.description, report.columns = reading.description, reading.columns
        report.unused, report.notes = reading.unused, reading.notes
        actor = replace(operator_of(order.company.pk), user_id=order.made_by)
        journal = None if rejects is None else self._journal
        session = Session(actor, report, self._clock(), order.as_of, reading.source, journal)
        loader = self._make_loader(session, reading.given)
        report.known_by = loader.known_by
        self._show(0, reading.last_line, doing)
        rows = reading.parsed_rows()
        with _gc_paused():
            while batch := list(islice(rows, BATCH)):
                session.now = self._clock()
                session.batch += 1
                self._load(session, loader, batch, rejects)
                if _is_power_of_four(session.batch) and not report.is_dry_run:
                    # Until ANALYZE, PostgreSQL plans for empty tables: 60 times slower.
                    refresh_statistics(_WRITTEN[order.kind])
                self._show(batch[-1].line, reading.last_line, doing)
                gc.collect(1)
        self._reject(session, loader.finish(), rejects)
        if order.is_whole:
            find_no_longer_named(order.kind, session, is_sure=order.is_sure)
        post_deletions(order.kind, session, None if rejects is None else partial(self._transaction, session))
        if rejects is not None and (session.deleted or session.restored):
            self._log(session)
        report.notes = (*reading.sheet_notes(), *report.notes)
        if reading.skipped:
            lines = ", ".join(map(str, reading.skipped[:_LISTED_NAMES]))
            report.notes += (f"Left out as totals or headers: line {lines}.",)
        if reading.titles:
            report.notes += (f"Left out as titles or footers: {listed(reading.titles)}.",)
        return report

    def _load(
        self,
        session: Session,
        loader: Loader[Row],
        batch: list[ParsedRow[Row] | RejectedRow],
        rejects: RejectsFile | None,
    ) -> None:
        rejected = [row for row in batch if isinstance(row, RejectedRow)]
        parsed = [row for row in batch if not isinstance(row, RejectedRow)]
        if rejects is None:
            rejected += loader.load(None, parsed)
        elif parsed:
            with transaction.atomic():
                with self._transaction(session) as writer:
                    rejected += loader.load(writer, parsed)
                    self._log(session)
                    session.write_journal(_source_kind(self._order.kind))
                loader.settle()
        self._reject(session, rejected, rejects)

    def _reject(self, session: Session, rejected: list[RejectedRow], rejects: RejectsFile | None) -> None:
        for row in sorted(rejected, key=lambda row: row.line):
            session.report.add_rejected(row)
            if rejects is not None:
                rejects.add(row)

    @contextmanager
    def _transaction(
        self, session: Session, action: PostingAction = PostingAction.UNKNOWN
    ) -> Iterator[PostingWriter | None]:
        """Open the transaction of a batch, with the book locked except for files of people."""
        if self._order.kind is FileKind.USERS:
            with transaction.atomic():
                CompanyLock.hold(session.company_id)
                yield None
            return
        # A file's name that is no valid text is written as best it can be.
        note = self._order.path.name.encode(errors="replace").decode()[:_LONGEST_NOTE]
        with crm_write(
            session.actor, now=session.now, reason=Reason.IMPORT, note=note, action=action
        ) as writer:
            yield writer

    def _log(self, session: Session) -> None:
        """Log this run once, with the first batch that changes anything."""
        report = session.report
        if not self._is_logged and (report.created or report.updated or session.deleted or session.restored):
            company = Subject.of(self._order.company)
            changes = {"file": (None, self._order.path.name), "records": (None, self._order.kind.value)}
            record(
                actor=session.actor, action=AuditAction.IMPORTED, on=company, now=session.now, changes=changes
            )
            self._is_logged = True


def _source_kind(kind: FileKind) -> SourceKind:
    return SourceKind.ACTIVITY if kind is FileKind.ACTIVITIES else SourceKind.DEAL


def _is_power_of_four(number: int) -> bool:
    return number.bit_count() == 1 and number.bit_length() % 2 == 1


@contextmanager
def _gc_paused() -> Iterator[None]:
    """Pause garbage collection during a batch: rows have no cycles, and it costs a fifth."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _refuse_new_names(report: Report, order: ImportOrder) -> None:
    """Raise Unusable when the file names things that do not exist, apart from people in a file of people."""
    new = {
        kind: names
        for kind, names in report.new_names.items()
        if not (kind is NameKind.PERSON and order.kind is FileKind.USERS)
    }
    if new:
        said = "; ".join(
            f"{kind.value[0] if len(names) == 1 else f'{len(names):,} {kind.value[1]}'}:"
            f" {listed(names, _LISTED_NAMES)}"
            for kind, names in new.items()
        )
        raise Unusable(
            f"--strict: {order.path.name} names things that do not exist. {said}."
            " Add them, correct the file, or leave out --strict to create them."
        )
