"""Fixtures for every test. What must stand before Django's settings is in environment.py."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connections, transaction
from django.utils import translation
from hypothesis import HealthCheck, settings
from pytest_django import DjangoDbBlocker

from tests.cli.running import Installation, with_tables
from tests.environment import ADDRESS, migrated_file, migrated_name
from tools import chromium, postgres

# No deadlines: a slow machine is not a wrong answer. `make test` tries the same examples every time, so that
# a change is what makes it fail; `make test-long` looks on, and prints what repeats a failure.
_SEARCH = settings(deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", _SEARCH, max_examples=25, derandomize=True)
settings.register_profile("long", _SEARCH, max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

# Passwords of tests protect nobody: hashing them well takes longer than most tests. Commands that run as
# processes of their own hash as in use.
django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have the database made for installations that start from it, where no other test asks for it."""
    for item in items:
        assert isinstance(item, pytest.Function)
        if "django_db_setup" in item.fixturenames and not item.get_closest_marker("django_db"):
            item.add_marker("django_db")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Keep SQLite's test database in a file, as in use: one in memory locks by other rules."""
    database = connections["default"].settings_dict
    if connections["default"].vendor == "sqlite":
        database["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
        # What the tests store need not outlive the machine.
        options = database["OPTIONS"]
        options["init_command"] = options["init_command"].replace("synchronous=FULL", "synchronous=OFF")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Keep a copy of the database as migrations leave it, before any test: installations start from it."""
    connection = connections["default"]
    with django_db_blocker.unblock():
        if connection.vendor == "sqlite":
            with connection.temporary_connection(), closing(sqlite3.connect(migrated_file())) as copy:
                connection.connection.backup(copy)
        else:
            connection.close()
            postgres.create_database(os.environ[ADDRESS], migrated_name(), connection.settings_dict["NAME"])


@pytest.fixture(scope="module")
def kept_for_module(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Keep what fixtures of the module make: each test is rolled back to that, the module to nothing."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def first_language() -> None:
    """Forget the language that a page of the test before was asked in: messages are compared in English."""
    translation.deactivate()


@pytest.fixture
def emptied_afterwards(transactional_db: None) -> Iterator[None]:
    """Empty the tables of a test that commits: Django does not know which of ours refer to which."""
    yield
    connection = connections["default"]
    if connection.vendor == "sqlite":
        with connection.constraint_checks_disabled(), connection.cursor() as cursor:
            for table in connection.introspection.django_table_names(only_existing=True):
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Yield the address of a running PostgreSQL server, whatever database the other tests run on."""
    if running := os.environ.get("GOALPOST_DATABASE_URL"):
        yield running
        return
    if postgres.programs() is None:
        pytest.skip("PostgreSQL 15 or later is not installed")
    with postgres.server() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_url(postgres_server: str) -> Iterator[str]:
    """Yield the address of a PostgreSQL database that the tests of one run share, empty at first."""
    with postgres.database(postgres_server) as url:
        yield url


@pytest.fixture
def empty_postgres_url(postgres_server: str) -> Iterator[str]:
    """Yield the address of an empty PostgreSQL database of the test's own."""
    with postgres.database(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def founded_once(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Return an installation on SQLite with Nordlys founded, to copy and never to change."""
    installation = with_tables(tmp_path_factory.mktemp("founded") / "data")
    assert installation.init().code == 0
    return installation


@pytest.fixture(scope="session")
def chromium_executable() -> Path:
    """Return the browser to hand to Playwright as `executable_path`."""
    found = chromium.executable()
    if found is None:
        pytest.skip("Chromium is not installed")
    if not chromium.driver_starts():
        pytest.skip("Playwright does not start, for want of the library libatomic")
    return found
