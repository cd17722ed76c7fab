"""The company's people and teams while a file of people is loaded, as the file makes them."""

from collections import defaultdict
from dataclasses import dataclass

from goalpost.companies.actions import add_member, add_team, add_user, change_team_manager
from goalpost.companies.actors import existing_memberships, existing_teams
from goalpost.companies.errors import InvalidInput, NotFound
from goalpost.companies.models import User
from goalpost.exchange.loading.names import fold
from goalpost.exchange.loading.refusal import RowRefused
from goalpost.exchange.loading.session import Session


@dataclass(slots=True)
class Person:
    id: int
    name: str
    email: str
    is_active: bool
    is_admin: bool


@dataclass(slots=True)
class KnownTeam:
    id: int
    name: str
    manager_id: int | None


class Staff:
    """People and teams, read when the book is opened and changed one by one. A dry run changes only this."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._people: dict[int, Person] = {}
        self._teams: dict[str, KnownTeam] = {}
        self._members: set[tuple[int, int]] = set()
        self._read()

    def read_anew(self) -> None:
        """Read what somebody else may have changed since; not in a dry run, which would forget its own."""
        if not self._session.is_dry_run:
            self._read()

    def by_email(self, email: str) -> Person | None:
        return self._by_email.get(email)

    def named(self, name: str) -> list[Person]:
        return [self._people[user_id] for user_id in self._by_name.get(fold(name), ())]

    def team(self, name: str) -> KnownTeam | None:
        return self._teams.get(fold(name))

    def is_only_admin(self, person: Person) -> bool:
        admins = [one for one in self._people.values() if one.is_admin and one.is_active]
        return admins == [person]

    def is_email_elsewhere(self, email: str) -> bool:
        """Whether somebody of another company signs in with the address: it is one person's everywhere."""
        return User.objects.filter(email=email).exclude(company_id=self._session.company_id).exists()

    def add_person(self, name: str, email: str, *, is_active: bool) -> Person:
        """Add a person. Raises RowRefused."""
        session = self._session
        if session.is_dry_run:
            user_id = session.provisional_id()
        else:
            try:
                user_id = add_user(
                    actor=session.actor,
                    name=name,
                    email=email or None,
                    is_active=is_active,
                    now=session.now,
                ).pk
            except InvalidInput as error:
                raise RowRefused(error.message) from None
        person = Person(user_id, name, email, is_active, is_admin=False)
        self._know(person)
        return person

    def change_person(self, person: Person, name: str, email: str, *, is_active: bool) -> bool:
        """Make the person so; return whether anything differed."""
        if (person.name, person.email, person.is_active) == (name, email, is_active):
            return False
        if not self._session.is_dry_run:
            User.objects.filter(company_id=self._session.company_id, pk=person.id).update(
                name=name, email=email or None, is_active=is_active
            )
        self._by_name[fold(person.name)].remove(person.id)
        person.name, person.email, person.is_active = name, email, is_active
        self._know(person)
        return True

    def add_team(self, name: str) -> KnownTeam:
        """Add a team. Raises RowRefused."""
        session = self._session
        if session.is_dry_run:
            team_id = session.provisional_id()
        else:
            try:
                team_id = add_team(actor=session.actor, name=name, now=session.now).pk
            except InvalidInput as error:
                raise RowRefused(f"“{name}” cannot be a team's name: {error.message}") from None
        team = self._teams[fold(name)] = KnownTeam(team_id, name, None)
        return team

    def join(self, person: Person, team: KnownTeam) -> bool:
        """Put the person on the team; return whether they were not on it. Raises RowRefused."""
        if (team.id, person.id) in self._members:
            return False
        if not self._session.is_dry_run:
            try:
                add_member(actor=self._session.actor, team_id=team.id, user_id=person.id)
            except NotFound:
                raise RowRefused(f"The team “{team.name}” was deleted meanwhile.") from None
        self._members.add((team.id, person.id))
        return True

    def put_in_charge(self, person: Person, team: KnownTeam) -> bool:
        """Make the person the team's manager; return whether they were not. Raises RowRefused."""
        if team.manager_id == person.id:
            return False
        if not self._session.is_dry_run:
            try:
                change_team_manager(actor=self._session.actor, team_id=team.id, manager_id=person.id)
            except NotFound:
                raise RowRefused(f"The team “{team.name}” was deleted meanwhile.") from None
        team.manager_id = person.id
        return True

    def _know(self, person: Person) -> None:
        self._people[person.id] = person
        self._by_name[fold(person.name)].append(person.id)
        if person.email:
            self._by_email[person.email] = person

    def _read(self) -> None:
        company_id = self._session.company_id
        self._people = {}
        self._by_email: dict[str, Person] = {}
        self._by_name: defaultdict[str, list[int]] = defaultdict(list)
        people = User.objects.filter(company_id=company_id).order_by("id")
        for user_id, name, email, is_active, is_admin in people.values_list(
            "id", "name", "email", "is_active", "is_admin"
        ):
            self._know(Person(user_id, name, (email or "").lower(), is_active, is_admin))
        self._teams = {}
        teams = existing_teams(company_id).order_by("id")
        for team_id, name, manager_id in teams.values_list("id", "name", "manager_id"):
            self._teams.setdefault(fold(name), KnownTeam(team_id, name, manager_id))
        self._members = set(existing_memberships(company_id).values_list("team_id", "user_id"))
