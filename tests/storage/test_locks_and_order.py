"""What holds when each node gives ids from a range of its own: ARCHITECTURE section 2.

A lock on a row of a global table would be one lock for the whole installation, and an id orders nothing.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from goalpost.jobs.models import Job
from goalpost.storage.tenancy import TenantModel

SOURCE = Path(__file__).parent.parent.parent / "src" / "goalpost"

LOCKED_BY_ANOTHER_NAME = {
    "companies/models.py:hold": "`cls` is CompanyLock, which is owned",
}

BY_ID = {
    "jobs/board.py:board": "jobs are a local table: one node gives their ids",
    "jobs/board.py:open_jobs": "jobs are a local table: one node gives their ids",
    "crm/agenda.py:activities_due": "activities of the same day and hour, each once",
    "crm/agenda.py:done_activities": "activities of the same day, each once",
    "crm/deal_lists.py:chosen_deals": "the deals that were chosen, each once",
    "crm/deal_page.py:activities_of_deal": "activities of the same moment, each once",
    "web/deals/bulk.py:_asked": "the deals to change, each once",
    "web/digest/sending.py:tell_milestones": "the digests to look at, each once",
    "exchange/backup.py:_rows_of": "every row of a table, in the same order in each backup",
    "crm/board.py:_rows": "cards that were changed at the same moment, each once",
    "crm/recount.py:batches_of_ids": "walks all records, batch after batch",
    "crm/seals.py:stored_seals": "walks all records, batch after batch",
    "crm/rule_changes.py:change_rule": "the records to count anew, in batches",
    "crm/rule_changes.py:_count": "walks the records concerned, batch after batch",
    "crm/bulk.py:update_deals": "the records to post, each once",
    "crm/posting.py:linked_activities": "the records to post, each once",
    "crm/actions/handover.py:_taken": "the records to hand over, in batches",
    "exchange/loading/activities.py:_index_titles": "walks all deals, page after page",
}
"""Where rows are read in the order of their ids, and why that order means nothing there."""


def functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Yield every function of the product, by file and name."""
    for path in sorted(SOURCE.rglob("*.py")):
        if path.parent.name == "migrations":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                yield f"{path.relative_to(SOURCE).as_posix()}:{node.name}", node


def calls(function: ast.FunctionDef, *names: str) -> Iterator[ast.Call]:
    for node in ast.walk(function):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute | ast.Name)
            and (node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id) in names
        ):
            yield node


def beginning(call: ast.expr) -> str:
    """Return the name that a chain of calls and attributes begins with."""
    while True:
        match call:
            case ast.Call(func=inner) | ast.Attribute(value=inner) | ast.Subscript(value=inner):
                call = inner
            case ast.Name(id=name):
                return name
            case _:
                return ""


def is_id(node: ast.expr) -> bool:
    """Whether an argument of `order_by` and its like is a database id."""
    match node:
        case ast.Constant(value=str() as name):
            return name.lstrip("-") in {"id", "pk"}
        case ast.Call(func=ast.Attribute(value=inner)) | ast.Call(args=[inner]):
            return is_id(inner)
    return False


def test_only_rows_of_owned_tables_are_locked() -> None:
    owned = {model.__name__ for model in apps.get_models() if issubclass(model, TenantModel)}
    locked = {
        where: beginning(call)
        for where, function in functions()
        for call in calls(function, "select_for_update")
    }
    assert {where for where, name in locked.items() if name not in owned} == set(LOCKED_BY_ANOTHER_NAME)
    assert not issubclass(Job, TenantModel)


def test_no_order_is_taken_from_an_id() -> None:
    orders = ("order_by", "latest", "earliest", "Max", "Min")
    found = {
        where
        for where, function in functions()
        for call in calls(function, *orders)
        if any(is_id(argument) for argument in call.args)
    }
    assert found == set(BY_ID)


def test_no_written_statement_is_ordered_by_an_id() -> None:
    texts = ((path, path.read_text(encoding="utf-8")) for path in SOURCE.rglob("*.py"))
    by_id = re.compile(r"ORDER BY (?:\w+\.)?id\b|order_by=\"-?(?:id|pk)\"", re.IGNORECASE)
    assert [path for path, text in texts if by_id.search(text)] == []


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has references in CREATE TABLE only")
@pytest.mark.django_db
@pytest.mark.parametrize("app", ["companies", "accounts", "ledger", "crm", "goals", "jobs", "dashboards"])
def test_every_reference_is_a_statement_of_its_own(app: str, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("sqlmigrate", app, "0001")
    statements = capsys.readouterr().out.split(";")
    referring = [statement for statement in statements if "REFERENCES" in statement]
    for statement in referring:
        assert re.match(r"(?:\s|--.*\n)*ALTER TABLE \S+ ADD CONSTRAINT", statement), statement
        assert statement.count("REFERENCES") == 1, statement
    assert not [statement for statement in statements if re.search(r"CREATE TABLE.*REFERENCES", statement)]
