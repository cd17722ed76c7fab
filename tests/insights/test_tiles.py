"""Tiles: each answered from a report, with the rights of who reads it."""

from datetime import date

import pytest

from goalpost.companies.models import Company
from goalpost.insights.goal_report import GoalReport
from goalpost.insights.tiles import GOAL, Tile, read_tiles, register
from tests.goals.builders import Asking, add_won, asking, person, results, set_goal, the_company
from tests.people import Cast, make_company

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_company()


def test_a_goals_tile_is_answered_as_its_page_is(cast: Cast) -> None:
    goal = set_goal(cast)
    add_won(cast, cast.cilla, date(2026, 3, 1))
    [answer] = read_tiles(asking(cast), [Tile(GOAL, {"goal": goal.public_id})])
    assert isinstance(answer, GoalReport)
    page = results(cast, goal)
    assert page.current is not None
    assert answer.headline == page.periods[page.current]


def test_who_may_not_see_a_goal_gets_no_answer_in_its_place(cast: Cast) -> None:
    hidden, own = set_goal(cast, assignee=the_company(cast)), set_goal(cast, assignee=person(cast.cilla))
    reader = Asking(cast.as_cilla, Company.objects.get(pk=cast.company_id), date(2026, 3, 2))
    wanted = (hidden.public_id, own.public_id, "0" * 32, own.public_id)
    found = read_tiles(reader, [Tile(GOAL, {"goal": each}) for each in wanted])
    goals = [each.goal.public_id if isinstance(each, GoalReport) else None for each in found]
    assert goals == [None, own.public_id, None, own.public_id]


def test_a_kind_has_one_name_and_has_to_be_known(cast: Cast) -> None:
    with pytest.raises(ValueError, match="already"):
        register(GOAL, lambda _reader, _settings: [])
    with pytest.raises(ValueError, match="no kind"):
        read_tiles(asking(cast), [Tile("weather", {})])
