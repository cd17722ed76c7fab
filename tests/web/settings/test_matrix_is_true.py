"""What the permission matrix says of a set is what its holders find: each line of it is tried."""

import pytest
from django.test import Client

from goalpost.companies.actors import as_columns
from goalpost.companies.models import PermissionSet, User
from goalpost.domain.permissions import BOTH, Assignee, Outcome, Permission, Role, Whose, matrix_column
from goalpost.goals.queries import GoalView
from tests.goals.builders import COMPANY, TEAM, person, set_goal
from tests.people import Cast
from tests.web.conftest import SignedIn

pytestmark = pytest.mark.django_db
OPENS = {Outcome.ALWAYS, Outcome.WITH_BOTH}
HELD: tuple[frozenset[Permission], ...] = (
    frozenset(),
    frozenset({Permission.SEE_COMPANY_STATISTICS}),
    frozenset({Permission.SEE_OTHERS_STATISTICS}),
    BOTH,
    frozenset(Permission) - BOTH,
)


def goals_of(cast: Cast, viewer: User, member: User) -> dict[Whose, list[GoalView]]:
    """Set goals for every line of the matrix, as the viewer who manages (or is only on) Nordic has them."""
    assignees = {
        Whose.OWN: [person(viewer)],
        Whose.OWN_TEAMS: [Assignee(TEAM, cast.nordic.pk)],
        Whose.MEMBERS: [person(member)],
        Whose.REST: [
            Assignee(COMPANY, cast.company_id),
            Assignee(TEAM, cast.baltic.pk),
            person(cast.david),
        ],
    }
    return {whose: [set_goal(cast, assignee=each) for each in all_] for whose, all_ in assignees.items()}


def give(user: User, role: Role, held: frozenset[Permission]) -> None:
    own = PermissionSet.objects.create(
        company_id=user.company_id, name="Tried", role=role, **as_columns(held)
    )
    User.objects.filter(pk=user.pk).update(permission_set=own)


def sees(browser: Client, goal: GoalView) -> bool:
    status = browser.get(f"/goals/{goal.public_id}").status_code
    assert status in {200, 404}
    assert (goal.public_id in browser.get("/?q=").content.decode()) is (status == 200), "the list agrees"
    return status == 200


def changes(browser: Client, goal: GoalView) -> bool:
    status = browser.post(f"/goals/{goal.public_id}/delete").status_code
    assert status in {302, 403, 404}
    browser.post(f"/goals/{goal.public_id}/restore")
    return status == 302


@pytest.mark.parametrize("held", HELD, ids=lambda held: "+".join(sorted(held)) or "nothing")
@pytest.mark.parametrize("role", [None, *Role], ids=str)
def test_every_line_is_what_its_holders_find(
    cast: Cast, signed_in: SignedIn, role: Role | None, held: frozenset[Permission]
) -> None:
    viewer = {None: cast.astrid, Role.MANAGER: cast.bjorn, Role.REGULAR: cast.cilla}[role]
    member = cast.bjorn if role is Role.REGULAR else cast.cilla
    if role is not None:
        give(viewer, role, held)
    goals, browser, column = goals_of(cast, viewer, member), signed_in(viewer), matrix_column(role, held)
    said = {(whose, False): word in OPENS for whose, word in column.sees.items()}
    said |= {(whose, True): word in OPENS for whose, word in column.changes.items()}
    found = {
        (whose, is_change): {(changes if is_change else sees)(browser, goal) for goal in goals[whose]}
        for whose, is_change in said
    }
    assert found == {line: {is_open} for line, is_open in said.items()}
