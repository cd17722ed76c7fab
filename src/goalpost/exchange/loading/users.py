"""Loads people and their teams, by the same actions as pages and API."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db import transaction

from goalpost.accounts.actions import add_person, change_person, deactivate_person, reactivate_person
from goalpost.companies.actors import existing_teams, memberships_on
from goalpost.companies.calendar import today_in
from goalpost.companies.errors import InvalidInput
from goalpost.companies.memberships import MembershipChange, leaving_all, stays_of, teams_to_be_on
from goalpost.companies.models import Company, CompanyLock, User
from goalpost.companies.people import CAN_SIGN_IN
from goalpost.companies.teams import change_team, create_team
from goalpost.domain.membership import left
from goalpost.exchange.errors import RowRefused
from goalpost.exchange.files.cells import RejectedRow
from goalpost.exchange.loading.names import PersonIds, check_email, check_name, first_name_first, fold_name
from goalpost.exchange.reading.reading import ParsedRow
from goalpost.exchange.reading.rows import UserRow
from goalpost.exchange.report import ChangedDays, NameKind, Remark, Session
from goalpost.ledger.post import PostingWriter

_SUBJECT_OF = {"name": "person", "active": "person", "manager": "team"}


@dataclass(slots=True)
class Person:
    id: int
    name: str
    email: str
    is_active: bool
    is_admin: bool = False
    can_sign_in: bool = False
    team_ids: set[int] = field(default_factory=set)


@dataclass(slots=True)
class TeamState:
    id: int
    name: str
    manager_id: int | None = None


@contextmanager
def _refused_as_row(prefix: str = "") -> Iterator[None]:
    try:
        yield
    except InvalidInput as error:
        raise RowRefused(f"{prefix}{error.message}") from None


class Directory:
    """The company's people and teams, read again for each batch; a dry run only changes this copy."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._read()

    def read_anew(self) -> None:
        """Read again what others may have changed; not in a dry run, which would lose its changes."""
        if not self._session.is_dry_run:
            self._read()

    def by_email(self, email: str) -> Person | None:
        return self._by_email.get(email)

    def by_id(self, own_id: str) -> Person | None:
        """Return who has the id where the file comes from. Raises RowRefused as `PersonIds.person` does."""
        user_id = self._ids.person(own_id)
        return None if user_id is None else self._people[user_id]

    def without_id(self, people: list[Person]) -> list[Person]:
        """Return those who have no id yet where the file comes from."""
        return [person for person in people if not self._ids.has_another(person.id)]

    def remember_id(self, person: Person, own_id: str) -> bool:
        return self._ids.remember(person.id, own_id)

    def named(self, name: str) -> list[Person]:
        ids = self._by_name.get(fold_name(name)) or self._by_name.get(fold_name(first_name_first(name)), [])
        return [self._people[user_id] for user_id in ids]

    def team(self, name: str) -> TeamState | None:
        return self._teams.get(fold_name(name))

    def is_only_admin(self, person: Person) -> bool:
        """Whether the person is the only active admin who can sign in."""
        others = (one for one in self._people.values() if one is not person and one.is_active)
        return (
            person.is_admin
            and person.is_active
            and not any(one.is_admin and one.can_sign_in for one in others)
        )

    def is_email_elsewhere(self, email: str) -> bool:
        """Whether somebody of another company signs in with the address: it is one person's everywhere."""
        return User.objects.filter(email=email).exclude(company_id=self._session.company_id).exists()

    def add_person(self, name: str, email: str = "", *, is_active: bool = True) -> Person:
        """Add a person. Raises RowRefused."""
        session = self._session
        user_id = session.provisional_id()
        if not session.is_dry_run:
            with _refused_as_row():
                user_id = add_person(
                    actor=session.actor, name=name, email=email, is_active=is_active, now=session.now
                ).pk
        person = Person(user_id, name, email, is_active)
        self._index(person)
        session.report.add_name(NameKind.PERSON, name)
        return person

    def change_person(self, person: Person, name: str, email: str, team_ids: set[int]) -> bool:
        """Give the person these details; return whether anything differed. Raises RowRefused."""
        if (person.name, person.email, person.team_ids) == (name, email, team_ids):
            return False
        session = self._session
        teams = self._changed_teams(person, team_ids) if person.team_ids != team_ids else []
        if not session.is_dry_run:
            with _refused_as_row():
                change_person(
                    actor=session.actor,
                    user_id=person.id,
                    name=name,
                    email=email,
                    permission_set_id=None,
                    teams=teams,
                    is_admin=person.is_admin,
                    now=session.now,
                )
        self._by_name[fold_name(person.name)].remove(person.id)
        person.name, person.email, person.team_ids = name, email, team_ids
        self._index(person)
        return True

    def _changed_teams(self, person: Person, team_ids: set[int]) -> list[MembershipChange]:
        """Return the changes that put the person on these existing teams, and record them."""
        session = self._session
        if person.id < 0:
            return []
        teams = teams_to_be_on(
            session.actor,
            person.id,
            {team_id for team_id in team_ids if team_id > 0},
            now=session.now,
            as_of=session.as_of,
            new_since=session.started_at,
        )
        self._note(teams)
        return teams

    def _note(self, changes: Sequence[MembershipChange], *, until: date | None = None) -> None:
        """Record the days before and after the changes; `until` ends the former ones."""
        noted = self._session.report.memberships
        for change in changes:
            key = (change.team_id, change.user_id)
            known = noted.get(key)
            before = known.before if known else stays_of(self._session.actor, *key)
            after = left(known.after, until) if known and until else change.stays
            noted[key] = ChangedDays(before, after)

    def _today(self) -> date:
        return today_in(Company.objects.get(pk=self._session.company_id), self._session.now)

    def set_active(self, person: Person, *, is_active: bool) -> bool:
        """Reactivate or deactivate the person; return whether that changed anything. Raises RowRefused."""
        if person.is_active == is_active:
            return False
        session = self._session
        if not is_active and person.id > 0:
            tomorrow = self._today() + timedelta(days=1)
            self._note(leaving_all(session.actor, person.id, tomorrow), until=tomorrow)
        if not session.is_dry_run:
            become = reactivate_person if is_active else deactivate_person
            with _refused_as_row():
                become(actor=session.actor, user_id=person.id, now=session.now)
        person.is_active = is_active
        return True

    def find_or_add_team(self, name: str) -> TeamState:
        """Return the team of that name, created if new. Raises RowRefused."""
        team, session = self.team(name), self._session
        if team is None:
            team_id = session.provisional_id()
            if not session.is_dry_run:
                with _refused_as_row(f"“{name}” cannot be a team's name: "):
                    team_id = create_team(
                        actor=session.actor, name=name, manager_id=None, user_ids=(), now=session.now
                    ).pk
            team = self._teams[fold_name(name)] = TeamState(team_id, name)
            session.report.add_name(NameKind.TEAM, name)
        return team

    def set_manager(self, person: Person, team: TeamState) -> bool:
        """Make the person the team's manager; return whether they were not. Raises RowRefused."""
        if team.manager_id == person.id:
            return False
        session = self._session
        if not session.is_dry_run:
            with _refused_as_row():
                change_team(
                    actor=session.actor,
                    team_id=team.id,
                    name=team.name,
                    manager_id=person.id,
                    now=session.now,
                )
        team.manager_id = person.id
        return True

    def _index(self, person: Person) -> None:
        self._people[person.id] = person
        self._by_name[fold_name(person.name)].append(person.id)
        if person.email:
            self._by_email[person.email] = person

    def _read(self) -> None:
        company_id = self._session.company_id
        self._ids = PersonIds(self._session)
        self._people: dict[int, Person] = {}
        self._by_email: dict[str, Person] = {}
        self._by_name: defaultdict[str, list[int]] = defaultdict(list)
        users = User.objects.filter(company_id=company_id)
        signing_in = set(users.filter(CAN_SIGN_IN, is_admin=True).values_list("id", flat=True))
        rows = users.values_list("id", "name", "email", "is_active", "is_admin")
        for user_id, name, email, is_active, is_admin in rows:
            can_sign_in = user_id in signing_in
            self._index(Person(user_id, name, (email or "").lower(), is_active, is_admin, can_sign_in))
        self._teams: dict[str, TeamState] = {}
        teams = existing_teams(company_id).order_by("created_at", "name")
        for team_id, name, manager_id in teams.values_list("id", "name", "manager_id"):
            self._teams.setdefault(fold_name(name), TeamState(team_id, name, manager_id))
        memberships = memberships_on(company_id, self._session.as_of or self._today())
        for team_id, user_id in memberships.values_list("team_id", "user_id"):
            self._people[user_id].team_ids.add(team_id)


