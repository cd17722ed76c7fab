"""The command line: `goalpost COMMAND`. `goalpost --help` lists the commands.

Commands import what they need when they run, so that help is quick and needs no data folder.
"""

import os
import sys
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from getpass import getpass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from goalpost.domain.permissions import Plan
from goalpost.exchange.commands import import_commands
from goalpost.exchange.undo_commands import imports_commands

if TYPE_CHECKING:
    from goalpost.exchange.report import Report

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _team_effect(report: "Report") -> list[str]:
    """Return how the memberships in a file change the results of teams."""
    from goalpost.companies.actors import operator_of  # noqa: PLC0415
    from goalpost.companies.calendar import calendar_of, today_in  # noqa: PLC0415
    from goalpost.companies.memberships import MembershipChange  # noqa: PLC0415
    from goalpost.companies.models import Company  # noqa: PLC0415
    from goalpost.insights.formats import amount, period_name  # noqa: PLC0415
    from goalpost.insights.goal_report import effect_of  # noqa: PLC0415
    from goalpost.insights.report import Asker  # noqa: PLC0415

    if not report.memberships:
        return []
    company = Company.objects.get(pk=report.company_id)
    reader = Asker(operator_of(company.pk), company, today_in(company, datetime.now(UTC)))
    changed = report.memberships.items()
    effect = effect_of(
        reader,
        [MembershipChange(*key, days.after) for key, days in changed],
        since=[MembershipChange(*key, days.before) for key, days in changed],
    )
    if not effect:
        return []
    verb = "would change" if report.is_dry_run else "changed"
    lines = [f"Results of teams that {verb} by who is a member when: {len(effect):,}"]
    for each in effect[:_EFFECTS_SHOWN]:
        period = period_name(each.before.period, each.goal.terms.interval, calendar_of(company), "en")
        before, after = (amount(one.result, each.currency, "en") for one in (each.before, each.after))
        lines.append(f"  {each.goal.terms.title}, {period}: {before} → {after}")
    if len(effect) > _EFFECTS_SHOWN:
        lines.append(f"  and {len(effect) - _EFFECTS_SHOWN:,} more")
    return lines


_EFFECTS_SHOWN = 20


def _set_up() -> None:
    """Set up for a command that needs an existing company, in the tables of this version."""
    from goalpost.server import CannotServe, expect_company, expect_data, set_up  # noqa: PLC0415

    try:
        set_up()
        expect_data()
        expect_company()
    except CannotServe as error:
        _give_up(str(error))


def _give_up(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(UNUSABLE)


app.add_typer(import_commands(_set_up, _team_effect), name="import")
app.add_typer(imports_commands(_set_up), name="imports")

company_app = typer.Typer(
    help="List the companies here, and set their plans and settings.", no_args_is_help=True
)
app.add_typer(company_app, name="company")


def _print_version(is_asked: bool | None) -> None:  # noqa: FBT001  as typer calls it
    if is_asked:
        typer.echo(f"goalpost {version('goalpost')}")
        raise typer.Exit


UNUSABLE = 2
"""The exit code for invalid input; nothing was changed."""


@app.callback()
def _options(
    _version: Annotated[
        bool | None,
        typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version),
    ] = None,
) -> None:
    """Goals over CRM data for sales teams, where every number explains itself."""


Host = Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 for all addresses.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")]


@app.command()
def demo(port: Port = 8000) -> None:
    """Run a sample company that shows every feature. Its data is deleted when you stop it."""
    from goalpost.server import CannotServe, run_demo  # noqa: PLC0415

    try:
        run_demo(port)
    except CannotServe as error:
        _give_up(str(error))


