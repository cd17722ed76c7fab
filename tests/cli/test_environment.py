"""An environment that does not fit is refused by every command, with what to mend and without a traceback."""

from pathlib import Path

import pytest

from tests.cli.running import Installation, free_port

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
    "a data folder in a file": ({"GOALPOST_DATA_DIR": "/dev/null/data"}, "Not a directory"),
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
    ],
)
def test_without_a_company_it_says_how_to_set_one_up(empty: Installation, command: list[str]) -> None:
    ran = empty.run(*command)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "There is no company yet. Set one up with: goalpost init (see goalpost init --help).\n"
    )


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
        assert message.startswith("The database cannot be used: ")
        assert "Traceback" not in message


def test_a_file_that_is_no_database_is_left_as_it_is(empty: Installation, tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear Astrid\n" * 100, encoding="utf-8")
    for code, message in commands_on(empty, GOALPOST_DATABASE_URL=f"sqlite:///{file}"):
        assert (code, message) == (2, "The database cannot be used: file is not a database\n")
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
