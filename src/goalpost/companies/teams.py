"""Creating, changing and deleting teams. Deleted teams are kept."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from goalpost.companies.actions import add_team
from goalpost.companies.actors import existing_teams, known_memberships, on_day
from goalpost.companies.audit import AuditAction, AuditValue, Changes, Subject, differing, record
from goalpost.companies.calendar import today_in
from goalpost.companies.checks import checked_name, found_user, require_admin
from goalpost.companies.errors import Changed, InvalidInput, NotFound
from goalpost.companies.memberships import MembershipChange, member_names, write_stays
from goalpost.companies.models import Company, CompanyLock, Team, User
from goalpost.domain.alphabet import by_name
from goalpost.domain.membership import Stay
from goalpost.domain.permissions import Actor


@dataclass(frozen=True, slots=True)
class TeamMember:
    id: int
    name: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class TeamLine:
    """A team with who manages it and who is on it today, by name."""

    id: int
    name: str
    manager: TeamMember | None
    members: tuple[TeamMember, ...]
    created_at: datetime
    is_deleted: bool


def teams_of_company(actor: Actor) -> tuple[TeamLine, ...]:
    """Return every team, by name, in two queries. Raises NotAllowed."""
    require_admin(actor)
    return _lines(actor, list(existing_teams(actor.company_id).select_related("manager")))


def every_team(actor: Actor) -> tuple[TeamLine, ...]:
    """Return every team by name, also deleted ones, in two queries; no permission check: goals name them."""
    return _lines(actor, list(Team.objects.filter(company_id=actor.company_id).select_related("manager")))


def team_line(actor: Actor, team_id: int) -> TeamLine:
    """Return one team. Raises NotFound, NotAllowed."""
    require_admin(actor)
    return _lines(actor, [found_team(actor, team_id)])[0]


def state_of_team(line: TeamLine) -> str:
    """Return a fingerprint of the team, which a form sends back to detect changes."""
    details = (line.name, line.manager and line.manager.id)
    return hashlib.sha256(repr(details).encode()).hexdigest()[:16]


def people_for_teams(actor: Actor, *, also: Collection[int] = ()) -> tuple[TeamMember, ...]:
    """Return who can be put on a team: the active, and those named by id. Raises NotAllowed."""
    require_admin(actor)
    people = User.objects.filter(company_id=actor.company_id).values_list("pk", "name", "is_active")
    return tuple(
        TeamMember(pk, name, is_active)
        for pk, name, is_active in sorted(people, key=lambda row: by_name(row[1], row[0]))
        if is_active or pk in also
    )


def create_team(
    *,
    actor: Actor,
    name: str,
    manager_id: int | None,
    user_ids: Collection[int],
    now: datetime,
    start: date | None = None,
) -> Team:
    """Create a team with these members from a day on, None for always.

    Raises InvalidInput, NotAllowed.
    """
    require_admin(actor)
    with transaction.atomic():
        CompanyLock.hold(actor.company_id)
        team = add_team(actor=actor, name=name, manager_id=manager_id, now=now)
        for user_id in sorted(set(user_ids)):
            write_stays(actor, MembershipChange(team.pk, user_id, (Stay(start),)), now)
        changes = {key: (None, value) for key, value in team_state(actor, team).items() if value}
        record(actor=actor, action=AuditAction.CREATED, on=Subject.of(team), now=now, changes=changes)
    return team


def change_team(
    *,
    actor: Actor,
    team_id: int,
    name: str,
    manager_id: int | None,
    now: datetime,
    state: str = "",
) -> Team:
    """Give a team this name and this manager. Who is on it when: `companies.memberships`.

    Raises NotFound, InvalidInput, NotAllowed, and Changed when the team is no longer in the `state` that the
    actor saw.
    """
    require_admin(actor)
    name = checked_name(name)
    with transaction.atomic():
        CompanyLock.hold(actor.company_id)
        team = found_team(actor, team_id)
        if state and state != state_of_team(team_line(actor, team_id)):
            raise Changed
        before, called = team_state(actor, team), team.name
        if name != called and existing_teams(actor.company_id).filter(name=name).exists():
            raise InvalidInput(_("There is already a team with that name."), field="name")
        team.name = name
        team.manager = None if manager_id is None else found_user(actor.company_id, manager_id)
        team.save(update_fields=["name", "manager"])
        if changes := differing(before, team_state(actor, team)):
            record(
                actor=actor, action=AuditAction.CHANGED, on=Subject.of(team, called), now=now, changes=changes
            )
    return team


def team_state(actor: Actor, team: Team) -> dict[str, AuditValue]:
    """Return the details of a team that the audit log records."""
    line = _lines(actor, [team])[0]
    return {
        "name": line.name,
        "manager": line.manager.name if line.manager else None,
        "members": member_names(actor.company_id, team.pk),
    }


def _lines(actor: Actor, teams: list[Team]) -> tuple[TeamLine, ...]:
    members: dict[int, list[TeamMember]] = {team.pk: [] for team in teams}
    # Of deleted teams too: their members are who was on them.
    day = today_in(Company.objects.get(pk=actor.company_id), timezone.now())
    rows = on_day(known_memberships(actor.company_id), day).filter(team_id__in=list(members))
    details = rows.values_list("team_id", "user_id", "user__name", "user__is_active")
    for team_id, user_id, name, is_active in sorted(details, key=lambda row: by_name(row[2], row[1])):
        members[team_id].append(TeamMember(user_id, name, is_active))
    return tuple(
        TeamLine(
            team.pk,
            team.name,
            None
            if team.manager is None
            else TeamMember(team.manager.pk, team.manager.name, team.manager.is_active),
            tuple(members[team.pk]),
            team.created_at,
            is_deleted=team.deleted_at is not None,
        )
        for team in sorted(teams, key=lambda team: by_name(team.name, team.pk))
    )


def found_team(actor: Actor, team_id: int) -> Team:
    """Return an existing team of the actor's company. Raises NotFound."""
    team = existing_teams(actor.company_id).filter(pk=team_id).select_related("manager").first()
    if team is None:
        raise NotFound
    return team


