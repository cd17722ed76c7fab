"""The page of currencies and rates: what it shows, adds, and says before figures move."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from goalpost.companies.models import AuditEntry
from goalpost.crm import rule_changes
from goalpost.crm.actions.setup import set_rate
from goalpost.crm.models import ExchangeRate
from goalpost.crm.verify import differences
from goalpost.domain.measures import Measure, Metric
from goalpost.ledger.models import Posting
from tests.goals.builders import add_won, set_goal
from tests.jobs.draining import drain
from tests.people import NOW, Cast
from tests.web.conftest import SignedIn
from tests.web.looking import text, value_of

pytestmark = pytest.mark.django_db
PAGE = "/settings/rates"
DAY = date(2026, 1, 1)
SENT = {"currency": "SEK", "rate": "0.1", "day": "2026-01-01"}


@pytest.fixture
def admin(cast: Cast, signed_in: SignedIn) -> Client:
    return signed_in(cast.astrid)


def set_kronor(cast: Cast, rate: str = "0.09", day: date = DAY, currency: str = "SEK") -> None:
    set_rate(actor=cast.operator, currency=currency, day=day, rate=Decimal(rate), now=NOW)


def a_goal_counts_kronor(cast: Cast) -> None:
    set_kronor(cast)
    set_goal(
        cast, metric=Metric.SUM, measure=Measure.DEALS_WON, target=10_000_000, currency="EUR", title="Kronor"
    )
    add_won(cast, cast.cilla, date(2026, 3, 2), value=1_000_000, currency="SEK")


def rates_of(cast: Cast) -> list[Decimal]:
    return list(
        ExchangeRate.objects.filter(company=cast.company).order_by("pk").values_list("rate", flat=True)
    )


def test_only_an_admin_opens_it_and_adds_to_it(cast: Cast, signed_in: SignedIn) -> None:
    browser = signed_in(cast.cilla)
    assert browser.get(PAGE).status_code == 403
    assert browser.post(PAGE, SENT).status_code == 403
    assert not rates_of(cast)


def test_it_shows_the_latest_rate_of_each_currency_and_the_history_of_one(cast: Cast, admin: Client) -> None:
    assert "No rates yet." in text(admin.get(PAGE))
    set_kronor(cast, "0.0812")
    set_kronor(cast, "0.0934", date(2026, 2, 1))
    set_kronor(cast, "0.85", currency="USD")
    latest = text(admin.get(PAGE))
    assert "0.0934" in latest
    assert "0.85" in latest
    assert "0.0812" not in latest
    history = text(admin.get(f"{PAGE}?currency=SEK")).split("History of SEK")[1]
    assert history.index("0.0934") < history.index("0.0812")
    assert "0.85" not in history


def test_a_rate_that_moves_no_result_is_saved_at_once(cast: Cast, admin: Client) -> None:
    assert admin.post(PAGE, SENT).status_code == 302
    assert rates_of(cast) == [Decimal("0.1")]
    entry = AuditEntry.objects.get(company=cast.company, changes__has_key="rate")
    assert entry.changes["rate"] == [None, ["SEK", "2026-01-01", "0.1"]]
    assert "→ SEK 0.1 from 1 Jan 2026" in text(admin.get("/settings/log"))


def test_a_rate_says_first_which_results_it_moves(cast: Cast, admin: Client) -> None:
    a_goal_counts_kronor(cast)
    version = Posting.objects.filter(company=cast.company).count()
    review = admin.post(PAGE, SENT)
    assert review.status_code == 200
    assert "€900 becomes €1,000" in text(review)
    assert rates_of(cast) == [Decimal("0.09")]
    assert Posting.objects.filter(company=cast.company).count() == version, "and nothing was written"
    assert not list(differences(cast.company_id))
    assert admin.post(PAGE, {**SENT, "seen": value_of(review, "seen")}).status_code == 302
    assert rates_of(cast) == [Decimal("0.09"), Decimal("0.1")], "the former stays known"
    assert not list(differences(cast.company_id))


def test_an_effect_that_was_not_seen_is_shown_again(cast: Cast, admin: Client) -> None:
    a_goal_counts_kronor(cast)
    seen = value_of(admin.post(PAGE, SENT), "seen")
    assert admin.post(PAGE, {**SENT, "rate": "0.2", "seen": seen}).status_code == 200
    assert rates_of(cast) == [Decimal("0.09")]


def test_editing_on_keeps_what_was_typed_and_adds_nothing(cast: Cast, admin: Client) -> None:
    page = admin.post(PAGE, {**SENT, "do": "up-0"})
    assert value_of(page, "rate") == "0.1"
    assert not rates_of(cast)


def test_many_deals_are_recounted_by_a_job(
    cast: Cast, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_goal_counts_kronor(cast)
    monkeypatch.setattr(rule_changes, "AT_ONCE", 0)
    review = admin.post(PAGE, SENT)
    assert "recounted by a job" in text(review)
    admin.post(PAGE, {**SENT, "seen": value_of(review, "seen")})
    assert rates_of(cast) == [Decimal("0.09")]
    assert "Figures stay as they are until all of it is done." in text(admin.get(PAGE))
    drain()
    assert rates_of(cast) == [Decimal("0.09"), Decimal("0.1")]
    assert not list(differences(cast.company_id))


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("rate", "", "Enter a rate such as 0.0874."),
        ("rate", "0,1", "Enter a rate such as 0.0874."),
        ("rate", "-1", "Enter a rate such as 0.0874."),
        ("rate", "1e3", "Enter a rate such as 0.0874."),
        ("rate", "0", "A rate must be above zero"),
        ("day", "yesterday", "Enter a date such as 2027-01-31."),
        ("day", "0001-01-01", "Enter a date such as 2027-01-31."),
        ("currency", "", "Use a three-letter ISO 4217 currency code"),
        ("currency", "EUR", "The company’s own currency needs no rate."),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_adds_nothing(
    cast: Cast, admin: Client, field: str, typed: str, told: str
) -> None:
    page = admin.post(PAGE, {**SENT, field: typed})
    assert page.status_code == 422
    assert told in text(page)
    assert not rates_of(cast)


def test_a_rate_is_written_as_the_language_writes_it(cast: Cast, admin: Client) -> None:
    assert admin.post(PAGE, {**SENT, "rate": "0,0912"}, headers={"accept-language": "sv"}).status_code == 302
    assert rates_of(cast) == [Decimal("0.0912")]
    assert "0,0912" in text(admin.get(PAGE, headers={"accept-language": "sv"}))


def test_the_number_of_queries_does_not_grow_with_the_rates(cast: Cast, admin: Client) -> None:
    set_kronor(cast)
    admin.get(PAGE)
    with CaptureQueriesContext(connection) as few:
        admin.get(f"{PAGE}?currency=SEK")
    for month in range(2, 8):
        set_kronor(cast, day=date(2026, month, 1))
        set_kronor(cast, day=date(2026, month, 1), currency="USD")
    with CaptureQueriesContext(connection) as many:
        admin.get(f"{PAGE}?currency=SEK")
    assert len(many) == len(few)
