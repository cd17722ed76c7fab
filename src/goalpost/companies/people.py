"""Queries for the administration of people."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet

from goalpost.companies.actors import existing_teams, memberships_on
from goalpost.companies.checks import require_admin
from goalpost.companies.errors import NotFound
from goalpost.companies.models import PermissionSet, User
from goalpost.domain.alphabet import by_name
from goalpost.domain.permissions import Actor

PAGE = 50


class PersonStatus(StrEnum):
    """A person's status; everybody has exactly one."""

    ACTIVE = "active"
    INVITED = "invited"
    NOT_INVITED = "not-invited"
    """Has an address, from an import, and neither a password nor an invitation."""
    DEACTIVATED = "deactivated"
    WITHOUT_EMAIL = "without-email"


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be chosen: a team, a permission set."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person as the list and their own page show them."""

    id: int
    name: str
    email: str
    status: PersonStatus
    is_admin: bool
    has_password: bool
    permission_set: Choice | None
    teams: tuple[Choice, ...]
    manages: tuple[Choice, ...]
    invitation_expires_at: datetime | None
    created_at: datetime

    @property
    def manages_only(self) -> tuple[Choice, ...]:
        """The teams that the person manages without being a member."""
        return tuple(team for team in self.manages if team not in self.teams)


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of the list, and how many there are of each status among those that the search finds."""

    people: tuple[PersonLine, ...]
    counts: dict[PersonStatus, int]
    found: int
    page: int
    pages: int


_NO_PASSWORD = Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
_INVITED = Q(invitation__isnull=False) & _NO_PASSWORD
_IN_BY_ANOTHER_DOOR = Q(invitation__isnull=True, socialaccount__isnull=False)
_CANNOT_YET = _NO_PASSWORD & Q(invitation__isnull=True, socialaccount__isnull=True)
_ADDRESSED = Q(is_active=True, email__isnull=False)
CAN_SIGN_IN = _ADDRESSED & (~_NO_PASSWORD | _IN_BY_ANOTHER_DOOR)
_OF_STATUS = {
    PersonStatus.ACTIVE: CAN_SIGN_IN,
    PersonStatus.INVITED: _ADDRESSED & _INVITED,
    PersonStatus.NOT_INVITED: _ADDRESSED & _CANNOT_YET,
    PersonStatus.DEACTIVATED: Q(is_active=False),
    PersonStatus.WITHOUT_EMAIL: Q(is_active=True, email__isnull=True),
}


def people_page(
    actor: Actor, *, search: str = "", status: PersonStatus | None = None, page: int = 1
) -> PeoplePage:
    """Return a page of the company's people by name, in a constant number of queries. Raises NotAllowed."""
    require_admin(actor)
    found = User.objects.filter(company_id=actor.company_id)
    for word in search.split():
        found = found.filter(Q(name__icontains=word) | Q(email__icontains=word))
    counted = found.aggregate(
        **{kind.name: Count("id", filter=condition, distinct=True) for kind, condition in _OF_STATUS.items()}
    )
    counts = {kind: int(counted[kind.name]) for kind in PersonStatus}
    in_all = sum(counts.values()) if status is None else counts[status]
    if status is not None:
        found = found.filter(_OF_STATUS[status])
    names = sorted(found.values_list("name", "id").distinct(), key=lambda row: by_name(*row))
    shown_page = Paginator(names, PAGE).get_page(max(page, 1))
    shown = [user_id for _name, user_id in shown_page.object_list]
    of_page = User.objects.filter(company_id=actor.company_id, id__in=shown)
    lines = {line.id: line for line in _lines(actor.company_id, of_page)}
    return PeoplePage(
        people=tuple(lines[user_id] for user_id in shown),
        counts=counts,
        found=in_all,
        page=shown_page.number,
        pages=shown_page.paginator.num_pages,
    )


