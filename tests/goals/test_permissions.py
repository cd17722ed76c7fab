"""Who may see and change whose goals: ARCHITECTURE section 5, every cell of it, against queries and actions.

`-` is hidden, `s` is seen, `c` is seen and changed.
"""

from typing import NamedTuple

import pytest

from goalpost.companies.actors import actor_for
from goalpost.companies.errors import NotAllowed, NotFound
from goalpost.companies.models import User
from goalpost.domain.permissions import Actor, Assignee
from goalpost.goals.actions import change_goal, create_goal, delete_goal, restore_goal
from goalpost.goals.queries import GoalView, goal_seen_by, goals_seen_by, visible_to
from tests.goals.builders import TEAM, person, set_goal, stored, terms, the_company
from tests.people import NOW, Cast, let_see, make_company

pytestmark = pytest.mark.django_db

# Björn manages Nordic, and Cilla is on it. "company" and "others" are the two statistics permissions.
TABLE = """
who    permissions     | Astrid  Björn  Cilla  David | Nordic  Baltic | company
Astrid none            | c       c      c      c     | c       c      | c
Björn  none            | -       c      -      -     | c       -      | -
Björn  company         | -       c      -      -     | c       -      | -
Björn  others          | -       c      -      -     | c       -      | -
Björn  company+others  | s       c      c      s     | c       s      | s
Cilla  none            | -       -      c      -     | -       -      | -
Cilla  company         | -       -      c      -     | -       -      | -
Cilla  others          | -       -      c      -     | -       -      | -
Cilla  company+others  | s       s      c      s     | s       s      | s
David  none            | -       -      -      c     | -       -      | -
David  company+others  | s       s      s      c     | s       s      | s
"""


class Cell(NamedTuple):
    """What one person with some permissions may do with the goals of one assignee."""

    who: str
    permissions: str
    whose: str
    right: str


def cells() -> list[Cell]:
    head, *rows = [line.replace("|", " ").split() for line in TABLE.strip().splitlines()]
    return [
        Cell(who, permissions, whose, right)
        for who, permissions, *rights in rows
        for whose, right in zip(head[2:], rights, strict=True)
    ]


def actor_of(cast: Cast, cell: Cell) -> Actor:
    [user] = [user for user in cast.people if user.name == cell.who]
    let_see(
        user,
        company_statistics="company" in cell.permissions,
        other_users_statistics="others" in cell.permissions,
    )
    return actor_for(User.objects.get(pk=user.pk))


def assignee_of(cast: Cast, whose: str) -> Assignee:
    teams = {team.name: Assignee(TEAM, team.pk) for team in (cast.nordic, cast.baltic)}
    people = {user.name: person(user) for user in cast.people}
    return {**teams, **people, "company": the_company(cast)}[whose]


def seen(actor: Actor, goal: GoalView) -> bool:
    """Whether the actor sees the goal; asked for by its id and in the list, which must agree."""
    listed = goal.public_id in {one.public_id for one in goals_seen_by(actor, visible_to(actor))}
    try:
        by_id = goal_seen_by(actor, goal.public_id)
    except NotFound:
        assert not listed
        return False
    assert listed
    assert by_id.terms == goal.terms
    return True


@pytest.mark.parametrize("cell", cells(), ids=lambda cell: f"{cell.who} {cell.permissions} {cell.whose}")
class TestEveryCell:
    def test_is_seen_or_hidden(self, cell: Cell) -> None:
        cast = make_company()
        goal = set_goal(cast, assignee=assignee_of(cast, cell.whose))
        actor = actor_of(cast, cell)
        assert seen(actor, goal) == (cell.right in "sc")
        if cell.right != "-":
            assert goal_seen_by(actor, goal.public_id).may_change == (cell.right == "c")

    def test_allows_or_refuses_a_new_goal(self, cell: Cell) -> None:
        cast = make_company()
        actor, wanted = actor_of(cast, cell), terms(cast, assignee=assignee_of(cast, cell.whose))
        before = stored()
        if cell.right == "c":
            assert create_goal(actor=actor, terms=wanted, now=NOW).terms == wanted
            return
        with pytest.raises(NotAllowed):
            create_goal(actor=actor, terms=wanted, now=NOW)
        assert stored() == before

    def test_allows_or_refuses_changes_deletion_and_return(self, cell: Cell) -> None:
        cast = make_company()
        goal = set_goal(cast, assignee=assignee_of(cast, cell.whose))
        gone = set_goal(cast, assignee=assignee_of(cast, cell.whose))
        delete_goal(actor=cast.as_astrid, public_id=gone.public_id, now=NOW)
        actor, wanted = actor_of(cast, cell), terms(cast, assignee=goal.terms.assignee, target=11)
        before = stored()
        if cell.right == "c":
            changed = change_goal(actor=actor, public_id=goal.public_id, terms=wanted, now=NOW)
            assert changed.terms == wanted
            delete_goal(actor=actor, public_id=goal.public_id, now=NOW)
            assert not seen(actor, goal)
            assert restore_goal(actor=actor, public_id=gone.public_id, now=NOW).terms == gone.terms
            return
        refusal = NotFound if cell.right == "-" else NotAllowed
        with pytest.raises(refusal):
            change_goal(actor=actor, public_id=goal.public_id, terms=wanted, now=NOW)
        with pytest.raises(refusal):
            delete_goal(actor=actor, public_id=goal.public_id, now=NOW)
        with pytest.raises(refusal):
            restore_goal(actor=actor, public_id=gone.public_id, now=NOW)
        assert stored() == before

    def test_allows_or_refuses_handing_an_own_goal_over(self, cell: Cell) -> None:
        cast = make_company()
        actor = actor_of(cast, cell)
        own = set_goal(cast, assignee=assignee_of(cast, cell.who))
        wanted = terms(cast, assignee=assignee_of(cast, cell.whose))
        before = stored()
        if cell.right == "c":
            assert change_goal(actor=actor, public_id=own.public_id, terms=wanted, now=NOW).terms == wanted
            return
        with pytest.raises(NotAllowed):
            change_goal(actor=actor, public_id=own.public_id, terms=wanted, now=NOW)
        assert stored() == before
