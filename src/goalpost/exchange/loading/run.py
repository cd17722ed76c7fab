"""Runs an import: the file's rows in batches, each in one transaction, all of it or none.

A batch that is in is whole, ledger included, so an import that was stopped anywhere goes on when it is run
again: the rows that are in are found unchanged.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Generic, Protocol, TypeVar
from zoneinfo import ZoneInfo

from django.db import DatabaseError

from goalpost.companies.actors import operator_of
from goalpost.companies.audit import AuditAction, Subject, record
from goalpost.crm.posting import crm_write
from goalpost.exchange.loading.activities import ActivityLoader
from goalpost.exchange.loading.batch import Loader
from goalpost.exchange.loading.deals import DealLoader
from goalpost.exchange.loading.engine import many_rows_coming
from goalpost.exchange.loading.order import ImportOrder
from goalpost.exchange.loading.report import NameKind, Report
from goalpost.exchange.loading.session import Session
from goalpost.exchange.loading.statistics import refresh_statistics
from goalpost.exchange.loading.users import UserLoader
from goalpost.exchange.reading.fields import FileKind
from goalpost.exchange.reading.reading import (
    CompanyFacts,
    Reading,
    TakenRow,
    read_activities,
    read_deals,
    read_users,
)
from goalpost.exchange.sheets.cell import RejectedRow
from goalpost.exchange.sheets.rejects import RejectsFile, default_rejects_path
from goalpost.exchange.unusable import Unusable
from goalpost.ledger.models import Book, Reason

BATCH = 5_000
_LONGEST_NOTE = 500
_SHOWN_NAMES = 20
_GO_ON = "What is in is whole: mend this and run the same command again, and it goes on."

RowLoaded = TypeVar("RowLoaded")
Clock = Callable[[], datetime]


class Show(Protocol):
    """Shows how far an import is: lines done of about so many, and what is being done."""

    def __call__(self, done: int, of: int, doing: str) -> None: ...


class Stopped(Exception):
    """The database or the disk failed on the way; the message says what is in and what to do."""


def import_file(order: ImportOrder, *, clock: Clock, show: Show) -> Report:
    """Import a file. Raises Unusable before anything is changed, Stopped when it fails on the way."""
    try:
        return _job(order, clock, show)()
    except DatabaseError as error:
        raise Stopped(f"The database failed: {_first_line(error)}. {_GO_ON}") from error
    except OSError as error:
        raise Stopped(f"{error.strerror or error}: {error.filename or order.path}. {_GO_ON}") from error
    except Book.DoesNotExist:
        raise Unusable(f"{order.company.name} was not set up to the end: run goalpost init again.") from None


def _job(order: ImportOrder, clock: Clock, show: Show) -> Callable[[], Report]:
    """Open the file. Raises Unusable."""
    facts = CompanyFacts(order.company.currency, ZoneInfo(order.company.time_zone))
    match order.kind:
        case FileKind.USERS:
            return _Job(order, clock, show, read_users(order.path, order.options), _user_loader).run
        case FileKind.DEALS:
            deals = read_deals(order.path, order.options, facts)
            return _Job(order, clock, show, deals, partial(DealLoader, currency=facts.currency)).run
        case FileKind.ACTIVITIES:
            activities = read_activities(order.path, order.options, facts)
            return _Job(order, clock, show, activities, ActivityLoader).run


def _user_loader(session: Session, _given: frozenset[str]) -> UserLoader:
    return UserLoader(session)


class _Job(Generic[RowLoaded]):
    """An opened file and what loads its rows."""

    def __init__(
        self,
        order: ImportOrder,
        clock: Clock,
        show: Show,
        reading: Reading[RowLoaded],
        make_loader: Callable[[Session, frozenset[str]], Loader[RowLoaded]],
    ) -> None:
        self._order = order
        self._clock = clock
        self._show = show
        self._reading = reading
        self._make_loader = make_loader
        self._is_told = False

    def run(self) -> Report:
        order = self._order
        if order.is_strict:
            _refuse_new_names(self._go_through("Checking"), order)
        if order.is_dry_run:
            return self._go_through("Checking")
        path = order.rejects or default_rejects_path(order.path, Path.cwd())
        if path.resolve() == order.path.resolve():
            raise Unusable(f"{path} is the file to import: give --rejects another name.")
        with RejectsFile(path, self._reading.header) as rejects, many_rows_coming():
            report = self._go_through("Importing", rejects)
        if rejects.count:
            report.rejects_path = path
        if report.created or report.updated:
            self._show(self._reading.last_line, self._reading.last_line, "Finishing")
            refresh_statistics(order.kind)
        return report

    def _go_through(self, doing: str, rejects: RejectsFile | None = None) -> Report:
        """Load every row; without a rejects file only find out what would happen."""
        report = self._new_report(is_dry_run=rejects is None)
        session = Session(operator_of(self._order.company.pk), report, self._clock())
        loader = self._make_loader(session, self._reading.given)
        report.known_by = loader.known_by
        total = self._reading.last_line
        self._show(0, total, doing)
        with _garbage_kept():
            for batch in _batches(self._reading):
                session.start_batch(self._clock())
                self._load(session, loader, batch, rejects)
                if _is_power_of_four(session.batch) and not report.is_dry_run:
                    # PostgreSQL plans for the empty tables it first saw until it is told: 60 times slower.
                    refresh_statistics(self._order.kind)
                self._show(batch.last_line, total, doing)
                gc.collect(1)
        return report

    def _load(
        self,
        session: Session,
        loader: Loader[RowLoaded],
        batch: "_Batch[RowLoaded]",
        rejects: RejectsFile | None,
    ) -> None:
        rejected = batch.rejected
        if rejects is None:
            rejected = rejected + loader.load(None, batch.taken)
        elif batch.taken:
            note = _note(self._order.path)
            with crm_write(session.actor, now=session.now, reason=Reason.IMPORT, note=note) as pen:
                rejected = rejected + loader.load(pen, batch.taken)
                self._tell(session)
        for row in sorted(rejected, key=lambda row: row.line):
            session.report.add_rejected(row)
            if rejects is not None:
                rejects.add(row)

    def _tell(self, session: Session) -> None:
        """Tell the audit log of this run once: with the first rows that change anything."""
        if not self._is_told and (session.report.created or session.report.updated):
            company = Subject.of(self._order.company)
            changes = {"file": (None, self._order.path.name), "records": (None, self._order.kind.value)}
            record(
                actor=session.actor, deed=AuditAction.IMPORTED, on=company, now=session.now, changes=changes
            )
            self._is_told = True

    def _new_report(self, *, is_dry_run: bool) -> Report:
        order, reading = self._order, self._reading
        return Report(
            order.kind,
            order.path.name,
            order.company.name,
            is_dry_run,
            reading.description,
            reading.columns,
            notes=reading.notes,
        )


def _is_power_of_four(number: int) -> bool:
    return number.bit_count() == 1 and number.bit_length() % 2 == 1


@contextmanager
def _garbage_kept() -> Iterator[None]:
    """Leave the search for reference cycles to the end of a batch: rows have none, and it costs a fifth."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class _Batch(Generic[RowLoaded]):
    """Rows to load in one transaction, and those between them that could not be read."""

    def __init__(self) -> None:
        self.taken: list[TakenRow[RowLoaded]] = []
        self.rejected: list[RejectedRow] = []
        self.last_line = 0

    def add(self, row: TakenRow[RowLoaded] | RejectedRow) -> None:
        self.last_line = row.line
        if isinstance(row, RejectedRow):
            self.rejected.append(row)
        else:
            self.taken.append(row)

    @property
    def size(self) -> int:
        return len(self.taken) + len(self.rejected)


