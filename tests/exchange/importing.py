"""Imports as tests run them: a text becomes a file, and what came of it a report."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from django.apps import apps

from goalpost.companies.models import Company
from goalpost.crm import verify
from goalpost.exchange.loading.run import ImportOrder, import_file
from goalpost.exchange.reading.columns import ReadOptions
from goalpost.exchange.reading.fields import FileKind
from goalpost.exchange.report import Report
from tests.people import NOW

LATER = NOW + timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Importer:
    """Imports texts for one company, out of a folder of its own."""

    company: Company
    folder: Path
    shown: list[str] = field(default_factory=list)
    as_of: date | None = None

    def users(self, text: str, now: datetime = NOW, *, as_of: date | None = None, **order: bool) -> Report:
        return replace(self, as_of=as_of).run(FileKind.USERS, text, ReadOptions(), now=now, **order)

    def deals(self, text: str, *columns: str, now: datetime = NOW, **order: bool) -> Report:
        return self.run(FileKind.DEALS, text, ReadOptions(columns=columns), now=now, **order)

    def activities(self, text: str, now: datetime = NOW, **order: bool) -> Report:
        return self.run(FileKind.ACTIVITIES, text, ReadOptions(), now=now, **order)

    def run(
        self,
        kind: FileKind,
        text: str,
        options: ReadOptions,
        *,
        now: datetime = NOW,
        is_strict: bool = False,
        is_dry_run: bool = False,
        is_whole: bool = False,
        is_sure: bool = False,
    ) -> Report:
        path = self.folder / f"{kind.value}.csv"
        path.write_text(text, encoding="utf-8")
        order = ImportOrder(
            kind, path, self.company, options, is_strict=is_strict, is_dry_run=is_dry_run, as_of=self.as_of,
            is_whole=is_whole, is_sure=is_sure,
        )  # fmt: skip
        report = import_file(order, clock=lambda: now, show=self._show)
        assert list(verify.differences(self.company.pk)) == []
        return report

    def rejects(self, kind: FileKind) -> Path:
        return self.folder / f"{kind.value}.rejects.csv"

    def _show(self, done: int, of: int, doing: str) -> None:
        assert done >= 0
        assert of > 0
        self.shown.append(doing)


def counts(report: Report) -> tuple[int, int, int, int]:
    """Return how many rows were created, updated, unchanged and rejected."""
    return report.created, report.updated, report.unchanged, report.rejected


def digest_of_everything() -> str:
    """Return a digest of every row of every table."""
    digest = hashlib.sha256()
    for model in sorted(apps.get_models(), key=lambda model: model._meta.db_table):
        for row in model._default_manager.order_by("pk").values_list():
            digest.update(repr((model._meta.db_table, row)).encode())
    return digest.hexdigest()


def moment(text: str) -> datetime:
    """Return a moment written in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
