"""The people of Kaski Systems: who they are, how they sell, the rights they have, and their accounts."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from goalpost.companies.actions import add_team, add_user
from goalpost.companies.actors import actor_for, operator_of
from goalpost.companies.memberships import add_member
from goalpost.companies.models import PermissionSet, User
from goalpost.companies.permission_sets import add_permission_set, change_permissions
from goalpost.domain.permissions import AT_FIRST, BOTH, Actor, Permission


class TeamName(StrEnum):
    NORDICS = "Team Nordics"
    BALTICS = "Team Baltics"
    DACH = "Team DACH"


class Rights(StrEnum):
    """The permission set a person has; admins need none."""

    ADMIN = "Admin"
    MANAGER = "Team manager"
    REGULAR = "Regular user"
    OPEN = "Regular user, open"


@dataclass(frozen=True, slots=True)
class Person:
    """A person and how they work.

    `share` weighs how many of the new deals are theirs, `skill` divides their losses (1 is usual), `pace` is
    how many activities they have on a usual working day.
    """

    key: str
    name: str
    rights: Rights
    team: TeamName | None = None
    manages: TeamName | None = None
    share: float = 0.0
    skill: float = 1.0
    pace: float = 0.0
    joined_months_ago: int = 99
    has_left: bool = False

    @property
    def email(self) -> str:
        return f"{self.key}@kaski.example"


PEOPLE = (
    Person("elin", "Elin Sandvik", Rights.ADMIN),
    Person("runa", "Runa Eldjarn", Rights.ADMIN),
    Person("tuomas", "Tuomas Rintala", Rights.MANAGER, manages=TeamName.NORDICS, share=0.15, pace=0.7),
    Person(
        "mart",
        "Mart Tammsaar",
        Rights.MANAGER,
        team=TeamName.BALTICS,
        manages=TeamName.BALTICS,
        share=0.8,
        pace=1.5,
    ),
    Person(
        "lena",
        "Lena Vogt",
        Rights.MANAGER,
        team=TeamName.DACH,
        manages=TeamName.DACH,
        share=0.7,
        pace=1.5,
    ),
    Person(
        "aino", "Aino Kallio", Rights.REGULAR, team=TeamName.NORDICS, share=1.45, skill=1.9, pace=3.1
    ),  # far ahead
    Person(
        "jonas", "Jonas Bergdal", Rights.REGULAR, team=TeamName.NORDICS, share=0.8, skill=0.68, pace=1.4
    ),  # behind
    Person("freja", "Freja Holmgaard", Rights.OPEN, team=TeamName.NORDICS, share=1.0, skill=1.1, pace=2.1),
    Person("oskar", "Oskar Niemelä", Rights.REGULAR, team=TeamName.NORDICS, share=1.0, skill=1.15, pace=1.9),
    Person(
        "sigrid",
        "Sigrid Aasen",
        Rights.REGULAR,
        team=TeamName.NORDICS,
        share=1.0,
        skill=1.05,
        pace=2.0,
        joined_months_ago=14,
    ),
    Person("petra", "Petra Lindqvist", Rights.REGULAR, share=1.0, skill=1.2, pace=1.9, has_left=True),
    Person("liis", "Liis Oja", Rights.OPEN, team=TeamName.BALTICS, share=1.15, skill=1.1, pace=2.1),
    Person("kristaps", "Kristaps Ozols", Rights.REGULAR, team=TeamName.BALTICS, share=0.95, pace=1.9),
    Person("felix", "Felix Brandt", Rights.REGULAR, team=TeamName.DACH, share=1.05, skill=1.05, pace=2.0),
    Person(
        "hanna",
        "Hanna Steiner",
        Rights.REGULAR,
        team=TeamName.DACH,
        share=0.9,
        skill=0.95,
        pace=1.8,
        joined_months_ago=20,
    ),
)
LEAVER, LEFT_MONTHS_AGO = "petra", 5
LEAVERS_TEAM = TeamName.NORDICS

BY_KEY = {person.key: person for person in PEOPLE}


def team_of(person: Person) -> TeamName:
    """Return the market a person sells in, whether they are still on its team or not."""
    return person.team or person.manages or LEAVERS_TEAM


def successors_of_leaver() -> list[Person]:
    """Return those who took over the leaver's open deals."""
    return [person for person in PEOPLE if person.team is LEAVERS_TEAM and person.key != "jonas"]


PASSWORD = "goalpost-demo"  # noqa: S105  said aloud on purpose: it opens made-up data, on this machine only
SIGN_INS = {"Admin": "elin", "Team manager": "tuomas", "Regular user": "aino", "Regular user, open": "freja"}


@dataclass(frozen=True, slots=True)
class DemoPeople:
    """The ids of people (by key) and teams, and each person with their rights."""

    users: dict[str, int]
    teams: dict[TeamName, int]
    actors: dict[str, Actor]


def hire(company_id: int, *, now: datetime) -> DemoPeople:
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
            add_member(actor=operator, team_id=teams[person.team], user_id=users[person.key].pk, now=now)
    return DemoPeople(
        users={key: user.pk for key, user in users.items()},
        teams=teams,
        actors={key: actor_for(user) for key, user in users.items()},
    )


def _sets(operator: Actor, *, now: datetime) -> dict[Rights, PermissionSet]:
    """Open everything to managers, and all goals to a set of the company's own; others stay as they begin.

    Who has that set sees every result, and how much of it comes from records that are hidden.
    """
    wide = AT_FIRST | BOTH | {Permission.SEE_OTHERS_RECORDS}
    manager = PermissionSet.objects.get(company_id=operator.company_id, name=Rights.MANAGER)
    change_permissions(actor=operator, permissions={manager.pk: wide}, now=now)
    manager.refresh_from_db()
    own = add_permission_set(actor=operator, name=Rights.OPEN, permissions=AT_FIRST | BOTH, now=now)
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
