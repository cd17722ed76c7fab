"""Details edited in place: saved, refused at the field, taken back, and never over somebody else's."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from html import unescape
from http import HTTPStatus
from typing import Protocol

import pytest
import time_machine
from django.test import Client

from goalpost.crm.actions.setup import add_pipeline
from goalpost.domain.calendar import Interval
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import Assignee
from goalpost.goals.actions import change_goal
from goalpost.goals.queries import GoalView, goal_seen_by
from tests.goals.builders import TEAM, person, set_goal
from tests.people import NOW, Cast, let_see
from tests.web.conftest import LOOKED_AT, SignedIn
from tests.web.looking import element, html, text

HTMX = {"hx-request": "true"}
NOTHING: dict[str, object] = {}


class Answer(Protocol):
    """A response, whichever of Django's classes it is of."""

    status_code: int

    @property
    def content(self) -> bytes: ...

    @property
    def headers(self) -> Mapping[str, str]: ...


def edit(
    browser: Client,
    goal: GoalView,
    detail: str,
    typed: Mapping[str, object] = NOTHING,
    *,
    in_place: bool = True,
) -> Answer:
    headers = HTMX | {"hx-current-url": f"http://localhost/goals/{goal.public_id}"} if in_place else {}
    data = {"version": str(goal.version), **typed}
    address = f"/goals/{goal.public_id}/edit/{detail}"
    return browser.post(address, data, headers=headers, follow=in_place)


def now(cast: Cast, goal: GoalView) -> GoalView:
    return goal_seen_by(cast.as_astrid, goal.public_id)


def test_the_page_has_a_pencil_at_each_detail_of_its_kind(cast: Cast, signed_in: SignedIn) -> None:
    browser = signed_in(cast.astrid)

    def pencils(goal: GoalView) -> list[str]:
        return re.findall(r'data-edits="([\w-]+)"', html(browser.get(f"/goals/{goal.public_id}")))

    of_all = ["title", "kind", "assignee", "pipelines", "frequency", "duration"]
    assert pencils(set_goal(cast)) == [*of_all, "metric", "target"]
    progress = set_goal(cast, measure=Measure.DEALS_PROGRESSED, stage_id=cast.stages[0].pk)
    assert pencils(progress) == [*of_all[:4], "stage", *of_all[4:], "metric", "target"]
    calls = set_goal(cast, measure=Measure.ACTIVITIES_ADDED)
    assert pencils(calls) == [*of_all[:4], "activity-types", *of_all[4:], "target"]
    forecast = set_goal(cast, measure=Measure.REVENUE_FORECAST, metric=Metric.SUM, currency="EUR")
    assert pencils(forecast) == [*of_all, "target"]


def test_who_may_not_edit_sees_the_details_without_pencils_and_is_refused(
    cast: Cast, signed_in: SignedIn
) -> None:
    goal = set_goal(cast)
    let_see(cast.david, company_statistics=True, other_users_statistics=True)
    browser = signed_in(cast.david)
    shown = browser.get(f"/goals/{goal.public_id}")
    assert "data-edits" not in html(shown)
    assert "editslot" not in element(shown, "goal-details")
    assert "Monthly" in text(shown, "goal-details")
    assert edit(browser, goal, "title", {"title": "Mine"}).status_code == HTTPStatus.FORBIDDEN
    assert now(cast, goal) == goal


def test_a_detail_the_kind_has_not_is_not_there(cast: Cast, signed_in: SignedIn) -> None:
    goal, browser = set_goal(cast), signed_in(cast.astrid)
    for detail in ("stage", "activity-types", "creator", "version"):
        assert edit(browser, goal, detail).status_code == HTTPStatus.NOT_FOUND


def test_a_saved_detail_answers_with_the_page_its_toast_and_undo(cast: Cast, signed_in: SignedIn) -> None:
    goal, browser = set_goal(cast), signed_in(cast.astrid)
    answer = edit(browser, goal, "title", {"title": "  Spring wins "})
    assert answer.status_code == HTTPStatus.OK
    assert now(cast, goal).terms == replace(goal.terms, title="Spring wins")
    assert "Spring wins" in text(answer, "goal-head")
    assert "Last change Astrid 18 Mar 2026" in text(answer, "goal-details")
    assert "Name changed from Deals won to Spring wins" in text(answer, "history")
    assert "Name saved" in text(answer, "toasts")
    taken_back = browser.post(f"/goals/{goal.public_id}/undo", {"version": "2"}, headers=HTMX, follow=True)
    assert "The change is undone" in text(taken_back, "toasts")
    assert now(cast, goal).terms == goal.terms
    assert now(cast, goal).version == 3


