"""What the holders of a permission set will see and change, worked out by asking the rules themselves."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from goalpost.domain.permissions import (
    BOTH,
    Actor,
    Assignee,
    AssigneeKind,
    Permission,
    Role,
    may_change_goals_of,
    may_see_goals_of,
)

_COMPANY, _ME, _MEMBER, _STRANGER, _MY_TEAM, _OTHER_TEAM = 1, 1, 2, 3, 1, 2


class Whose(StrEnum):
    """Whose goals a line of the matrix is about."""

    OWN = "own"
    OWN_TEAMS = "own_teams"
    MEMBERS = "members"
    REST = "rest"


class Outcome(StrEnum):
    """What a line says of a set."""

    ALWAYS = "always"
    WITH_BOTH = "with_both"
    NEEDS_BOTH = "needs_both"
    NEVER = "never"


_ASSIGNEES = {
    Whose.OWN: (Assignee(AssigneeKind.PERSON, _ME),),
    Whose.OWN_TEAMS: (Assignee(AssigneeKind.TEAM, _MY_TEAM),),
    Whose.MEMBERS: (Assignee(AssigneeKind.PERSON, _MEMBER),),
    Whose.REST: (
        Assignee(AssigneeKind.COMPANY, _COMPANY),
        Assignee(AssigneeKind.TEAM, _OTHER_TEAM),
        Assignee(AssigneeKind.PERSON, _STRANGER),
    ),
}


@dataclass(frozen=True, slots=True)
class MatrixColumn:
    """A set with what follows from it: the outcome for each line, of seeing goals and of changing them."""

    sees: dict[Whose, Outcome]
    changes: dict[Whose, Outcome]


def matrix_column(role: Role | None, permissions: frozenset[Permission]) -> MatrixColumn:
    """Return what follows for holders of this role; without one, for an admin."""

    def outcome(may_do: Callable[[Actor, Assignee], bool], whose: Whose) -> Outcome:
        def holds(held: Iterable[Permission]) -> bool:
            actor = _holder(role, frozenset(held))
            return all(may_do(actor, assignee) for assignee in _ASSIGNEES[whose])

        if holds(()):
            return Outcome.ALWAYS
        if holds(permissions):
            return Outcome.WITH_BOTH
        return Outcome.NEEDS_BOTH if holds(BOTH) else Outcome.NEVER

    return MatrixColumn(
        sees={whose: outcome(may_see_goals_of, whose) for whose in Whose if whose is not Whose.MEMBERS},
        changes={whose: outcome(may_change_goals_of, whose) for whose in Whose},
    )


def _holder(role: Role | None, permissions: frozenset[Permission]) -> Actor:
    is_manager = role is Role.MANAGER
    return Actor(
        company_id=_COMPANY,
        user_id=_ME,
        is_admin=role is None,
        managed_team_ids=frozenset({_MY_TEAM}) if is_manager else frozenset(),
        managed_user_ids=frozenset({_MEMBER}) if is_manager else frozenset(),
        permissions=permissions,
    )
