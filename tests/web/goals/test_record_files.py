"""The records as files: all that the viewer may see, in the order shown, with figures equal to the page's."""

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from http import HTTPStatus
from io import BytesIO, StringIO
from pathlib import Path

import openpyxl
import pytest
from django.db import connection
from django.http import HttpResponseBase, StreamingHttpResponse
from django.test.utils import CaptureQueriesContext

from goalpost.companies.memberships import add_member
from goalpost.crm.actions.deals import change_deal
from goalpost.crm.actions.setup import set_rate
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import Assignee
from goalpost.insights import report
from goalpost.insights.export.rendering import Slots
from goalpost.web.goals import export
from goalpost.web.shell import downloads
from tests.goals.builders import TEAM, add_activity, add_deal, add_won, person, set_goal
from tests.people import NOW, Cast
from tests.web.conftest import SignedIn
from tests.web.looking import html

LATELY = datetime(2026, 3, 16, 9, 30, tzinfo=UTC)
MARCH = "?period=2026-03-01"


def content(answer: HttpResponseBase) -> bytes:
    assert answer.status_code == HTTPStatus.OK
    assert isinstance(answer, StreamingHttpResponse)
    return answer.getvalue()


def lines(answer: HttpResponseBase) -> list[list[str]]:
    return list(csv.reader(StringIO(content(answer).decode("utf-8-sig"), newline="")))


def cells(answer: HttpResponseBase) -> list[tuple[object, ...]]:
    [sheet] = openpyxl.load_workbook(BytesIO(content(answer))).worksheets
    return [tuple(row) for row in sheet.iter_rows(values_only=True)]


@pytest.fixture
def goal(cast: Cast) -> str:
    """Return the goal of a team of two, with three deals in two currencies."""
    set_rate(actor=cast.operator, currency="USD", day=date(2026, 1, 1), rate=Decimal("0.5"), now=NOW)
    add_member(now=NOW, actor=cast.operator, team_id=cast.nordic.pk, user_id=cast.bjorn.pk)
    goal = set_goal(
        cast,
        title="Nordic value",
        metric=Metric.SUM,
        currency="EUR",
        target=100_00,
        assignee=Assignee(TEAM, cast.nordic.pk),
    )
    for owner, day, value, currency, title in (
        (cast.cilla, 3, 40_00, "EUR", '=HYPERLINK("x")'),
        (cast.cilla, 9, 11_00, "USD", "Banana, Inc"),
        (cast.bjorn, 5, 2_50, "EUR", "Cherry"),
    ):
        deal = add_won(cast, owner, date(2026, 3, day), value=value, currency=currency)
        change_deal(
            actor=cast.operator,
            deal_id=deal.pk,
            now=LATELY,
            title=title,
            organization="Lumira",
            owner_id=owner.pk,
        )
    return f"/goals/{goal.public_id}/records"


def test_the_csv_holds_every_record_in_the_order_shown(cast: Cast, signed_in: SignedIn, goal: str) -> None:
    answer = signed_in(cast.astrid).get(f"{goal}.csv{MARCH}&sort=-value")
    head, *rows = lines(answer)
    assert head == [
        "Deal",
        "Customer",
        "Owned by",
        "Stage",
        "Status",
        "Won on",
        "Value, EUR",
        "Own value",
        "Own currency",
        "Added at",
        "Won at",
        "Expected on",
        "ID",
        "External ID",
    ]
    assert [row[:9] for row in rows] == [
        ['\'=HYPERLINK("x")', "Lumira", "Cilla", "Qualified", "Won", "2026-03-03", "40.00", "40.00", "EUR"],
        ["Banana, Inc", "Lumira", "Cilla", "Qualified", "Won", "2026-03-09", "5.50", "11.00", "USD"],
        ["Cherry", "Lumira", "Björn", "Qualified", "Won", "2026-03-05", "2.50", "2.50", "EUR"],
    ]
    assert rows[0][9:11] == ["2026-03-03T13:00:00+01:00"] * 2
    assert "Nordic%20value" in answer["Content-Disposition"]
    assert "March%202026" in answer["Content-Disposition"]
    page = html(signed_in(cast.astrid).get(f"{goal}{MARCH}&sort=-value", headers={"hx-request": "true"}))
    assert f"{goal}.csv{MARCH}&amp;sort=-value" in page
    assert sum(Decimal(row[6]) for row in rows) == Decimal("48.00")
    assert "3 deals, €48" in page


def test_the_workbook_holds_the_same_as_numbers_and_days(cast: Cast, signed_in: SignedIn, goal: str) -> None:
    head, *rows = cells(signed_in(cast.astrid).get(f"{goal}.xlsx{MARCH}&sort=title"))
    assert head[6] == "Value, EUR"
    assert [row[0] for row in rows] == ['=HYPERLINK("x")', "Banana, Inc", "Cherry"]
    assert [row[6] for row in rows] == [40, 5.5, 2.5]
    assert rows[1][5] == datetime(2026, 3, 9)  # noqa: DTZ001  workbooks know no zones
    assert rows[1][10] == datetime(2026, 3, 9, 13)  # noqa: DTZ001


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_hidden_records_are_a_last_line_that_names_none(
    cast: Cast, signed_in: SignedIn, goal: str, kind: str
) -> None:
    answer = signed_in(cast.bjorn).get(f"{goal}.{kind}{MARCH}")
    rows = lines(answer) if kind == "csv" else cells(answer)
    assert [row[0] for row in rows[1:]] == [
        "Cherry",
        "2 deals hidden from you, worth €45.50, count in the result and are not listed.",
    ]
    assert not any("Banana" in str(cell) or "Cilla" in str(cell) for row in rows for cell in row)