def test_the_page_that_comes_back_keeps_its_time_range_and_open_records(
    cast: Cast, signed_in: SignedIn
) -> None:
    goal, browser = set_goal(cast), signed_in(cast.astrid)
    at = f"http://localhost/goals/{goal.public_id}/records?period=2026-02-01&from=2026-01-01&to=2026-02-28"
    answer = browser.post(
        f"/goals/{goal.public_id}/edit/title",
        {"version": "1", "title": "Spring wins"},
        headers=HTMX | {"hx-current-url": at},
        follow=True,
    )
    periods = element(answer, "periods")
    assert re.findall(r'data-period="([\d-]+)"', periods) == ["2026-01-01", "2026-02-01"]
    assert re.search(r'data-period="2026-02-01" class="[^"]*is-selected', periods)


def test_without_scripts_the_form_is_a_page_that_leads_back(cast: Cast, signed_in: SignedIn) -> None:
    goal, browser = set_goal(cast), signed_in(cast.astrid)
    page = browser.get(f"/goals/{goal.public_id}/edit/duration")
    assert "Change duration" in text(page)
    assert "Saving recounts all 6 periods." in text(page)
    typed = {"starts_on": "2026-02-01", "ends_on": ""}
    saved = edit(browser, goal, "duration", typed, in_place=False)
    assert saved.status_code == HTTPStatus.FOUND
    assert saved.headers["Location"] == f"/goals/{goal.public_id}"
    assert (now(cast, goal).terms.starts_on, now(cast, goal).terms.ends_on) == (date(2026, 2, 1), None)
    assert "Duration saved" in text(browser.get(saved.headers["Location"]), "toasts")


def test_every_detail_is_saved_as_chosen(cast: Cast, signed_in: SignedIn) -> None:
    partners = add_pipeline(actor=cast.operator, name="Partners", now=NOW)
    goal = set_goal(cast, measure=Measure.DEALS_PROGRESSED, stage_id=cast.stages[0].pk)
    browser = signed_in(cast.astrid)
    typed: dict[str, dict[str, object]] = {
        "title": {"title": "To contract"},
        "assignee": {"assignee_kind": "team", "team": cast.nordic.pk, "person": cast.astrid.pk},
        "pipelines": {"pipelines": [cast.pipeline.pk, partners.pk], "stage": cast.stages[0].pk},
        "stage": {"pipelines": [cast.pipeline.pk], "stage": cast.stages[2].pk},
        "frequency": {"interval": "quarterly", "target": "30"},
        "duration": {"starts_on": "2026-04-01", "ends_on": "2026-12-31"},
        "metric": {"metric": "sum", "currency": "EUR", "target": "1,500.50"},
        "target": {"target": "€2,000"},
    }
    for version, (detail, fields) in enumerate(typed.items(), 1):
        answer = edit(browser, replace(goal, version=version), detail, fields)
        assert answer.status_code == HTTPStatus.OK, (detail, text(answer))
    assert now(cast, goal).terms == replace(
        goal.terms,
        title="To contract",
        assignee=Assignee(TEAM, cast.nordic.pk),
        pipelines=frozenset({cast.pipeline.pk}),
        stage_id=cast.stages[2].pk,
        interval=Interval.QUARTERLY,
        starts_on=date(2026, 4, 1),
        ends_on=date(2026, 12, 31),
        metric=Metric.SUM,
        currency="EUR",
        target=2_000_00,
    )


def test_activity_types_are_chosen_in_place(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast, measure=Measure.ACTIVITIES_ADDED)
    chosen = [cast.activity_type("call").pk, cast.activity_type("lunch").pk]
    edit(signed_in(cast.astrid), goal, "activity-types", {"activity_types": chosen})
    assert now(cast, goal).terms.activity_types == frozenset(chosen)


