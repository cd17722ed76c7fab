"""`goalpost init`: a company and its first admin, all or nothing."""

import sqlite3
import stat
from pathlib import Path

import pytest

from tests.cli.running import ADMIN, Installation
from tests.people import PASSWORD


def rows(installation: Installation, query: str) -> list[tuple[object, ...]]:
    """Ask the installation's database directly, as nobody else does."""
    connection = sqlite3.connect(installation.data / "goalpost.sqlite3")
    try:
        return list(connection.execute(query))
    finally:
        connection.close()


def content(installation: Installation) -> list[str]:
    """Return everything in the database as text: equal before and after means nothing was changed."""
    connection = sqlite3.connect(installation.data / "goalpost.sqlite3")
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


def mode(path: Path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))


def test_it_makes_a_company_with_an_admin_and_keeps_its_secrets_to_itself(empty: Installation) -> None:
    ran = empty.init(company="Maven Hardware", currency="usd", timezone="America/New_York")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        f"Maven Hardware is ready. Sign in as {ADMIN}. Start the server with: goalpost serve\n"
    )
    [company] = rows(empty, "SELECT name, slug, currency, time_zone, plan FROM companies_company")
    assert company == ("Maven Hardware", "maven-hardware", "USD", "America/New_York", "enterprise")
    [(name, email, is_admin, password)] = rows(
        empty, "SELECT name, email, is_admin, password FROM companies_user"
    )
    assert (name, email, is_admin) == ("astrid", ADMIN, 1)
    assert str(password).startswith("argon2$")
    assert [len(rows(empty, f"SELECT 1 FROM {table}")) for table in ("crm_pipeline", "crm_activitytype")] == [
        1,
        6,
    ]
    assert mode(empty.data) == "0o700"
    assert mode(empty.data / "secret_key") == "0o600"
    assert len((empty.data / "secret_key").read_text(encoding="utf-8")) >= 50


def test_the_admins_name_may_be_given(migrated: Installation) -> None:
    assert migrated.init(admin_name="Astrid Lind").code == 0
    assert rows(migrated, "SELECT name FROM companies_user") == [("Astrid Lind",)]


REFUSED = {
    "a short password": ({"GOALPOST_ADMIN_PASSWORD": "tiny"}, "too short"),
    "no password": ({"GOALPOST_ADMIN_PASSWORD": ""}, "too short"),
    "a common password": ({"GOALPOST_ADMIN_PASSWORD": "password1234"}, "too common"),
    "a password of figures": ({"GOALPOST_ADMIN_PASSWORD": "5829103847"}, "entirely numeric"),
    "the address as password": (
        {"GOALPOST_ADMIN_PASSWORD": "bjorn@nordlys.example"},
        "too similar to the e-mail",
    ),
    "no currency": ({"currency": "crowns"}, "ISO 4217 currency code such as EUR, not “CROWNS”"),
    "gold": ({"currency": "XAU"}, "ISO 4217 currency code such as EUR, not “XAU”"),
    "no time zone": ({"timezone": "Stockholm"}, "IANA list, such as Europe/Stockholm, not “Stockholm”"),
    "a path as time zone": ({"timezone": "../../etc/passwd"}, "IANA list"),
    "no e-mail address": ({"admin_email": "bjorn"}, "“bjorn” is not an e-mail address."),
    "an address in use": ({"admin_email": ADMIN.upper()}, "already in use"),
    "no name": ({"company": "  "}, "Enter a name of 1 to 200 characters."),
    "the same name": ({"company": " Nordlys "}, "There is a company named Nordlys here already."),
}


@pytest.mark.parametrize(("changes", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_used_is_refused_and_changes_nothing(
    founded: Installation, changes: dict[str, str], message: str
) -> None:
    before = content(founded)
    ran = founded.init(**{"company": "Sydvind", "admin_email": "bjorn@nordlys.example", **changes})
    assert ran.code == 2
    assert message in ran.err
    assert "Traceback" not in ran.err
    assert ran.out == ""
    assert content(founded) == before


def test_a_missing_option_is_named(empty: Installation) -> None:
    ran = empty.run("init", "--company", "Nordlys")
    assert ran.code == 2
    assert "--currency" in ran.err
    assert not empty.data.exists()


def test_without_a_terminal_it_says_where_the_password_goes(founded: Installation) -> None:
    before = content(founded)
    environment_without = founded.run(
        "init",
        *("--company", "Sydvind", "--currency", "EUR", "--timezone", "UTC", "--admin-email", "b@b.example"),
    )
    assert environment_without.code == 2
    assert "Set GOALPOST_ADMIN_PASSWORD" in environment_without.err
    assert content(founded) == before


def test_another_company_may_stand_beside_the_first(founded: Installation) -> None:
    ran = founded.init(
        company="Sydvind", admin_email="astrid@sydvind.example", GOALPOST_ADMIN_PASSWORD=PASSWORD
    )
    assert ran.code == 0
    assert rows(founded, "SELECT name FROM companies_company ORDER BY id") == [("Nordlys",), ("Sydvind",)]
    again = founded.init(company="Sydvind", admin_email="other@sydvind.example")
    assert again.code == 2
    assert "There is a company named Sydvind here already. Nothing was changed." in again.err


def test_a_secret_key_of_ones_own_is_used_and_not_kept(migrated: Installation) -> None:
    ran = migrated.init(GOALPOST_SECRET_KEY="k" * 60)
    assert (ran.code, ran.err) == (0, "")
    assert not (migrated.data / "secret_key").exists()


def test_a_secret_key_that_is_there_stays(founded: Installation) -> None:
    key = (founded.data / "secret_key").read_bytes()
    assert founded.run("verify").code == 0
    assert (founded.data / "secret_key").read_bytes() == key


def test_a_company_may_start_with_its_countrys_holidays(migrated: Installation) -> None:
    assert migrated.init(country="de-by").code == 0
    places = rows(migrated, "SELECT holidays_country, holidays_subdivision FROM companies_company")
    assert places == [("DE", "BY")]


def test_a_country_that_is_none_changes_nothing(migrated: Installation) -> None:
    ran = migrated.init(country="Atlantis")
    assert ran.code == 2
    assert ran.err == "No holidays are known for “ATLANTIS”. Use an ISO 3166 code such as SE.\n"
    assert rows(migrated, "SELECT id FROM companies_company") == []
