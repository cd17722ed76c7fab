"""While a changed rule is being counted, each place with results says that they follow the rule before."""

import csv
import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from goalpost.crm import rule_changes
from goalpost.crm.actions.setup import set_rate
from goalpost.domain.measures import Metric
from goalpost.goals.queries import GoalView
from goalpost.jobs.lease import MOST_ATTEMPTS
from goalpost.jobs.models import Job, State
from goalpost.jobs.worker import run_next
from goalpost.ledger import read
from goalpost.ledger.models import Staged
from goalpost.web.goals.export_page import document_of, picture_of
from goalpost.web.goals.goal_page import goal_page_of
from goalpost.web.shell.viewer import Viewer
from tests.api.caller import caller
from tests.crm.records import total
from tests.goals.builders import add_won, set_goal
from tests.jobs.draining import drain
from tests.people import NOW, Cast
from tests.web.conftest import LOOKED_AT, SignedIn
from tests.web.looking import html, text

ENGLISH = "A rule has changed, and results are being recounted."
SWEDISH = "En regel har ändrats och resultaten räknas om."
FIRST = date(2026, 1, 1)


@pytest.fixture
def goal(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> GoalView:
    monkeypatch.setattr(rule_changes, "AT_ONCE", 1)
    monkeypatch.setattr(rule_changes, "BATCH", 1)
    set_rate(actor=cast.operator, currency="USD", day=FIRST, rate=Decimal("0.5"), now=NOW)
    for _ in range(3):
        add_won(cast, cast.cilla, date(2026, 3, 2), value=100_00, currency="USD")
    return set_goal(cast, metric=Metric.SUM, currency="EUR", target=10_000_00)


@pytest.fixture
def astrid(cast: Cast, signed_in: SignedIn) -> Client:
    return signed_in(cast.astrid)


def begin_recount(cast: Cast) -> None:
    """Leave a recount in the middle, as a worker that is stopped."""
    set_rate(actor=cast.as_astrid, currency="USD", day=FIRST, rate=Decimal("0.9"), now=NOW)
    left = iter([False] * 2)
    assert run_next("stopped", timezone.now(), is_stopping=lambda: next(left, True))
    assert read.book_state(cast.company_id).is_recounting


def shown(goal: GoalView, astrid: Client, language: str = "en") -> Iterator[tuple[str, str]]:
    """Yield each place that shows results, with what it says."""
    astrid.cookies["django_language"] = language
    for address in ("/", "/?view=grid", f"/goals/{goal.public_id}"):
        yield address, text(astrid.get(address))
    for file in ("export/csv", "records.csv?period=2026-03-01"):
        answer = astrid.get(f"/goals/{goal.public_id}/{file}")
        content = answer.getvalue() if isinstance(answer, StreamingHttpResponse) else answer.content
        lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
        assert len({len(line) for line in lines}) == 1
        yield file, lines[-1][0]


@pytest.mark.parametrize(("language", "words"), [("en", ENGLISH), ("sv", SWEDISH)])
def test_pages_and_tables_say_so_until_it_is_done(
    cast: Cast, goal: GoalView, astrid: Client, language: str, words: str
) -> None:
    begin_recount(cast)
    for place, said in shown(goal, astrid, language):
        assert words in said, place
    Job.objects.update(run_at=timezone.now())
    drain()
    for place, said in shown(goal, astrid, language):
        assert words not in said, place


def test_without_a_recount_there_is_no_trace_of_it(goal: GoalView, astrid: Client) -> None:
    for address in ("/", f"/goals/{goal.public_id}"):
        page = html(astrid.get(address))
        assert "recounting" not in page
        assert "recounted" not in page


def test_it_costs_no_query(cast: Cast, goal: GoalView, astrid: Client) -> None:
    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert astrid.get(address).status_code == 200
        return len(asked)

    addresses = ("/", f"/goals/{goal.public_id}")
    for address in addresses:
        queries(address)  # what is read once and kept
    before = [queries(address) for address in addresses]
    begin_recount(cast)
    assert [queries(address) for address in addresses] == before


def test_a_page_kept_from_before_is_not_shown_again(cast: Cast, goal: GoalView, astrid: Client) -> None:
    address = f"/goals/{goal.public_id}"
    kept = {"if-none-match": astrid.get(address).headers["ETag"]}
    assert astrid.get(address, headers=kept).status_code == 304
    begin_recount(cast)
    assert ENGLISH in text(astrid.get(address, headers=kept))


def test_paper_and_pictures_say_so(cast: Cast, goal: GoalView) -> None:
    begin_recount(cast)
    viewer = Viewer(cast.as_astrid, cast.company, LOOKED_AT, "en")
    page = goal_page_of(viewer, goal, {})
    assert document_of(viewer, page).note.startswith(ENGLISH)
    assert "being recounted" in str(picture_of(viewer, page))


def test_the_api_says_so_in_each_result_and_its_tag_changes(cast: Cast, goal: GoalView) -> None:
    api = caller(cast.astrid)
    days = {"period.start": "2026-03-01", "period.end": "2026-03-31"}
    results, periods = (f"/goals/{goal.public_id}/{each}" for each in ("results", "periods"))
    assert "recounting" not in api.get(results, **days).text
    before = api.get(periods)
    assert "recounting" not in before.text
    begin_recount(cast)
    assert api.get(results, **days).body["data"]["recounting"] is True
    meanwhile = api.get(periods)
    assert meanwhile.body["data"]["recounting"] is True
    assert meanwhile.headers["ETag"] != before.headers["ETag"]


def test_a_recount_that_fails_for_good_is_told_in_operation_and_nowhere_else(
    cast: Cast, goal: GoalView, astrid: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_recount(cast)
    with monkeypatch.context() as patched:

        def fail(*_arguments: object) -> None:
            raise ValueError("The disk is full.")

        patched.setattr(rule_changes, "_count", fail)
        for _ in range(MOST_ATTEMPTS):
            Job.objects.update(run_at=timezone.now())
            drain()
    assert Job.objects.get().state == State.FAILED
    assert not Staged.objects.exists()
    for place, said in shown(goal, astrid):
        assert ENGLISH not in said, place
    operation = text(astrid.get("/settings/operation"))
    assert "The disk is full. The rule was not changed. Retry the job, and it will be." in operation
    add_won(cast, cast.cilla, date(2026, 3, 2), value=100_00, currency="USD")
    assert not Staged.objects.exists(), "nobody marks what is written"
    astrid.post(f"/settings/operation/jobs/{Job.objects.get().pk}/retry")
    drain()
    assert total(cast, goal.terms.measure).amount == 4 * 90_00