FAULTS = {
    "an empty name": ("title", {"title": " "}, "Give the goal a name."),
    "no number": ("target", {"target": "ten"}, "Enter a number such as 12,500."),
    "nothing": ("target", {"target": ""}, "Enter a target."),
    "zero": ("target", {"target": "0"}, "Enter a target above zero."),
    "no day": ("duration", {"starts_on": "soon", "ends_on": ""}, "Enter a date such as 2027-01-31."),
    "backwards": (
        "duration",
        {"starts_on": "2026-05-01", "ends_on": "2026-04-01"},
        "The end must not come before the start.",
    ),
    "nobody": (
        "assignee",
        {"assignee_kind": "person", "person": "0"},
        "0 is not one of",
    ),
    "an unknown frequency": ("frequency", {"interval": "daily", "target": "5"}, "daily is not one of"),
}


@pytest.mark.parametrize(("detail", "typed", "message"), FAULTS.values(), ids=FAULTS.keys())
def test_what_is_wrong_is_said_at_the_field_and_what_was_typed_stays(
    cast: Cast, signed_in: SignedIn, detail: str, typed: dict[str, object], message: str
) -> None:
    goal = set_goal(cast)
    answer = edit(signed_in(cast.astrid), goal, detail, typed)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert message in text(answer)
    assert 'class="error"' in html(answer)
    for name, value in typed.items():
        if name in {"title", "target", "starts_on", "ends_on"}:
            assert f'value="{value}"' in html(answer)
    assert now(cast, goal) == goal


def test_somebody_elses_change_of_the_same_detail_is_told_and_not_overwritten(
    cast: Cast, signed_in: SignedIn, clock: time_machine.Traveller
) -> None:
    goal = set_goal(cast, assignee=Assignee(TEAM, cast.nordic.pk), metric=Metric.SUM, currency="EUR")
    browser = signed_in(cast.astrid)
    theirs = replace(goal.terms, target=12_000_00)
    clock.move_to(LOOKED_AT + timedelta(minutes=32))
    change_goal(actor=cast.as_bjorn, public_id=goal.public_id, terms=theirs, now=LOOKED_AT)
    refused = edit(browser, goal, "target", {"target": "15,000"})
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Nothing was saved" in text(refused)
    assert "Björn, 18 Mar, 13:00: Target changed from €0.10 to €12,000" in text(refused)
    assert 'value="15,000"' in html(refused)
    assert now(cast, goal).terms == theirs
    # What was told counts as read: saving again replaces it.
    found = re.search(r'name="version" value="(\d+)"', html(refused))
    assert found is not None
    assert (
        edit(browser, replace(goal, version=int(found[1])), "target", {"target": "15,000"}).status_code == 200
    )
    assert now(cast, goal).terms.target == 15_000_00


def test_somebody_elses_change_of_another_detail_is_kept_and_told(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast, assignee=Assignee(TEAM, cast.nordic.pk))
    theirs = replace(goal.terms, target=12)
    change_goal(actor=cast.as_bjorn, public_id=goal.public_id, terms=theirs, now=LOOKED_AT)
    answer = edit(signed_in(cast.astrid), goal, "title", {"title": "Spring wins"})
    assert now(cast, goal).terms == replace(theirs, title="Spring wins")
    assert "Name saved. Björn, 18 Mar, 13:00: Target changed from 10 to 12" in text(answer, "toasts")


@pytest.mark.parametrize("version", ["", "0", "-1", "two", "99999", "1" * 400, "²"])
def test_a_version_that_never_was_overwrites_nothing(cast: Cast, signed_in: SignedIn, version: str) -> None:
    goal = set_goal(cast)
    theirs = replace(goal.terms, target=12)
    change_goal(actor=cast.as_astrid, public_id=goal.public_id, terms=theirs, now=LOOKED_AT)
    browser = signed_in(cast.astrid)
    refused = edit(browser, goal, "target", {"target": "15", "version": version})
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    browser.post(f"/goals/{goal.public_id}/undo", {"version": version})
    assert now(cast, goal).terms == theirs


def test_undo_takes_back_nothing_that_somebody_changed_since(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast, assignee=Assignee(TEAM, cast.nordic.pk))
    browser = signed_in(cast.astrid)
    edit(browser, goal, "title", {"title": "Spring wins"})
    theirs = replace(goal.terms, title="Björn's wins")
    change_goal(actor=cast.as_bjorn, public_id=goal.public_id, terms=theirs, now=LOOKED_AT)
    answer = browser.post(f"/goals/{goal.public_id}/undo", {"version": "2"}, headers=HTMX, follow=True)
    assert (
        "Nothing was undone, because the goal has changed since. Björn, 18 Mar, 13:00: "
        "Name changed from Spring wins to Björn's wins"
    ) in text(answer, "toasts")
    assert now(cast, goal).terms == theirs


