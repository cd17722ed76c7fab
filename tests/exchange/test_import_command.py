"""`goalpost import` as a person at a terminal uses it: what it says, what it leaves, how it exits."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection

from tests.exchange.installation import Installation

_TWO = "id,title,owner,value,add time\n1,Boat,Cilla,10,2026-01-05\n2,Ship,Eva Ek,20,\n"


def test_a_file_of_which_all_rows_come_in_exits_with_0(installation: Installation) -> None:
    installation.write("deals.csv", _TWO)
    said = installation.succeed("import", "deals", "deals.csv")
    assert "2 rows: 2 created, 0 updated, 0 unchanged, 0 rejected" in said
    assert "Rows are known again by external_id" in said
    assert "Created 2 people: Cilla, Eva Ek" in said
    assert "1 deal has no add time" in said
    assert "\x1b" not in said
    assert "2 unchanged" in installation.succeed("import", "deals", "deals.csv")
    assert "agrees" in installation.succeed("verify")
    assert not list(installation.folder.glob("*.rejects.csv"))


def test_rejected_rows_go_to_their_file_mend_and_come_in(installation: Installation) -> None:
    installation.write("deals.csv", _TWO + "3,Raft,Cilla,many,\n4,,Cilla,,\n")
    done = installation.run("import", "deals", "deals.csv")
    assert done.returncode == 3
    assert done.stderr == ""
    assert "4 rows: 2 created, 0 updated, 0 unchanged, 2 rejected" in done.stdout
    assert "line 4: value: “many” is not a number." in done.stdout
    rejects = installation.folder / "deals.rejects.csv"
    mended = (
        rejects.read_text(encoding="utf-8-sig").replace("many", "30").replace("4,,Cilla", "4,Kayak,Cilla")
    )
    rejects.write_text(mended, encoding="utf-8")
    said = installation.succeed("import", "deals", "deals.rejects.csv", "--rejects", "more.csv")
    assert "2 created" in said
    assert installation.select("SELECT title FROM crm_deal ORDER BY external_id") == [
        ("Boat",), ("Ship",), ("Raft",), ("Kayak",),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("deals.csv", "--column", "owner=Nobody"), "has no column 'Nobody'"),
        (("deals.csv", "--value", "status"), "write FIELD:RAW=VALUE"),
        (("deals.csv", "--company", "other"), "There is no company 'other'"),
        (("deals.csv", "--strict"), "Eva Ek"),
        (("deals.csv", "--rejects", "deals.csv"), "is the file to import"),
        (("deals.csv", "--default", "organization=\udcff"), "contains a broken character"),
        (("missing.csv",), "cannot be read"),
        (("empty.csv",), "is empty"),
        (("deals.csv", "--colour", "red"), "No such option"),
    ],
)
def test_what_cannot_be_used_exits_with_2_and_says_why(
    shared_installation: Installation, arguments: tuple[str, ...], said: str
) -> None:
    shared_installation.write("deals.csv", _TWO)
    shared_installation.write("empty.csv", "")
    done = shared_installation.run("import", "deals", *arguments)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.replace("│", " ").split())
    assert done.stdout == ""
    assert shared_installation.select("SELECT COUNT(*) FROM crm_deal") == [("0",)]


def test_a_header_alone_is_no_error(shared_installation: Installation) -> None:
    shared_installation.write("deals.csv", "title,owner\n")
    assert "0 rows" in shared_installation.succeed("import", "deals", "deals.csv")


def test_a_dry_run_leaves_no_file(shared_installation: Installation) -> None:
    shared_installation.write("dry.csv", "title,owner\nBoat,Eva Ek\n,Cilla\n")
    done = shared_installation.run("import", "deals", "dry.csv", "--dry-run")
    assert done.returncode == 3
    assert "Would create 1 person: Eva Ek" in done.stdout
    assert "nothing was written" in done.stdout
    assert not (shared_installation.folder / "dry.rejects.csv").exists()
    assert shared_installation.select("SELECT COUNT(*) FROM crm_deal") == [("0",)]


def test_where_nothing_is_set_up_it_says_so(make_installation: Callable[[str], Installation]) -> None:
    bare = make_installation("bare")
    bare.write("deals.csv", _TWO)
    done = bare.run("import", "deals", "deals.csv")
    assert done.returncode == 2
    assert "goalpost init" in done.stderr


def test_a_database_that_cannot_be_used_is_not_called_an_empty_one(
    make_installation: Callable[[str], Installation],
) -> None:
    broken = make_installation("broken")
    broken.init()
    if connection.vendor == "sqlite":
        (broken.folder / "data" / "goalpost.sqlite3").write_bytes(b"no database at all " * 100)
    else:
        broken = Installation(broken.folder, "postgres://nobody:x@127.0.0.1:1/nothing")
    broken.write("deals.csv", _TWO)
    done = broken.run("import", "deals", "deals.csv")
    assert done.returncode == 2
    assert " cannot be used: " in done.stderr
    assert "goalpost init" not in done.stderr
    assert "Traceback" not in done.stderr


def test_of_several_companies_one_has_to_be_named(installation: Installation) -> None:
    installation.init("Sydvind")
    installation.write("deals.csv", _TWO)
    done = installation.run("import", "deals", "deals.csv")
    assert done.returncode == 2
    assert "--company SLUG: nordlys, sydvind" in done.stderr
    installation.succeed("import", "deals", "deals.csv", "--company", "sydvind")
    slugs = "SELECT DISTINCT c.slug FROM crm_deal d JOIN companies_company c ON c.id = d.company_id"
    assert installation.select(slugs) == [("sydvind",)]


def test_a_locked_database_stops_the_import_with_a_word(installation: Installation) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL waits for its writers")
    installation.write("deals.csv", _TWO)
    hold = sqlite3.connect(installation.folder / "data" / "goalpost.sqlite3", isolation_level=None)
    hold.execute("BEGIN IMMEDIATE")
    impatient = (
        "import goalpost.settings as settings\nsettings.DATABASES['default']['OPTIONS']['timeout'] = 0.1\n"
    )
    done = installation.run("import", "deals", "deals.csv", before=impatient)
    hold.close()
    assert done.returncode == 1
    assert "database is locked" in done.stderr
    assert "run the same command again" in done.stderr
    assert "Traceback" not in done.stderr
    assert "2 created" in installation.succeed("import", "deals", "deals.csv")


def test_a_full_disk_stops_the_import_with_a_word(installation: Installation) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("a full disk of the server is PostgreSQL's to handle")
    rows = "".join(f"{number},{'Deal' * 50},Cilla,1,\n" for number in range(3_000))
    installation.write("deals.csv", "id,title,owner,value,add time\n" + rows)
    full = (
        "import goalpost.settings as settings\n"
        "settings.DATABASES['default']['OPTIONS']['init_command'] += 'PRAGMA max_page_count=300;'\n"
    )
    done = installation.run("import", "deals", "deals.csv", before=full)
    assert done.returncode == 1
    assert "full" in done.stderr
    assert "agrees" in installation.succeed("verify")
    assert "0 rejected" in installation.succeed("import", "deals", "deals.csv")
    assert installation.select("SELECT COUNT(*) FROM crm_deal") == [("3000",)]


def test_a_read_only_folder_takes_the_rejects_elsewhere_or_is_refused(installation: Installation) -> None:
    installation.write("deals.csv", _TWO + "3,,Cilla,,\n")
    done = installation.run(
        "import", "deals", "deals.csv", "--rejects", str(Path("no") / "such" / "file.csv")
    )
    assert done.returncode == 2
    assert "--rejects" in done.stderr
    assert installation.select("SELECT COUNT(*) FROM crm_deal") == [("0",)]
