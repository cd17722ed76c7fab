"""The records behind a result: they add up to it, hidden ones are counted, and what changed it is told."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html import unescape
from http import HTTPStatus

import pytest
import time_machine

from goalpost.companies.memberships import add_member
from goalpost.crm.actions.deals import change_deal, delete_deal, reopen_deal, restore_deal, win_deal
from goalpost.crm.actions.setup import set_rate
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import Assignee
from goalpost.ledger import records as ledger_records
from goalpost.web.goals import changes, records
from tests.goals.builders import TEAM, add_activity, add_deal, add_won, noon, person, set_goal
from tests.people import NOW, Cast, let_see
from tests.web.conftest import SignedIn
from tests.web.looking import Answer, html, text, value_of

HTMX = {"hx-request": "true"}
LATELY = datetime(2026, 3, 16, 9, 30, tzinfo=UTC)
LATER = LATELY + timedelta(minutes=1)


def won_goal(cast: Cast) -> str:
    goal = set_goal(
        cast, metric=Metric.SUM, currency="EUR", target=100_00, assignee=Assignee(TEAM, cast.nordic.pk)
    )
    return f"/goals/{goal.public_id}"


def test_the_panel_lists_the_deals_and_their_sum(cast: Cast, signed_in: SignedIn) -> None:
    goal = won_goal(cast)
    first = add_won(cast, cast.cilla, date(2026, 3, 3), value=40_00)
    add_won(cast, cast.cilla, date(2026, 3, 9), value=2_50)
    add_won(cast, cast.cilla, date(2026, 2, 9), value=9_000_00)
    change_deal(actor=cast.operator, deal_id=first.pk, now=LATELY, title="Lumira Clinics")
    shown = signed_in(cast.astrid).get(f"{goal}/records?period=2026-03-01", headers=HTMX)
    words = text(shown)
    assert "<html" not in html(shown)
    assert "2 deals, €42.50 · Nordic" in words
    assert "Lumira Clinics" in words
    assert words.index("9 Mar") < words.index("3 Mar")
    assert "Result in the chart 2 deals €42.50" in words
    assert "€9,000" not in words


def test_the_records_of_a_goal_by_number_are_only_counted(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast, assignee=Assignee(TEAM, cast.nordic.pk))
    add_won(cast, cast.cilla, date(2026, 3, 3), value=40_00)
    add_won(cast, cast.cilla, date(2026, 3, 4), value=1_00, currency="JPY")
    shown = signed_in(cast.astrid).get(f"/goals/{goal.public_id}/records?period=2026-03-01", headers=HTMX)
    words = text(shown)
    assert "2 deals · Nordic" in words
    assert words.endswith("Result in the chart 2 deals")


def test_hidden_records_are_counted_and_summed_but_not_named(cast: Cast, signed_in: SignedIn) -> None:
    goal = won_goal(cast)
    hidden = add_won(cast, cast.cilla, date(2026, 3, 3), value=40_00)
    change_deal(actor=cast.operator, deal_id=hidden.pk, now=LATELY, title="Secret Clinics")
    shown = signed_in(cast.bjorn).get(f"{goal}/records?period=2026-03-01", headers=HTMX)
    words = text(shown)
    assert "Secret" not in html(shown)
    assert "1 deal hidden from you." in words
    assert "Visible to you 0 deals €0 Hidden from you 1 deal €40 Result in the chart 1 deal €40" in words


def test_without_scripts_the_records_are_a_page_of_their_own(cast: Cast, signed_in: SignedIn) -> None:
    goal = won_goal(cast)
    add_won(cast, cast.cilla, date(2026, 3, 3), value=40_00)
    shown = signed_in(cast.astrid).get(f"{goal}/records?period=2026-03-01")
    assert "<html" in html(shown)
    assert "Result in the chart 1 deal €40" in text(shown)
    assert 'class="is-now is-selected"' in html(shown)


def test_more_than_a_page_of_records_comes_page_by_page(cast: Cast, signed_in: SignedIn) -> None:
    goal, browser = won_goal(cast), signed_in(cast.astrid)
    for at in range(53):
        add_won(cast, cast.cilla, date(2026, 3, 1 + at % 5), value=100)
    first = browser.get(f"{goal}/records?period=2026-03-01", headers=HTMX)
    assert html(first).count("<time") == 50
    assert "53 deals, €53" in text(first)
    rest = browser.get(more_of(html(first)), headers=HTMX)
    assert html(rest).count("<time") == 3
    assert html(rest).startswith("<tr")
    assert "after" not in html(rest)


@pytest.mark.parametrize("sort", ["", "date", "value", "-value", "title", "-owner", "stage", "nothing"])
@pytest.mark.parametrize(
    "after", ["-1", "x~y", "9" * 30 + "~2026-03-01", "1~0000-00-00", "٣~٣~٣", "1~\x00", "~~"]
)
def test_a_place_that_is_none_is_the_beginning(
    cast: Cast, signed_in: SignedIn, sort: str, after: str
) -> None:
    goal = won_goal(cast)
    add_won(cast, cast.cilla, date(2026, 3, 3), value=40_00)
    shown = signed_in(cast.astrid).get(
        f"{goal}/records", {"period": "2026-03-01", "sort": sort, "after": after}, headers=HTMX
    )
    assert shown.status_code == HTTPStatus.OK
    assert html(shown).count("<time") == 1


def more_of(page: str) -> str:
    """Return where "Show more" leads."""
    found = re.findall(r'<a class="btn btn--block" href="([^"]*)"', page)
    return unescape(found[-1])


def titles(answer: Answer) -> list[str]:
    return re.findall(r'<a class="rowlink" href="/deals/\d+"><bdi>(.*?)</bdi></a>', html(answer))


@pytest.fixture
def five_deals(cast: Cast) -> str:
    """Return a goal of the company with five deals of two people in two stages."""
    goal = set_goal(cast, metric=Metric.SUM, currency="EUR", target=100_00)
    for owner, day, value, stage, title in (
        (cast.cilla, 3, 30_00, 0, "banana"),
        (cast.david, 9, 10_00, 1, "Apple"),
        (cast.cilla, 5, 20_00, 1, "Cherry"),
        (cast.david, 5, 20_00, 0, "Date"),
        (cast.bjorn, 1, 50_00, 0, "elder ~ berry"),
    ):
        deal = add_won(cast, owner, date(2026, 3, day), value=value, stage=cast.stages[stage])
        change_deal(actor=cast.operator, deal_id=deal.pk, now=LATELY, title=title)
    return f"/goals/{goal.public_id}/records?period=2026-03-01"


ORDERS = {
    "": ["Apple", "Date", "Cherry", "banana", "elder ~ berry"],
    "date": ["elder ~ berry", "banana", "Cherry", "Date", "Apple"],
    "value": ["Apple", "Cherry", "Date", "banana", "elder ~ berry"],
    "title": ["Apple", "banana", "Cherry", "Date", "elder ~ berry"],
    "owner": ["elder ~ berry", "banana", "Cherry", "Date", "Apple"],
    "stage": ["elder ~ berry", "banana", "Date", "Cherry", "Apple"],
}


@pytest.mark.parametrize("sort", ORDERS)
@pytest.mark.parametrize("size", [1, 2, 9])
@pytest.mark.parametrize("many", [0, 10_000])
def test_records_are_sorted_by_every_column_both_ways_and_pages_tile_the_whole(
    cast: Cast,
    signed_in: SignedIn,
    five_deals: str,
    monkeypatch: pytest.MonkeyPatch,
    sort: str,
    size: int,
    many: int,
) -> None:
    monkeypatch.setattr(records, "PAGE_SIZE", size)
    monkeypatch.setattr(ledger_records, "MANY", many)
    browser = signed_in(cast.astrid)
    for wanted, asked in ((ORDERS[sort], sort), (ORDERS[sort][::-1], f"-{sort}" if sort else "date")):
        found: list[str] = []
        address = f"{five_deals}&sort={asked}"
        while address:
            page = browser.get(address, headers=HTMX)
            found += titles(page)
            address = more_of(html(page)) if "Show more" in text(page) else ""
        assert found == wanted


def test_the_head_of_the_column_says_how_it_is_sorted_and_leads_to_the_other_way(
    cast: Cast, signed_in: SignedIn, five_deals: str
) -> None:
    browser = signed_in(cast.astrid)
    latest = html(browser.get(five_deals, headers=HTMX))
    assert re.search(
        r'<th [^>]*aria-sort="descending"><a class="thbtn" id="sort-date"[^>]*sort=date"', latest
    )
    assert latest.count("aria-sort") == 1
    by_value = html(browser.get(f"{five_deals}&sort=-value", headers=HTMX))
    assert re.search(r'aria-sort="descending"><a class="thbtn" id="sort-value"[^>]*sort=value"', by_value)
    by_owner = html(browser.get(f"{five_deals}&sort=owner", headers=HTMX))
    assert re.search(r'<th scope="col" aria-sort="ascending"><a class="thbtn" id="sort-title"', by_owner)
    assert re.search(r'id="sort-owner" href="[^"]*sort=-owner"', by_owner)
    assert "sort=owner" in re.findall(r'data-address="([^"]*)"', by_owner)[0]


def test_the_order_of_records_one_may_not_see_gives_nothing_away(
    cast: Cast, signed_in: SignedIn, five_deals: str
) -> None:
    let_see(cast.bjorn, company_statistics=True, other_users_statistics=True)
    let_see(cast.cilla, company_statistics=True, other_users_statistics=True)
    goal_id = five_deals.split("/")[2]
    team = set_goal(cast, assignee=Assignee(TEAM, cast.nordic.pk), metric=Metric.SUM, currency="EUR")
    let_see(cast.bjorn, company_statistics=True, other_users_statistics=False)
    browser = signed_in(cast.bjorn)
    for sort in ORDERS:
        for after in ("", "1~a", "3~2026-03-05", "1~100", f"1~2026-03-05~{cast.cilla.pk}"):
            query = {"period": "2026-03-01", "sort": sort, "after": after}
            shown = browser.get(f"/goals/{team.public_id}/records", query, headers=HTMX)
            assert titles(shown) == []
            assert not {"banana", "Cherry"} & set(text(shown).split())
    assert browser.get(f"/goals/{goal_id}/records?period=2026-03-01").status_code == HTTPStatus.NOT_FOUND


def test_by_owner_says_who_brought_what_the_most_first(
    cast: Cast, signed_in: SignedIn, five_deals: str
) -> None:
    words = text(signed_in(cast.astrid).get(f"{five_deals}&tab=owners", headers=HTMX))
    assert (
        "BJ Björn 1 €50 38% CI Cilla 2 €50 38% DA David 2 €30 23% Result in the chart 5 deals €130" in words
    )


def test_by_owner_sums_those_one_may_not_see_without_naming_them(cast: Cast, signed_in: SignedIn) -> None:
    goal = won_goal(cast)
    add_member(now=NOW, actor=cast.operator, team_id=cast.nordic.pk, user_id=cast.bjorn.pk)
    add_won(cast, cast.cilla, date(2026, 3, 3), value=40_00)
    add_won(cast, cast.bjorn, date(2026, 3, 4), value=10_00)
    shown = signed_in(cast.bjorn).get(f"{goal}/records?period=2026-03-01&tab=owners", headers=HTMX)
    assert "BJ Björn 1 €10 20% Hidden from you 1 €40 80%" in text(shown)
    assert "Cilla" not in text(shown)


def test_a_forecast_record_says_what_of_its_value_counts(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast, measure=Measure.REVENUE_FORECAST, metric=Metric.SUM, currency="EUR", target=100_00)
    deal = add_deal(cast, cast.cilla, date(2026, 3, 3), value=5_500_00, expected=date(2026, 3, 30))
    change_deal(actor=cast.operator, deal_id=deal.pk, now=LATELY, probability=90)
    add_won(cast, cast.cilla, date(2026, 3, 3), value=70_00)
    words = text(
        signed_in(cast.astrid).get(f"/goals/{goal.public_id}/records?period=2026-03-01", headers=HTMX)
    )
    assert "Cilla · Qualified 30 Mar Still open €4,950 90% of €5,500" in words
    assert "Cilla · Qualified 3 Mar Won €70" in words


def test_an_activity_stands_with_its_deal_and_only_those_that_belong_are_listed(
    cast: Cast, signed_in: SignedIn
) -> None:
    call, lunch = cast.activity_type("call"), cast.activity_type("lunch")
    goal = set_goal(
        cast,
        measure=Measure.ACTIVITIES_ADDED,
        assignee=person(cast.cilla),
        activity_types=frozenset({call.pk}),
        pipelines=frozenset({cast.pipeline.pk}),
    )
    own, foreign = (add_deal(cast, owner, date(2026, 3, 2)) for owner in (cast.cilla, cast.david))
    for deal, name in ((own, "Lumira Clinics"), (foreign, "Secret Clinics")):
        change_deal(actor=cast.operator, deal_id=deal.pk, now=LATELY, title=name)
    for linked, kind in ((own, call), (own, lunch), (foreign, call), (None, call)):
        add_activity(cast, cast.cilla, date(2026, 3, 3), deal=linked, kind=kind)
    shown = signed_in(cast.cilla).get(f"/goals/{goal.public_id}/records?period=2026-03-01", headers=HTMX)
    words = text(shown)
    assert "2 activities" in words
    assert words.count("Call back") == 2
    assert "Cilla · Call Deal: Lumira Clinics" in words
    assert "Cilla · Call A deal hidden from you" in words
    assert "Secret" not in html(shown)


@pytest.mark.parametrize("period", ["", "2026-03-02", "2025-12-01", "2026-07-01", "yesterday"])
def test_a_period_that_the_goal_has_not_is_not_found(cast: Cast, signed_in: SignedIn, period: str) -> None:
    shown = signed_in(cast.astrid).get(f"{won_goal(cast)}/records?period={period}")
    assert shown.status_code == HTTPStatus.NOT_FOUND


def test_one_steps_from_period_to_period_but_not_into_the_future(cast: Cast, signed_in: SignedIn) -> None:
    goal, browser = won_goal(cast), signed_in(cast.astrid)
    first = html(browser.get(f"{goal}/records?period=2026-01-01", headers=HTMX))
    assert 'data-step="previous"' not in first
    assert 'data-step="next"' in first
    current = html(browser.get(f"{goal}/records?period=2026-03-01", headers=HTMX))
    assert 'data-step="previous"' in current
    assert 'data-step="next"' not in current


def test_nothing_counted_is_said(cast: Cast, signed_in: SignedIn) -> None:
    shown = signed_in(cast.astrid).get(f"{won_goal(cast)}/records?period=2026-02-01", headers=HTMX)
    assert "Nothing counted yet in February 2026" in text(shown)


def test_activities_have_their_type_and_no_value(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast, measure=Measure.ACTIVITIES_ADDED, assignee=person(cast.cilla))
    add_activity(cast, cast.cilla, date(2026, 3, 3))
    shown = signed_in(cast.cilla).get(f"/goals/{goal.public_id}/records?period=2026-03-01", headers=HTMX)
    assert "Call back" in text(shown)
    assert "Cilla · Call" in text(shown)
    assert "€" not in text(shown)


def test_a_deal_in_another_currency_shows_its_own_value(cast: Cast, signed_in: SignedIn) -> None:
    goal = won_goal(cast)
    add_won(cast, cast.cilla, date(2026, 3, 3), value=70_00, currency="USD")
    words = text(signed_in(cast.astrid).get(f"{goal}/records?period=2026-03-01", headers=HTMX))
    assert "\N{EN DASH} of $70" in words
    assert "The value of 1 deal cannot be counted: no exchange rate for USD." in words


def test_what_changed_says_who_changed_which_record_from_what_to_what(
    cast: Cast, signed_in: SignedIn
) -> None:
    goal = won_goal(cast)
    deal = add_won(cast, cast.cilla, date(2026, 3, 3), value=81_00)
    change_deal(actor=cast.as_astrid, deal_id=deal.pk, now=LATELY, value=67_50)
    gone = add_won(cast, cast.cilla, date(2026, 3, 4), value=5_00)
    reopen_deal(actor=cast.as_astrid, deal_id=gone.pk, now=LATELY)
    shown = signed_in(cast.astrid).get(f"{goal}/records?period=2026-03-01&tab=changes", headers=HTMX)
    words = text(shown)
    assert "\u2212€13.50 Deal value changed, €81 to €67.50 Astrid · 16 Mar, 10:30" in words
    assert "\u2212€5 Deal reopened Astrid" in words
    assert "+€81 Deal won Command line" in words
    assert words.endswith(
        "Result known before 16 Feb 2026 €0 Changes since +€67.50 Result in the chart €67.50"
    )


def test_changes_of_hidden_records_are_summed_but_not_named(cast: Cast, signed_in: SignedIn) -> None:
    goal = won_goal(cast)
    deal = add_won(cast, cast.cilla, date(2026, 3, 3), value=81_00)
    change_deal(actor=cast.operator, deal_id=deal.pk, now=LATELY, title="Secret Clinics", value=90_00)
    shown = signed_in(cast.bjorn).get(f"{goal}/records?period=2026-03-01&tab=changes", headers=HTMX)
    assert "Secret" not in html(shown)
    assert "Records hidden from you changed the result too: +€90" in text(shown)


def test_each_changed_membership_is_a_line_with_its_share(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast, assignee=Assignee(TEAM, cast.nordic.pk))
    for person_of_baltic in (cast.david, cast.david, cast.bjorn):
        add_won(cast, person_of_baltic, date(2026, 3, 3))
    team_id, admin = cast.nordic.pk, cast.as_astrid
    add_member(actor=admin, team_id=team_id, user_id=cast.david.pk, now=NOW + timedelta(days=1))
    add_member(actor=admin, team_id=team_id, user_id=cast.bjorn.pk, now=NOW + timedelta(days=2))
    address = f"/goals/{goal.public_id}/records?period=2026-03-01&tab=changes&since="
    since = f"{address}{(NOW + timedelta(days=1)).date()}"
    told = text(signed_in(cast.astrid).get(since, headers=HTMX))
    assert "+1 Björn added to the team, as if always on it Astrid" in told
    assert "+2 David added to the team, as if always on it Astrid" in told
    assert "Changed memberships +3" in told
    # Björn manages the team and sees no records but his own.
    told = text(signed_in(cast.bjorn).get(since, headers=HTMX))
    assert "+1 Björn added to the team" in told
    assert "Hidden from you David added to the team" in told
    assert "Changed memberships +1" in told
    assert "Hidden from you +2" in told


def test_changes_older_than_thirty_days_are_left_out(cast: Cast, signed_in: SignedIn) -> None:
    goal = won_goal(cast)
    add_won(cast, cast.cilla, date(2026, 3, 3), value=81_00)
    old = signed_in(cast.astrid).get(f"{goal}/records?period=2026-02-01&tab=changes", headers=HTMX)
    assert "Nothing changed since 16 Feb 2026" in text(old)


def test_in_swedish_what_happened_to_a_deal_is_said_of_the_deal(cast: Cast, signed_in: SignedIn) -> None:
    goal = f"/goals/{set_goal(cast, metric=Metric.SUM, currency='EUR').public_id}"
    deal = add_won(cast, cast.cilla, date(2026, 3, 3), value=8_00)
    at = datetime(2026, 3, 4, 9, tzinfo=UTC)
    change_deal(actor=cast.as_astrid, deal_id=deal.pk, now=at, value=6_00)
    delete_deal(actor=cast.as_astrid, deal_id=deal.pk, now=at)
    restore_deal(actor=cast.as_astrid, deal_id=deal.pk, now=at)
    browser = signed_in(cast.astrid)
    browser.cookies["django_language"] = "sv"
    told = text(browser.get(f"{goal}/records?period=2026-03-01&tab=changes", headers=HTMX))
    for words in ("Deal värde ändrat, 8 € till 6 €", "Deal borttagen", "Deal återställd"):
        assert words in told.replace("\u00a0", " ")


def test_a_deal_won_again_tells_both_wins(cast: Cast, signed_in: SignedIn) -> None:
    goal = won_goal(cast)
    deal = add_won(cast, cast.cilla, date(2026, 3, 3), value=81_00)
    reopen_deal(actor=cast.operator, deal_id=deal.pk, now=LATELY)
    win_deal(actor=cast.operator, deal_id=deal.pk, now=LATELY)
    words = text(signed_in(cast.astrid).get(f"{goal}/records?period=2026-03-01&tab=changes", headers=HTMX))
    assert words.count("Deal won") == 2
    assert words.count("Deal reopened") == 1


def test_changes_are_those_since_the_day_chosen(cast: Cast, signed_in: SignedIn) -> None:
    goal, browser = won_goal(cast), signed_in(cast.astrid)
    deal = add_won(cast, cast.cilla, date(2026, 3, 3), value=81_00)
    change_deal(actor=cast.as_astrid, deal_id=deal.pk, now=LATELY, value=67_50)
    address = f"{goal}/records?period=2026-03-01&tab=changes"
    for since, count in (("7", 1), ("30", 2), ("2026-03-16", 1), ("2026-03-17", 0), ("16 mar 2026", 1)):
        shown = browser.get(f"{address}&since={since}", headers=HTMX)
        assert html(shown).count('<span class="diff diff--') == count, since
        assert "value changed" in text(shown) or since == "2026-03-17"
    chosen = html(browser.get(f"{address}&since=2026-03-16", headers=HTMX))
    assert "since=2026-03-16" in re.findall(r'data-address="([^"]*)"', chosen)[0]
    assert 'type="date" value="2026-03-16"' in chosen


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("2026-02-31", "Enter a date such as 2027-01-31."),
        ("last week", "Enter a date such as 2027-01-31."),
        ("03/04/2026", "Enter a date such as 2027-01-31."),
        ("2026-03-19", "Choose today or an earlier day."),
    ],
)
def test_a_wrong_day_is_told_at_the_field_and_kept(
    cast: Cast, signed_in: SignedIn, typed: str, told: str
) -> None:
    address = f"{won_goal(cast)}/records"
    query = {"period": "2026-03-01", "tab": "changes", "since": typed}
    for headers in (HTMX, {}):
        shown = signed_in(cast.astrid).get(address, query, headers=headers)
        assert shown.status_code == HTTPStatus.OK
        assert told in text(shown)
        assert value_of(shown, "since") == typed
        assert 'aria-invalid="true" aria-describedby="since_error"' in html(shown)


def test_a_change_of_another_year_says_its_year(
    cast: Cast, signed_in: SignedIn, clock: time_machine.Traveller
) -> None:
    goal, browser = won_goal(cast), signed_in(cast.astrid)
    add_won(cast, cast.cilla, date(2026, 3, 3), value=81_00)
    address = f"{goal}/records?period=2026-03-01&tab=changes&since=2026-01-01"
    assert "2 Mar, 10:00" in text(browser.get(address, headers=HTMX))
    clock.move_to(datetime(2027, 3, 1, 12, tzinfo=UTC))
    browser = signed_in(cast.astrid)
    assert "2 Mar 2026, 10:00" in text(browser.get(address, headers=HTMX))


@pytest.mark.parametrize("typed", ["0001-01-01", "1900-01-01"])
def test_the_first_of_all_days_is_a_day_too(cast: Cast, signed_in: SignedIn, typed: str) -> None:
    query = {"period": "2026-03-01", "tab": "changes", "since": typed}
    assert signed_in(cast.astrid).get(f"{won_goal(cast)}/records", query).status_code == HTTPStatus.OK


def test_older_changes_come_page_by_page(
    cast: Cast, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "_ON_A_PAGE", 2)
    goal, browser = won_goal(cast), signed_in(cast.astrid)
    deal = add_won(cast, cast.cilla, date(2026, 3, 3), value=1_00)
    for value in range(2, 6):
        change_deal(actor=cast.as_astrid, deal_id=deal.pk, now=LATELY, value=value * 100)
    found: list[str] = []
    address = f"{goal}/records?period=2026-03-01&tab=changes"
    for _page in range(3):
        shown = browser.get(address, headers=HTMX)
        assert html(shown).startswith("<aside" if not found else "<li>")
        found += re.findall(r"value changed, (€\d) to", text(shown))
        address = more_of(html(shown)) if "Show older changes" in text(shown) else ""
    assert found == ["€4", "€3", "€2", "€1"]
    assert address == ""


def test_a_goal_that_counts_lists_only_what_changed_the_count(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast)
    deal = add_won(cast, cast.cilla, date(2026, 3, 3), value=81_00)
    change_deal(actor=cast.as_astrid, deal_id=deal.pk, now=LATELY, value=67_50)
    address = f"/goals/{goal.public_id}/records?period=2026-03-01&tab=changes"
    words = text(signed_in(cast.astrid).get(address, headers=HTMX))
    assert "+1 Deal won" in words
    assert "value changed" not in words


def test_hidden_values_are_no_change_of_a_goal_that_counts(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast, assignee=Assignee(TEAM, cast.nordic.pk))
    deal = add_won(cast, cast.cilla, date(2026, 3, 3), value=81_00)
    change_deal(actor=cast.as_astrid, deal_id=deal.pk, now=LATELY, value=67_50)
    address = f"/goals/{goal.public_id}/records?period=2026-03-01&tab=changes&since="
    browser = signed_in(cast.bjorn)
    assert "hidden" not in text(browser.get(f"{address}2026-03-16", headers=HTMX)).casefold()
    assert "changed the result too: +1" in text(browser.get(f"{address}2026-03-01", headers=HTMX))


def test_the_card_on_the_page_tells_the_latest_changes_and_leads_to_all(
    cast: Cast, signed_in: SignedIn
) -> None:
    goal = won_goal(cast)
    for day in range(1, 7):
        add_won(cast, cast.cilla, date(2026, 3, day), value=day * 1_00)
    page = signed_in(cast.astrid).get(goal)
    words = text(page, "log")
    assert words.count("Deal won") == 4
    assert words.index("+€6") < words.index("+€5")
    assert "tab=changes" in html(page)
    hidden = text(signed_in(cast.bjorn).get(goal), "log")
    assert "Deal" not in hidden
    assert "Records hidden from you changed the result too: +€21" in hidden


def test_a_goal_at_the_end_of_the_calendar_shows_its_records(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast, starts_on=date(9999, 1, 1), ends_on=date(9999, 11, 30))
    browser = signed_in(cast.astrid)
    for address in ("/records?period=9999-02-01", "/records?period=9999-11-01", ""):
        assert browser.get(f"/goals/{goal.public_id}{address}").status_code == HTTPStatus.OK


def test_a_change_of_a_deal_handed_over_does_not_name_it(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast, assignee=person(cast.cilla))
    deal = add_won(cast, cast.cilla, date(2026, 3, 3), value=81_00)
    change_deal(actor=cast.operator, deal_id=deal.pk, now=LATELY, owner_id=cast.david.pk, title="Secret")
    address = f"/goals/{goal.public_id}/records?period=2026-03-01&tab=changes"
    shown = signed_in(cast.cilla).get(address, headers=HTMX)
    assert "A record that has been handed over handed over by Cilla" in text(shown)
    assert "David" not in text(shown)
    assert "Secret" not in html(shown)


def test_a_rate_that_changed_leads_from_what_was_known_to_the_result(cast: Cast, signed_in: SignedIn) -> None:
    set_rate(actor=cast.operator, currency="USD", day=date(2026, 1, 1), rate=Decimal("0.8"), now=NOW)
    goal = set_goal(cast, metric=Metric.SUM, currency="USD", target=1_000_00)
    add_won(cast, cast.cilla, date(2026, 3, 3), value=80_00)
    add_won(cast, cast.cilla, date(2026, 3, 3), value=100_00, currency="USD")
    later = add_deal(cast, cast.cilla, date(2026, 3, 1), value=8_00)
    set_rate(actor=cast.as_astrid, currency="USD", day=date(2026, 3, 2), rate=Decimal("0.5"), now=LATELY)
    set_rate(actor=cast.as_astrid, currency="USD", day=date(2026, 3, 2), rate=Decimal("0.4"), now=LATER)
    win_deal(actor=cast.operator, deal_id=later.pk, now=LATER, won_time=noon(date(2026, 3, 1)))
    address = f"/goals/{goal.public_id}/records?period=2026-03-01&tab=changes&since=2026-03-10"
    words = text(signed_in(cast.astrid).get(address, headers=HTMX))
    assert "+$60 USD has the exchange rate 0.5 from 2 Mar 2026 Astrid" in words
    assert "+$40 Exchange rate of USD from 2 Mar 2026: 0.5 to 0.4 Astrid" in words
    assert "+$10 Deal won" in words
    assert words.endswith(
        "Result known before 10 Mar 2026 $200 Changed exchange rates +$100 Changes since +$10 "
        "Result in the chart $310"
    )
