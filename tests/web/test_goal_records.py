"""The records behind a result: they add up to it, hidden ones are counted, and what changed it is told."""

from datetime import UTC, date, datetime
from http import HTTPStatus

import pytest

from goalpost.crm.actions.deals import change_deal, reopen_deal, win_deal
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import Assignee
from tests.goals.builders import TEAM, add_activity, add_won, person, set_goal
from tests.people import Cast
from tests.web.conftest import SignedIn
from tests.web.looking import html, text

HTMX = {"hx-request": "true"}
LATELY = datetime(2026, 3, 16, 9, 30, tzinfo=UTC)


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
    assert "offset=50" in html(first)
    rest = browser.get(f"{goal}/records?period=2026-03-01&offset=50", headers=HTMX)
    assert html(rest).count("<time") == 3
    assert html(rest).startswith("<tr")
    assert "offset" not in html(rest)


@pytest.mark.parametrize("offset", ["-1", "x", "9" * 30, "1e3", "٣"])
def test_an_offset_that_is_none_is_no_error(cast: Cast, signed_in: SignedIn, offset: str) -> None:
    shown = signed_in(cast.astrid).get(f"{won_goal(cast)}/records?period=2026-03-01&offset={offset}")
    assert shown.status_code == HTTPStatus.OK


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
    assert "The value of 1 deal is unknown" in words


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
    assert "\u2212€13.50 Deal value changed: €81 → €67.50 Astrid · 16 Mar, 10:30" in words
    assert "\u2212€5 Deal no longer counts: €5 → nothing Astrid" in words
    assert "+€81 Deal now counts: nothing → €81" in words


def test_changes_of_hidden_records_are_summed_but_not_named(cast: Cast, signed_in: SignedIn) -> None:
    goal = won_goal(cast)
    deal = add_won(cast, cast.cilla, date(2026, 3, 3), value=81_00)
    change_deal(actor=cast.operator, deal_id=deal.pk, now=LATELY, title="Secret Clinics", value=90_00)
    shown = signed_in(cast.bjorn).get(f"{goal}/records?period=2026-03-01&tab=changes", headers=HTMX)
    assert "Secret" not in html(shown)
    assert "Records hidden from you changed the result too: +€90" in text(shown)


def test_changes_older_than_thirty_days_are_left_out(cast: Cast, signed_in: SignedIn) -> None:
    goal = won_goal(cast)
    add_won(cast, cast.cilla, date(2026, 3, 3), value=81_00)
    old = signed_in(cast.astrid).get(f"{goal}/records?period=2026-02-01&tab=changes", headers=HTMX)
    assert "Nothing changed" in text(old)


def test_a_deal_won_again_tells_both_wins(cast: Cast, signed_in: SignedIn) -> None:
    goal = won_goal(cast)
    deal = add_won(cast, cast.cilla, date(2026, 3, 3), value=81_00)
    reopen_deal(actor=cast.operator, deal_id=deal.pk, now=LATELY)
    win_deal(actor=cast.operator, deal_id=deal.pk, now=LATELY)
    words = text(signed_in(cast.astrid).get(f"{goal}/records?period=2026-03-01&tab=changes", headers=HTMX))
    assert words.count("now counts") == 2
    assert words.count("no longer counts") == 1


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
    assert "A record that has been handed over no longer counts" in text(shown)
    assert "Secret" not in html(shown)
