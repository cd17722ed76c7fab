"""Watches every statement: a company's table is read or changed only for one company, and for the right one.

No row of a global table is locked: on a distributed database that lock is one for the whole installation.

Use the fixture by importing it, or `guarded(company_id)` around what is to be watched.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connection

from goalpost.jobs.models import Job
from goalpost.storage.tenancy import TenantModel

OWNED = frozenset(model._meta.db_table for model in apps.get_models() if issubclass(model, TenantModel))
GLOBAL = frozenset(
    model._meta.db_table for model in apps.get_models() if not issubclass(model, TenantModel | Job)
)

# A table's name where it is read or changed: no column of it, and not where rows are inserted.
_MENTION = re.compile(rf"(?<!INTO )\b({'|'.join(sorted(OWNED))})\b(?!\.)(?: +(?:AS +)?(\w+))?")
_LOCK = re.compile(r"\bFOR (?:NO KEY )?UPDATE\b")
_NO_ALIAS = {
    *("CROSS", "FOR", "FULL", "GROUP", "HAVING", "INNER", "JOIN", "LEFT", "LIMIT", "ON", "ORDER", "OUTER"),
    *("RIGHT", "SET", "UNION", "USING", "VALUES", "WHERE"),
}
_BOUND = re.compile(r"\bcompany_id *= *\(?(?:%s|\?|(\d+))")


def offence(sql: str, params: Sequence[Any], company_id: int) -> str:
    """Return what is wrong with the statements, empty when each of them keeps to the company."""
    rest = list(params)
    for statement in sql.split(";"):
        own, rest = rest[: statement.count("%s")], rest[statement.count("%s") :]
        if fault := _offence(statement, own, company_id):
            return fault
    return ""


def _offence(sql: str, params: Sequence[Any], company_id: int) -> str:
    plain = re.sub(r"\s+", " ", sql.replace('"', ""))
    if _LOCK.search(plain) and (locked := [table for table in re.findall(r"\w+", plain) if table in GLOBAL]):
        return f"a row of {locked[0]} is locked"
    mentions = list(_MENTION.finditer(plain))
    for mention in mentions:
        table, alias = mention.groups()
        name = table if alias is None or alias.upper() in _NO_ALIAS else alias
        if not _names_its_company(plain, name):
            return f"{table} is not bound to a company"
    bindings = list(_BOUND.finditer(plain))
    if mentions and not bindings:
        return "no company is named"
    for binding in bindings:
        if binding[1] is not None:
            given: Any = int(binding[1])
        else:
            given = params[plain.count("%s", 0, binding.start())]
        if given != company_id:
            return f"company {given} is asked about"
    return ""


def _names_its_company(plain: str, name: str) -> bool:
    """Whether the rows of this table are of one company: given, or that of a table joined to it."""
    column = rf"\b{name}\.company_id\b"
    return bool(re.search(rf"{column} *=|= *\(?{column}|(?<!\.)\bcompany_id *= *(?:%s|\d)", plain))


@contextmanager
def guarded(company_id: int) -> Iterator[None]:
    """Fail at the end when a statement inside left the company."""
    offences: list[str] = []

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: Any, context: Any) -> Any:
        lines = params if many else [params or ()]
        faults = {offence(sql, line, company_id) for line in lines}
        offences.extend(f"{fault}: {sql}" for fault in faults if fault)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield
    assert not offences, "\n".join(sorted(set(offences)))
