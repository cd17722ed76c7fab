"""Loads people and their teams."""

from collections.abc import Sequence

from goalpost.exchange.loading.names import fold
from goalpost.exchange.loading.new_names import check_email, check_person_name, check_team_name
from goalpost.exchange.loading.refusal import RowRefused
from goalpost.exchange.loading.report import NameKind, Remark
from goalpost.exchange.loading.session import Session
from goalpost.exchange.loading.staff import KnownTeam, Person, Staff
from goalpost.exchange.reading.reading import TakenRow
from goalpost.exchange.reading.rows import UserRow
from goalpost.exchange.sheets.cell import RejectedRow
from goalpost.ledger.post import Pen


class UserLoader:
    """Loads rows of people for one company.

    A person may have several rows, as long as these agree. Nobody is taken off a team by a file.
    """

    known_by = "email; people without one by name."

    def __init__(self, session: Session) -> None:
        self._staff = Staff(session)
        self._report = session.report
        self._said: dict[tuple[str, int], tuple[object, int]] = {}

    def load(self, pen: Pen | None, rows: Sequence[TakenRow[UserRow]]) -> list[RejectedRow]:  # noqa: ARG002  people count nowhere: nothing is posted
        self._staff.read_anew()
        rejected: list[RejectedRow] = []
        for taken in rows:
            try:
                self._load(taken.row)
            except RowRefused as refusal:
                rejected.append(taken.rejected(str(refusal)))
        return rejected

    def _load(self, row: UserRow) -> None:
        person = self._find(row)
        manager = self._found_manager(row)
        self._check(row, person, manager)
        self._check_new(row, person, manager)
        is_new = person is None
        if person is None:
            person = self._staff.add_person(row.name, row.email, is_active=row.is_active is not False)
            self._report.add_name(NameKind.PERSON, row.name)
            is_changed = True
        else:
            is_changed = self._change(row, person)
        self._say("name", person.id, row.name, row.line)
        if row.is_active is not None:
            self._say("active", person.id, row.is_active, row.line)
        teams = [self._team(name) for name in row.teams]
        for team in teams:
            is_changed |= self._staff.join(person, team)
        if row.manager and teams:
            is_changed |= self._put_in_charge(row, manager, teams[0])
        elif row.manager:
            self._report.remarks[Remark.NO_TEAM] += 1
        self._report.created += is_new
        self._report.updated += is_changed and not is_new
        self._report.unchanged += not is_changed

    def _find(self, row: UserRow) -> Person | None:
        """Return who the row is about, None for somebody new. Raises RowRefused."""
        if not row.email:
            return self._only(self._staff.named(row.name), row.name)
        known = self._staff.by_email(row.email)
        if known is not None:
            return known
        if self._staff.is_email_elsewhere(row.email):
            raise RowRefused(f"“{row.email}” is in use already: give another address.")
        # Named by a file of deals, people have no address yet, or are called by it.
        without = [person for person in self._staff.named(row.email) if not person.email]
        without = without or [person for person in self._staff.named(row.name) if not person.email]
        return self._only(without, row.name)

    def _only(self, people: list[Person], name: str) -> Person | None:
        if len(people) > 1:
            raise RowRefused(f"{len(people)} people are named “{name}”: give the e-mail address.")
        return people[0] if people else None

    def _found_manager(self, row: UserRow) -> Person | None:
        if not (row.manager and row.teams):
            return None
        return self._staff.by_email(row.manager.lower()) or self._only(
            self._staff.named(row.manager), row.manager
        )

    def _check(self, row: UserRow, person: Person | None, manager: Person | None) -> None:
        """Raise RowRefused for what contradicts an earlier row, before anything is changed for this one."""
        if person is not None:
            if row.email:
                self._agree("name", person.id, row.name)
            if row.is_active is not None:
                self._agree("active", person.id, row.is_active)
            if row.is_active is False and person.is_active and self._staff.is_only_admin(person):
                raise RowRefused(f"{person.name} is the only admin and cannot be deactivated.")
        team = self._staff.team(row.teams[0]) if row.manager and row.teams else None
        if team is not None:
            self._agree("manager", team.id, None if manager is None else manager.id)

    def _check_new(self, row: UserRow, person: Person | None, manager: Person | None) -> None:
        """Raise RowRefused for a name or an address that nobody may have, before anything is created."""
        if person is None or (row.email and row.name != person.name):
            check_person_name(row.name)
        if row.email and (person is None or row.email != person.email):
            check_email(row.email)
        for team in row.teams:
            if self._staff.team(team) is None:
                check_team_name(team)
        is_self = fold(row.manager) == fold(row.name) or row.manager.lower() == row.email
        if row.manager and row.teams and manager is None and not is_self:
            check_person_name(row.manager)

    def _change(self, row: UserRow, person: Person) -> bool:
        is_active = person.is_active if row.is_active is None else row.is_active
        # Without an address the name is what the person is known by; its spelling here stays.
        name = row.name if row.email else person.name
        return self._staff.change_person(person, name, row.email or person.email, is_active=is_active)

    def _team(self, name: str) -> KnownTeam:
        team = self._staff.team(name)
        if team is None:
            team = self._staff.add_team(name)
            self._report.add_name(NameKind.TEAM, name)
        return team

    def _put_in_charge(self, row: UserRow, manager: Person | None, team: KnownTeam) -> bool:
        if manager is None:
            manager = self._found_manager(row)  # the row's own person, perhaps
        if manager is None:
            manager = self._staff.add_person(row.manager, "", is_active=True)
            self._report.add_name(NameKind.PERSON, row.manager)
        self._say("manager", team.id, manager.id, row.line)
        return self._staff.put_in_charge(manager, team)

    def _agree(self, what: str, about: int, now: object) -> None:
        before, line = self._said.get((what, about), (now, 0))
        if before != now:
            raise RowRefused(f"says something else of the same {_OF[what]} than line {line:,}: {what}.")

    def _say(self, what: str, about: int, now: object, line: int) -> None:
        self._said.setdefault((what, about), (now, line))


_OF = {"name": "person", "active": "person", "manager": "team"}
