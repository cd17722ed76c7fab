"""The matrix says of each set what the rules would say of its holders."""

import pytest

from goalpost.domain.permissions import BOTH, Outcome, Permission, Role, Whose, matrix_column

ALWAYS, WITH, NEEDS, NEVER = Outcome.ALWAYS, Outcome.WITH_BOTH, Outcome.NEEDS_BOTH, Outcome.NEVER
NONE: frozenset[Permission] = frozenset()
ONE = frozenset({Permission.SEE_COMPANY_STATISTICS})


# The outcomes of seeing (own, own teams, the rest) and of changing (own, own teams, members, the rest).
@pytest.mark.parametrize(
    ("role", "permissions", "sees", "changes"),
    [
        (None, NONE, (ALWAYS, ALWAYS, ALWAYS), (ALWAYS, ALWAYS, ALWAYS, ALWAYS)),
        (Role.MANAGER, NONE, (ALWAYS, ALWAYS, NEEDS), (ALWAYS, ALWAYS, NEEDS, NEVER)),
        (Role.MANAGER, ONE, (ALWAYS, ALWAYS, NEEDS), (ALWAYS, ALWAYS, NEEDS, NEVER)),
        (Role.MANAGER, BOTH, (ALWAYS, ALWAYS, WITH), (ALWAYS, ALWAYS, WITH, NEVER)),
        (Role.REGULAR, NONE, (ALWAYS, NEEDS, NEEDS), (ALWAYS, NEVER, NEVER, NEVER)),
        (Role.REGULAR, ONE, (ALWAYS, NEEDS, NEEDS), (ALWAYS, NEVER, NEVER, NEVER)),
        (Role.REGULAR, BOTH, (ALWAYS, WITH, WITH), (ALWAYS, NEVER, NEVER, NEVER)),
    ],
)
def test_what_follows_is_what_the_article_says(
    role: Role | None,
    permissions: frozenset[Permission],
    sees: tuple[Outcome, ...],
    changes: tuple[Outcome, ...],
) -> None:
    column = matrix_column(role, permissions)
    assert tuple(column.sees[whose] for whose in (Whose.OWN, Whose.OWN_TEAMS, Whose.REST)) == sees
    assert tuple(column.changes[whose] for whose in Whose) == changes


@pytest.mark.parametrize("permission", sorted(frozenset(Permission) - BOTH))
def test_no_other_permission_opens_a_goal(permission: Permission) -> None:
    for role in Role:
        assert matrix_column(role, frozenset({permission})) == matrix_column(role, NONE)
