"""What is read inside a snapshot does not move, whoever writes meanwhile."""

import pytest
from django.db import DatabaseError, transaction

from goalpost.companies.models import Team
from goalpost.storage.snapshot import snapshot
from tests.crm.at_once import at_once
from tests.people import NOW, make_company

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("emptied_afterwards")]


def names() -> set[str]:
    return set(Team.objects.values_list("name", flat=True))


def test_a_snapshot_shows_one_moment_while_others_write() -> None:
    cast = make_company()

    def add_baltic_two() -> None:
        Team.objects.create(company_id=cast.company_id, name="Alpine", created_at=NOW)

    with snapshot():
        before = names()
        at_once(add_baltic_two)
        assert names() == before == {"Nordic", "Baltic"}
    assert names() == {"Nordic", "Baltic", "Alpine"}


def test_a_snapshot_inside_another_is_the_same_moment() -> None:
    cast = make_company()

    def rename() -> None:
        Team.objects.filter(pk=cast.nordic.pk).update(name="Northern")

    with snapshot():
        before = names()
        at_once(rename)
        with snapshot():
            assert names() == before
        assert names() == before
    assert "Northern" in names()


def test_nothing_can_be_written_in_a_snapshot() -> None:
    cast = make_company()
    for write in (
        lambda: Team.objects.create(company_id=cast.company_id, name="Alpine", created_at=NOW),
        lambda: Team.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), snapshot():
            write()
        assert names() == {"Nordic", "Baltic"}
    Team.objects.create(company_id=cast.company_id, name="Alpine", created_at=NOW)
    assert "Alpine" in names()


def test_an_error_ends_the_snapshot() -> None:
    make_company()
    with pytest.raises(ZeroDivisionError), snapshot():
        assert len(names()) / 0
    with transaction.atomic():
        Team.objects.all().update(manager=None)


def test_inside_a_transaction_a_snapshot_is_what_the_transaction_sees() -> None:
    cast = make_company()
    with transaction.atomic(), snapshot():
        Team.objects.create(company_id=cast.company_id, name="Alpine", created_at=NOW)
        assert "Alpine" in names()
    assert "Alpine" in names()
