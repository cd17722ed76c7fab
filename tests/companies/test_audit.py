"""The audit log says who did what from where, is stored with the change, and is only ever added to."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import transaction

from goalpost.companies.audit import Area, AuditAction, Subject, differing, record
from goalpost.companies.models import AuditEntry
from goalpost.domain.permissions import Actor
from goalpost.storage.tenancy import Unchangeable
from tests.people import NOW, Cast, make_company

pytestmark = pytest.mark.django_db


def written(cast: Cast) -> AuditEntry:
    return AuditEntry.objects.filter(company=cast.company).latest("at", "number")


def rename_nordic(cast: Cast, actor: Actor) -> None:
    with transaction.atomic():
        record(
            actor=actor,
            action=AuditAction.CHANGED,
            on=Subject.of(cast.nordic),
            now=NOW,
            changes={"name": ("Nordic", "North"), "members": (["Cilla"], ["Cilla", "David"])},
        )


def test_an_entry_says_who_did_what_when_from_where_and_from_what_to_what() -> None:
    cast = make_company()
    rename_nordic(cast, replace(cast.as_astrid, address="192.0.2.7"))
    entry = written(cast)
    assert (entry.actor, entry.at, entry.address) == (cast.astrid, NOW, "192.0.2.7")
    assert (entry.area, entry.action) == (Area.TEAMS, AuditAction.CHANGED)
    assert (entry.subject_kind, entry.subject_id, entry.subject_name) == ("team", cast.nordic.pk, "Nordic")
    assert entry.changes == {"name": ["Nordic", "North"], "members": [["Cilla"], ["Cilla", "David"]]}


def test_whoever_runs_the_server_is_nobody_of_the_company() -> None:
    cast = make_company()
    rename_nordic(cast, cast.operator)
    assert (written(cast).actor, written(cast).address) == (None, "")


def test_sign_ins_are_apart_from_what_is_done_to_people() -> None:
    cast = make_company()
    with transaction.atomic():
        record(actor=cast.as_cilla, action=AuditAction.SIGNED_IN, on=Subject.of(cast.cilla), now=NOW)
        assert written(cast).area == Area.SIGN_INS
        record(actor=cast.as_astrid, action=AuditAction.DEACTIVATED, on=Subject.of(cast.cilla), now=NOW)
        assert written(cast).area == Area.PEOPLE


def test_only_what_differs_is_a_change() -> None:
    before, after = {"name": "A", "manager": None}, {"name": "A", "manager": "Björn"}
    assert differing(before, after) == {"manager": (None, "Björn")}
    assert differing(before, before) == {}


@pytest.mark.django_db(transaction=True)
def test_nothing_is_written_outside_the_transaction_of_the_change(emptied_afterwards: None) -> None:
    cast = make_company()
    before = AuditEntry.objects.filter(company=cast.company).count()
    with pytest.raises(RuntimeError):
        record(actor=cast.as_astrid, action=AuditAction.CHANGED, on=Subject.of(cast.nordic), now=NOW)
    assert AuditEntry.objects.filter(company=cast.company).count() == before


WAYS_TO_REWRITE: dict[str, Callable[[AuditEntry], object]] = {
    "save": lambda entry: entry.save(),
    "delete": lambda entry: entry.delete(),
    "update": lambda entry: AuditEntry.objects.filter(pk=entry.pk).update(address=""),
    "update from the base": lambda entry: AuditEntry._base_manager.filter(pk=entry.pk).update(address=""),
    "delete many": lambda entry: AuditEntry.objects.filter(pk=entry.pk).delete(),
    "bulk update": lambda entry: AuditEntry.objects.bulk_update([entry], ["address"]),
    "update or create": lambda entry: AuditEntry.objects.update_or_create(
        pk=entry.pk, company_id=entry.company_id, defaults={"address": ""}
    ),
}


@pytest.mark.parametrize("way", WAYS_TO_REWRITE)
def test_an_entry_is_never_changed_and_never_deleted(way: str) -> None:
    cast = make_company()
    rename_nordic(cast, replace(cast.as_astrid, address="192.0.2.7"))
    entry = written(cast)
    entry.address = ""
    with pytest.raises(Unchangeable):
        WAYS_TO_REWRITE[way](entry)
    assert written(cast).address == "192.0.2.7"
