"""Creating and editing a goal: what is typed is read, refused at its field, and never lost."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from html import unescape
from http import HTTPStatus

import pytest
from django.test import Client

from goalpost.companies.models import Company
from goalpost.crm.actions.setup import add_pipeline, add_stage, set_rate
from goalpost.domain.calendar import Interval, Period
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import Actor, Assignee
from goalpost.goals.actions import change_goal, id_for_request
from goalpost.goals.models import Goal
from goalpost.goals.queries import GoalView, goal_seen_by
from goalpost.goals.terms import GoalTerms
from goalpost.insights.formats import month_range
from tests.goals.builders import COMPANY, TEAM, add_won, person, set_goal, terms
from tests.people import NOW, Cast, make_company
from tests.web.conftest import SignedIn
from tests.web.looking import html, text, value_of

HTMX = {"hx-request": "true"}
ID = "0123456789abcdef" * 2


def typed(cast: Cast, **changes: str) -> dict[str, str]:
    """Return what the form sends for a sound goal of Cilla's, by value, from March on."""
    return {
        "kind": "deals_won",
        "public_id": ID,
        "title": "Cilla's spring",
        "proposed": "",
        "assignee_kind": "person",
        "person": str(cast.cilla.pk),
        "interval": "monthly",
        "metric": "sum",
        "currency": "EUR",
        "starts_on": "2026-03-01",
        "ends_on": "2026-05-31",
        "target": "1,500.50",
    } | changes


def the_goal(cast: Cast) -> GoalView:
    return goal_seen_by(cast.as_astrid, Goal.objects.get(company_id=cast.company_id).public_id)


def create(browser: Client, data: Mapping[str, str]) -> str:
    """Send the form and return the address it leads to."""
    answer = browser.post("/goals/new", data)
    assert answer.status_code == HTTPStatus.FOUND, text(answer)
    return answer.headers["Location"]


def test_the_first_step_tells_the_six_kinds_and_what_they_count(cast: Cast, signed_in: SignedIn) -> None:
    shown = signed_in(cast.cilla).get("/goals/new")
    for measure in Measure.of_goals():
        assert f'value="{measure.wire}"' in html(shown)
    assert "If it is reopened, it no longer counts." in text(shown)


def test_a_goal_is_created_as_typed_and_opened(cast: Cast, signed_in: SignedIn) -> None:
    browser = signed_in(cast.astrid)
    address = create(browser, typed(cast))
    assert address == f"/goals/{id_for_request(cast.as_astrid, ID)}"
    assert the_goal(cast).terms == terms(
        cast,
        title="Cilla's spring",
        assignee=person(cast.cilla),
        metric=Metric.SUM,
        currency="EUR",
        target=1_500_50,
        starts_on=date(2026, 3, 1),
        ends_on=date(2026, 5, 31),
    )
    shown = browser.get(address)
    assert "Goal “Cilla's spring” created" in text(shown)
    assert '<h1 tabindex="-1" autofocus>' in html(shown)
    assert "autofocus" not in html(browser.get(address))


def test_going_back_for_another_kind_keeps_what_was_typed(cast: Cast, signed_in: SignedIn) -> None:
    browser, data = signed_in(cast.astrid), typed(cast, pipelines=str(cast.pipeline.pk))
    kinds = browser.post("/goals/new", data | {"step": "kind"}, headers=HTMX)
    assert re.search(r'value="deals_won" checked', html(kinds))
    hidden = {
        unescape(name): unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', html(kinds))
    }
    assert hidden.items() >= (data | {"step": "details"}).items() - {("kind", "deals_won")}
    shown = browser.post("/goals/new", hidden | {"kind": "activities_added"}, headers=HTMX)
    assert shown.status_code == HTTPStatus.OK
    assert [value_of(shown, name) for name in ("title", "target")] == ["Cilla's spring", "1,500.50"]
    assert 'name="metric" value="quantity" checked' in html(shown)
    assert not Goal.objects.exists()