def person_line(actor: Actor, user_id: int) -> PersonLine:
    """Return one person. Raises NotFound, NotAllowed."""
    require_admin(actor)
    lines = _lines(actor.company_id, User.objects.filter(company_id=actor.company_id, pk=user_id))
    if not lines:
        raise NotFound
    return lines[0]


def everybody(actor: Actor) -> list[User]:
    """Return everybody of the company, also deactivated people; no permission check: goals name them."""
    return list(User.objects.filter(company_id=actor.company_id))


def colleague(actor: Actor, user_id: int) -> User:
    """Return one of them. Raises NotFound."""
    found = User.objects.filter(company_id=actor.company_id, pk=user_id).first()
    if found is None:
        raise NotFound
    return found


def state_of_person(line: PersonLine) -> str:
    """Return a fingerprint of a person's details, which a form sends back to detect changes."""
    details = (line.name, line.email, line.is_admin, line.permission_set)
    return hashlib.sha256(repr(details).encode()).hexdigest()[:16]


def teams_to_choose(actor: Actor) -> tuple[Choice, ...]:
    return _by_name(existing_teams(actor.company_id).values_list("id", "name"))


def permission_sets_to_choose(actor: Actor) -> tuple[Choice, ...]:
    return _by_name(PermissionSet.objects.filter(company_id=actor.company_id).values_list("id", "name"))


def successors_to_choose(actor: Actor, leaver_id: int) -> tuple[Choice, ...]:
    """Return who may take over from somebody: the active others, by name."""
    others = User.objects.filter(company_id=actor.company_id, is_active=True).exclude(pk=leaver_id)
    return _by_name(others.values_list("id", "name"))


def _by_name(rows: Iterable[tuple[int, str]]) -> tuple[Choice, ...]:
    return tuple(Choice(*row) for row in sorted(rows, key=lambda row: by_name(row[1], row[0])))


def _lines(company_id: int, people: QuerySet[User]) -> list[PersonLine]:
    rows = list(people.select_related("permission_set", "invitation").prefetch_related("socialaccount_set"))
    ids = [row.pk for row in rows]
    teams, manages = _teams_of(company_id, ids)
    return [
        PersonLine(
            id=row.pk,
            name=row.name,
            email=row.email or "",
            status=_status(row),
            is_admin=row.is_admin,
            has_password=row.has_usable_password(),
            permission_set=(
                None if row.permission_set is None else Choice(row.permission_set.pk, row.permission_set.name)
            ),
            teams=tuple(teams[row.pk]),
            manages=tuple(manages[row.pk]),
            invitation_expires_at=row.invitation.expires_at if hasattr(row, "invitation") else None,
            created_at=row.created_at,
        )
        for row in rows
    ]


def _status(row: User) -> PersonStatus:
    """Return the status as `_OF_STATUS` has it."""
    if not row.is_active:
        return PersonStatus.DEACTIVATED
    if row.email is None:
        return PersonStatus.WITHOUT_EMAIL
    if row.has_usable_password():
        return PersonStatus.ACTIVE
    if hasattr(row, "invitation"):
        return PersonStatus.INVITED
    # Whoever signs in by single sign-on needs no password.
    if row.socialaccount_set.all():  # type: ignore[attr-defined]
        return PersonStatus.ACTIVE
    return PersonStatus.NOT_INVITED


def _teams_of(company_id: int, ids: Sequence[int]) -> tuple[dict[int, list[Choice]], dict[int, list[Choice]]]:
    """Return the teams that each of the people is on today, and those they manage, by name."""
    on: dict[int, list[Choice]] = defaultdict(list)
    manages: dict[int, list[Choice]] = defaultdict(list)
    memberships = (
        memberships_on(company_id).filter(user_id__in=ids).values_list("user_id", "team_id", "team__name")
    )
    managed = existing_teams(company_id).filter(manager_id__in=ids).values_list("manager_id", "id", "name")
    for found, rows in ((on, memberships), (manages, managed)):
        for user_id, team_id, name in sorted(rows, key=lambda row: by_name(row[2], row[1])):
            found[user_id].append(Choice(team_id, name))
    return on, manages
