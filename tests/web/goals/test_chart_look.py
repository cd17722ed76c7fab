"""The colours of a goal's chart: chosen by whoever may edit the goal, kept with it, seen by everybody."""

import json
import re
from http import HTTPStatus

import pytest
from django.db import IntegrityError
from django.utils.translation import override

from goalpost.companies.errors import NotAllowed, NotFound
from goalpost.domain.chart_look import ChartColour, ChartLook
from goalpost.domain.permissions import Assignee
from goalpost.goals.actions import change_look
from goalpost.goals.history import goal_history
from goalpost.goals.models import Goal
from goalpost.goals.queries import goal_seen_by
from goalpost.insights.chart_colours import ChartTheme, theme_palettes
from goalpost.web.goals.chart import look_warnings
from tests.goals.builders import TEAM, set_goal, stored
from tests.people import Cast, let_see
from tests.web.conftest import SignedIn
from tests.web.looking import element, html, text

CHOSEN = {"result": "2", "target": "6", "reached": "", "by_result": "on"}
LOOK = ChartLook(ChartColour.LAKE, ChartColour.SLATE, None, by_result=True, shows_projection=False)


def test_chosen_colours_are_kept_with_the_goal_and_drawn_for_everybody(
    cast: Cast, signed_in: SignedIn
) -> None:
    goal = set_goal(cast, assignee=Assignee(TEAM, cast.nordic.pk))
    before = signed_in(cast.bjorn).get(f"/goals/{goal.public_id}")
    answer = signed_in(cast.astrid).post(
        f"/goals/{goal.public_id}/look", CHOSEN, headers={"hx-request": "true"}, follow=True
    )
    assert 'id="chart-body"' in html(answer)
    assert goal_seen_by(cast.as_bjorn, goal.public_id).look == LOOK
    shown = signed_in(cast.bjorn).get(
        f"/goals/{goal.public_id}", headers={"if-none-match": before.headers["ETag"]}
    )
    assert shown.status_code == HTTPStatus.OK
    spec = re.search(r'<script id="chart-spec" type="application/json">(.*?)</script>', html(shown))
    assert spec is not None
    assert '"col2"' in json.dumps(json.loads(spec[1]))
    assert '"colBar"' not in spec[1]
    assert "Open Reached Missed Target" in text(shown, "chart")


def test_colours_are_no_version_and_no_history_of_the_goal(cast: Cast) -> None:
    goal = set_goal(cast)
    changed = change_look(actor=cast.as_astrid, public_id=goal.public_id, look=LOOK)
    assert (changed.version, changed.updated_at, changed.terms) == (1, goal.updated_at, goal.terms)
    assert len(goal_history(changed, cast.as_astrid, limit=9)) == 1


def test_without_scripts_the_menu_is_a_form(cast: Cast, signed_in: SignedIn) -> None:
    goal, browser = set_goal(cast), signed_in(cast.astrid)
    assert "Save colours" in html(browser.get(f"/goals/{goal.public_id}"))
    answer = browser.post(f"/goals/{goal.public_id}/look", CHOSEN)
    assert answer.headers["Location"] == f"/goals/{goal.public_id}"


def test_who_may_not_edit_sees_no_menu_and_is_refused(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast, assignee=Assignee(TEAM, cast.nordic.pk))
    let_see(cast.david, company_statistics=True, other_users_statistics=True)
    browser = signed_in(cast.david)
    assert "menu__swatches" not in element(browser.get(f"/goals/{goal.public_id}"), "chart")
    before = stored()
    assert browser.post(f"/goals/{goal.public_id}/look", CHOSEN).status_code == HTTPStatus.FORBIDDEN
    with pytest.raises(NotAllowed):
        change_look(actor=cast.as_david, public_id=goal.public_id, look=LOOK)
    with pytest.raises(NotFound):
        change_look(actor=cast.as_cilla, public_id=goal.public_id, look=LOOK)
    assert stored() == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"result": ""},
        {"result": "0"},
        {"result": "7"},
        {"target": "red"},
        {"reached": "9" * 400},
        {"target": "²"},
    ],
)
def test_a_colour_that_is_none_of_the_six_is_refused(
    cast: Cast, signed_in: SignedIn, wrong: dict[str, str]
) -> None:
    goal = set_goal(cast)
    answer = signed_in(cast.astrid).post(f"/goals/{goal.public_id}/look", CHOSEN | wrong)
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert goal_seen_by(cast.as_astrid, goal.public_id).look == ChartLook()


@pytest.mark.parametrize("column", ["result_colour", "target_colour", "reached_colour"])
@pytest.mark.parametrize("number", [0, 7])
def test_the_database_keeps_no_other_colour(cast: Cast, column: str, number: int) -> None:
    set_goal(cast)
    with pytest.raises(IntegrityError):
        Goal.objects.filter(company=cast.company).update(**{column: number})


def test_the_menu_warns_of_colours_that_cannot_be_seen_or_told_apart() -> None:
    palettes = {theme: dict(palette) for theme, palette in theme_palettes().items()}
    palettes[ChartTheme.DARK]["col3"] = palettes[ChartTheme.DARK]["colSurface"]
    look = ChartLook(ChartColour.HEATHER, reached=ChartColour.HEATHER, by_result=True)
    with override("en"):
        assert look_warnings(look, palettes) == (
            "Result is hard to see in the dark theme: its contrast is below 3 : 1.",
            "Reached is hard to see in the dark theme: its contrast is below 3 : 1.",
            "Columns that reached the target look like those that are open.",
        )
    assert look_warnings(ChartLook(), theme_palettes()) == ()
