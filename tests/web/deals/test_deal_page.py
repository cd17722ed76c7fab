"""A deal's page: what it counts towards and why not, its history, and every change from the page."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client

from goalpost.crm.actions import deals
from goalpost.crm.models import Activity, Deal
from goalpost.crm.verify import differences
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import Assignee, AssigneeKind
from tests.crm.records import LATER, add_deal
from tests.goals.builders import person, set_goal
from tests.people import Cast, let_see
from tests.web.conftest import SignedIn
from tests.web.looking import html, text

pytestmark = pytest.mark.django_db


def company(cast: Cast) -> Assignee:
    return Assignee(AssigneeKind.COMPANY, cast.company_id)


def seen_in(browser: Client, address: str) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', html(browser.get(address)))
    assert found is not None
    return found[1]


def send(browser: Client, deal: Deal, what: str, **values: str) -> int:
    """Send one of the page's forms, with what the page saw."""
    address = f"/deals/{deal.pk}"
    values = {"seen": seen_in(browser, address), **values}
    return browser.post(f"{address}/{what}", values).status_code


def test_a_won_deal_says_which_goals_it_counts_towards_and_why_not(cast: Cast, signed_in: SignedIn) -> None:
    set_goal(
        cast,
        title="Everybody’s value",
        assignee=company(cast),
        measure=Measure.DEALS_WON,
        metric=Metric.SUM,
        currency="EUR",
    )
    set_goal(cast, title="Cilla’s wins", assignee=person(cast.cilla), measure=Measure.DEALS_WON)
    set_goal(cast, title="David’s wins", assignee=person(cast.david), measure=Measure.DEALS_WON)
    deal = add_deal(cast)
    deals.win_deal(actor=cast.as_cilla, deal_id=deal.pk, now=LATER)
    region = text(signed_in(cast.astrid).get(f"/deals/{deal.pk}/counts"))
    counted, _, left_out = region.partition("Does not count towards")
    assert "Everybody’s value" in counted
    assert "€1,000 " in counted
    assert "Cilla’s wins" in counted
    assert "David’s wins" in left_out
    assert "Cilla owns it, not David" in left_out
    assert "+€1,000 Everybody’s value" in region, "the history says what winning it moved"


def test_what_one_may_not_see_is_not_there(cast: Cast, signed_in: SignedIn) -> None:
    set_goal(cast, title="David’s secret", assignee=person(cast.david), measure=Measure.DEALS_WON)
    deal = add_deal(cast)
    cilla, david = signed_in(cast.cilla), signed_in(cast.david)
    for end in ("", "/counts"):
        assert "David’s secret" not in html(cilla.get(f"/deals/{deal.pk}{end}"))
        assert david.get(f"/deals/{deal.pk}{end}").status_code == 404
    assert david.post(f"/deals/{deal.pk}/do/win").status_code == 404
    assert Deal.objects.get(pk=deal.pk).status == "open"
    assert "Oars" not in html(david.get("/deals"))
    assert "Oars" in html(cilla.get("/deals"))


def test_a_deal_goes_through_its_life_on_its_page_and_each_step_is_undone(
    cast: Cast, signed_in: SignedIn, clock: time_machine.Traveller
) -> None:
    deal = add_deal(cast)
    browser = signed_in(cast.cilla)

    def undo() -> Deal:
        page = html(browser.get(f"/deals/{deal.pk}"))
        found = re.search(r'action="(/deals/\d+/undo\?back=[^"]+)"', page)
        assert found is not None
        clock.shift(timedelta(seconds=5))
        browser.post(found[1].replace("&amp;", "&"))
        return Deal.objects.get(pk=deal.pk)

    steps: list[tuple[str, dict[str, str], dict[str, object]]] = [
        ("do/move", {"stage": str(cast.stages[1].pk)}, {"stage_id": cast.stages[0].pk}),
        ("do/win", {}, {"status": "open", "won_time": None}),
        ("do/lose", {"other": "Price"}, {"status": "open", "lost_reason": ""}),
        ("do/delete", {}, {"is_deleted": False}),
        ("edit/value", {"value": "2,500", "currency": "EUR"}, {"value": 100_000}),
        ("edit/title", {"title": "Masts"}, {"title": "Oars"}),
        ("edit/expected", {"expected": "2026-12-01"}, {"expected_close_date": None}),
    ]
    for what, values, before in steps:
        clock.shift(timedelta(minutes=1))
        assert send(browser, deal, what, **values) == 302
        changed = Deal.objects.get(pk=deal.pk)
        assert {name: getattr(changed, name) for name in before} != before, what
        restored = undo()
        assert {name: getattr(restored, name) for name in before} == before, what
    assert list(differences(cast.company_id)) == []


