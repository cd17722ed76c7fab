"""Members on a team's pages: asked from when, shown what would change, and saved."""

import re
from datetime import date

import pytest
from pytest_django import DjangoAssertNumQueries

from goalpost.companies.memberships import members_of
from goalpost.domain.calendar import Interval
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.membership import Stay
from goalpost.domain.permissions import Assignee
from goalpost.goals.queries import goal_seen_by
from goalpost.web.settings import team_members
from tests.goals.builders import TEAM, add_deal, add_won, set_goal
from tests.people import Cast, make_company
from tests.web.conftest import SignedIn
from tests.web.looking import html, text, value_of

pytestmark = pytest.mark.django_db

TODAY, TOMORROW, FEBRUARY = date(2026, 3, 18), date(2026, 3, 19), date(2026, 2, 1)


def page_of(cast: Cast) -> str:
    return f"/settings/teams/{cast.nordic.pk}/member"


def stays(cast: Cast, team_id: int) -> dict[str, tuple[Stay, ...]]:
    return {member.name: member.stays for member in members_of(cast.company_id, [team_id])[team_id]}


@pytest.mark.parametrize(
    ("chosen", "stay"),
    [
        ({}, Stay(TODAY)),
        ({"when": "today"}, Stay(TODAY)),
        ({"when": "day", "day": "2026-02-01"}, Stay(FEBRUARY)),
        ({"when": "always"}, Stay()),
    ],
)
def test_somebody_is_added_from_the_day_chosen(
    cast: Cast, signed_in: SignedIn, chosen: dict[str, str], stay: Stay
) -> None:
    sent = {"act": "add", "person": str(cast.david.pk), "asked": str(cast.baltic.pk), **chosen}
    assert signed_in(cast.astrid).post(page_of(cast), sent).status_code == 302
    assert stays(cast, cast.nordic.pk)["David"] == (stay,)
    assert stays(cast, cast.baltic.pk) == {"David": (Stay(),)}


def test_who_is_added_can_leave_the_other_team_the_day_before(cast: Cast, signed_in: SignedIn) -> None:
    sent = {"act": "add", "person": str(cast.david.pk), "when": "day", "day": "2026-02-01"}
    browser = signed_in(cast.astrid)
    # Asked for the first time, the question stands answered with yes, and nothing is saved.
    asked = browser.post(page_of(cast), sent)
    assert asked.status_code == 409
    assert "Leaves Baltic on 31 Jan 2026" in text(asked)
    assert re.search(r'id="leaves-\d+"[^>]*checked', html(asked))
    assert "David" not in stays(cast, cast.nordic.pk)
    browser.post(page_of(cast), {**sent, "asked": str(cast.baltic.pk), "leaves": str(cast.baltic.pk)})
    assert stays(cast, cast.nordic.pk)["David"] == (Stay(FEBRUARY),)
    assert stays(cast, cast.baltic.pk) == {"David": (Stay(None, FEBRUARY),)}


@pytest.mark.parametrize(
    ("chosen", "then"),
    [
        ({"when": "today"}, {"Cilla": (Stay(None, TOMORROW),)}),
        ({"when": "day", "day": "2026-01-31"}, {"Cilla": (Stay(None, FEBRUARY),)}),
        ({"when": "always"}, {}),
    ],
)
def test_somebody_is_removed_after_the_last_day_chosen(
    cast: Cast, signed_in: SignedIn, chosen: dict[str, str], then: dict[str, tuple[Stay, ...]]
) -> None:
    sent = {"act": "remove", "person": cast.cilla.pk, **chosen}
    assert signed_in(cast.astrid).post(page_of(cast), sent).status_code == 302
    assert stays(cast, cast.nordic.pk) == then


def test_the_days_of_a_member_are_changed(cast: Cast, signed_in: SignedIn) -> None:
    sent = {"act": "days", "person": cast.cilla.pk, "of": "", "first": "2026-02-01", "last": "2026-03-18"}
    assert signed_in(cast.astrid).post(page_of(cast), sent).status_code == 302
    assert stays(cast, cast.nordic.pk) == {"Cilla": (Stay(FEBRUARY, TOMORROW),)}
    shown = text(signed_in(cast.astrid).get(f"/settings/teams/{cast.nordic.pk}"))
    assert "Cilla" in shown
    assert "1 Feb 2026" in shown
    assert "Astrid" in shown


def test_the_effect_is_shown_before_anything_is_saved(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast, title="North wins", assignee=Assignee(TEAM, cast.nordic.pk), target=1)
    other = set_goal(cast, title="Baltic wins", assignee=Assignee(TEAM, cast.baltic.pk), target=1)
    add_won(cast, cast.david, date(2026, 2, 10))
    asked = {"act": "add", "person": str(cast.david.pk), "when": "day", "day": "2026-02-01"}
    answer = text(signed_in(cast.astrid).get(page_of(cast), {**asked, "leaves": str(cast.baltic.pk)}))
    assert "2 results change, in goals: 2" in answer
    assert "2 change pace" in answer
    assert "North wins" in answer
    assert "Baltic wins" in answer
    assert "0 becomes 1" in answer
    assert "1 becomes 0" in answer
    assert "Periods that have ended change too." in answer
    assert stays(cast, cast.nordic.pk) == {"Cilla": (Stay(),)}
    for each in (goal, other):
        assert goal_seen_by(cast.as_astrid, each.public_id).version == each.version
    today = text(signed_in(cast.astrid).get(page_of(cast), {"act": "add", "person": str(cast.david.pk)}))
    assert "No result changes" in today