def _batches(reading: Reading[RowLoaded]) -> Iterator[_Batch[RowLoaded]]:
    batch = _Batch[RowLoaded]()
    for row in reading.taken_rows():
        batch.add(row)
        if batch.size == BATCH:
            yield batch
            batch = _Batch()
    if batch.size:
        yield batch


def _refuse_new_names(report: Report, order: ImportOrder) -> None:
    """Raise Unusable when the file names what is not here yet; its own people are what it brings."""
    new = {
        kind: names
        for kind, names in report.new_names.items()
        if not (kind is NameKind.PERSON and order.kind is FileKind.USERS)
    }
    if not new:
        return
    listed = "; ".join(f"{_label(kind, names)}: {_first(names)}" for kind, names in new.items())
    raise Unusable(
        f"--strict: {order.path.name} names what is not here yet. {listed}."
        " Add them, mend the file, or leave --strict out to have them created."
    )


def _label(kind: NameKind, names: list[str]) -> str:
    one, several = kind.value
    return one if len(names) == 1 else f"{len(names):,} {several}"


def _first(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN_NAMES:,} more" if len(names) > _SHOWN_NAMES else ""
    return f"{', '.join(names[:_SHOWN_NAMES])}{more}"


def _note(path: Path) -> str:
    """Return the file's name as a posting's note: one that is no valid text is written as best it can be."""
    return path.name.encode(errors="replace").decode()[:_LONGEST_NOTE]


def _first_line(error: DatabaseError) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__
