"""`goalpost imports` and `goalpost imports undo N`: what came in, and how to take one back."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from goalpost.companies.models import Company
    from goalpost.exchange.models import Import
    from goalpost.exchange.undo import Undoing

_REFUSED = 2
"""The exit code when nothing can be undone. Nothing was changed."""
_DECLINED = 1
_SHOWN = 50

Slug = Annotated[str | None, typer.Option("--company", help="The company's slug, when there are several.")]


def imports_commands(set_up: Callable[[], None]) -> typer.Typer:
    """Return the commands. `set_up` gets the settings and the database ready, or ends the command."""
    app = typer.Typer(
        invoke_without_command=True, help="List the files that were imported, and undo a whole import."
    )

    @app.callback()
    def list_imports(context: typer.Context, company: Slug = None) -> None:
        if context.invoked_subcommand is not None:
            return
        set_up()
        found = _company(company)
        from goalpost.companies.actors import operator_of  # noqa: PLC0415
        from goalpost.exchange.undo import imports_of  # noqa: PLC0415

        now = datetime.now(UTC)
        imports = list(imports_of(operator_of(found.pk))[: _SHOWN + 1])
        for each in imports[:_SHOWN]:
            typer.echo(_line(each, found, now))
        if len(imports) > _SHOWN:
            typer.echo("…")
        if not imports:
            typer.echo("Nothing was imported yet.")

    @app.command()
    def undo(
        number: Annotated[int, typer.Argument(help="The import's number, as goalpost imports lists it.")],
        company: Slug = None,
        discard_edits: Annotated[  # noqa: FBT002  a flag of the command line
            bool, typer.Option("--discard-edits", help="Also take back records that were changed since.")
        ] = False,
        yes: Annotated[  # noqa: FBT002  a flag of the command line
            bool, typer.Option("--yes", help="Undo it without asking.")
        ] = False,
    ) -> None:
        """Show what undoing an import takes back, ask, and do it. Run again, it goes on where it stopped."""
        set_up()
        _undo(_company(company), number, discards_edits=discard_edits, is_sure=yes)

    return app


def _company(slug: str | None) -> "Company":
    from goalpost.exchange.errors import Unusable  # noqa: PLC0415
    from goalpost.exchange.loading.run import find_company  # noqa: PLC0415

    try:
        return find_company(slug)
    except Unusable as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(_REFUSED) from None


def _undo(company: "Company", number: int, *, discards_edits: bool, is_sure: bool) -> None:
    from goalpost.companies.actors import operator_of  # noqa: PLC0415
    from goalpost.companies.errors import InvalidInput, NotFound  # noqa: PLC0415
    from goalpost.exchange.undo import found_import, preview_undo, undo_import  # noqa: PLC0415

    actor = operator_of(company.pk)
    try:
        done = found_import(actor, number)
        found = preview_undo(actor=actor, number=number, now=datetime.now(UTC), discards_edits=discards_edits)
        typer.echo(f"{done.file_name} into {company.name}, imported {done.created_at:%Y-%m-%d %H:%M} UTC")
        for line in undo_lines(done, found):
            typer.echo(line)
        if not is_sure and not typer.confirm("Undo this import?"):
            typer.echo("Nothing was changed.")
            raise typer.Exit(_DECLINED)
        undo_import(actor=actor, number=number, now=datetime.now(UTC), discards_edits=discards_edits)
    except InvalidInput as error:
        typer.echo(f"Import {number} cannot be undone: {error.message}", err=True)
        raise typer.Exit(_REFUSED) from None
    except NotFound:
        typer.echo(f"There is no import {number}. List them with: goalpost imports", err=True)
        raise typer.Exit(_REFUSED) from None
    typer.echo(f"Import {number} is undone. The file can be imported again.")


def undo_lines(done: "Import", found: "Undoing") -> list[str]:
    """Return what an undo takes back and what it keeps."""
    noun = "activities" if done.kind == "activities" else "deals"
    lines = [f"New {noun}, deleted: {found.deleted:,}", f"Changed {noun}, set back: {found.restored:,}"]
    if found.events:
        lines.append(f"Arrivals in stages, forgotten: {found.events:,}")
    if found.kept:
        more = f" and {found.kept - len(found.first_kept):,} more" * (found.kept > len(found.first_kept))
        lines.append(
            f"Changed since and kept: {found.kept:,} ({', '.join(found.first_kept)}{more})."
            " With --discard-edits they are taken back, too."
        )
    made = [f"{len(names):,} {kind}" for kind, names in done.summary.get("names", {}).items() if names]
    if made:
        lines.append(f"What the file named and was created stays: {', '.join(made)}.")
    return lines


def _line(each: "Import", company: "Company", now: datetime) -> str:
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    from goalpost.exchange.undo import is_stopped  # noqa: PLC0415

    state = "stopped" if is_stopped(each, now) else each.state
    who = "server operator" if each.made_by is None else each.made_by.name
    when = each.created_at.astimezone(ZoneInfo(company.time_zone))
    return (
        f"{each.number:>5}  {when:%Y-%m-%d %H:%M}  {state:<8} {each.kind:<10} {each.file_name}  ({who}):"
        f" {each.created:,} created, {each.updated:,} updated, {each.unchanged:,} unchanged,"
        f" {each.rejected:,} rejected"
    )
