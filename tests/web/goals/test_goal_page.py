"""A goal's page: the chart's figures are the table's, and what they lack is said."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html import unescape
from http import HTTPStatus

import pytest
import time_machine
from django.db import connection
from django.http import StreamingHttpResponse
from django.test.utils import CaptureQueriesContext

from goalpost.companies.memberships import MembershipChange, change_memberships
from goalpost.crm.actions.activities import change_activity
from goalpost.crm.actions.deals import change_deal
from goalpost.crm.actions.setup import set_rate
from goalpost.domain.calendar import Interval
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.membership import Stay
from goalpost.domain.permissions import Assignee
from goalpost.goals.actions import change_goal, create_goal, delete_goal
from tests.goals.builders import TEAM, add_activity, add_deal, add_won, person, set_goal, terms
from tests.people import NOW, Cast, let_see, make_company
from tests.web.conftest import LOOKED_AT, SignedIn
from tests.web.looking import Answer, element, html, rows, text


def chart(answer: Answer) -> list[dict[str, object]]:
    """Return what the chart draws, a period each."""
    found = re.search(r'<script id="chart-spec" type="application/json">(.*?)</script>', html(answer))
    assert found is not None
    values: list[dict[str, object]] = json.loads(found[1])["data"]["values"]
    return values


def test_the_table_has_the_figures_of_the_chart(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast, metric=Metric.SUM, currency="EUR", target=10_000_00)
    add_won(cast, cast.cilla, date(2026, 1, 20), value=12_500_50)
    add_won(cast, cast.david, date(2026, 3, 17), value=5_000_00)
    shown = signed_in(cast.astrid).get(f"/goals/{goal.public_id}")
    assert [row[:4] for row in rows(shown, "periods")[:4]] == [
        ["January 2026", "€10,000", "€12,500.50", "+€2,500.50"],
        ["February 2026", "€10,000", "€0", "\u2212€10,000"],
        ["March 2026 in progress", "€10,000", "€5,000", "\u2212€5,000"],
        ["April 2026", "€10,000", "\N{EN DASH}", "\N{EN DASH}"],
    ]
    assert [row[-1] for row in rows(shown, "periods")] == [
        "Reached",
        "Missed",
        "Behind",
        "Upcoming",
        "Upcoming",
        "Upcoming",
    ]
    assert [(each["key"], each["target"], each["result"]) for each in chart(shown)[:4]] == [
        ("2026-01-01", 10_000, 12_500.5),
        ("2026-02-01", 10_000, 0),
        ("2026-03-01", 10_000, 5_000),
        ("2026-04-01", 10_000, None),
    ]
    assert "So far €30,000 €17,500.50 \u2212€12,499.50" in text(shown, "periods")


def test_a_goal_to_come_sums_up_nothing_yet(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast, starts_on=date(2026, 5, 1), ends_on=date(2026, 6, 30))
    words = text(signed_in(cast.astrid).get(f"/goals/{goal.public_id}"), "periods")
    assert "June 2026 10" in words
    assert "So far" not in words


def test_the_last_day_says_what_is_still_needed(
    cast: Cast, signed_in: SignedIn, clock: time_machine.Traveller
) -> None:
    goal = set_goal(cast, target=22)
    add_won(cast, cast.cilla, date(2026, 3, 3))
    clock.move_to(datetime(2026, 3, 31, 12, tzinfo=UTC))
    words = text(signed_in(cast.astrid).get(f"/goals/{goal.public_id}"), "pace")
    assert "Still needed 21 No working days left after today." in words
    assert "Projection for 31 Mar 1 " in words


def test_nobody_is_behind_on_monday_morning(
    cast: Cast, signed_in: SignedIn, clock: time_machine.Traveller
) -> None:
    goal = set_goal(cast, interval=Interval.WEEKLY, target=4)
    browser = signed_in(cast.astrid)
    for day, word in ((16, "On track"), (17, "Behind")):
        clock.move_to(datetime(2026, 3, day, 8, tzinfo=UTC))
        page = browser.get(f"/goals/{goal.public_id}")
        assert word in text(page, "pace")
        this_week = next(row for row in rows(page, "periods") if "in progress" in row[0])
        assert this_week[-1] == word
        assert f"1 {word}" in text(browser.get("/"), "goal-counts")
        read = browser.get(f"/goals/{goal.public_id}/export/csv")
        assert isinstance(read, StreamingHttpResponse)
        assert f"2026-03-16,2026-03-22,4,0,-4,0,{word}" in read.getvalue().decode()


def test_the_details_say_what_counts_and_for_whom(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(
        cast,
        title="Calls of the Nordics",
        measure=Measure.ACTIVITIES_COMPLETED,
        assignee=Assignee(TEAM, cast.nordic.pk),
        pipelines=frozenset({cast.pipeline.pk}),
        activity_types=frozenset({cast.activity_type("call").pk}),
        interval=Interval.WEEKLY,
        ends_on=None,
    )
    words = text(signed_in(cast.astrid).get(f"/goals/{goal.public_id}"), "goal-details")
    for expected in (
        "Activity · Completed",
        "Nordic",
        "Cilla",
        cast.pipeline.name,
        "Call",
        "Weekly",
        "From 1 Jan 2026, no end",
        "Number of activities",
        "Target per week 10",
        "Astrid 2 Mar 2026",
    ):
        assert expected in words


def test_the_page_names_who_was_on_the_team_when_if_it_differs_within_the_range_shown(
    cast: Cast, signed_in: SignedIn
) -> None:
    goal = set_goal(cast, assignee=Assignee(TEAM, cast.nordic.pk))
    address = f"/goals/{goal.public_id}"
    browser = signed_in(cast.astrid)
    assert text(browser.get(address), "goal-members") == ""
    changes = [
        MembershipChange(cast.nordic.pk, cast.david.pk, (Stay(None, date(2026, 2, 1)),)),
        MembershipChange(cast.nordic.pk, cast.bjorn.pk, (Stay(date(2026, 3, 1)),)),
    ]
    change_memberships(actor=cast.operator, changes=changes, now=NOW)
    told = text(browser.get(address), "goal-members")
    assert told.startswith("Whose results count, 1 Jan")
    assert "BJ Björn from 1 Mar 2026 CI Cilla all the time Before DA David until 31 Jan 2026" in told
    april = browser.get(f"{address}?from=2026-04-01&to=2026-05-31")
    assert text(april, "goal-members") == ""


def test_the_pace_says_where_the_result_should_be_and_where_it_heads(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast, target=22)
    for day in (3, 4, 5, 6, 10, 11):
        add_won(cast, cast.cilla, date(2026, 3, day))
    words = text(signed_in(cast.astrid).get(f"/goals/{goal.public_id}"), "pace")
    assert "Pace, March Behind 6 27% of 22" in words
    assert "Expected today 13 Working day 13 of 22. 12 by last night, 6 behind." in words
    assert "Projection for 31 Mar 10 At the pace so far: 45% of target." in words
    assert "Needed per working day 1.8 9 days left. So far 0.5 a day." in words


def test_a_goal_to_come_and_a_past_one_say_so(cast: Cast, signed_in: SignedIn) -> None:
    browser = signed_in(cast.astrid)
    to_come = set_goal(cast, starts_on=date(2026, 5, 1))
    assert "Begins 1 May 2026" in text(browser.get(f"/goals/{to_come.public_id}"), "pace")
    past = set_goal(cast, ends_on=date(2026, 2, 28))
    shown = browser.get(f"/goals/{past.public_id}")
    assert "Ended 28 Feb 2026 Difference \u221220" in text(shown, "pace")
    assert "Past goals" in text(shown, "goal-head")


def test_values_that_are_unknown_are_named(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast, metric=Metric.SUM, currency="EUR")
    add_won(cast, cast.cilla, date(2026, 3, 3), value=100, currency="USD")
    add_won(cast, cast.cilla, date(2026, 3, 3), value=100)
    words = text(signed_in(cast.astrid).get(f"/goals/{goal.public_id}"), "notes")
    assert "The value of 1 deal cannot be counted: no exchange rate for USD." in words


def test_a_goal_by_number_lacks_no_values(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast)
    add_won(cast, cast.cilla, date(2026, 3, 3), value=100, currency="USD")
    assert "without a value" not in text(signed_in(cast.astrid).get(f"/goals/{goal.public_id}"), "notes")


def test_a_goal_in_another_currency_is_shown_in_it(cast: Cast, signed_in: SignedIn) -> None:
    for day, rate in ((date(2026, 1, 1), "0.5"), (date(2026, 1, 20), "0.8")):
        set_rate(actor=cast.operator, currency="USD", day=day, rate=Decimal(rate), now=NOW)
    goal = set_goal(cast, metric=Metric.SUM, currency="USD", target=2_100_00)
    for day in (date(2026, 1, 10), date(2026, 1, 21)):
        add_won(cast, cast.cilla, day, value=1_000_00, currency="USD")
    shown = signed_in(cast.astrid).get(f"/goals/{goal.public_id}")
    assert rows(shown, "periods")[0][1:4] == ["$2,100", "$2,000", "\u2212$100"]
    assert "Deals in USD count at face value, others at the exchange rate of the day" in text(shown, "notes")
    assert "€" not in text(shown)


@pytest.mark.parametrize(
    ("query", "first", "last", "count"),
    [
        ("", "2025-04-01", "2026-06-01", 15),
        ("?from=2026-01-01&to=2026-03-31", "2026-01-01", "2026-03-01", 3),
        ("?from=2026-02-15&to=2026-03-02", "2026-02-01", "2026-03-01", 2),
        ("?from=2022-01-01&to=2099-12-31", "2022-01-01", "2027-03-01", 63),
        ("?from=2026-03-31&to=2026-01-01", "2025-04-01", "2026-06-01", 15),
        ("?from=soon&to=later", "2025-04-01", "2026-06-01", 15),
        ("?from=1999-01-01&to=1999-12-31", "2025-04-01", "2026-06-01", 15),
        ("?from=0001-01-01&to=9999-12-31", "2022-01-01", "2027-03-01", 63),
    ],
)
def test_a_long_goal_shows_a_window_that_the_address_can_choose(
    cast: Cast, signed_in: SignedIn, query: str, first: str, last: str, count: int
) -> None:
    goal = set_goal(cast, starts_on=date(2022, 1, 1), ends_on=None)
    drawn = chart(signed_in(cast.astrid).get(f"/goals/{goal.public_id}{query}"))
    assert (drawn[0]["key"], drawn[-1]["key"], len(drawn)) == (first, last, count)


def test_a_chosen_window_stays_in_the_addresses_of_the_page(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast, starts_on=date(2022, 1, 1), ends_on=None)
    shown = signed_in(cast.astrid).get(f"/goals/{goal.public_id}?from=2026-01-01&to=2026-03-31")
    assert "records?period=2026-02-01&from=2026-01-01&to=2026-03-31" in unescape(element(shown, "periods"))
    assert 'aria-current="true"' in element(shown, "chart")
    assert "All shown" in text(shown, "periods")


def test_more_periods_than_anybody_reads_are_left_out_and_named(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast, interval=Interval.WEEKLY, starts_on=date(2016, 1, 4), ends_on=None)
    shown = signed_in(cast.astrid).get(f"/goals/{goal.public_id}?from=2016-01-01&to=2027-01-01")
    assert len(chart(shown)) == 261
    assert "earlier periods are not shown" in text(shown, "periods")


def hidden(cast: Cast) -> str:
    return set_goal(cast, assignee=person(cast.david)).public_id


def of_another_company(_cast: Cast) -> str:
    return set_goal(make_company("Sydlys")).public_id


def deleted(cast: Cast) -> str:
    goal = set_goal(cast, assignee=person(cast.cilla))
    delete_goal(actor=cast.as_cilla, public_id=goal.public_id, now=NOW)
    return goal.public_id


def absent(_cast: Cast) -> str:
    return "0" * 32


def no_id_at_all(_cast: Cast) -> str:
    return "1"


@pytest.mark.parametrize("goal", [hidden, of_another_company, deleted, absent, no_id_at_all])
def test_what_is_not_there_for_the_viewer_is_not_found(
    cast: Cast, signed_in: SignedIn, goal: Callable[[Cast], str]
) -> None:
    browser, public_id = signed_in(cast.cilla), goal(cast)
    for page in ("", "/records?period=2026-03-01", "/edit", "/delete"):
        assert browser.get(f"/goals/{public_id}{page}").status_code == HTTPStatus.NOT_FOUND


def test_who_may_not_change_a_goal_sees_no_buttons(cast: Cast, signed_in: SignedIn) -> None:
    let_see(cast.david, company_statistics=True, other_users_statistics=True)
    goal = set_goal(cast)
    assert "Edit goal" in html(signed_in(cast.astrid).get(f"/goals/{goal.public_id}"))
    assert "Edit goal" not in html(signed_in(cast.david).get(f"/goals/{goal.public_id}"))


def test_the_page_speaks_swedish(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast, metric=Metric.SUM, currency="EUR", target=10_000_00)
    add_won(cast, cast.cilla, date(2026, 3, 3), value=2_500_00)
    browser = signed_in(cast.astrid)
    browser.cookies["django_language"] = "sv"
    words = text(browser.get(f"/goals/{goal.public_id}")).replace("\xa0", " ")
    assert "Vunnet värde per månad" in words
    assert "Mars 2026 pågår 10 000 € 2 500 € \u22127 500 €" in words
    assert "Takt, mars" in words


def test_a_thousand_records_take_as_many_queries_as_ten(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast, assignee=Assignee(TEAM, cast.nordic.pk), metric=Metric.SUM, currency="EUR")
    browser = signed_in(cast.astrid)
    browser.get("/")  # the first visit also notes the session

    def queries() -> int:
        with CaptureQueriesContext(connection) as taken:
            browser.get(f"/goals/{goal.public_id}")
            browser.get(f"/goals/{goal.public_id}/records?period=2026-03-01", headers={"hx-request": "true"})
        return len(taken)

    for at in range(10):
        add_won(cast, cast.cilla, date(2026, 3, 1 + at % 9), value=100)
    queries()  # the first visit of a session is noted in it
    few = queries()
    for at in range(190):
        add_won(cast, cast.cilla, date(2026, 3, 1 + at % 9), value=100)
    assert queries() == few <= 52


@pytest.mark.parametrize("ends_on", [None, date(2026, 1, 31)], ids=["active", "past"])
def test_a_page_asks_for_its_goal_and_those_beside_it_at_once(
    cast: Cast, signed_in: SignedIn, ends_on: date | None
) -> None:
    goal = set_goal(cast, title="A goal", ends_on=ends_on)
    browser = signed_in(cast.astrid)

    def statements() -> list[str]:
        with CaptureQueriesContext(connection) as taken:
            assert "A goal" in text(browser.get(f"/goals/{goal.public_id}"), "panel")
        return [query["sql"] for query in taken.captured_queries]

    statements()  # the first visit of a session is noted in it
    alone = statements()
    for at in range(3):
        set_goal(cast, title=f"Beside it {at}", ends_on=ends_on, starts_on=date(2025, 1, 1))
    few = statements()
    for at in range(12):
        set_goal(cast, title=f"Beside it too {at}", ends_on=ends_on)
    many = statements()
    # The goals beside it, and the pipelines, types and targets of theirs.
    assert len(many) == len(few) == len(alone) + 4 <= 31
    for asked_once in ("companies_companyday", "ledger_companydaytally", 'FROM "companies_company"'):
        assert sum(asked_once in statement for statement in many) <= 1, asked_once


@pytest.mark.parametrize(
    ("measure", "expected"),
    [(Measure.DEALS_STARTED, "1 record has no known date"), (Measure.ACTIVITIES_ADDED, "2 records have")],
)
def test_records_of_unknown_date_are_counted(
    cast: Cast, signed_in: SignedIn, measure: Measure, expected: str
) -> None:
    goal = set_goal(cast, measure=measure, assignee=person(cast.cilla))
    for owner in (cast.cilla, cast.david):
        deal = add_deal(cast, owner, date(2026, 3, 3))
        change_deal(actor=cast.operator, deal_id=deal.pk, now=NOW, add_time=None)
    for owner in (cast.cilla, cast.cilla, cast.david):
        activity = add_activity(cast, owner, date(2026, 3, 3))
        change_activity(actor=cast.operator, activity_id=activity.pk, now=NOW, add_time=None)
    assert expected in text(signed_in(cast.astrid).get(f"/goals/{goal.public_id}"), "notes")


def test_the_history_says_who_changed_which_detail_from_what_to_what(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast, metric=Metric.SUM, currency="EUR", target=1_000_00)
    new = replace(goal.terms, title="Spring wins", target=1_500_50, ends_on=date(2026, 5, 31))
    change_goal(actor=cast.as_astrid, public_id=goal.public_id, terms=new, now=LOOKED_AT)
    shown = signed_in(cast.astrid).get(f"/goals/{goal.public_id}")
    assert text(shown, "history") == (
        "History of this goal Name changed from Deals won to Spring wins; Target changed from €1,000 to "
        "€1,500.50; Ends changed from 30 Jun 2026 to 31 May 2026 Astrid · 18 Mar, 13:00 "
        "Goal created Astrid · 2 Mar, 10:00"
    )


def test_what_was_done_in_another_year_is_told_with_it(cast: Cast, signed_in: SignedIn) -> None:
    then = datetime(2025, 12, 19, 14, 42, tzinfo=UTC)
    goal = create_goal(actor=cast.as_astrid, terms=terms(cast), now=then)
    shown = text(signed_in(cast.astrid).get(f"/goals/{goal.public_id}"), "history")
    assert "Goal created Astrid · 19 Dec 2025, 15:42" in shown


def test_the_legend_has_a_projection_only_where_the_chart_draws_one(cast: Cast, signed_in: SignedIn) -> None:
    goal, client = set_goal(cast, target=10), signed_in(cast.astrid)
    address = f"/goals/{goal.public_id}"
    assert "Projection" not in text(client.get(address), "chart-body"), "0 and on is no column"
    add_won(cast, cast.cilla, date(2026, 3, 17))
    assert "Projection" in text(client.get(address), "chart-body")
    before = client.get(f"{address}?from=2026-01-01&to=2026-02-28")
    assert "Projection" not in text(before, "chart-body")
    assert "Projection for" in text(before, "pace")


def test_every_place_of_a_period_says_how_many_deals_its_value_lacks(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast, metric=Metric.SUM, currency="EUR", target=100_00)
    add_won(cast, cast.cilla, date(2026, 3, 4), value=40_00)
    add_won(cast, cast.cilla, date(2026, 3, 5), value=70_00, currency="USD")
    add_won(cast, cast.cilla, date(2026, 2, 5), value=7_00)
    shown = signed_in(cast.astrid).get(f"/goals/{goal.public_id}")
    _january, february, march, *_later = rows(shown, "periods")
    assert (february[2], march[2]) == ("€7", "(1 without a value) €40")
    assert "€40 (1 without a value)" in text(shown, "pace")
    chart = element(shown, "chart")
    assert 'aria-label="March 2026: result €40, target €100, 1 without a value"' in chart
    assert chart.count("<dt>Without a value</dt><dd>1</dd>") == 1


@pytest.mark.parametrize(
    ("query", "field", "said"),
    [
        ("from=soon&to=2026-03-31", "range-from", "Enter a date such as 2027-01-31."),
        ("from=2026-01-01", "range-to", "Enter a date such as 2027-01-31."),
        ("from=2026-02-30&to=2026-03-31", "range-from", "Enter a date such as 2027-01-31."),
        ("from=2026-03-31&to=2026-01-01", "range-to", "The range ends before it starts."),
        ("from=2027-01-01&to=2027-12-31", "range-from", "The goal has periods until 31 Dec 2026."),
        ("from=1999-01-01&to=1999-12-31", "range-to", "The goal starts on 1 Jan 2026."),
    ],
)
def test_a_wrong_time_range_is_told_at_its_field(
    cast: Cast, signed_in: SignedIn, query: str, field: str, said: str
) -> None:
    goal = set_goal(cast, starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31))
    shown = signed_in(cast.astrid).get(f"/goals/{goal.public_id}?{query}")
    page = html(shown)
    assert shown.status_code == 200
    assert f'id="{field}-error"' in page
    assert len(re.findall(r'id="range-\w+-error"', page)) == 1
    assert said in text(shown, "chart")
    assert f'aria-describedby="{field}-error" autofocus' in page
    # Nothing typed is lost, and the page shows what it shows by itself.
    typed = dict(part.split("=") for part in query.split("&"))
    assert f'name="from" value="{typed["from"]}"' in page
    assert f'name="to" value="{typed.get("to", "")}"' in page
    assert len(rows(shown, "periods")) == 12


def test_a_sound_time_range_stands_in_its_fields(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast, starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31))
    page = html(signed_in(cast.astrid).get(f"/goals/{goal.public_id}?from=2026-02-15&to=2026-03-02"))
    assert 'name="from" value="2026-02-15"' in page
    assert 'name="to" value="2026-03-02"' in page
    assert "range-from-error" not in page


def test_presets_follow_the_fiscal_year(cast: Cast, signed_in: SignedIn) -> None:
    cast.company.fiscal_month = 2
    cast.company.save(update_fields=["fiscal_month"])
    goal = set_goal(cast, starts_on=date(2025, 1, 1), ends_on=date(2026, 12, 31))
    page = unescape(html(signed_in(cast.astrid).get(f"/goals/{goal.public_id}")))
    assert "?from=2026-02-01&to=2026-04-30" in page
    assert "?from=2026-02-01&to=2027-01-31" in page


@pytest.mark.parametrize(("weeks", "is_line"), [(60, False), (61, True)])
def test_a_chart_of_lines_has_a_legend_of_lines(
    cast: Cast, signed_in: SignedIn, weeks: int, *, is_line: bool
) -> None:
    first = date(2024, 1, 1)
    last = first + timedelta(weeks=weeks, days=-1)
    goal = set_goal(cast, interval=Interval.WEEKLY, starts_on=first, ends_on=last)
    shown = signed_in(cast.astrid).get(f"/goals/{goal.public_id}?from={first}&to={last}")
    assert ("swatch--line" in element(shown, "chart")) is is_line
    assert ("Target missed" in text(shown, "chart")) is not is_line