def seasonal(cast: Cast) -> GoalView:
    months = {date(2026, month, 1): 10 + month for month in range(1, 7)}
    return set_goal(cast, period_targets=months)


def question_in(answer: Answer) -> str:
    found = re.search(r'name="drops" value="([^"]*)"', html(answer))
    assert found is not None
    return unescape(found[1])


def test_a_longer_duration_keeps_the_individual_targets(cast: Cast, signed_in: SignedIn) -> None:
    goal = seasonal(cast)
    typed = {"starts_on": "2026-01-01", "ends_on": "2026-08-31", "target": "50"}
    assert edit(signed_in(cast.astrid), goal, "duration", typed).status_code == HTTPStatus.OK
    added = {date(2026, 7, 1): 50, date(2026, 8, 1): 50}
    assert now(cast, goal).terms.period_targets == {**goal.terms.period_targets, **added}


def test_a_shorter_duration_asks_before_it_drops_a_target(cast: Cast, signed_in: SignedIn) -> None:
    goal, browser = seasonal(cast), signed_in(cast.astrid)
    typed = {"starts_on": "2026-02-01", "ends_on": "2026-05-31", "target": "50"}
    asked = edit(browser, goal, "duration", typed)
    assert asked.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Saving removes 2 individual targets: January 2026: 11 June 2026: 16" in text(asked)
    assert "4 periods keep their targets." in text(asked)
    assert now(cast, goal) == goal
    drops = question_in(asked)
    other = edit(browser, goal, "duration", {**typed, "ends_on": "2026-03-31", "drops": drops})
    assert "Saving removes 4 individual targets" in text(other), "a yes to two targets is none to four"
    assert now(cast, goal) == goal
    edit(browser, goal, "duration", {**typed, "drops": drops})
    assert now(cast, goal).terms.period_targets == {date(2026, month, 1): 10 + month for month in range(2, 6)}


@pytest.mark.parametrize(
    ("detail", "typed"),
    [
        ("frequency", {"interval": "quarterly", "target": "60"}),
        ("metric", {"metric": "sum", "currency": "EUR", "target": "60"}),
        ("duration", {"starts_on": "2026-01-01", "ends_on": "", "target": "60"}),
    ],
)
def test_where_no_target_fits_one_for_all_periods_takes_their_place_once_that_is_agreed(
    cast: Cast, signed_in: SignedIn, detail: str, typed: dict[str, object]
) -> None:
    goal, browser = seasonal(cast), signed_in(cast.astrid)
    asked = edit(browser, goal, detail, typed)
    assert "Saving removes 6 individual targets" in text(asked)
    assert "From then on the goal has one target for all periods." in text(asked)
    assert now(cast, goal) == goal
    assert edit(browser, goal, detail, {**typed, "drops": question_in(asked)}).status_code == HTTPStatus.OK
    terms = now(cast, goal).terms
    assert terms.period_targets == {}
    assert terms.target == (60_00 if detail == "metric" else 60)


def test_individual_targets_are_edited_in_place_each_with_its_own_fault(
    cast: Cast, signed_in: SignedIn
) -> None:
    goal, browser = seasonal(cast), signed_in(cast.astrid)
    form = browser.get(f"/goals/{goal.public_id}/edit/target", headers=HTMX)
    assert html(form).count('name="period-') == 6
    wrong = {f"period-2026-0{month}-01": str(10 + month) for month in range(1, 7)} | {
        "period-2026-03-01": "many",
        "target": "11",
    }
    refused = edit(browser, goal, "target", wrong)
    assert "Enter a number such as 12,500." in text(refused)
    assert 'value="many"' in html(refused)
    right = wrong | {"period-2026-03-01": "99"}
    saved = edit(browser, goal, "target", right)
    assert "Target for March 2026 changed from 13 to 99" in text(saved, "history")
    assert now(cast, goal).terms.period_targets == {**goal.terms.period_targets, date(2026, 3, 1): 99}


def test_a_change_that_another_detail_stands_against_says_so(cast: Cast, signed_in: SignedIn) -> None:
    goal, browser = seasonal(cast), signed_in(cast.astrid)
    forms = {detail: browser.get(f"/goals/{goal.public_id}/edit/{detail}") for detail in ("title", "metric")}
    assert "Saving recounts" not in text(forms["title"])
    assert "Saving recounts all 6 periods." in text(forms["metric"])