@dataclass(frozen=True, slots=True)
class DeletedTeam:
    """A deleted team, when and by whom: None for the server operator."""

    id: int
    name: str
    at: datetime
    by: str | None


def deleted_teams(actor: Actor) -> tuple[DeletedTeam, ...]:
    """Return the teams that were deleted, latest first, in one query. Raises NotAllowed."""
    require_admin(actor)
    return tuple(
        DeletedTeam(team.pk, team.name, team.deleted_at, team.deleted_by.name if team.deleted_by else None)
        for team in _deleted(actor).select_related("deleted_by").order_by("-deleted_at", "name")
        if team.deleted_at
    )


def deleted_team(actor: Actor, team_id: int) -> DeletedTeam:
    """Return one of them. Raises NotFound, NotAllowed."""
    found = [team for team in deleted_teams(actor) if team.id == team_id]
    if not found:
        raise NotFound
    return found[0]


def locked_team(actor: Actor, team_id: int) -> Team:
    """Lock the company and return an existing team. Raises NotFound."""
    CompanyLock.hold(actor.company_id)
    return found_team(actor, team_id)


def locked_deleted_team(actor: Actor, team_id: int) -> tuple[Team, datetime]:
    """Lock the company and return a deleted team, and when it was deleted.

    Raises NotFound.
    """
    CompanyLock.hold(actor.company_id)
    team = _deleted(actor).filter(pk=team_id).first()
    if team is None or team.deleted_at is None:
        raise NotFound
    return team, team.deleted_at


def take_away(team: Team, *, by: Actor, now: datetime, also: Changes) -> None:
    """Mark a team as deleted and log it, with what the caller did to its goals."""
    was = {name: (value, None) for name, value in team_state(by, team).items() if value and name != "name"}
    team.deleted_at, team.deleted_by_id = now, by.user_id or None
    team.save(update_fields=["deleted_at", "deleted_by"])
    record(actor=by, action=AuditAction.DELETED, on=Subject.of(team), now=now, changes={**was, **also})


def bring_back(team: Team, *, by: Actor, now: datetime) -> None:
    """Restore a deleted team with manager and members, and log it.

    Raises InvalidInput when another team has its name.
    """
    if existing_teams(team.company_id).filter(name=team.name).exists():
        raise InvalidInput(
            _("There is now another team called “%(name)s”. Rename it, then restore this one.")
            % {"name": team.name}
        )
    team.deleted_at, team.deleted_by_id = None, None
    team.save(update_fields=["deleted_at", "deleted_by"])
    now_on = {name: (None, value) for name, value in team_state(by, team).items() if value and name != "name"}
    record(actor=by, action=AuditAction.RESTORED, on=Subject.of(team), now=now, changes=now_on)


def _deleted(actor: Actor) -> QuerySet[Team]:
    return Team.objects.filter(company_id=actor.company_id, deleted_at__isnull=False)