def test_the_same_form_sent_twice_makes_one_goal(cast: Cast, signed_in: SignedIn) -> None:
    browser = signed_in(cast.astrid)
    assert create(browser, typed(cast)) == create(browser, typed(cast))
    assert Goal.objects.count() == 1


def test_a_form_sent_again_with_something_else_in_it_is_not_dropped(cast: Cast, signed_in: SignedIn) -> None:
    browser = signed_in(cast.astrid)
    create(browser, typed(cast))
    again = browser.post("/goals/new", typed(cast, title="Another one"))
    assert again.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    told = "This form has already created the goal “Cilla's spring”. Create again to make another one."
    assert told in text(again, "goal-form")
    assert Goal.objects.count() == 1
    create(browser, typed(cast, title="Another one", public_id=value_of(again, "public_id")))
    assert set(Goal.objects.values_list("title", flat=True)) == {"Cilla's spring", "Another one"}


def test_a_goal_may_be_limited_and_typed_in_swedish(cast: Cast, signed_in: SignedIn) -> None:
    browser = signed_in(cast.astrid)
    browser.cookies["django_language"] = "sv"
    data = typed(
        cast,
        kind="deals_progressed",
        stage=str(cast.stages[1].pk),
        pipelines=str(cast.pipeline.pk),
        interval="quarterly",
        target="12 500,25",
        ends_on="",
        assignee_kind="team",
        team=str(cast.nordic.pk),
    )
    create(browser, data)
    made = the_goal(cast).terms
    assert (made.stage_id, made.pipelines) == (cast.stages[1].pk, frozenset({cast.pipeline.pk}))
    assert (made.target, made.ends_on, made.interval) == (12_500_25, None, Interval.QUARTERLY)
    assert made.assignee == Assignee(TEAM, cast.nordic.pk)


