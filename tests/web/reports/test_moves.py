"""The page of what moved the forecast."""

from datetime import date, timedelta

import pytest

from goalpost.crm.actions import deals
from tests.crm.records import add_deal
from tests.people import NOW, Cast
from tests.web.conftest import SignedIn
from tests.web.looking import html, text

pytestmark = pytest.mark.django_db

DAYS = "?from=2026-03-03&to=2026-03-30"


def moved(cast: Cast) -> None:
    """Have a deal of Astrid's weighing 500 euros in March grow by 100 on the next day."""
    deal = add_deal(cast, value=100_000, probability=50, expected_close_date=date(2026, 3, 31))
    deals.change_deal(actor=cast.as_astrid, deal_id=deal.pk, now=NOW + timedelta(days=1), value=120_000)


def test_each_bar_leads_to_its_changes(cast: Cast, signed_in: SignedIn) -> None:
    moved(cast)
    browser = signed_in(cast.astrid)
    page = html(browser.get(f"/reports/moves{DAYS}"))
    for figure in ("€500", "+€100", "€600"):
        assert figure in page
    assert "change=grown" in page
    assert "change=lost" not in page
    assert 'href="/deals/' in html(browser.get(f"/reports/moves{DAYS}&change=grown"))
    assert browser.get(f"/reports/moves{DAYS}&change=other").status_code == 404


def test_who_may_not_see_the_company_gets_their_own(cast: Cast, signed_in: SignedIn) -> None:
    moved(cast)
    david = signed_in(cast.david)
    assert "+€100" not in html(david.get(f"/reports/moves{DAYS}"))
    assert david.get(f"/reports/moves{DAYS}&whose=company-{cast.company_id}").status_code == 404


def test_days_that_cannot_be_used_are_told(cast: Cast, signed_in: SignedIn) -> None:
    browser = signed_in(cast.astrid)
    for query in ("from=soon", "from=2026-05-01&to=2026-01-01", "from=2026-01-01&to=9999-12-31"):
        answer = browser.get(f"/reports/moves?{query}")
        assert answer.status_code == 422
        assert "day" in text(answer) or "date" in text(answer)
