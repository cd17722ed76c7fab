"""All figures of a page are of one state: what somebody writes meanwhile shows everywhere or nowhere."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goalpost.domain.calendar import Interval
from tests.goals.builders import set_goal
from tests.people import Cast
from tests.web.conftest import SignedIn

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("emptied_afterwards")]

OPENED = ("BEGIN DEFERRED", "SET TRANSACTION ISOLATION")
FIGURES = ("goals_", "ledger_", "crm_")


@pytest.mark.parametrize("address", ["/", "/goals/past", "{goal}", "{goal}/records?period=2026-03-01"])
@pytest.mark.parametrize("is_fragment", [False, True], ids=["page", "fragment"])
def test_a_view_reads_everything_in_one_snapshot(
    cast: Cast, signed_in: SignedIn, address: str, *, is_fragment: bool
) -> None:
    goal = set_goal(cast, interval=Interval.MONTHLY)
    browser = signed_in(cast.astrid)
    headers = {"hx-request": "true"} if is_fragment else {}
    with CaptureQueriesContext(connection) as taken:
        browser.get(address.format(goal=f"/goals/{goal.public_id}"), headers=headers)
    said = [query["sql"] for query in taken.captured_queries]
    opened = [at for at, sql in enumerate(said) if sql.startswith(OPENED)]
    read = [at for at, sql in enumerate(said) if any(f'FROM "{table}' in sql for table in FIGURES)]
    assert len(opened) == 1
    assert opened[0] < read[0]
