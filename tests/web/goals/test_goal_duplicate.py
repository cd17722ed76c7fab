"""A goal is duplicated for somebody else or for the year after; the form opens with what was decided."""

from datetime import date
from http import HTTPStatus

import pytest

from goalpost.companies.models import Company
from goalpost.domain.calendar import Interval
from goalpost.domain.measures import Measure, Metric
from goalpost.goals.models import Goal
from goalpost.goals.queries import GoalView
from tests.goals.builders import person, set_goal
from tests.people import Cast, let_see
from tests.web.conftest import SignedIn
from tests.web.looking import html, text, value_of


def seasonal(cast: Cast) -> GoalView:
    return set_goal(
        cast,
        title="Cilla won 2026",
        assignee=person(cast.cilla),
        metric=Metric.SUM,
        currency="EUR",
        target=1_000_00,
        starts_on=date(2026, 1, 1),
        ends_on=date(2026, 2, 28),
        period_targets={date(2026, 1, 1): 1_001_00, date(2026, 2, 1): 2_000_50},
    )


def test_a_copy_for_the_next_year_has_its_periods_and_raised_targets(cast: Cast, signed_in: SignedIn) -> None:
    goal = seasonal(cast)
    browser = signed_in(cast.astrid)
    asked = browser.get(f"/goals/{goal.public_id}/duplicate")
    assert "A year later: 1 Jan" in text(asked)
    assert "Rounded half up to whole numbers" in text(asked)
    shown = browser.post(
        f"/goals/{goal.public_id}/duplicate",
        {"assignee": f"person-{cast.david.pk}", "when": "next", "raise_by": "2.5"},
    )
    assert shown.status_code == HTTPStatus.OK
    fields = ("title", "starts_on", "ends_on", "target", "period-2027-01-01", "period-2027-02-01")
    assert [value_of(shown, name) for name in fields] == [
        "David won 2027",
        "2027-01-01",
        "2027-02-28",
        "1,025",
        "1,026",  # 1,026.025, rounded to whole euros
        "2,050.51",  # had cents, keeps them
    ]
    assert f'<option value="{cast.david.pk}" selected>' in html(shown)
    assert 'action="/goals/new"' in html(shown)
    assert Goal.objects.count() == 1


def test_a_week_of_the_next_year_has_the_target_of_52_weeks_before(cast: Cast, signed_in: SignedIn) -> None:
    weeks = {date.fromordinal(date(2026, 1, 5).toordinal() + 7 * at): at + 1 for at in range(51)}
    goal = set_goal(
        cast,
        interval=Interval.WEEKLY,
        starts_on=date(2026, 1, 1),
        ends_on=date(2026, 12, 27),
        period_targets={date(2026, 1, 1): 99} | weeks,
    )
    answers = {"assignee": "company", "when": "next", "raise_by": ""}
    shown = signed_in(cast.astrid).post(f"/goals/{goal.public_id}/duplicate", answers)
    assert value_of(shown, "period-2027-01-01") == "99"
    assert value_of(shown, "period-2027-12-27") == ""  # 28 December 2026 was past the end
    assert value_of(shown, "period-2027-03-01") == str(weeks[date(2026, 3, 2)])


def test_a_goal_without_an_end_begins_a_year_later(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast, ends_on=None)
    answers = {"assignee": "company", "when": "next", "raise_by": "-50%"}
    shown = signed_in(cast.astrid).post(f"/goals/{goal.public_id}/duplicate", answers)
    assert [value_of(shown, name) for name in ("starts_on", "ends_on", "target")] == ["2027-01-01", "", "5"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"raise_by": "ten"}, "Enter a number from"),
        ({"raise_by": "99999"}, "Enter a number from"),
        ({"raise_by": "1.005"}, "Enter a number from"),
        ({"raise_by": "9" * 5_000}, "Enter a number from"),
        ({"when": "tomorrow"}, "Choose the duration."),
        ({"assignee": "person-0"}, "Choose who the goal is for."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_answered_stays(
    cast: Cast, signed_in: SignedIn, changes: dict[str, str], message: str
) -> None:
    goal = set_goal(cast)
    answers = {"assignee": f"person-{cast.david.pk}", "when": "next", "raise_by": "7"} | changes
    shown = signed_in(cast.astrid).post(f"/goals/{goal.public_id}/duplicate", answers)
    assert shown.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert message in text(shown)
    assert value_of(shown, "raise_by") == answers["raise_by"]


def test_who_sees_a_goal_may_duplicate_it_for_themselves_only(cast: Cast, signed_in: SignedIn) -> None:
    let_see(cast.cilla, company_statistics=True, other_users_statistics=True)
    goal = set_goal(cast, assignee=person(cast.david))
    browser = signed_in(cast.cilla)
    assert f"/goals/{goal.public_id}/duplicate" in html(browser.get(f"/goals/{goal.public_id}"))
    asked = browser.get(f"/goals/{goal.public_id}/duplicate")
    assert f'value="person-{cast.cilla.pk}" selected' in html(asked)
    assert f"person-{cast.david.pk}" not in html(asked)
    assert "Only an admin may set goals for the company." in text(asked)
    answers = {"assignee": f"person-{cast.david.pk}", "when": "same", "raise_by": "0"}
    refused = browser.post(f"/goals/{goal.public_id}/duplicate", answers)
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_a_goal_one_may_not_see_cannot_be_duplicated(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast)
    answer = signed_in(cast.cilla).get(f"/goals/{goal.public_id}/duplicate")
    assert answer.status_code == HTTPStatus.NOT_FOUND


def test_a_forecast_goal_needs_its_plan_to_be_duplicated(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast, measure=Measure.REVENUE_FORECAST, metric=Metric.SUM, currency="EUR")
    Company.objects.filter(pk=cast.company_id).update(plan="advanced")
    answer = signed_in(cast.astrid).get(f"/goals/{goal.public_id}/duplicate")
    assert answer.status_code == HTTPStatus.FORBIDDEN