def test_what_was_not_shown_is_shown_before_it_is_saved(cast: Cast, signed_in: SignedIn) -> None:
    set_goal(cast, title="North wins", assignee=Assignee(TEAM, cast.nordic.pk), target=1)
    add_won(cast, cast.david, date(2026, 2, 10))
    sent = {"act": "add", "person": str(cast.david.pk), "asked": str(cast.baltic.pk), "when": "always"}
    browser = signed_in(cast.astrid)
    first = browser.post(page_of(cast), sent)
    assert first.status_code == 409
    assert "Nothing is saved yet" in text(first)
    seen = value_of(first, "seen")
    # A deal more: another effect than the one that was shown.
    add_won(cast, cast.david, date(2026, 2, 11))
    later = browser.post(page_of(cast), {**sent, "seen": seen})
    assert later.status_code == 409
    assert "0 becomes 2" in text(later)
    assert "David" not in stays(cast, cast.nordic.pk)
    shown = browser.post(page_of(cast), {**sent, "seen": value_of(later, "seen"), "show": "1"})
    assert shown.status_code == 200
    assert browser.post(page_of(cast), {**sent, "seen": value_of(shown, "seen")}).status_code == 302
    assert stays(cast, cast.nordic.pk)["David"] == (Stay(),)


def test_goals_with_another_pace_come_first_and_weeks_are_folded(
    cast: Cast, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(team_members, "_SHOWN", 4)
    north = Assignee(TEAM, cast.nordic.pk)
    set_goal(cast, title="A Far away", assignee=north, target=99)
    set_goal(cast, title="Reached by it", assignee=north, target=1)
    set_goal(cast, title="Weeks", assignee=north, target=99, interval=Interval.WEEKLY)
    for day in (3, 10, 17, 24):
        add_won(cast, cast.david, date(2026, 2, day))
    browser = signed_in(cast.astrid)
    asked = {"act": "add", "person": str(cast.david.pk), "when": "always"}
    shown = text(browser.get(page_of(cast), asked))
    assert "6 results change, in goals: 3" in shown
    assert shown.index("Reached by it") < shown.index("A Far away")
    assert "1 weekly goal, w6–w9 4 more results" in shown  # noqa: RUF001  a range
    assert "Show all 6" in shown
    whole = text(browser.get(page_of(cast), {**asked, "all": "1"}))
    assert "week 8, 2026 0 becomes 1" in whole
    assert "Show all" not in whole


def test_the_forecast_of_months_to_come_is_part_of_the_effect(cast: Cast, signed_in: SignedIn) -> None:
    set_goal(
        cast,
        title="North forecast",
        measure=Measure.REVENUE_FORECAST,
        metric=Metric.SUM,
        currency="EUR",
        target=100_00,
        assignee=Assignee(TEAM, cast.nordic.pk),
    )
    add_deal(cast, cast.cilla, date(2026, 2, 1), value=50_00, expected=date(2026, 5, 4))
    asked = {"act": "remove", "person": str(cast.cilla.pk), "when": "today"}
    assert "May 2026 €10 becomes €0" in text(signed_in(cast.astrid).get(page_of(cast), asked))


@pytest.mark.parametrize("how_many", [1, 6])
def test_the_effect_costs_the_same_whatever_the_number_of_goals(
    cast: Cast, signed_in: SignedIn, how_many: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(how_many):
        set_goal(cast, title=f"Goal {number}", assignee=Assignee(TEAM, cast.nordic.pk))
    add_won(cast, cast.david, date(2026, 2, 10))
    browser = signed_in(cast.astrid)
    asked = {"act": "add", "person": str(cast.david.pk), "when": "day", "day": "2026-02-01"}
    browser.get(page_of(cast), asked)
    with django_assert_max_num_queries(30):
        shown = browser.get(page_of(cast), asked)
    assert f"{how_many} result" in text(shown)


@pytest.mark.parametrize(
    "wrong",
    [
        {"act": "add"},
        {"act": "add", "person": "x"},
        {"act": "add", "person": "999999"},
        {"act": "add", "person": "{david}", "when": "day", "day": "soon"},
        {"act": "add", "person": "{david}", "when": "day", "day": "0001-01-01"},
        {"act": "days", "person": "{david}", "first": "2026-03-01", "last": "2026-02-01"},
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(
    cast: Cast, signed_in: SignedIn, wrong: dict[str, str]
) -> None:
    sent = {name: value.format(david=cast.david.pk) for name, value in wrong.items()}
    assert signed_in(cast.astrid).post(page_of(cast), sent).status_code == 422
    assert stays(cast, cast.nordic.pk) == {"Cilla": (Stay(),)}


def test_members_are_for_admins_of_the_company_to_change(cast: Cast, signed_in: SignedIn) -> None:
    sent = {"act": "add", "person": str(cast.david.pk)}
    for person in (cast.bjorn, cast.cilla):
        assert signed_in(person).get(page_of(cast), sent).status_code == 403
        assert signed_in(person).post(page_of(cast), sent).status_code == 403
    other = make_company("Elsewhere")
    assert signed_in(other.astrid).post(page_of(cast), sent).status_code == 404
    elsewhere = {"act": "add", "person": str(other.cilla.pk)}
    assert signed_in(cast.astrid).post(page_of(cast), elsewhere).status_code == 422