def test_a_later_assignee_reads_in_the_history_not_whose_the_goal_was(
    cast: Cast, signed_in: SignedIn
) -> None:
    goal = set_goal(cast, title="Before", assignee=person(cast.david))
    handed = replace(goal.terms, title="Now", assignee=person(cast.cilla))
    change_goal(actor=cast.as_astrid, public_id=goal.public_id, terms=handed, now=LOOKED_AT)
    told = text(signed_in(cast.cilla).get(f"/goals/{goal.public_id}"), "history")
    assert "Name changed from Before to Now" in told
    assert "Assignee changed from somebody whose goals you may not see to Cilla" in told
    assert "David" not in told
    assert "from David to Cilla" in text(signed_in(cast.astrid).get(f"/goals/{goal.public_id}"), "history")


def test_the_type_is_changed_in_place_with_what_it_needs(cast: Cast, signed_in: SignedIn) -> None:
    goal, browser = set_goal(cast), signed_in(cast.astrid)
    refused = edit(browser, goal, "kind", {"kind": "deals_progressed", "stage": "", "target": "10"})
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Choose the stage that deals enter." in html(refused)
    stage = cast.stages[1].pk
    typed = {"kind": "deals_progressed", "stage": str(stage), "target": "12"}
    answer = edit(browser, goal, "kind", typed)
    assert "Type saved" in text(answer, "toasts")
    assert "Type changed from Deal · Won to Deal · Progress" in text(answer, "history")
    assert now(cast, goal).terms == replace(
        goal.terms, measure=Measure.DEALS_PROGRESSED, stage_id=stage, target=12
    )
    taken_back = browser.post(f"/goals/{goal.public_id}/undo", {"version": "2"}, headers=HTMX, follow=True)
    assert "The change is undone" in text(taken_back, "toasts")
    assert now(cast, goal).terms == goal.terms


def test_a_type_that_counts_something_else_asks_for_its_target(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast, metric=Metric.SUM, currency="EUR", target=900_00)
    browser = signed_in(cast.astrid)
    left = edit(browser, goal, "kind", {"kind": "activities_added", "stage": "", "target": "900"})
    assert left.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Enter the target again" in html(left)
    edit(browser, goal, "kind", {"kind": "activities_added", "stage": "", "target": "40"})
    terms = now(cast, goal).terms
    assert (terms.measure, terms.metric, terms.currency) == (Measure.ACTIVITIES_ADDED, Metric.QUANTITY, "")
    assert terms.target == 40


def test_a_type_without_targets_of_single_periods_asks_before_it_drops_them(
    cast: Cast, signed_in: SignedIn
) -> None:
    goal = set_goal(
        cast,
        metric=Metric.SUM,
        currency="EUR",
        starts_on=date(2026, 3, 1),
        ends_on=date(2026, 4, 30),
        period_targets={date(2026, 3, 1): 100_00, date(2026, 4, 1): 200_00},
    )
    browser = signed_in(cast.astrid)
    typed = {"kind": "revenue_forecast", "stage": "", "target": "150"}
    asked = edit(browser, goal, "kind", typed)
    assert asked.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Saving removes 2 individual targets" in html(asked)
    assert now(cast, goal) == goal
    edit(browser, goal, "kind", typed | {"drops": "2026-03-01 2026-04-01"})
    terms = now(cast, goal).terms
    assert (terms.measure, terms.target, terms.period_targets) == (Measure.REVENUE_FORECAST, 150_00, {})


def test_a_type_that_is_none_or_that_the_plan_lacks_is_refused(cast: Cast, signed_in: SignedIn) -> None:
    goal, browser = set_goal(cast), signed_in(cast.astrid)
    for kind, told in (("deals_lost", "Choose what the goal counts."), ("", "Choose what the goal counts.")):
        refused = edit(browser, goal, "kind", {"kind": kind, "target": "5"})
        assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert told in html(refused)
    cast.company.plan = "advanced"
    cast.company.save()
    form = browser.get(f"/goals/{goal.public_id}/edit/kind", headers=HTMX)
    assert "Forecast goals need the professional plan." in html(form)
    forged = edit(browser, goal, "kind", {"kind": "revenue_forecast", "target": "7"})
    assert forged.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert now(cast, goal) == goal
