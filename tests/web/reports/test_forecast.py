"""The revenue forecast report, against figures computed by hand."""

import re
from datetime import date
from decimal import Decimal
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goalpost.crm.actions import deals, setup
from goalpost.domain.counting import Moment
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import Assignee, AssigneeKind
from tests.crm.records import add_deal
from tests.goals.builders import set_goal
from tests.people import NOW, Cast
from tests.web.conftest import SignedIn
from tests.web.looking import html, text

pytestmark = pytest.mark.django_db

NO_FIGURE = "\N{EN DASH}"
MARCH = "?from=2026-02-01&to=2026-05-31"


def filled(cast: Cast) -> None:
    """Add deals: one won in February, open ones in March, April (without a rate) and May, and one undated."""
    actor = cast.as_astrid
    won = add_deal(cast, value=100_000)
    on: Moment = date(2026, 2, 10)
    deals.win_deal(actor=actor, deal_id=won.pk, now=NOW, won_time=on)
    add_deal(cast, value=200_000, probability=50, expected_close_date=date(2026, 3, 31))
    add_deal(
        cast, value=30_000, probability=100, expected_close_date=date(2026, 5, 1), owner_id=cast.david.pk
    )
    add_deal(cast, value=7_700)
    add_deal(cast, value=500, currency="SEK", probability=100, expected_close_date=date(2026, 4, 2))
    add_deal(cast, value=1_100, probability=100, expected_close_date=date(2026, 3, 1))


def rows(page: str) -> dict[str, list[str]]:
    """Return the figures of each row of the table by its head."""
    found = {}
    for row in re.findall(r"<tr.*?</tr>", page.partition('aria-label="Figures"')[2], re.DOTALL):
        head = re.search(r'<th scope="row">(.*?)</th>', row, re.DOTALL)
        if head:
            cells = re.findall(r"<td.*?</td>", row, re.DOTALL)
            found[head[1].strip()] = [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in cells]
    return found


def test_each_period_has_what_was_won_and_what_is_open_by_its_probability(
    cast: Cast, signed_in: SignedIn
) -> None:
    filled(cast)
    set_goal(
        cast,
        title="Company revenue",
        assignee=Assignee(AssigneeKind.COMPANY, cast.company_id),
        measure=Measure.DEALS_WON,
        metric=Metric.SUM,
        currency="EUR",
        target=150_000,
    )
    page = html(signed_in(cast.astrid).get(f"/reports/forecast{MARCH}"))
    found = rows(page)
    assert found["February 2026"][:4] == ["€1,000", NO_FIGURE, NO_FIGURE, "€1,000"]
    assert found["March 2026"][:6] == [
        NO_FIGURE,
        "€1,011",
        "€2,011",
        "€1,011",
        "€1,500",
        "\N{MINUS SIGN}€489",
    ]
    assert found["April 2026"][3] == "€0"
    assert found["May 2026"][:4] == [NO_FIGURE, "€300", "€300", "€300"]
    assert found["Total"][:4] == ["€1,000", "€1,311", "€2,311", "€2,311"]
    words = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "1 open deal worth €77 has no close date" in words
    assert "1 open deal worth €11 should have been closed by now" in words
    assert "1 deal has no exchange rate" in words


def test_added_up_each_period_holds_those_before(cast: Cast, signed_in: SignedIn) -> None:
    filled(cast)
    found = rows(html(signed_in(cast.astrid).get(f"/reports/forecast{MARCH}&cumulative=1")))
    assert [found[f"{month} 2026"][3] for month in ("February", "March", "April", "May")] == [
        "€1,000",
        "€2,011",
        "€2,011",
        "€2,311",
    ]
    assert found["Total"][3] == "€2,311", "the total is not added up twice"


def test_who_may_not_see_the_company_gets_their_own(cast: Cast, signed_in: SignedIn) -> None:
    filled(cast)
    david = signed_in(cast.david)
    found = rows(html(david.get(f"/reports/forecast{MARCH}")))
    assert found["Total"][3] == "€300"
    assert "Only the deals of whom you chose" in text(david.get(f"/reports/forecast{MARCH}"))
    for whose in (
        f"company-{cast.company_id}",
        f"person-{cast.cilla.pk}",
        f"team-{cast.nordic.pk}",
        "person-x",
        "all",
    ):
        assert david.get(f"/reports/forecast{MARCH}&whose={quote(whose)}").status_code == 404


def test_the_deals_behind_a_figure_add_up_to_it_and_lead_to_their_pages(
    cast: Cast, signed_in: SignedIn
) -> None:
    filled(cast)
    browser = signed_in(cast.astrid)
    page = html(browser.get(f"/reports/forecast{MARCH}"))
    link = re.search(r'href="([^"]*kind=forecast[^"]*period=2026-03-01[^"]*)"', page)
    assert link is not None
    shown = browser.get(link[1].replace("&amp;", "&"))
    assert "2 deals · €1,011" in text(shown)
    assert len(re.findall(r'href="/deals/\d+"', html(shown))) == 2
    assert browser.get("/reports/forecast/records?kind=other&period=2026-03-01").status_code == 404
    assert browser.get("/reports/forecast/records?kind=won&period=soon").status_code == 404


def test_what_cannot_be_used_is_told_in_its_field(cast: Cast, signed_in: SignedIn) -> None:
    browser = signed_in(cast.astrid)
    for query, message in (
        ("from=soon", "Enter a date such as"),
        ("from=2026-05-01&to=2026-01-01", "Choose a day after the first."),
        ("from=1990-01-01&to=2026-01-01", "Choose at most 60 periods."),
    ):
        answer = browser.get(f"/reports/forecast?{query}")
        assert answer.status_code == 422
        assert message in text(answer)


def test_a_rate_makes_the_value_known(cast: Cast, signed_in: SignedIn) -> None:
    filled(cast)
    setup.set_rate(actor=cast.as_astrid, currency="SEK", day=date(2026, 1, 1), rate=Decimal("0.1"), now=NOW)
    found = rows(html(signed_in(cast.astrid).get(f"/reports/forecast{MARCH}")))
    assert found["April 2026"][3] == "€0.50"


def test_queries_do_not_grow_with_deals(cast: Cast, signed_in: SignedIn) -> None:
    browser = signed_in(cast.astrid)
    counted = []
    for _round in range(2):
        filled(cast)
        with CaptureQueriesContext(connection) as queries:
            browser.get(f"/reports/forecast{MARCH}")
        # The session of a browser is written now and then.
        counted.append(len([each for each in queries if each["sql"].startswith("SELECT")]))
    assert counted[0] == counted[1] <= 40