def test_a_change_of_what_somebody_changed_meanwhile_is_told_and_writes_nothing(
    cast: Cast, signed_in: SignedIn, clock: time_machine.Traveller
) -> None:
    deal = add_deal(cast)
    browser = signed_in(cast.cilla)
    seen = seen_in(browser, f"/deals/{deal.pk}")
    deals.change_deal(actor=cast.as_astrid, deal_id=deal.pk, now=LATER, title="Masts")
    answer = browser.post(f"/deals/{deal.pk}/edit/title", {"seen": seen, "title": "Sails"})
    assert answer.status_code == 409
    assert "Somebody changed this deal meanwhile" in text(answer)
    assert 'value="Sails"' in html(answer), "nothing typed is lost"
    assert Deal.objects.get(pk=deal.pk).title == "Masts"


@pytest.mark.parametrize(
    ("what", "values", "message"),
    [
        ("do/lose", {}, "Choose a reason, or write one."),
        ("edit/value", {"value": "a lot", "currency": "EUR"}, "Enter a number such as"),
        ("edit/value", {"value": "5", "currency": "XXQ"}, "Choose a currency."),
        ("edit/expected", {"expected": "03/04/2027"}, "Enter a date such as 2027-01-31."),
        ("edit/probability", {"probability": "120"}, "Use a probability from 0 to 100 percent."),
        ("edit/title", {"title": " "}, "Enter text."),
        ("do/move", {"stage": "0"}, "There is no such stage."),
        ("activities", {"subject": "", "type": "0", "due": ""}, "Enter text."),
    ],
)
def test_what_cannot_be_used_is_told_in_its_form(
    cast: Cast, signed_in: SignedIn, what: str, values: dict[str, str], message: str
) -> None:
    deal = add_deal(cast)
    browser = signed_in(cast.cilla)
    seen = seen_in(browser, f"/deals/{deal.pk}")
    answer = browser.post(f"/deals/{deal.pk}/{what}", {"seen": seen, **values})
    assert answer.status_code == 422
    assert message in text(answer)
    assert Deal.objects.get(pk=deal.pk).updated_at == deal.updated_at


def test_a_deal_is_added_and_its_activity_done(cast: Cast, signed_in: SignedIn) -> None:
    browser = signed_in(cast.cilla)
    given = {"title": "Sails", "value": "1,200.50", "currency": "EUR", "owner": str(cast.cilla.pk)}
    refused = browser.post("/deals/new", {**given, "stage": "", "expected": "soon"})
    assert refused.status_code == 422
    assert 'value="Sails"' in html(refused)
    assert "Choose a stage." in text(refused)
    assert "Enter a date such as" in text(refused)
    added = browser.post("/deals/new", {**given, "stage": str(cast.stages[0].pk), "expected": "2026-05-01"})
    deal = Deal.objects.get(title="Sails")
    assert added.headers["Location"] == f"/deals/{deal.pk}"
    assert (deal.value, deal.expected_close_date) == (120_050, date(2026, 5, 1))
    kind = cast.activity_type().pk
    browser.post(f"/deals/{deal.pk}/activities", {"subject": "Ring", "type": str(kind), "due": "2026-03-20"})
    call = Activity.objects.get(deal_id=deal.pk)
    assert "Ring" in text(browser.get(f"/deals/{deal.pk}"))
    browser.post(f"/deals/{deal.pk}/activities/{call.pk}/done")
    assert Activity.objects.get(pk=call.pk).is_done
    assert browser.post(f"/deals/{deal.pk}/activities/{call.pk + 99}/done").status_code == 404
    assert list(differences(cast.company_id)) == []


def test_the_list_is_filtered_and_goes_on(cast: Cast, signed_in: SignedIn) -> None:
    for number in range(55):
        add_deal(cast, title=f"Oars {number:02}")
    won = add_deal(cast, title="Masts")
    deals.win_deal(actor=cast.as_cilla, deal_id=won.pk, now=LATER)
    browser = signed_in(cast.cilla)
    first = html(browser.get("/deals"))
    assert "Masts" not in first
    assert "Oars 54" in first
    assert "Oars 00" not in first
    more = re.search(r'href="(/deals\?[^"]*after=\d+)"', first)
    assert more is not None
    assert "Oars 00" in html(browser.get(more[1].replace("&amp;", "&")))
    assert "Masts" in html(browser.get("/deals?status=won"))
    assert "No deal matches" in html(browser.get("/deals?q=Keel"))


def test_records_and_changes_of_a_goal_lead_to_the_deals_one_may_see(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(
        cast, measure=Measure.DEALS_STARTED, starts_on=date(2026, 3, 1), ends_on=date(2026, 3, 31)
    )
    deal = add_deal(cast)
    other = add_deal(cast, owner_id=cast.david.pk)
    let_see(cast.cilla, company_statistics=True, other_users_statistics=True, other_users_records=False)
    browser = signed_in(cast.cilla)
    for tab in ("", "changes"):
        page = html(browser.get(f"/goals/{goal.public_id}/records?period=2026-03-01&tab={tab}"))
        assert f'href="/deals/{deal.pk}"' in page
        assert f'href="/deals/{other.pk}"' not in page
