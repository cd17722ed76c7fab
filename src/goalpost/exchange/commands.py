"""`goalpost import users|deals|activities|history FILE`: options in, a summary and an exit code out.

Django is imported only when a command runs, so that help is quick and needs no data folder.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from goalpost.exchange.errors import Unusable
from goalpost.exchange.reading.columns import ReadOptions
from goalpost.exchange.reading.fields import FIELDS, FileKind

if TYPE_CHECKING:
    from goalpost.exchange.loading.run import ShowProgress
    from goalpost.exchange.report import Report

STOPPED = 1
"""The exit code when the database or the disk failed during an import, which can be run again."""
UNUSABLE = 2
"""The exit code when the file or the options cannot be used. Nothing was changed."""
SOME_REJECTED = 3
INTERRUPTED = 130

_HELP = {
    FileKind.USERS: "Import people and teams. Several columns may be a `team`.",
    FileKind.DEALS: "Import deals.",
    FileKind.ACTIVITIES: "Import activities. `deal` is a deal's external id or its title.",
    FileKind.HISTORY: "Import when deals entered their stages, so that past progress goals are exact.",
}


TellMore = Callable[["Report"], Sequence[str]]
"""Returns further lines for the end of an import's summary, from a higher layer."""


def import_commands(set_up: Callable[[], None], tell_more: TellMore) -> typer.Typer:
    """Return the commands. `set_up` gets the settings and the database ready, or ends the command."""
    app = typer.Typer(
        no_args_is_help=True,
        help="Import people, deals and activities from CSV or XLSX. Importing a file twice changes nothing.",
    )
    for kind in FileKind:
        _add_command(app, kind, set_up, tell_more)
    return app


def _add_command(app: typer.Typer, kind: FileKind, set_up: Callable[[], None], tell_more: TellMore) -> None:
    fields = ", ".join(field.name for field in FIELDS[kind])

    @app.command(kind.value, help=f"{_HELP[kind]} Fields: {fields}.")
    def import_rows(
        file: Annotated[Path, typer.Argument(help="A CSV or XLSX file with a header row.", metavar="FILE")],
        company: Annotated[
            str | None, typer.Option(help="The company's slug, when there are several.")
        ] = None,
        column: Annotated[
            list[str] | None,
            typer.Option(
                metavar="FIELD=HEADER", help="The column that a field is read from. May be repeated."
            ),
        ] = None,
        value: Annotated[
            list[str] | None,
            typer.Option(
                metavar="FIELD:RAW=VALUE", help="What a text in the file stands for. May be repeated."
            ),
        ] = None,
        default: Annotated[
            list[str] | None,
            typer.Option(metavar="FIELD=VALUE", help="The value for empty cells. May be repeated."),
        ] = None,
        date_format: Annotated[
            list[str] | None,
            typer.Option(
                metavar="FMT",
                help="The file's date format if it is not ISO, such as %d/%m/%Y. May be repeated.",
            ),
        ] = None,
        decimal_sign: Annotated[
            str | None,
            typer.Option(metavar="SIGN", help="The decimal sign, when the numbers do not show it."),
        ] = None,
        stage_order: Annotated[
            str | None,
            typer.Option(metavar='"A > B"', help="The order of the stages, when the file does not show it."),
        ] = None,
        source: Annotated[
            str | None,
            typer.Option(
                metavar="NAME", help="The program the file comes from: its ids are kept apart from others."
            ),
        ] = None,
        encoding: Annotated[
            str | None, typer.Option(help="A CSV file's encoding, when it is not detected.")
        ] = None,
        delimiter: Annotated[
            str | None,
            typer.Option(help="What separates a CSV file's cells: one character, or the word tab."),
        ] = None,
        sheet: Annotated[
            str | None, typer.Option(help="The sheet of a workbook. Default: the first.")
        ] = None,
        rejects: Annotated[
            Path | None,
            typer.Option(
                metavar="FILE", help="Where rejected rows go. Default: FILE's name with .rejects.csv."
            ),
        ] = None,
        strict: Annotated[  # noqa: FBT002  a flag of the command line
            bool,
            typer.Option(
                "--strict",
                help="Refuse the file if it names a person, team, stage or type that does not exist.",
            ),
        ] = False,
        as_of: Annotated[
            str | None,
            typer.Option(metavar="DAY", help="The first day of changed team memberships. Default: today."),
        ] = None,
        whole: Annotated[  # noqa: FBT002  a flag of the command line
            bool,
            typer.Option(
                "--whole", help="The file is complete: delete imported records that it no longer has."
            ),
        ] = False,
        yes: Annotated[  # noqa: FBT002  a flag of the command line
            bool, typer.Option("--yes", help="With --whole: delete more than a tenth of the records.")
        ] = False,
        dry_run: Annotated[  # noqa: FBT002  a flag of the command line
            bool, typer.Option("--dry-run", help="Show what would happen without changing anything.")
        ] = False,
    ) -> None:
        options = ReadOptions(
            columns=tuple(column or ()),
            values=tuple(value or ()),
            defaults=tuple(default or ()),
            date_formats=tuple(date_format or ()),
            decimal_sign=decimal_sign,
            stage_order=stage_order,
            source=source,
            encoding=encoding,
            delimiter=delimiter,
            sheet=sheet,
        )
        since = _day(kind, as_of)
        if (whole or yes) and (kind not in (FileKind.DEALS, FileKind.ACTIVITIES) or not whole):
            _give_up(
                "--whole is only for files of deals or activities, and --yes only with --whole.", UNUSABLE
            )
        modes = {"is_strict": strict, "is_dry_run": dry_run, "is_whole": whole, "is_sure": yes}
        set_up()
        report = _import(kind, file, options, company, rejects, since, **modes)
        from goalpost.exchange.report import print_summary  # noqa: PLC0415

        print_summary(report, sys.stdout, more=tell_more(report))
        if report.rejected:
            raise typer.Exit(SOME_REJECTED)


def _day(kind: FileKind, as_of: str | None) -> date | None:
    if as_of is None:
        return None
    if kind is not FileKind.USERS:
        _give_up(
            "--as-of is only for files of people: it is the first day of changed team memberships.", UNUSABLE
        )
    try:
        return date.fromisoformat(as_of)
    except ValueError:
        _give_up(f"Give --as-of as a day such as 2026-09-01, not “{as_of}”.", UNUSABLE)


def _import(
    kind: FileKind,
    path: Path,
    options: ReadOptions,
    slug: str | None,
    rejects: Path | None,
    as_of: date | None,
    **modes: bool,
) -> "Report":
    from goalpost.exchange.loading.run import ImportOrder, Stopped, find_company, import_file  # noqa: PLC0415

    try:
        order = ImportOrder(kind, path, find_company(slug), options, rejects, as_of=as_of, **modes)
        with _progress_bar() as show:
            return import_file(order, clock=lambda: datetime.now(UTC), show=show)
    except Unusable as error:
        _give_up(str(error), UNUSABLE)
    except Stopped as error:
        _give_up(str(error), STOPPED)
    except KeyboardInterrupt:
        _give_up(
            "Interrupted. Rows imported so far are kept: run the same command again to continue.", INTERRUPTED
        )


def _give_up(message: str, code: int) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)


class _RateColumn(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f} rows/s")


@contextmanager
def _progress_bar() -> Iterator["ShowProgress"]:
    """Yield a function that shows the progress, with rate and time left; only on a terminal."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        _RateColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        bar = bars.add_task("Reading", total=None)

        def show(done: int, of: int, doing: str) -> None:
            bars.update(bar, completed=done, total=max(of, done), description=doing)

        yield show
