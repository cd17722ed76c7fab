"""An environment that does not fit is refused by every command, with what to mend and without a traceback."""

import sqlite3
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.cli.running import ADMIN, Installation, free_port

REFUSED = {
    "an address without a scheme": (
        {"GOALPOST_URL": "goals.example.com"},
        "GOALPOST_URL must be a full address",
    ),
    "an address of another kind": (
        {"GOALPOST_URL": "ftp://goals.example.com"},
        "GOALPOST_URL must be a full",
    ),
    "many workers": (
        {"GOALPOST_WORKERS": "many"},
        "GOALPOST_WORKERS must be a whole number from 1, not 'many'.",
    ),
    "no workers": ({"GOALPOST_WORKERS": "0"}, "GOALPOST_WORKERS must be a whole number from 1, not '0'."),
    "proxies below zero": (
        {"GOALPOST_TRUSTED_PROXIES": "-1"},
        "GOALPOST_TRUSTED_PROXIES must be a whole number",
    ),
    "a short key": (
        {"GOALPOST_SECRET_KEY": "short"},
        "GOALPOST_SECRET_KEY must have at least 50 characters.",
    ),
    "a key file that is not there": (
        {"GOALPOST_SECRET_KEY_FILE": "/nowhere"},
        "GOALPOST_SECRET_KEY_FILE cannot",
    ),
    "two keys": (
        {"GOALPOST_SECRET_KEY": "k" * 60, "GOALPOST_SECRET_KEY_FILE": "/nowhere"},
        "Set GOALPOST_SECRET_KEY or GOALPOST_SECRET_KEY_FILE, not both.",
    ),
    "a loud log": (
        {"GOALPOST_LOG_LEVEL": "loud"},
        "GOALPOST_LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR",
    ),
    "another database": ({"GOALPOST_DATABASE_URL": "mysql://x"}, "GOALPOST_DATABASE_URL must begin with"),
    "no address of a database": (
        {"GOALPOST_DATABASE_URL": "postgresql://x:y:z"},
        "GOALPOST_DATABASE_URL cannot",
    ),
}


@pytest.mark.parametrize(("settings", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_a_setting_that_cannot_be_used_is_named(
    empty: Installation, settings: dict[str, str], message: str
) -> None:
    ran = empty.run("verify", **settings)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    "command", [["verify"], ["token", "a@b.example"], ["serve", "--port", "0"], ["init"]]
)
def test_every_command_refuses_alike(empty: Installation, command: list[str]) -> None:
    if command == ["init"]:
        ran = empty.init(GOALPOST_URL="nonsense")
    else:
        ran = empty.run(
            *[str(free_port()) if word == "0" else word for word in command], GOALPOST_URL="nonsense"
        )
    assert (ran.code, ran.err) == (
        2,
        "GOALPOST_URL must be a full address such as https://goals.example.com.\n",
    )


@pytest.mark.parametrize(
    "command",
    [
        ["verify"],
        ["token", "a@b.example"],
        ["rate", "SEK", "2026-11-01", "0.0874"],
        ["import", "users", "people.csv"],
        ["migrate"],
        ["serve"],
    ],
)
def test_without_a_company_it_says_how_to_set_one_up(empty: Installation, command: list[str]) -> None:
    ran = empty.run(*command)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        f"There is no company in {empty.data}. Set one up with: goalpost init (see goalpost init --help). "
        "If yours is in another folder, name that with GOALPOST_DATA_DIR.\n"
    )
    assert not empty.data.exists(), "nothing is made where nothing was expected"


def commands_on(installation: Installation, **settings: str) -> list[tuple[int, str]]:
    return [
        (ran.code, ran.err)
        for ran in (
            installation.run("verify", **settings),
            installation.run("token", "a@b.example", **settings),
            installation.run("serve", "--port", str(free_port()), **settings),
            installation.init(**settings),
        )
    ]


def test_a_database_out_of_reach_is_not_taken_for_an_empty_one(empty: Installation) -> None:
    url = f"postgresql://goalpost@127.0.0.1:{free_port()}/goalpost"
    for code, message in commands_on(empty, GOALPOST_DATABASE_URL=url):
        assert code == 2
        assert "cannot be used: " in message.partition("\n")[0]
        assert "Traceback" not in message


def test_a_file_that_is_no_database_is_left_as_it_is(empty: Installation, tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear Astrid\n" * 100, encoding="utf-8")
    for code, message in commands_on(empty, GOALPOST_DATABASE_URL=f"sqlite:///{file}"):
        assert (code, message) == (2, f"{file} cannot be used: file is not a database\n")
    assert file.read_text(encoding="utf-8") == "Dear Astrid\n" * 100


def test_help_needs_no_data_folder_and_names_the_commands(empty: Installation) -> None:
    ran = empty.run("--help")
    assert ran.code == 0
    for command in ("demo", "serve", "init", "import", "token", "rate", "verify"):
        assert f" {command} " in ran.out
    assert not empty.data.exists()


def test_a_secret_may_come_from_a_file(migrated: Installation, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("k" * 60 + "\n", encoding="utf-8")
    assert migrated.init(GOALPOST_SECRET_KEY_FILE=str(key)).code == 0
    assert not (migrated.data / "secret_key").exists()


def test_a_folder_that_cannot_be_made_is_named(empty: Installation) -> None:
    ran = empty.init(GOALPOST_DATA_DIR="/dev/null/data")
    assert ran.code == 2
    assert "/dev/null" in ran.err
    assert "Traceback" not in ran.err


def test_tables_without_a_company_are_not_served(migrated: Installation) -> None:
    ran = migrated.run("serve", "--port", str(free_port()))
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"There is no company in {migrated.data / 'goalpost.sqlite3'}.")


def altered(installation: Installation, statement: str) -> None:
    with closing(sqlite3.connect(installation.data / "goalpost.sqlite3")) as database, database:
        database.execute(statement)


def test_tables_of_an_earlier_version_are_migrated_by_a_command_that_says_so(founded: Installation) -> None:
    altered(founded, "DELETE FROM django_migrations WHERE app = 'sessions_of_nobody'")
    assert founded.run("migrate").out == "The tables are those of this version.\n"
    altered(founded, "DELETE FROM django_migrations WHERE app = 'exchange'")
    for command in (["verify"], ["token", ADMIN]):
        ran = founded.run(*command)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == (
            f"The tables in {founded.data / 'goalpost.sqlite3'} are of an earlier version. "
            "Make a backup, then run: goalpost migrate\n"
        )


def test_tables_of_a_newer_version_are_left_alone(founded: Installation) -> None:
    altered(
        founded,
        "INSERT INTO django_migrations (app, name, applied) VALUES ('crm', '9999_later', '2030')",
    )
    for command in (["verify"], ["migrate"], ["serve", "--port", str(free_port())]):
        ran = founded.run(*command)
        assert (ran.code, ran.out) == (2, "")
        assert "are of a newer version than this one" in ran.err


def test_a_variable_that_is_no_setting_is_told_with_the_one_that_was_meant(founded: Installation) -> None:
    ran = founded.run("company", "list", GOALPOST_DATABSE_URL="postgresql://x", GOALPOST_COLOUR="green")
    assert ran.code == 0
    assert ran.err.splitlines() == [
        "GOALPOST_COLOUR is not a setting and is ignored. See docs/configuration.md.",
        "GOALPOST_DATABSE_URL is not a setting and is ignored. Did you mean GOALPOST_DATABASE_URL?",
    ]


def test_the_version_is_told(empty: Installation) -> None:
    assert empty.run("--version").out == f"goalpost {version('goalpost')}\n"