@app.command()
def serve(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Prepare the data folder, the database and the pages, then serve them."""
    from goalpost.server import CannotServe, run  # noqa: PLC0415

    try:
        run(host, port)
    except CannotServe as error:
        _give_up(str(error))


@app.command()
def init(
    company: Annotated[str, typer.Option(help="The company's name.")],
    currency: Annotated[str, typer.Option(help="Its currency, as an ISO 4217 code such as EUR.")],
    timezone: Annotated[str, typer.Option(help="Its time zone, such as Europe/Stockholm.")],
    admin_email: Annotated[str, typer.Option(help="The first admin's e-mail address, to sign in with.")],
    admin_name: Annotated[str, typer.Option(help="The first admin's name.")] = "",
    country: Annotated[
        str, typer.Option(help="Its public holidays are not working days, such as SE or DE-BY.")
    ] = "",
) -> None:
    """Set up a company and its first admin. Asks for a password, or takes GOALPOST_ADMIN_PASSWORD."""
    from goalpost.server import CannotServe, set_up  # noqa: PLC0415
    from goalpost.server import migrate as bring_up_to_date  # noqa: PLC0415

    try:
        set_up(makes_folder=True)
    except CannotServe as error:
        _give_up(str(error))
    from goalpost.companies.errors import InvalidInput  # noqa: PLC0415
    from goalpost.crm.actions.setup import found_company  # noqa: PLC0415

    try:
        bring_up_to_date()
        founded = found_company(
            name=company,
            currency=currency.upper(),
            time_zone=timezone,
            admin_email=admin_email,
            admin_name=admin_name,
            password=_admin_password(),
            holidays=country,
            now=datetime.now(UTC),
        )
    except CannotServe as error:
        _give_up(str(error))
    except InvalidInput as error:
        _give_up(error.message)
    typer.echo(f"{founded.name} is ready. Sign in as {admin_email}. Start the server with: goalpost serve")


@app.command()
def migrate() -> None:
    """Bring the tables of an earlier version to this one, as `serve` and `init` do. Make a backup first."""
    from goalpost.server import CannotServe, expect_company, expect_data, set_up  # noqa: PLC0415
    from goalpost.server import migrate as bring_up_to_date  # noqa: PLC0415

    try:
        set_up()
        expect_data()
        bring_up_to_date()
        expect_company()
    except CannotServe as error:
        _give_up(str(error))
    typer.echo("The tables are those of this version.")


@app.command()
def token(
    email: Annotated[str, typer.Argument(help="The e-mail address of the person the token acts for.")],
    name: Annotated[str, typer.Option(help="What the token is for, shown in lists.")] = "",
    expires: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The last day it works, such as 2027-06-30."),
    ] = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="It cannot change anything.")] = False,  # noqa: FBT002
    list_them: Annotated[bool, typer.Option("--list", help="List the person's tokens.")] = False,  # noqa: FBT002
    revoke: Annotated[int, typer.Option(help="Revoke the token with this number (see --list).")] = 0,
) -> None:
    """Create an API token and print it on the last line. It is shown only once."""
    _set_up()
    from goalpost.accounts.tokens import describe_token, end_of_day, issue_token, revoke_token, tokens_of  # noqa: PLC0415  # noqa: PLC0415
    from goalpost.companies.actors import operator_of  # noqa: PLC0415
    from goalpost.companies.errors import InvalidInput, NotFound  # noqa: PLC0415
    from goalpost.companies.models import User  # noqa: PLC0415

    now = datetime.now(UTC)
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        _give_up(f"No person has the e-mail address {email}.")
    operator = operator_of(user.company_id)
    if list_them:
        for line in tokens_of(operator, user.pk, now=now):
            typer.echo(describe_token(line, user.company))
        return
    try:
        if revoke:
            revoke_token(actor=operator, user_id=user.pk, token_id=revoke, now=now)
            typer.echo(f"Token {revoke} is revoked.")
            return
        ends = None if expires is None else end_of_day(user.company, expires.date())
        typer.echo(issue_token(user=user, now=now, name=name, expires_at=ends, is_read_only=read_only))
    except InvalidInput as error:
        _give_up(error.message)
    except NotFound:
        _give_up(f"{email} has no token {revoke}. List them with: goalpost token {email} --list")


@app.command()
def rate(
    currency: Annotated[str, typer.Argument(help="The other currency, as an ISO 4217 code such as SEK.")],
    day: Annotated[
        datetime,
        typer.Argument(formats=["%Y-%m-%d"], help="The first day the rate applies, such as 2026-01-31."),
    ],
    value: Annotated[
        str, typer.Argument(help="What one unit is worth in the company's currency, such as 0.0874.")
    ],
    company: Annotated[str, typer.Option(help="The company's slug, when there are several.")] = "",
) -> None:
    """Set an exchange rate and recount the deals in that currency. It applies until the next one."""
    _set_up()
    from goalpost.companies.actors import operator_of  # noqa: PLC0415
    from goalpost.companies.errors import InvalidInput  # noqa: PLC0415
    from goalpost.crm.actions.setup import set_rate  # noqa: PLC0415
    from goalpost.jobs.models import State  # noqa: PLC0415
    from goalpost.jobs.worker import run_to_end  # noqa: PLC0415

    try:
        amount = Decimal(value)
    except InvalidOperation:
        _give_up(f"{value} is not a number. Write the rate with a point, such as 0.0874.")
    try:
        job_id = set_rate(
            actor=operator_of(_company_id(company)),
            currency=currency.upper(),
            day=day.date(),
            rate=amount,
            now=datetime.now(UTC),
        )
    except InvalidInput as error:
        _give_up(error.message)
    if job_id is not None:
        typer.echo("Many deals are being recounted. Results do not change until that is done.")
        ended = run_to_end(job_id)
        if ended.state == State.FAILED:
            _give_up(f"The deals could not be recounted: {ended.error}")
        if ended.state != State.DONE:
            _give_up(
                f"The deals could not be recounted yet: {ended.error}. No result has changed. "
                "A running server tries again; Settings, Operation shows how it ends."
            )
    typer.echo(f"From {day:%Y-%m-%d}, one {currency.upper()} is worth {amount}.")


KeyFile = Annotated[Path | None, typer.Option(help="A file with the key that the backup is encrypted with.")]


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; one that is there is kept.")],
    company: Annotated[str, typer.Option(help="Only the company with this slug.")] = "",
    key_file: KeyFile = None,
) -> None:
    """Write every company, or one, to a file, as of one moment. The server may go on running."""
    _set_up()
    from goalpost.companies.models import Company  # noqa: PLC0415
    from goalpost.exchange.backup import back_up  # noqa: PLC0415
    from goalpost.exchange.backup_file import UnusableBackup, read_key  # noqa: PLC0415

    if file.exists():
        _give_up(f"{file} is there already. Choose another name.")
    try:
        only = Company.objects.get(pk=_company_id(company)) if company else None
        key = read_key(key_file) if key_file else None
        made = back_up(file, now=datetime.now(UTC), company=only, key=key)
    except UnusableBackup as error:
        _give_up(str(error))
    except OSError as error:
        _give_up(f"{file} cannot be written: {error.strerror or error}")
    counted = "1 company" if made.companies == 1 else f"{made.companies} companies"
    typer.echo(f"{file}: {counted}, {made.rows:,} rows.")
    typer.echo("The secret key is not in it: keep that of the data folder, or GOALPOST_SECRET_KEY, too.")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A backup that goalpost backup made.")],
    force: Annotated[  # noqa: FBT002
        bool, typer.Option("--force", help="Delete everything that is in the database first.")
    ] = False,
    key_file: KeyFile = None,
) -> None:
    """Restore a backup into an empty database of either kind, then verify. Exits with 1 if it differs."""
    from goalpost.server import CannotServe, set_up  # noqa: PLC0415
    from goalpost.server import migrate as bring_up_to_date  # noqa: PLC0415

    try:
        set_up(makes_folder=True)
        bring_up_to_date()
    except CannotServe as error:
        _give_up(str(error))
    from goalpost.exchange import backup  # noqa: PLC0415
    from goalpost.exchange.backup_file import UnusableBackup, read_key  # noqa: PLC0415

    try:
        restored = backup.restore(file, replaces=force, key=read_key(key_file) if key_file else None)
    except UnusableBackup as error:
        _give_up(str(error))
    typer.echo(f"{', '.join(restored.companies)}: {restored.rows:,} rows restored.")
    for difference in restored.differences:
        typer.echo(difference)
    if restored.differences:
        typer.echo("This was different already when the backup was made: see goalpost verify --help.")
        raise typer.Exit(1)
    typer.echo("The ledger agrees with the records.")


@company_app.command(name="list")
def list_companies() -> None:
    """Print each company's slug, plan and name."""
    _set_up()
    from goalpost.companies.models import Company  # noqa: PLC0415

    for slug, plan, name in Company.objects.order_by("slug").values_list("slug", "plan", "name"):
        typer.echo(f"{slug}  {plan}  {name}")


@company_app.command(name="set-plan")
def set_plan(
    slug: Annotated[str, typer.Argument(help="The company's slug, as shown by goalpost company list.")],
    plan: Annotated[Plan, typer.Argument(help="The plan, which decides the features it can use.")],
) -> None:
    """Give a company a plan. Goals that a smaller plan lacks are kept, read-only."""
    _set_up()
    from goalpost.companies import company  # noqa: PLC0415
    from goalpost.companies.actors import operator_of  # noqa: PLC0415

    company.set_plan(actor=operator_of(_company_id(slug)), plan=plan, now=datetime.now(UTC))
    typer.echo(f"{slug} has the {plan.value} plan.")


@company_app.command(name="set")
def set_company(
    settings: Annotated[
        list[str],
        typer.Argument(
            metavar="KEY=VALUE",
            help="name, currency (while empty), time_zone, week_start, fiscal_month or country.",
        ),
    ],
    company: Annotated[str, typer.Option(help="The company's slug, when there are several.")] = "",
) -> None:
    """Change a company's settings, all of them or none, as its page does."""
    _set_up()
    from django.db import transaction  # noqa: PLC0415

    from goalpost.companies.actors import operator_of  # noqa: PLC0415
    from goalpost.companies.errors import InvalidInput  # noqa: PLC0415
    from goalpost.companies.models import Company  # noqa: PLC0415
    from goalpost.goals.company_settings import SETTINGS, set_setting  # noqa: PLC0415

    actor, now = operator_of(_company_id(company)), datetime.now(UTC)
    pairs = [text.partition("=") for text in settings]
    for key, sign, _value in pairs:
        if not sign or key not in SETTINGS:
            _give_up(f"{key!r} cannot be set. Write KEY=VALUE, where KEY is one of: {', '.join(SETTINGS)}.")
    try:
        with transaction.atomic():
            for key, _sign, value in pairs:
                set_setting(actor=actor, key=key, value=value.strip(), now=now)
    except InvalidInput as error:
        _give_up(error.message)
    asked = {key: value.strip() for key, _sign, value in pairs}
    changed = Company.objects.get(pk=actor.company_id)
    if "time_zone" in asked and changed.time_zone != asked["time_zone"]:
        typer.echo(
            "The server's workers are recounting many records. The time zone changes when they are done."
        )
    typer.echo(f"The settings of {changed.slug} are saved.")


@app.command()
def verify(
    repair: Annotated[bool, typer.Option("--repair", help="Post the differences found.")] = False,  # noqa: FBT002
) -> None:
    """Recount everything from the records and compare it with the ledger. Exits with 1 if they differ."""
    _set_up()
    from goalpost.companies.models import Company  # noqa: PLC0415
    from goalpost.crm import verify as ledger  # noqa: PLC0415

    found = repaired = altered = 0
    for company in Company.objects.order_by("slug"):
        here = 0
        for difference in ledger.differences(company.pk):
            typer.echo(f"{company.name}: {difference}")
            here += 1
        found += here
        if here and repair:
            result = ledger.repair(company.pk, now=datetime.now(UTC))
            repaired += len(result.posted)
            altered += len(result.altered)
    counted = f"{found} difference{'' if found == 1 else 's'}"
    if not found:
        typer.echo("The ledger agrees with the records.")
        return
    if not repair:
        typer.echo(
            f"{counted}. Find out first which side is right: a backup from before shows it. "
            "`goalpost verify --repair` takes the records for right as they stand, and posts the difference."
        )
        raise typer.Exit(1)
    typer.echo(f"{counted} found, {repaired} repaired by a posting that lists them.")
    if altered:
        typer.echo(
            f"{altered} cannot be repaired: what was posted before was altered, and stays visible as such. "
            "Restore a backup to have it as it was."
        )
        raise typer.Exit(1)


def _company_id(slug: str) -> int:
    """Return the only company, or the one with that slug."""
    from goalpost.companies.models import Company  # noqa: PLC0415

    found = dict(Company.objects.order_by("slug").values_list("slug", "id"))
    if not slug and len(found) == 1:
        return next(iter(found.values()))
    if slug not in found:
        _give_up(f"Choose a company with --company: {', '.join(found)}.")
    return found[slug]


def main() -> None:
    """Run a command: the entry point of `goalpost`."""
    app()


def _admin_password() -> str:
    password = os.environ.get("GOALPOST_ADMIN_PASSWORD")
    if password is not None:
        return password
    if not sys.stdin.isatty():
        _give_up("Set GOALPOST_ADMIN_PASSWORD, or run this in a terminal to be asked for a password.")
    password = getpass("Password: ")
    if getpass("Once more: ") != password:
        _give_up("The two passwords differ. Nothing was changed.")
    return password
