"""The people of the story as users: their teams, their permission sets, the three who sign in."""

from dataclasses import dataclass
from datetime import datetime

from goalpost.companies.actions import add_member, add_team, add_user
from goalpost.companies.actors import actor_for, operator_of
from goalpost.companies.models import PermissionSet, User
from goalpost.companies.permission_sets import add_permission_set, change_permissions
from goalpost.demo.people import PEOPLE, Person, Rights, TeamName
from goalpost.domain.permissions import AT_FIRST, BOTH, Actor, Permission

PASSWORD = "goalpost-demo"  # noqa: S105  said aloud on purpose: it opens made-up data, on this machine only
SIGN_INS = {"Admin": "elin", "Team manager": "tuomas", "Regular user": "aino"}


@dataclass(frozen=True, slots=True)
class Crew:
    """The ids of people (by key) and teams, and each person with their rights."""

    users: dict[str, int]
    teams: dict[TeamName, int]
    actors: dict[str, Actor]


def hire(company_id: int, *, now: datetime) -> Crew:
    """Add everybody, the leaver deactivated and on no team."""
    operator = operator_of(company_id)
    sets = _sets(operator, now=now)
    users = {person.key: _hire(operator, person, sets, now=now) for person in PEOPLE}
    managers = {person.manages: users[person.key] for person in PEOPLE if person.manages}
    teams = {
        name: add_team(actor=operator, name=name, manager_id=managers[name].pk, now=now).pk
        for name in TeamName
    }
    for person in PEOPLE:
        if person.team:
            add_member(actor=operator, team_id=teams[person.team], user_id=users[person.key].pk)
    return Crew(
        users={key: user.pk for key, user in users.items()},
        teams=teams,
        actors={key: actor_for(user) for key, user in users.items()},
    )


def _sets(operator: Actor, *, now: datetime) -> dict[Rights, PermissionSet]:
    """Open everything to managers, and to a set of the company's own; regular users stay as they begin."""
    wide = AT_FIRST | BOTH | {Permission.SEE_OTHERS_RECORDS}
    manager = PermissionSet.objects.get(company_id=operator.company_id, name=Rights.MANAGER)
    change_permissions(actor=operator, permissions={manager.pk: wide}, now=now)
    manager.refresh_from_db()
    own = add_permission_set(actor=operator, name=Rights.OPEN, permissions=wide, now=now)
    return {Rights.MANAGER: manager, Rights.OPEN: own}


def _hire(operator: Actor, person: Person, sets: dict[Rights, PermissionSet], *, now: datetime) -> User:
    return add_user(
        actor=operator,
        name=person.name,
        email=person.email,
        password=PASSWORD if person.key in SIGN_INS.values() else None,
        is_admin=person.rights is Rights.ADMIN,
        is_active=not person.has_left,
        permission_set=sets.get(person.rights),
        now=now,
    )
