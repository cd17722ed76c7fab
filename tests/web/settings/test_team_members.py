"""Members on a team's pages: asked from when, shown what would change, and saved."""

from datetime import date

import pytest

from goalpost.companies.memberships import members_of
from goalpost.domain.membership import Stay
from goalpost.domain.permissions import Assignee
from goalpost.goals.queries import goal_seen_by
from tests.goals.builders import TEAM, add_won, set_goal
from tests.people import Cast, make_company
from tests.web.conftest import SignedIn
from tests.web.looking import text

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
    sent = {"act": "add", "person": str(cast.david.pk), **chosen}
    assert signed_in(cast.astrid).post(page_of(cast), sent).status_code == 302
    assert stays(cast, cast.nordic.pk)["David"] == (stay,)
    assert stays(cast, cast.baltic.pk) == {"David": (Stay(),)}


def test_who_is_added_can_leave_the_other_team_the_day_before(cast: Cast, signed_in: SignedIn) -> None:
    sent = {"act": "add", "person": str(cast.david.pk), "when": "day", "day": "2026-02-01"}
    signed_in(cast.astrid).post(page_of(cast), {**sent, "leaves": str(cast.baltic.pk)})
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
    assert "0 → 1" in answer
    assert "1 → 0" in answer
    assert "Periods that have ended change too." in answer
    assert stays(cast, cast.nordic.pk) == {"Cilla": (Stay(),)}
    for each in (goal, other):
        assert goal_seen_by(cast.as_astrid, each.public_id).version == each.version
    today = text(signed_in(cast.astrid).get(page_of(cast), {"act": "add", "person": str(cast.david.pk)}))
    assert "No result changes" in today


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
