"""The page of activities: what is shown to whom, what each act does, says and undoes; on 18 March 2026."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from goalpost.companies.models import User
from goalpost.crm.actions.activities import complete_activity, create_activity
from goalpost.crm.actions.deals import create_deal
from goalpost.crm.models import Activity, Deal
from goalpost.domain.calendar import Interval
from goalpost.domain.measures import Measure
from goalpost.domain.permissions import Actor, Assignee
from goalpost.ledger.models import Entry
from tests.goals.builders import PERSON, set_goal
from tests.people import NOW, Cast, let_see
from tests.web.conftest import SignedIn
from tests.web.looking import Answer, element, html, text

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 18)


def plan(
    cast: Cast,
    actor: Actor,
    subject: str,
    due: date | None,
    *,
    time: int | None = None,
    duration: int | None = None,
    key: str = "call",
    deal: int | None = None,
) -> Activity:
    return create_activity(
        actor=actor,
        now=NOW,
        subject=subject,
        type_id=cast.activity_type(key).pk,
        due_date=due,
        due_time=time,
        duration=duration,
        deal_id=deal,
    )


def add_deal(cast: Cast, owner: User, title: str, organization: str = "") -> Deal:
    return create_deal(
        actor=cast.operator,
        stage_id=cast.stages[0].pk,
        now=NOW,
        title=title,
        organization=organization,
        owner_id=owner.pk,
        currency="EUR",
    )


def groups(answer: Answer) -> list[str]:
    return [
        re.sub(r"<[^>]+>", " ", found).split()[0]
        for found in re.findall(r'<h2 class="actgroup[^>]*>(.*?)</h2>', html(answer))
    ]


def calls_goal(cast: Cast, target: int = 5) -> None:
    set_goal(
        cast,
        title="Calls completed",
        measure=Measure.ACTIVITIES_COMPLETED,
        assignee=Assignee(PERSON, cast.cilla.pk),
        interval=Interval.WEEKLY,
        target=target,
    )


def undo_of(answer: Answer) -> str:
    found = re.search(r'class="toast".*?<form method="post" action="([^"]*)"', html(answer))
    assert found is not None
    return unescape(found[1])


def test_overdue_comes_first_then_today_this_week_and_later(cast: Cast, signed_in: SignedIn) -> None:
    for subject, due in (
        ("Undated", None),
        ("Far", TODAY + timedelta(days=9)),
        ("Soon", TODAY + timedelta(days=2)),
        ("Now", TODAY),
        ("Late", TODAY - timedelta(days=1)),
    ):
        plan(cast, cast.as_cilla, subject, due)
    page = signed_in(cast.cilla).get("/activities")
    assert groups(page) == ["Overdue", "Today", "This", "Later"]
    shown = element(page, "activity-list")
    places = [shown.index(name) for name in ("Late", "Now", "Soon", "Far", "Undated")]
    assert places == sorted(places)


def test_one_sees_ones_own_and_those_of_others_only_with_the_permission(
    cast: Cast, signed_in: SignedIn
) -> None:
    plan(cast, cast.as_cilla, "Of Cilla", TODAY)
    plan(cast, cast.as_david, "Of David", TODAY)
    let_see(cast.cilla, company_statistics=False, other_users_statistics=False)
    browser = signed_in(cast.cilla)
    page = text(browser.get("/activities", {"who": [cast.cilla.pk, cast.david.pk]}))
    assert "Of Cilla" in page
    assert "David" not in page
    let_see(cast.cilla, company_statistics=True, other_users_statistics=True)
    page = html(browser.get("/activities", {"who": [cast.cilla.pk, cast.david.pk]}))
    assert "Of David" in page
    # Seen, not changed: no tick on it.
    assert "Mark as done: Of Cilla" in page
    assert "Mark as done: Of David" not in page


def test_a_deal_that_one_may_not_see_is_not_named(cast: Cast, signed_in: SignedIn) -> None:
    hidden = add_deal(cast, cast.david, "A secret of David")
    activity = plan(cast, cast.as_astrid, "Help", TODAY, deal=hidden.pk)
    Activity.objects.filter(pk=activity.pk).update(owner=cast.cilla)
    let_see(cast.cilla, company_statistics=False, other_users_statistics=False)
    browser = signed_in(cast.cilla)
    for address in ("/activities", f"/activities/{activity.pk}"):
        assert "secret" not in text(browser.get(address))
    sent = {"subject": "Helped", "type": cast.activity_type().pk, "owner": cast.cilla.pk, "deal": ""}
    assert browser.post(f"/activities/{activity.pk}", sent).status_code == 302
    activity.refresh_from_db()
    assert (activity.subject, activity.deal_id) == ("Helped", hidden.pk)
    other = plan(cast, cast.as_cilla, "Mine", TODAY)
    refused = browser.post(f"/activities/{other.pk}", {**sent, "deal": f"A secret of David #{hidden.pk}"})
    assert refused.status_code == 422


def test_done_says_which_result_moved_and_undo_moves_it_back(cast: Cast, signed_in: SignedIn) -> None:
    calls_goal(cast)
    activity = plan(cast, cast.as_cilla, "Call Vesala", TODAY)
    browser = signed_in(cast.cilla)
    before = browser.get("/activities")
    assert "0 of 5 done, 1 planned, 4 still to plan" in text(before, "goal-strip")
    after = browser.post(f"/activities/{activity.pk}/done", follow=True)
    assert "“Call Vesala” done. Calls completed, week 12: 0 → 1 of 5." in text(after)
    assert "1 of 5 done, 0 planned, 4 still to plan" in text(after, "goal-strip")
    assert "Nothing to do" in text(after, "activity-list")
    undone = browser.post(undo_of(after), follow=True)
    assert "Calls completed, week 12: 1 → 0 of 5." in text(undone)
    assert "Call Vesala" in text(undone, "activity-list")
    # A second click of somebody else changes nothing.
    browser.post(f"/activities/{activity.pk}/done")
    again = browser.post(f"/activities/{activity.pk}/done", follow=True)
    assert "already done" in text(again)


def test_planned_counts_what_would_count_in_the_period(cast: Cast, signed_in: SignedIn) -> None:
    calls_goal(cast, target=2)
    for due in (TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=7)):
        plan(cast, cast.as_cilla, "Call", due)
    plan(cast, cast.as_david, "Call of another", TODAY)
    page = signed_in(cast.cilla).get("/activities")
    assert "0 of 2 done, 2 planned: enough for the target" in text(page, "goal-strip")
    assert 'class="plan" x="0.0%"' in element(page, "goal-strip")


def test_a_line_adds_what_it_says_and_undo_takes_it_back(cast: Cast, signed_in: SignedIn) -> None:
    deal = add_deal(cast, cast.cilla, "Group deal", "Isvik Seafood")
    calls_goal(cast)
    browser = signed_in(cast.cilla)
    line = "call isvik seafood thursday 15:00-16:00"
    said = text(browser.get("/activities/understood", {"line": line}))
    assert said.startswith("Call Call isvik seafood Isvik Seafood: Group deal Thu 19 Mar, 15:00")
    assert "When done it counts towards Calls completed , week 12." in said
    added = browser.post("/activities/add", {"line": line}, follow=True)
    assert "“Call isvik seafood” added." in text(added)
    activity = Activity.objects.get()
    assert (activity.deal_id, activity.due_date) == (deal.pk, TODAY + timedelta(days=1))
    assert (activity.due_time, activity.duration, activity.owner_id) == (900, 60, cast.cilla.pk)
    browser.post(undo_of(added))
    activity.refresh_from_db()
    assert activity.is_deleted


def test_a_line_that_is_not_understood_is_asked_about_and_adds_nothing(
    cast: Cast, signed_in: SignedIn
) -> None:
    for title in ("Fleet", "Fleet add-on"):
        add_deal(cast, cast.cilla, title, "Brovik Logistics")
    browser = signed_in(cast.cilla)
    asked = browser.post("/activities/add", {"line": "call brovik logistics 3/4"})
    assert asked.status_code == 422
    said = text(asked, "quick-add")
    assert "Which day is “3/4”?" in said
    assert "Which deal is “brovik logistics”? Brovik Logistics: Fleet" in said
    assert not Activity.objects.exists()
    # Without scripts each answer is a button that sends the whole line.
    line = unescape(re.findall(r'name="line" value="([^"]*#\d+)"', html(asked))[0])
    assert browser.post("/activities/add", {"line": ["x", line.replace("3/4", "today")]}).status_code == 302
    assert Activity.objects.get().deal is not None


@pytest.mark.parametrize("part", ["brovik", "isvik"])
def test_a_part_of_a_name_is_asked_about(cast: Cast, signed_in: SignedIn, part: str) -> None:
    add_deal(cast, cast.cilla, "Fleet", "Brovik Logistics")
    said = text(signed_in(cast.cilla).get("/activities/understood", {"line": f"call {part} today"}))
    assert ("Which deal" in said) is (part == "brovik")


def test_weekly_ones_are_activities_like_others_taken_back_at_once(cast: Cast, signed_in: SignedIn) -> None:
    browser = signed_in(cast.cilla)
    sent = {"subject": "Check in", "type": cast.activity_type().pk, "day": "2026-03-20", "weeks": "3"}
    added = browser.post("/activities/new", sent, follow=True)
    assert "“Check in” added for 3 weeks." in text(added)
    days = [date(2026, 3, 20), date(2026, 3, 27), date(2026, 4, 3)]
    assert list(Activity.objects.order_by("due_date").values_list("due_date", flat=True)) == days
    assert Entry.objects.filter(company_id=cast.company_id).count() == 3
    taken = browser.post(undo_of(added), follow=True)
    assert "3 activities deleted." in text(taken)
    assert not Activity.objects.filter(is_deleted=False).exists()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"weeks": "53"}, "Use a number from 1 to 52."),
        ({"day": "", "weeks": "2"}, "Choose the first day."),
        ({"day": "9999-12-30", "weeks": "2"}, "Choose an earlier day."),
        ({"subject": " "}, "Enter text."),
        ({"type": ""}, "Choose a type."),
        ({"time": "24:00"}, "Use a time from 00:00 to 23:59."),
        ({"time": "noon"}, "Use a time from 00:00 to 23:59."),
        ({"duration": "2000"}, "Use a duration from 1 minute to 24 hours."),
        ({"deal": "Nothing"}, "Choose a deal from the list"),
        ({"day": "soon"}, "Enter a date such as 2027-01-31."),
    ],
)
def test_bad_input_says_what_to_do_and_writes_nothing(
    cast: Cast, signed_in: SignedIn, changed: dict[str, str], words: str
) -> None:
    sent = {"subject": "Call", "type": str(cast.activity_type().pk), "day": "2026-03-20", **changed}
    refused = signed_in(cast.cilla).post("/activities/new", sent)
    assert refused.status_code == 422
    assert words in text(refused)
    assert not Activity.objects.exists()


def test_an_edit_a_move_and_a_deletion_are_undone(cast: Cast, signed_in: SignedIn) -> None:
    activity = plan(cast, cast.as_cilla, "Call", TODAY, time=600)
    browser = signed_in(cast.cilla)
    sent = {"subject": "Call again", "type": str(activity.type_id), "owner": str(cast.cilla.pk), "day": ""}

    def now() -> tuple[str, date | None, int | None, bool]:
        activity.refresh_from_db()
        return activity.subject, activity.due_date, activity.due_time, activity.is_deleted

    saved = browser.post(f"/activities/{activity.pk}", sent, follow=True)
    assert now() == ("Call again", None, None, False)
    browser.post(undo_of(saved))
    assert now() == ("Call", TODAY, 600, False)
    moved = browser.post(
        f"/activities/{activity.pk}/move", {"day": "2026-03-20", "time": "09:30"}, follow=True
    )
    assert now() == ("Call", date(2026, 3, 20), 570, False)
    browser.post(undo_of(moved))
    assert now() == ("Call", TODAY, 600, False)
    deleted = browser.post(f"/activities/{activity.pk}/delete", follow=True)
    assert now()[3]
    assert browser.get(f"/activities/{activity.pk}").status_code == 404
    browser.post(undo_of(deleted))
    assert now() == ("Call", TODAY, 600, False)


def test_who_only_sees_an_activity_gets_it_plain(cast: Cast, signed_in: SignedIn) -> None:
    activity = plan(cast, cast.as_david, "Of David", TODAY)
    let_see(cast.cilla, company_statistics=True, other_users_statistics=True)
    browser = signed_in(cast.cilla)
    page = browser.get(f"/activities/{activity.pk}")
    assert "David, their manager or an admin may change this." in text(page)
    assert ">Save<" not in html(page)
    for what in ("", "/done", "/delete", "/move"):
        sent = {"subject": "x", "type": activity.type_id, "owner": cast.david.pk, "day": "2026-03-20"}
        assert browser.post(f"/activities/{activity.pk}{what}", sent).status_code == 403


def cells(browser: Client, week: str = "2026-03-18") -> str:
    return element(browser.get("/activities", {"week": week}), "week")


def test_the_week_holds_each_activity_once_side_by_side_where_they_overlap(
    cast: Cast, signed_in: SignedIn
) -> None:
    plan(cast, cast.as_cilla, "Long", TODAY, time=600, duration=90)
    plan(cast, cast.as_cilla, "Within", TODAY, time=630, duration=30)
    plan(cast, cast.as_cilla, "Early", TODAY + timedelta(days=1), time=6 * 60)
    plan(cast, cast.as_cilla, "Whenever", TODAY)
    week = cells(signed_in(cast.cilla))
    assert re.search(r'rowspan="3"><div class="events">(?:(?!</div>).)*Long(?:(?!</div>).)*Within', week)
    for name in ("Long", "Within", "Early", "Whenever"):
        assert len(re.findall(f'<a class="event [^>]*aria-label="Call, {name},', week)) == 1, name
    assert "Add activity, Wed 18 Mar, 06:00" in week
    assert "Sat 21 Mar" not in week


def test_a_weekend_is_shown_when_something_is_planned_in_it(cast: Cast, signed_in: SignedIn) -> None:
    plan(cast, cast.as_cilla, "Fair", date(2026, 3, 21), time=600)
    assert "Sat 21 Mar" in cells(signed_in(cast.cilla))


def test_many_done_at_no_time_are_told_as_their_number(cast: Cast, signed_in: SignedIn) -> None:
    for _ in range(4):
        activity = plan(cast, cast.as_cilla, "Cold call", TODAY)
        complete_activity(actor=cast.as_cilla, activity_id=activity.pk, now=NOW)
    assert "<b>4</b>\N{MULTIPLICATION SIGN} Call" in cells(signed_in(cast.cilla))


@pytest.mark.parametrize(
    "query", ["week=x", "week=0001-01-01", "week=9999-12-31", "day=2026-13-01", "most=1e9"]
)
def test_an_address_that_makes_no_sense_shows_the_current_week(
    cast: Cast, signed_in: SignedIn, query: str
) -> None:
    assert "Week 12" in text(signed_in(cast.cilla).get(f"/activities?{query}"))


def test_the_page_costs_the_same_queries_however_many_there_are(
    cast: Cast, signed_in: SignedIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    calls_goal(cast)
    browser = signed_in(cast.cilla)
    deal = add_deal(cast, cast.cilla, "Group deal")

    def few() -> None:
        for at in range(3):
            plan(cast, cast.as_cilla, f"Call {at}", TODAY + timedelta(days=at), time=600, deal=deal.pk)

    few()
    browser.get("/activities")
    with CaptureQueriesContext(connection) as first:
        browser.get("/activities")
    for _ in range(4):
        few()
    with django_assert_num_queries(len(first)):
        browser.get("/activities")
    assert len(first) <= 20
