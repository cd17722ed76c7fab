"""`goalpost import users|deals|activities FILE`: options in, a summary and an exit code out.

Nothing of Django is imported before a command runs, so that help is quick and asks for no data folder.
"""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from goalpost.exchange.reading.fields import FileKind
from goalpost.exchange.reading.reading import ReadOptions
from goalpost.exchange.sheets.opening import SheetOptions
from goalpost.exchange.unusable import Unusable

STOPPED = 1
"""The exit code when the database or the disk failed on the way: what is in is whole, run it again."""
UNUSABLE = 2
"""The exit code when the file or the options cannot be used. Nothing was changed."""
SOME_REJECTED = 3
INTERRUPTED = 130

import_app = typer.Typer(
    no_args_is_help=True,
    help="Bring in people, deals and activities from CSV or XLSX. The same file again changes nothing.",
)

File = Annotated[Path, typer.Argument(help="A CSV or XLSX file with a header row.", metavar="FILE")]
Company = Annotated[str | None, typer.Option(help="The company's slug, where there are several companies.")]
Column = Annotated[
    list[str] | None,
    typer.Option(metavar="FIELD=HEADER", help="Which column is which field. May be repeated."),
]
Value = Annotated[
    list[str] | None,
    typer.Option(metavar="FIELD:RAW=VALUE", help="What a text in the file means. May be repeated."),
]
Default = Annotated[
    list[str] | None,
    typer.Option(metavar="FIELD=VALUE", help="What holds where a cell is empty. May be repeated."),
]
DateFormat = Annotated[
    list[str] | None,
    typer.Option(metavar="FMT", help="How the file writes dates if not in ISO form, such as %d/%m/%Y."),
]
DecimalSign = Annotated[
    str | None, typer.Option(metavar="SIGN", help="The file's decimal sign, where its numbers do not tell.")
]
Encoding = Annotated[str | None, typer.Option(help="A CSV file's encoding, where it is not found out.")]
Delimiter = Annotated[
    str | None, typer.Option(help="What parts a CSV file's cells: one sign, or the word tab.")
]
Sheet = Annotated[str | None, typer.Option(help="Which sheet of a workbook, if not the first.")]
Rejects = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Where rejected rows go. Default: FILE's name with .rejects.csv."),
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Refuse the file if it names anyone or anything not here yet.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would happen, and write nothing.")]


@import_app.command("users")
def import_users(
    file: File,
    company: Company = None,
    column: Column = None,
    value: Value = None,
    default: Default = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    sheet: Sheet = None,
    rejects: Rejects = None,
    strict: Strict = False,  # noqa: FBT002  a flag of the command line
    dry_run: DryRun = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Bring in people and teams. Fields: name, email, team (repeatable), manager, active."""
    options = ReadOptions(
        columns=tuple(column or ()),
        values=tuple(value or ()),
        defaults=tuple(default or ()),
        sheet=SheetOptions(encoding, delimiter, sheet),
    )
    _import(FileKind.USERS, file, options, company, rejects, is_strict=strict, is_dry_run=dry_run)


@import_app.command("deals")
def import_deals(
    file: File,
    company: Company = None,
    column: Column = None,
    value: Value = None,
    default: Default = None,
    date_format: DateFormat = None,
    decimal_sign: DecimalSign = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    sheet: Sheet = None,
    rejects: Rejects = None,
    strict: Strict = False,  # noqa: FBT002  a flag of the command line
    dry_run: DryRun = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Bring in deals.

    Fields: external_id, title, owner, organization, pipeline, stage, status, value, currency, probability,
    add_time, close_time, won_time, lost_time, expected_close_date, stage_change_time.
    """
    options = ReadOptions(
        columns=tuple(column or ()),
        values=tuple(value or ()),
        defaults=tuple(default or ()),
        date_formats=tuple(date_format or ()),
        decimal_sign=decimal_sign,
        sheet=SheetOptions(encoding, delimiter, sheet),
    )
    _import(FileKind.DEALS, file, options, company, rejects, is_strict=strict, is_dry_run=dry_run)


@import_app.command("activities")
def import_activities(
    file: File,
    company: Company = None,
    column: Column = None,
    value: Value = None,
    default: Default = None,
    date_format: DateFormat = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    sheet: Sheet = None,
    rejects: Rejects = None,
    strict: Strict = False,  # noqa: FBT002  a flag of the command line
    dry_run: DryRun = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Bring in activities. Fields: external_id, subject, type, owner, deal, add_time, due_date, done,
    marked_as_done_time. `deal` is a deal's external id or its title.
    """  # noqa: D205  the first paragraph is one sentence after another
    options = ReadOptions(
        columns=tuple(column or ()),
        values=tuple(value or ()),
        defaults=tuple(default or ()),
        date_formats=tuple(date_format or ()),
        sheet=SheetOptions(encoding, delimiter, sheet),
    )
    _import(FileKind.ACTIVITIES, file, options, company, rejects, is_strict=strict, is_dry_run=dry_run)


def _import(
    kind: FileKind,
    path: Path,
    options: ReadOptions,
    slug: str | None,
    rejects: Path | None,
    *,
    is_strict: bool,
    is_dry_run: bool,
) -> None:
    _set_up()
    from goalpost.exchange.loading.company import find_company  # noqa: PLC0415
    from goalpost.exchange.loading.order import ImportOrder  # noqa: PLC0415
    from goalpost.exchange.loading.run import Stopped, import_file  # noqa: PLC0415
    from goalpost.exchange.progress import progress  # noqa: PLC0415
    from goalpost.exchange.summary import print_summary  # noqa: PLC0415

    try:
        order = ImportOrder(kind, path, find_company(slug), options, rejects, is_strict, is_dry_run)
        with progress(sys.stderr) as show:
            report = import_file(order, clock=lambda: datetime.now(UTC), show=show)
    except Unusable as error:
        _give_up(str(error), UNUSABLE)
    except Stopped as error:
        _give_up(str(error), STOPPED)
    except KeyboardInterrupt:
        _give_up("Interrupted. Whatever is in is whole: the same command again goes on.", INTERRUPTED)
    print_summary(report, sys.stdout)
    if report.rejected:
        raise typer.Exit(SOME_REJECTED)


def _set_up() -> None:
    """Load the settings and Django. Ends with what to mend when the environment does not fit."""
    import django  # noqa: PLC0415
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "goalpost.settings")
    try:
        django.setup()
    except (ImproperlyConfigured, OSError) as error:
        _give_up(str(error), UNUSABLE)


def _give_up(message: str, code: int) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)