def test_a_seasonal_goal_has_a_target_for_each_period(cast: Cast, signed_in: SignedIn) -> None:
    data = typed(
        cast,
        is_seasonal="on",
        target="",
        **{"period-2026-03-01": "100", "period-2026-04-01": "200.50", "period-2026-05-01": "300"},
    )
    create(signed_in(cast.astrid), data)
    assert the_goal(cast).terms.period_targets == {
        date(2026, 3, 1): 100_00,
        date(2026, 4, 1): 200_50,
        date(2026, 5, 1): 300_00,
    }


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"title": " "}, "id_title", "Give the goal a name."),
        ({"title": "x" * 201}, "id_title", "Use at most 200 characters."),
        ({"person": ""}, "id_person", "Choose who the goal is for."),
        ({"person": "999999"}, "id_person", "Choose who the goal is for."),
        ({"person": "9" * 30}, "id_person", "Choose who the goal is for."),
        ({"assignee_kind": "team", "team": "1; DROP"}, "id_team", "Choose who the goal is for."),
        ({"assignee_kind": "everybody"}, "id_assignee_kind", "Select a valid choice"),
        ({"starts_on": ""}, "id_starts_on", "Choose a day."),
        ({"starts_on": "03/04/2026"}, "id_starts_on", "Enter a date such as 2027-01-31."),
        ({"ends_on": "2026-02-31"}, "id_ends_on", "Enter a date such as 2027-01-31."),
        ({"ends_on": "2026-02-01"}, "id_ends_on", "The end must not come before the start."),
        ({"ends_on": "9999-12-31"}, "id_ends_on", "Choose an earlier date."),
        ({"starts_on": "0001-01-01", "interval": "weekly"}, "id_ends_on", ""),
        ({"target": ""}, "id_target", "Enter a target."),
        ({"target": "0"}, "id_target", "Enter a target above zero."),
        ({"target": "17o,000"}, "id_target", "Enter a number such as 12,500."),
        ({"target": "-5"}, "id_target", "Enter a target above zero."),
        ({"target": "\u22125 000"}, "id_target", "Enter a target above zero."),
        ({"target": "-five"}, "id_target", "Enter a number such as 12,500."),
        ({"target": "1.005"}, "id_target", "Use at most 2 decimals."),
        ({"target": "9" * 20}, "id_target", "Use a number up to"),
        ({"interval": "daily"}, "id_interval", "Select a valid choice"),
        ({"metric": "love"}, "id_metric", "Select a valid choice"),
        ({"pipelines": "999999"}, "id_pipelines", "Select a valid choice"),
        ({"kind": "deals_progressed"}, "id_stage", "Choose the stage that deals enter."),
        ({"kind": "deals_progressed", "stage": "999999"}, "id_stage", "Select a valid choice"),
        ({"is_seasonal": "on", "period-2026-03-01": "5"}, "id_period-2026-04-01", "Enter a target."),
        ({"is_seasonal": "on", "period-2026-03-01": "x"}, "id_period-2026-03-01", "Enter a number"),
        ({"is_seasonal": "on", "period-2026-03-01": "-1"}, "id_period-2026-03-01", "Enter a target above"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(
    cast: Cast, signed_in: SignedIn, changes: dict[str, str], field: str, message: str
) -> None:
    data = typed(cast, **changes)
    shown = signed_in(cast.astrid).post("/goals/new", data)
    assert shown.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert f'href="#{field}"' in html(shown)
    assert f'id="{field}"' in html(shown)
    assert message in text(shown, "goal-form")
    assert "to fix before this goal can be created" in text(shown, "goal-form")
    assert "data-takes-focus" in html(shown)
    assert not Goal.objects.exists()
    for name in ("title", "starts_on", "ends_on", "target", "public_id"):
        if data[name]:
            assert value_of(shown, name) == data[name]


def test_all_that_is_wrong_is_said_at_once(cast: Cast, signed_in: SignedIn) -> None:
    wrong = typed(cast, kind="deals_progressed", target="", ends_on="2026-02-01")
    told = text(signed_in(cast.astrid).post("/goals/new", wrong), "goal-form")
    assert "3 things to fix" in told
    for message in ("Enter a target.", "Choose the stage", "The end must not come before the start."):
        assert message in told


def test_an_error_in_the_dialog_comes_back_as_the_dialog(cast: Cast, signed_in: SignedIn) -> None:
    shown = signed_in(cast.astrid).post("/goals/new", typed(cast, target=""), headers=HTMX)
    assert html(shown).startswith("<dialog")
    assert 'aria-invalid="true" aria-describedby="id_target_error"' in html(shown)
    assert 'id="id_target_error"' in html(shown)


def test_saving_in_the_dialog_opens_the_goal(cast: Cast, signed_in: SignedIn) -> None:
    answer = signed_in(cast.astrid).post("/goals/new", typed(cast), headers=HTMX)
    assert answer.headers["HX-Redirect"] == f"/goals/{id_for_request(cast.as_astrid, ID)}"


def test_a_null_character_is_refused_like_any_bad_text(cast: Cast, signed_in: SignedIn) -> None:
    shown = signed_in(cast.astrid).post("/goals/new", typed(cast, title="a\x00b"))
    assert shown.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert not Goal.objects.exists()


def test_a_regular_user_is_offered_only_themselves(cast: Cast, signed_in: SignedIn) -> None:
    shown = html(signed_in(cast.cilla).get("/goals/new?kind=deals_won"))
    assert f'<option value="{cast.cilla.pk}" selected>Cilla</option>' in shown
    assert "<option>David</option>" in shown, "named in a group that is disabled"
    assert f'value="{cast.david.pk}"' not in shown[shown.index('name="person"') : shown.index("</select>")]
    assert shown.count("disabled aria-describedby") == 3
    assert "Only an admin may set goals for the company." in shown
    assert "Only an admin and the team’s manager may set goals for a team." in shown


@pytest.mark.parametrize(
    "assignee",
    [{"assignee_kind": "company"}, {"person": "david"}, {"assignee_kind": "team", "team": "nordic"}],
)
def test_a_regular_user_cannot_set_goals_for_others_by_hand(
    cast: Cast, signed_in: SignedIn, assignee: dict[str, str]
) -> None:
    ids = {"david": str(cast.david.pk), "nordic": str(cast.nordic.pk)}
    data = typed(cast, **{name: ids.get(value, value) for name, value in assignee.items()})
    answer = signed_in(cast.cilla).post("/goals/new", data)
    assert answer.status_code in {HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY}
    assert not Goal.objects.exists()


def test_what_the_plan_lacks_is_disabled_with_the_reason(cast: Cast, signed_in: SignedIn) -> None:
    Company.objects.filter(pk=cast.company_id).update(plan="advanced")
    browser = signed_in(cast.astrid)
    kinds = browser.get("/goals/new")
    assert 'value="revenue_forecast" disabled' in html(kinds)
    assert "Forecast goals need the professional plan." in text(kinds)
    assert "Team goals need the professional plan." in text(browser.get("/goals/new?kind=deals_won"))
    assert 'name="title"' not in html(browser.get("/goals/new?kind=revenue_forecast"))


def test_stages_are_named_with_their_pipeline_where_there_are_several(
    cast: Cast, signed_in: SignedIn
) -> None:
    browser, address = signed_in(cast.astrid), "/goals/new?kind=deals_progressed"
    stage = cast.stages[0]
    assert f'<option value="{stage.pk}">{stage.name}</option>' in html(browser.get(address))
    partners = add_pipeline(actor=cast.operator, name="Partners", now=NOW)
    twin = add_stage(actor=cast.operator, pipeline_id=partners.pk, name=stage.name, now=NOW)
    shown = html(browser.get(address))
    assert f'<option value="{stage.pk}">{cast.pipeline.name}: {stage.name}</option>' in shown
    assert f'<option value="{twin.pk}">Partners: {stage.name}</option>' in shown


def test_a_forecast_goal_has_one_target_in_the_companys_currency(cast: Cast, signed_in: SignedIn) -> None:
    set_rate(actor=cast.operator, currency="USD", day=date(2026, 1, 1), rate=Decimal("0.9"), now=NOW)
    browser = signed_in(cast.astrid)
    shown = browser.get("/goals/new?kind=revenue_forecast")
    assert "A forecast goal has one target for all periods." in text(shown)
    assert '<select class="select select--auto" name="currency"' not in html(shown)
    create(browser, typed(cast, kind="revenue_forecast", currency="USD", is_seasonal="on"))
    assert (the_goal(cast).terms.currency, the_goal(cast).terms.period_targets) == ("EUR", {})


def test_a_goal_may_be_in_a_currency_with_a_rate(cast: Cast, signed_in: SignedIn) -> None:
    set_rate(actor=cast.operator, currency="USD", day=date(2026, 1, 1), rate=Decimal("0.9"), now=NOW)
    create(signed_in(cast.astrid), typed(cast, currency="USD"))
    assert the_goal(cast).terms.currency == "USD"


def preview(browser: Client, data: Mapping[str, str]) -> str:
    answer = browser.post("/goals/preview", data, headers=HTMX)
    assert answer.status_code == HTTPStatus.OK
    return html(answer)


def test_the_preview_names_the_periods_that_result(cast: Cast, signed_in: SignedIn) -> None:
    browser = signed_in(cast.astrid)
    shown = text(browser.post("/goals/preview", typed(cast, starts_on="2026-03-15"), headers=HTMX))
    assert "First period Mar 2026 Last period May 2026 Periods 3 With a target 3 of 3" in shown
    assert "Total of the targets €4,501.50" in shown
    endless = text(browser.post("/goals/preview", typed(cast, ends_on=""), headers=HTMX))
    assert "Last period No end date" in endless


def test_the_preview_survives_anything(cast: Cast, signed_in: SignedIn) -> None:
    browser = signed_in(cast.astrid)
    for changes in (
        {"starts_on": ""},
        {"interval": "x"},
        {"person": "?"},
        {"metric": ""},
        {"stage": "9" * 99},
    ):
        assert "Preview" in preview(browser, typed(cast, **changes))
    assert browser.post("/goals/preview", {"kind": "?"}).status_code == HTTPStatus.NOT_FOUND


def test_a_name_is_proposed_until_one_is_typed(cast: Cast, signed_in: SignedIn) -> None:
    browser = signed_in(cast.astrid)
    shown = browser.get("/goals/new?kind=deals_won")
    proposed = value_of(shown, "title")
    assert proposed == "Astrid: won value"
    swapped = preview(browser, typed(cast, title=proposed, proposed=proposed))
    assert 'value="Cilla: won value"' in swapped
    kept = preview(browser, typed(cast, title="My own name", proposed=proposed))
    assert 'name="title"' not in kept


def test_period_fields_come_when_they_are_wanted_and_stay_while_they_fit(
    cast: Cast, signed_in: SignedIn
) -> None:
    browser = signed_in(cast.astrid)
    fields = preview(browser, typed(cast, is_seasonal="on", **{"period-2026-03-01": "7"}))
    assert fields.count('name="period-') == 3
    assert 'name="period-2026-03-01" inputmode="decimal" autocomplete="off" value="7"' in fields
    shape = fields.split('name="drawn" value="')[1].split('"')[0]
    unchanged = preview(browser, typed(cast, is_seasonal="on", drawn=shape))
    assert 'name="period-' not in unchanged


def test_fields_of_periods_begin_with_the_target_and_an_emptied_one_stays_empty(
    cast: Cast, signed_in: SignedIn
) -> None:
    browser, data = signed_in(cast.astrid), typed(cast, is_seasonal="on", **{"period-2026-04-01": ""})
    by_script = browser.post("/goals/preview", data, headers=HTMX)
    by_form = browser.post("/goals/new", data | {"fill": "none"})
    for shown in (by_script, by_form):
        values = [value_of(shown, f"period-2026-0{at}-01") for at in (3, 4, 5)]
        assert values == ["1,500.50", "", "1,500.50"]


@pytest.mark.parametrize(
    ("how", "total", "expected"),
    [
        ("all", "", ["1,500.50", "1,500.50", "1,500.50"]),
        ("evenly", "1,000", ["334", "333", "333"]),
        ("evenly", "0.05", ["0.02", "0.02", "0.01"]),
        ("pattern", "1,000", ["600", "400", "0"]),
        ("pattern", "oops", ["", "", ""]),
    ],
)
def test_period_targets_are_filled_in(
    cast: Cast, signed_in: SignedIn, how: str, total: str, expected: list[str]
) -> None:
    add_won(cast, cast.cilla, date(2025, 3, 3), value=30_00)
    add_won(cast, cast.cilla, date(2025, 4, 3), value=20_00)
    browser = signed_in(cast.astrid)
    data = typed(cast, is_seasonal="on", fill=how, fill_total=total)
    by_script = browser.post("/goals/preview", data, headers=HTMX)
    by_form = browser.post("/goals/new", data)
    for shown in (by_script, by_form):
        assert [value_of(shown, f"period-2026-0{at}-01") for at in (3, 4, 5)] == expected
    assert not Goal.objects.exists()


def edited(cast: Cast, goal: GoalView, **changes: str) -> dict[str, str]:
    return typed(cast, version=str(goal.version), **changes) | {"kind": goal.terms.measure.wire}


def test_a_goal_is_edited_with_the_form_it_was_made_with(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(
        cast,
        metric=Metric.SUM,
        currency="EUR",
        target=1_250_50,
        period_targets={date(2026, at, 1): at * 100_00 for at in range(1, 7)},
    )
    browser = signed_in(cast.astrid)
    shown = browser.get(f"/goals/{goal.public_id}/edit")
    assert value_of(shown, "title") == "Deals won"
    assert value_of(shown, "target") == "1,250.50"
    assert value_of(shown, "period-2026-06-01") == "600"
    answer = browser.post(f"/goals/{goal.public_id}/edit", edited(cast, goal))
    assert answer.headers["Location"] == f"/goals/{goal.public_id}"
    assert the_goal(cast).terms.title == "Cilla's spring"
    assert the_goal(cast).terms.period_targets == {}


def test_a_goal_saved_as_it_is_stays_as_it_is(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast, assignee=Assignee(COMPANY, cast.company_id), ends_on=None)
    browser = signed_in(cast.astrid)
    shown = browser.get(f"/goals/{goal.public_id}/edit")
    fields = ("version", "title", "starts_on", "ends_on", "target", "currency")
    data = {name: value_of(shown, name) for name in fields}
    data |= {"assignee_kind": "company", "interval": "monthly", "metric": "quantity"}
    browser.post(f"/goals/{goal.public_id}/edit", data)
    assert the_goal(cast).terms == goal.terms
    assert the_goal(cast).version == goal.version


def test_somebody_elses_change_is_told_and_not_overwritten(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast)
    change_goal(actor=cast.as_astrid, public_id=goal.public_id, terms=terms(cast, title="Theirs"), now=NOW)
    browser = signed_in(cast.astrid)
    shown = browser.post(f"/goals/{goal.public_id}/edit", edited(cast, goal))
    assert shown.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Somebody else changed this goal" in text(shown)
    assert value_of(shown, "title") == "Cilla's spring"
    assert the_goal(cast).terms.title == "Theirs"
    answer = browser.post(
        f"/goals/{goal.public_id}/edit", edited(cast, goal) | {"version": value_of(shown, "version")}
    )
    assert answer.status_code == HTTPStatus.FOUND
    assert the_goal(cast).terms.title == "Cilla's spring"


def test_a_goal_is_deleted_after_asking_and_comes_back_from_the_toast(
    cast: Cast, signed_in: SignedIn
) -> None:
    goal = set_goal(cast)
    browser = signed_in(cast.astrid)
    asked = browser.get(f"/goals/{goal.public_id}/delete")
    assert "is deleted for everybody" in text(asked)
    assert Goal.objects.filter(is_deleted=False).count() == 1
    browser.post(f"/goals/{goal.public_id}/delete")
    assert not Goal.objects.filter(is_deleted=False).exists()
    listed = browser.get("/")
    assert "Goal “Deals won” deleted" in text(listed)
    assert f'action="/goals/{goal.public_id}/restore"' in html(listed)
    back = browser.post(f"/goals/{goal.public_id}/restore", follow=True)
    assert "Goal “Deals won” restored" in text(back)


@pytest.mark.parametrize("kind", ["deals_progressed", "activities_added"])
@pytest.mark.parametrize(
    "field", ["stage", "pipelines", "activity_types", "person", "team", "version", "target", "fill_total"]
)
def test_a_number_of_thousands_of_digits_is_refused_like_any_other(
    cast: Cast, signed_in: SignedIn, kind: str, field: str
) -> None:
    browser = signed_in(cast.astrid)
    data = typed(cast, kind=kind, assignee_kind="team" if field == "team" else "person")
    data |= {"metric": "quantity", "fill": "evenly", field: "9" * 5_000}
    assert "Preview" in preview(browser, data)
    del data["fill"]
    answer = browser.post("/goals/new", data)
    assert answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR


LONG = {"interval": "weekly", "starts_on": "2026-01-01", "ends_on": "2083-01-01"}


def test_more_periods_than_can_have_targets_get_the_reason_instead_of_boxes(
    cast: Cast, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def results(_actor: Actor, _company: Company, _terms: GoalTerms, periods: Sequence[Period]) -> None:
        asked.append(len(periods))

    monkeypatch.setattr("goalpost.web.goals.form.earlier_results", results)
    browser = signed_in(cast.astrid)
    data = typed(cast, is_seasonal="on", fill="pattern", fill_total="1,000", **LONG)
    shown = preview(browser, data)
    assert 'name="period-' not in shown
    assert "At most 520 periods can have individual targets. Choose an earlier end date." in shown
    assert asked == []
    fewer = preview(browser, data | {"ends_on": "2026-12-31"})
    assert fewer.count('name="period-') == 53
    assert asked


def test_a_long_goal_asked_for_with_many_targets_is_not_saved_with_one(
    cast: Cast, signed_in: SignedIn
) -> None:
    browser = signed_in(cast.astrid)
    ten_and_a_half_years = LONG | {"ends_on": "2036-06-30"}
    answer = browser.post("/goals/new", typed(cast, is_seasonal="on", **ten_and_a_half_years))
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert text(answer).count("At most 520 periods can have individual targets") == 2
    assert not Goal.objects.exists()
    create(browser, typed(cast, **ten_and_a_half_years))
    assert the_goal(cast).terms.period_targets == {}


def closed(page: str, field: str) -> dict[str, list[str]]:
    """Return whom a select names but does not offer, by the reason it gives."""
    select = page[page.index(f'name="{field}"') :]
    select = select[: select.index("</select>")]
    groups = re.findall(r'<optgroup disabled label="([^"]+)">(.*?)</optgroup>', select, re.DOTALL)
    return {reason: re.findall(r"<option>(.*?)</option>", options) for reason, options in groups}


def test_a_regular_user_is_told_whose_goals_are_not_theirs_to_set(cast: Cast, signed_in: SignedIn) -> None:
    page = html(signed_in(cast.cilla).get("/goals/new?kind=deals_won"))
    others = {"Only for admins and their managers": ["Astrid", "Björn", "David"]}
    assert closed(page, "person") == others
    assert "Only an admin and the team’s manager may set goals for a team." in page


def test_a_manager_is_told_what_the_permission_set_lacks(cast: Cast, signed_in: SignedIn) -> None:
    page = html(signed_in(cast.bjorn).get("/goals/new?kind=deals_won"))
    assert closed(page, "person") == {
        "Needs both statistics permissions": ["Cilla"],
        "Only for admins and their managers": ["Astrid", "David"],
    }
    assert closed(page, "team") == {"Only for admins and their managers": ["Baltic"]}


def test_an_admin_may_set_goals_for_everybody(cast: Cast, signed_in: SignedIn) -> None:
    make_company("Sydlys")
    page = html(signed_in(cast.astrid).get("/goals/new?kind=deals_won"))
    assert closed(page, "person") == closed(page, "team") == {}


def test_whom_one_may_not_set_goals_for_is_refused_all_the_same(cast: Cast, signed_in: SignedIn) -> None:
    typed = {"kind": "deals_won", "assignee_kind": "person", "person": str(cast.david.pk), "target": "5"}
    answer = signed_in(cast.cilla).post("/goals/new", typed | {"title": "His", "starts_on": "2026-03-01"})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert not Goal.objects.exists()


def test_the_preview_says_which_years_the_pattern_is_taken_from(cast: Cast, signed_in: SignedIn) -> None:
    add_won(cast, cast.cilla, date(2025, 4, 3), value=20_00)
    data = typed(cast, is_seasonal="on", ends_on="2027-03-31")
    shown = text(signed_in(cast.astrid).post("/goals/preview", data, headers=HTMX))
    # January and February of 2027 follow those of 2026, which are over; March follows that of 2025.
    run, again = (
        " ".join(month_range(date(2025, 3, 1), end, "en").split())
        for end in (date(2026, 3, 1), date(2025, 4, 1))
    )
    assert f"The pattern uses the last complete year of each period: {run}; {again}" in shown
    without = text(signed_in(cast.astrid).post("/goals/preview", typed(cast), headers=HTMX))
    assert "The pattern uses" not in without