class UserLoader:
    """Loads rows of people for one company.

    A person may have several rows, as long as these agree. The teams that a file names for somebody are all
    of theirs: what it no longer names ends, and what is new begins, on `--as-of DAY` or today.
    """

    known_by = "external_id, then email; people without either by name."

    def __init__(self, session: Session, given: frozenset[str]) -> None:
        self._session = session
        self._may_wait = "external_id" in given
        self._waiting: list[ParsedRow[UserRow]] = []
        """Rows with unknown managers, whose ids may follow in later rows."""
        self._directory = Directory(session)
        self._report = session.report
        self._said: dict[tuple[str, int], tuple[object, int]] = {}
        self._added: set[int] = set()
        self._named: defaultdict[int, set[int]] = defaultdict(set)

    def load(self, _writer: PostingWriter | None, rows: Sequence[ParsedRow[UserRow]]) -> list[RejectedRow]:
        self._directory.read_anew()
        rejected: list[RejectedRow] = []
        for parsed in rows:
            try:
                self._load(parsed)
            except RowRefused as refusal:
                rejected.append(parsed.rejected(refusal))
        return rejected

    def settle(self) -> None:
        """Nothing is left to complete: managers who are not known yet are set at the end."""

    def finish(self) -> list[RejectedRow]:
        """Set the managers of the waiting rows."""
        if not self._waiting:
            return []
        rejected: list[RejectedRow] = []
        with transaction.atomic():
            CompanyLock.hold(self._session.actor.company_id)
            self._directory.read_anew()
            for parsed in self._waiting:
                row = parsed.row
                try:
                    team = self._directory.find_or_add_team(row.teams[0])
                    manager = self._found_manager(row) or self._directory.add_person(row.manager)
                    self._agree("manager", team.id, manager.id)
                    self._remember("manager", team.id, manager.id, row.line)
                    self._directory.set_manager(manager, team)
                except RowRefused as refusal:
                    rejected.append(parsed.rejected(refusal))
        return rejected

    def _load(self, parsed: ParsedRow[UserRow]) -> None:
        row = parsed.row
        person = self._find(row)
        manager = self._found_manager(row)
        self._check(row, person, manager)
        self._check_new(row, person, manager)
        is_new = is_changed = person is None
        if person is None:
            person = self._directory.add_person(row.name, row.email, is_active=row.is_active is not False)
            self._added.add(person.id)
        self._remember("name", person.id, row.name, row.line)
        teams = [self._directory.find_or_add_team(name) for name in row.teams]
        # Without an address the person is identified by name, whose spelling stays.
        name = row.name if row.email or row.external_id else person.name
        team_ids = self._named[person.id] = self._named[person.id] | {team.id for team in teams}
        is_active = person.is_active if row.is_active is None else row.is_active
        # A deactivated person does not rejoin teams when the same file is imported again.
        if not team_ids or not (is_active or person.id in self._added):
            team_ids = person.team_ids
        is_changed |= self._directory.change_person(person, name, row.email or person.email, team_ids)
        if row.is_active is not None:
            self._remember("active", person.id, row.is_active, row.line)
            is_changed |= self._directory.set_active(person, is_active=row.is_active)
        if row.external_id:
            is_changed |= self._directory.remember_id(person, row.external_id)
        if row.manager and teams and self._may_wait and manager is None:
            self._waiting.append(parsed)
        elif row.manager and teams:
            # Not found before: the row's own person perhaps, else somebody new.
            manager = manager or self._found_manager(row) or self._directory.add_person(row.manager)
            self._remember("manager", teams[0].id, manager.id, row.line)
            is_changed |= self._directory.set_manager(manager, teams[0])
        elif row.manager:
            self._report.remarks[Remark.NO_TEAM] += 1
        self._report.created += is_new
        self._report.updated += is_changed and not is_new
        self._report.unchanged += not is_changed

    def _find(self, row: UserRow) -> Person | None:
        """Return who the row is about, None for somebody new. Raises RowRefused."""
        if row.external_id:
            known = self._directory.by_id(row.external_id)
            if known is not None:
                return known
        if not row.email:
            named = self._directory.named(row.name)
            if row.external_id:
                named = self._directory.without_id(named) or self._directory.named(row.external_id)
            return self._only(named, row.name)
        known = self._directory.by_email(row.email)
        if known is not None:
            return known
        if self._directory.is_email_elsewhere(row.email):
            raise RowRefused(f"“{row.email}” is already in use: give another address.")
        # Named by a file of deals, people have no address yet, or are called by it, or by their id.
        for name in (row.email, row.external_id, row.name):
            named = self._directory.named(name) if name else []
            without = [person for person in named if not person.email]
            if row.external_id:
                without = self._directory.without_id(without)
            if without:
                return self._only(without, row.name)
        return None

    def _only(self, people: list[Person], name: str) -> Person | None:
        if len(people) > 1:
            raise RowRefused(f"{len(people)} people are named “{name}”: give the e-mail address.")
        return people[0] if people else None

    def _found_manager(self, row: UserRow) -> Person | None:
        if not (row.manager and row.teams):
            return None
        by_id = self._directory.by_id(row.manager)
        by_email = by_id or self._directory.by_email(row.manager.lower())
        return by_email or self._only(self._directory.named(row.manager), row.manager)

    def _check(self, row: UserRow, person: Person | None, manager: Person | None) -> None:
        """Raise RowRefused for what contradicts an earlier row, before anything is changed for this one."""
        if person is not None:
            if row.email or row.external_id:
                self._agree("name", person.id, row.name)
            if row.is_active is not None:
                self._agree("active", person.id, row.is_active)
            if row.is_active is False and self._directory.is_only_admin(person):
                raise RowRefused(f"{person.name} is the only admin and cannot be deactivated.")
        team = self._directory.team(row.teams[0]) if row.manager and row.teams else None
        if team is not None:
            self._agree("manager", team.id, None if manager is None else manager.id)

    def _check_new(self, row: UserRow, person: Person | None, manager: Person | None) -> None:
        """Raise RowRefused for a name or an address that nobody may have, before anything is created."""
        if person is None or ((row.email or row.external_id) and row.name != person.name):
            check_name(row.name, "a person's name")
        if row.email and (person is None or row.email != person.email):
            check_email(row.email)
        for name in row.teams:
            if self._directory.team(name) is None:
                check_name(name, "a team's name")
        is_self = fold_name(row.manager) == fold_name(row.name) or row.manager.lower() == row.email
        if row.manager and row.teams and manager is None and not is_self:
            check_name(row.manager, "a person's name")

    def _agree(self, what: str, about: int, now: object) -> None:
        before, line = self._said.get((what, about), (now, 0))
        if before != now:
            raise RowRefused(f"contradicts line {line:,} about the same {_SUBJECT_OF[what]}: {what}.")

    def _remember(self, what: str, about: int, now: object, line: int) -> None:
        self._said.setdefault((what, about), (now, line))