def test_a_goal_one_may_not_see_has_no_files(cast: Cast, signed_in: SignedIn, goal: str) -> None:
    for kind in ("csv", "xlsx"):
        assert signed_in(cast.david).get(f"{goal}.{kind}{MARCH}").status_code == HTTPStatus.NOT_FOUND
        assert signed_in(cast.astrid).get(f"{goal}.{kind}").status_code == HTTPStatus.NOT_FOUND
    assert signed_in(cast.astrid).get(f"{goal}.pdf{MARCH}").status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("sort", ["", "title", "-owner", "stage", "value", "date"])
def test_a_file_goes_on_past_what_is_read_at_once(
    cast: Cast, signed_in: SignedIn, goal: str, sort: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in(cast.astrid)
    whole = content(browser.get(f"{goal}.csv{MARCH}&sort={sort}"))
    monkeypatch.setattr(report, "_AT_ONCE", 1)
    assert content(browser.get(f"{goal}.csv{MARCH}&sort={sort}")) == whole


def test_a_thousand_records_are_read_in_few_queries(cast: Cast, signed_in: SignedIn, goal: str) -> None:
    browser = signed_in(cast.astrid)

    def queries() -> int:
        with CaptureQueriesContext(connection) as taken:
            content(browser.get(f"{goal}.csv{MARCH}"))
        return len(taken)

    queries()  # the first visit of a session is noted in it
    few = queries()
    for at in range(60):
        add_won(cast, cast.cilla, date(2026, 3, 1 + at % 9), value=100)
    assert queries() == few


def test_a_forecast_says_how_much_of_each_value_counts(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast, measure=Measure.REVENUE_FORECAST, metric=Metric.SUM, currency="EUR", target=100_00)
    deal = add_deal(cast, cast.cilla, date(2026, 3, 3), value=5_500_00, expected=date(2026, 3, 30))
    change_deal(actor=cast.operator, deal_id=deal.pk, now=LATELY, probability=90)
    [head, row] = lines(signed_in(cast.astrid).get(f"/goals/{goal.public_id}/records.csv{MARCH}"))
    told = dict(zip(head, row, strict=True))
    assert (told["Value, EUR"], told["Counted share"], told["Own value"]) == ("4950.00", "90", "5500.00")
    assert (told["Status"], told["Expected on"], told["Won at"]) == ("Still open", "2026-03-30", "")


def test_activities_stand_with_the_deals_one_may_see_in_swedish_too(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast, measure=Measure.ACTIVITIES_ADDED, assignee=person(cast.cilla))
    own, foreign = (add_deal(cast, owner, date(2026, 3, 2)) for owner in (cast.cilla, cast.david))
    change_deal(actor=cast.operator, deal_id=foreign.pk, now=LATELY, title="Secret")
    for deal, day in ((own, 3), (foreign, 4)):
        add_activity(cast, cast.cilla, date(2026, 3, day), deal=deal)
    browser = signed_in(cast.cilla)
    answer = browser.get(f"/goals/{goal.public_id}/records.csv{MARCH}", headers={"accept-language": "sv"})
    head, *rows = lines(answer)
    assert head[:4] == ["Aktivitet", "Ägare", "Aktivitetstyp", "Affär"]
    assert [row[3] for row in rows] == ["En affär som är dold för dig", "Deal"]


@pytest.fixture
def one_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Slots:
    """Let one file of many rows be written at a time, and nobody wait."""
    slots = Slots(tmp_path, slots=1, most_waiting=1, patience=0)
    monkeypatch.setattr(downloads, "_slots", lambda: slots)
    return slots


@pytest.mark.parametrize(
    "address", ["{goal}.csv?period=2026-03-01", "{goal}.xlsx?period=2026-03-01", "/settings/log.csv"]
)
def test_who_finds_no_place_is_told_to_try_again(
    cast: Cast, signed_in: SignedIn, goal: str, one_place: Slots, address: str
) -> None:
    browser, asked = signed_in(cast.astrid), address.format(goal=goal)
    with one_place.slot():
        busy = browser.get(asked)
    assert busy.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert busy.headers["Retry-After"] == "10"
    assert "Wait a few seconds, then try again." in html(busy)
    assert content(browser.get(asked))


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_a_file_that_nobody_reads_holds_no_place_and_no_state_of_the_database(
    cast: Cast, signed_in: SignedIn, goal: str, one_place: Slots, file_format: str
) -> None:
    browser = signed_in(cast.astrid)
    unread = [browser.get(f"{goal}.{file_format}{MARCH}") for _reader in range(3)]
    with CaptureQueriesContext(connection) as asked:
        assert [len(content(answer)) > 100 for answer in unread] == [True] * 3
    assert len(asked) == 0, "all was read before the first byte was sent"


def test_a_file_that_cannot_be_made_gives_its_place_back(
    cast: Cast, signed_in: SignedIn, goal: str, one_place: Slots, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in(cast.astrid)
    with monkeypatch.context() as broken:
        broken.setattr(export, "long_csv_download", lambda *_parts: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            browser.get(f"{goal}.csv{MARCH}")
    assert content(browser.get(f"{goal}.csv{MARCH}"))
