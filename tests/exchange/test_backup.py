"""A backup brings everything back, into either engine, and a damaged one nothing at all."""

import gzip
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.apps import apps

from goalpost.accounts.tokens import issue_token
from goalpost.companies.models import Company, User
from goalpost.crm.actions.deals import win_deal
from goalpost.crm.actions.setup import set_rate
from goalpost.crm.models import Deal
from goalpost.crm.verify import differences
from goalpost.exchange import backup
from goalpost.exchange.backup import back_up, restore
from goalpost.exchange.backup_file import UnusableBackup
from tests.cli.running import Installation
from tests.crm.records import LATER, add_activity, add_deal
from tests.goals.builders import set_goal
from tests.people import NOW, Cast, make_company

pytestmark = pytest.mark.django_db

OURS, THEIRS = "Wombatel", "Quokkasoft"
KEY = b"a key of more than sixteen characters"


def furnish(word: str) -> Cast:
    """Make a company with records, rates, a goal, tokens and a log."""
    cast = make_company(word)
    set_rate(actor=cast.as_astrid, currency="USD", day=date(2025, 1, 1), rate=Decimal("0.9"), now=NOW)
    won = add_deal(cast, currency="USD", note=f"{word}\nå “quoted”", expected_close_date=date(2026, 5, 1))
    win_deal(actor=cast.as_astrid, deal_id=won.pk, now=LATER)
    add_deal(cast, add_time=date(2026, 2, 1), title=f"{word} sails")
    add_activity(cast, deal_id=won.pk)
    set_goal(cast)
    issue_token(user=cast.cilla, now=NOW, name="One")
    return cast


def everything() -> dict[str, list[tuple[object, ...]]]:
    """Return every row that a backup holds; what is binary as bytes."""
    return {
        model._meta.label: [
            tuple(bytes(cell) if isinstance(cell, memoryview) else cell for cell in row)
            for row in model._default_manager.order_by("pk").values_list()
        ]
        for model in apps.get_models()
        if model._meta.label not in {"accounts.BrowserSession", "jobs.Job", "contenttypes.ContentType"}
        and model._meta.app_label != "auth"
    }


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "encrypted"])
def test_everything_comes_back_as_it_was(tmp_path: Path, key: bytes | None) -> None:
    ours, theirs = furnish(OURS), furnish(THEIRS)
    before = everything()
    made = back_up(tmp_path / "all", now=NOW, key=key)
    assert (made.companies, made.rows) == (2, sum(map(len, before.values())))
    add_deal(ours)
    User.objects.filter(pk=theirs.cilla.pk).update(name="Somebody")
    restored = restore(tmp_path / "all", replaces=True, key=key)
    assert (restored.rows, restored.differences) == (made.rows, ())
    assert everything() == before
    # New rows get ids of their own, and the chain of postings goes on.
    last = max(Deal.objects.values_list("pk", flat=True))
    assert add_deal(ours).pk > last
    assert list(differences(ours.company_id)) == []


def test_one_company_comes_without_the_others(tmp_path: Path) -> None:
    ours, _theirs = furnish(OURS), furnish(THEIRS)
    back_up(tmp_path / "ours", now=NOW, company=ours.company)
    text = gzip.decompress((tmp_path / "ours").read_bytes()).decode()
    assert OURS in text
    assert THEIRS not in text
    restore(tmp_path / "ours", replaces=True)
    assert list(Company.objects.all()) == [ours.company]
    assert list(differences(ours.company_id)) == []


def test_there_is_data_already(tmp_path: Path) -> None:
    furnish(OURS)
    back_up(tmp_path / "all", now=NOW)
    before = everything()
    with pytest.raises(UnusableBackup, match="There are companies in this database already"):
        restore(tmp_path / "all")
    assert everything() == before


def _altered(content: bytes) -> bytes:
    return gzip.compress(gzip.decompress(content).replace(b"sails", b"snail"))


def _without_end(content: bytes) -> bytes:
    return gzip.compress(gzip.decompress(content).rsplit(b"\n", 2)[0] + b"\n")


def _other_tables(content: bytes) -> bytes:
    first, rest = gzip.decompress(content).split(b"\n", 1)
    head = json.loads(first)
    head["migrations"].append("crm.9999_later")
    return gzip.compress(json.dumps(head).encode() + b"\n" + rest)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda content: content[: len(content) // 2], "damaged"),
        (lambda _: b"", "no backup of Goalpost, or a damaged one|ends too early"),
        (lambda _: b"id,title\n1,Oars\n", "no backup of Goalpost"),
        (_altered, "was altered or damaged"),
        (_other_tables, "whose tables are not those of this version"),
        (
            lambda content: gzip.compress(gzip.decompress(content).rsplit(b"\n", 2)[0] + b"\n"),
            "ends too early",
        ),
    ],
    ids=["cut off", "empty", "another file", "a row altered", "other tables", "without its end"],
)
def test_a_damaged_backup_changes_nothing(
    tmp_path: Path, damage: Callable[[bytes], bytes], message: str
) -> None:
    furnish(OURS)
    file = tmp_path / "all"
    back_up(file, now=NOW)
    before = everything()
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(UnusableBackup, match=message):
        restore(file, replaces=True)
    assert everything() == before


def test_an_encrypted_backup_needs_its_key_and_all_of_its_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("goalpost.exchange.backup_file._CHUNK", 1000)
    furnish(OURS)
    file = tmp_path / "all"
    back_up(file, now=NOW, key=KEY)
    content = file.read_bytes()
    assert OURS.encode() not in content
    for key, message in ((None, "--key-file"), (KEY + b"x", "cannot be decrypted")):
        with pytest.raises(UnusableBackup, match=message):
            restore(file, replaces=True, key=key)
    file.write_bytes(content[:-700])
    with pytest.raises(UnusableBackup):
        restore(file, replaces=True, key=KEY)
    file.write_bytes(content)
    assert restore(file, replaces=True, key=KEY).differences == ()


def test_a_file_is_there_only_once_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    furnish(OURS)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "_written", fail)
    with pytest.raises(OSError, match="No space left"):
        back_up(tmp_path / "all", now=NOW)
    assert list(tmp_path.iterdir()) == []


def test_a_backup_of_this_engine_is_restored_into_sqlite_by_the_command(tmp_path: Path) -> None:
    ours = furnish(OURS)
    back_up(tmp_path / "all", now=NOW)
    made = Installation(tmp_path / "data")
    ran = made.run("restore", str(tmp_path / "all"))
    assert ran.code == 0, ran.err
    assert ran.last_line == "The ledger agrees with the records."
    assert made.run("company", "list").out.endswith(f"{ours.company.name}\n")
    again = made.run("restore", str(tmp_path / "all"))
    assert again.code == 2
    assert "--force" in again.err
    saved = made.run("backup", str(tmp_path / "again"))
    assert saved.code == 0
    assert "1 company, " in saved.out
    assert made.run("backup", str(tmp_path / "again")).code == 2, "what is there is kept"
    assert made.run("restore", str(tmp_path / "again"), "--force").code == 0
