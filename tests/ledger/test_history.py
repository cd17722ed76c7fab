"""A total as it was known earlier, and what changed it since."""

from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from goalpost.crm.actions import deals
from goalpost.domain.calendar import Period
from goalpost.domain.measures import Measure
from goalpost.ledger.changes import changes_since, total_as_known_at
from goalpost.ledger.models import Posting
from goalpost.ledger.questions import Selection, Total
from tests.crm.records import add_deal
from tests.people import NOW, Cast, let_see, make_company

pytestmark = pytest.mark.django_db

MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))
WON = Selection(Measure.DEALS_WON)


def hours(number: int) -> timedelta:
    return timedelta(hours=number)


def story(cast: Cast) -> tuple[int, int]:
    """Tell of two deals, won after 1 and 2 hours; one is raised, then handed over, the other reopened."""
    admin = cast.as_astrid
    let_see(cast.bjorn, company_statistics=False, other_users_statistics=False, other_users_records=True)
    first, second = add_deal(cast, value=1_000).pk, add_deal(cast, value=500).pk
    deals.win_deal(actor=admin, deal_id=first, now=NOW + hours(1))
    deals.win_deal(actor=cast.as_cilla, deal_id=second, now=NOW + hours(2))
    deals.change_deal(actor=cast.as_bjorn, deal_id=first, now=NOW + hours(3), value=4_000)
    deals.change_deal(actor=admin, deal_id=first, now=NOW + hours(4), owner_id=cast.david.pk)
    deals.reopen_deal(actor=admin, deal_id=second, now=NOW + hours(5))
    return first, second


KNOWN = [
    Total(),
    Total(1, 1_000),
    Total(2, 1_500),
    Total(2, 4_500),
    Total(2, 4_500),
    Total(1, 4_000),
]


def test_a_total_is_known_again_as_it_was_at_each_hour() -> None:
    cast = make_company()
    story(cast)
    at_each_hour = [
        total_as_known_at(cast.company_id, WON, MARCH, NOW + hours(number)) for number in range(6)
    ]
    assert at_each_hour == KNOWN
    half_past = total_as_known_at(cast.company_id, WON, MARCH, NOW + hours(2) + timedelta(minutes=30))
    assert half_past == KNOWN[2]
    assert total_as_known_at(cast.company_id, WON, MARCH, NOW - hours(1)) == Total()


def test_what_was_known_never_changes_whatever_is_posted_later() -> None:
    cast = make_company()
    first, _second = story(cast)
    for number in range(6, 12):
        deals.change_deal(
            actor=cast.as_astrid, deal_id=first, now=NOW + hours(number), value=number, owner_id=cast.cilla.pk
        )
        add = add_deal(cast, now=NOW + hours(number))
        deals.win_deal(actor=cast.as_astrid, deal_id=add.pk, now=NOW + hours(number))
        for hour, then in enumerate(KNOWN):
            assert total_as_known_at(cast.company_id, WON, MARCH, NOW + hours(hour)) == then


def test_what_was_known_is_read_once() -> None:
    cast = make_company()
    story(cast)
    asked = (cast.company_id, WON, MARCH, NOW + hours(3))
    known = total_as_known_at(*asked)
    add_deal(cast, now=NOW + hours(6))
    with CaptureQueriesContext(connection) as queries:
        assert total_as_known_at(*asked) == known
    assert len(queries) == 1


def test_another_history_of_the_same_length_is_known_as_its_own() -> None:
    cast = make_company()
    for value in (1_000, 2_000):
        with transaction.atomic():
            deal = add_deal(cast, value=value).pk
            deals.win_deal(actor=cast.as_astrid, deal_id=deal, now=NOW + hours(1))
            assert total_as_known_at(cast.company_id, WON, MARCH, NOW + hours(2)) == (1, value, 0, 0)
            transaction.set_rollback(True)


def test_the_changes_since_a_moment_lead_from_then_to_now() -> None:
    cast = make_company()
    first, second = story(cast)
    found = changes_since(cast.company_id, WON, MARCH, NOW + hours(1), limit=99)
    assert [
        (change.at, change.actor_id, change.source_id, change.count, change.amount) for change in found
    ] == [
        (NOW + hours(5), cast.astrid.pk, second, -1, -500),
        # After 4 hours the deal went from Cilla to David: nothing to the company.
        (NOW + hours(3), cast.bjorn.pk, first, 0, 3_000),
        (NOW + hours(2), cast.cilla.pk, second, 1, 500),
    ]
    assert {change.reason for change in found} == {"edit"}
    assert {change.version for change in found} <= set(Posting.objects.values_list("version", flat=True))


def test_a_handover_shows_for_each_of_the_two() -> None:
    cast = make_company()
    first, _second = story(cast)
    for person, count in ((cast.cilla, -1), (cast.david, 1)):
        selection = Selection(Measure.DEALS_WON, frozenset({person.pk}))
        changes = changes_since(cast.company_id, selection, MARCH, NOW + hours(3), limit=99)
        of_first = [change for change in changes if change.source_id == first]
        assert [(change.count, change.amount) for change in of_first] == [(count, count * 4_000)]


def test_a_change_of_a_deal_elsewhere_is_no_change_of_this_total() -> None:
    cast = make_company()
    first, _second = story(cast)
    april = Period(date(2026, 4, 1), date(2026, 5, 1))
    assert changes_since(cast.company_id, WON, april, NOW - hours(1), limit=99) == []
    deals.change_deal(
        actor=cast.as_astrid, deal_id=first, now=NOW + hours(9), won_time=NOW + timedelta(days=40)
    )
    changes = changes_since(cast.company_id, WON, april, NOW + hours(5), limit=99)
    assert [(change.count, change.amount) for change in changes] == [(1, 4_000)]
    assert total_as_known_at(cast.company_id, WON, april, NOW + hours(5)) == Total()


def test_the_latest_changes_fill_the_limit_though_others_cancel_out() -> None:
    cast = make_company()
    first, _second = story(cast)
    found = changes_since(cast.company_id, WON, MARCH, NOW - hours(1), limit=2)
    assert [change.at for change in found] == [NOW + hours(5), NOW + hours(3)]
    assert found[1].source_id == first
