"""Teams that were deleted: kept with manager and members, for their past goals and their return.

What becomes of a team's goals is decided above (`goals.team_deletion`), which is what pages call.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from goalpost.companies.audit import Changes, Deed, Subject, record
from goalpost.companies.checks import require_admin
from goalpost.companies.errors import InvalidInput, NotFound
from goalpost.companies.existing_teams import existing_teams
from goalpost.companies.models import Team
from goalpost.companies.teams import found_team, lock_teams, team_state
from goalpost.domain.permissions import Actor


@dataclass(frozen=True, slots=True)
class DeletedTeam:
    """A team that was deleted, when and by whom: none for whoever runs the server."""

    id: int
    name: str
    at: datetime
    by: str | None


def deleted_teams(actor: Actor) -> tuple[DeletedTeam, ...]:
    """Return the teams that were deleted, latest first, in one query. Raises NotAllowed."""
    require_admin(actor)
    return tuple(
        DeletedTeam(team.pk, team.name, team.deleted_at, team.deleted_by.name if team.deleted_by else None)
        for team in _deleted(actor).select_related("deleted_by").order_by("-deleted_at", "-pk")
        if team.deleted_at
    )


def deleted_team(actor: Actor, team_id: int) -> DeletedTeam:
    """Return one of them. Raises NotFound, NotAllowed."""
    found = [team for team in deleted_teams(actor) if team.id == team_id]
    if not found:
        raise NotFound
    return found[0]


def locked_team(actor: Actor, team_id: int) -> Team:
    """Return a team that is there, kept from other writers until the transaction ends. Raises NotFound."""
    lock_teams(actor)
    return found_team(actor, team_id)


def locked_deleted_team(actor: Actor, team_id: int) -> tuple[Team, datetime]:
    """Return a team that was deleted, kept from other writers until the transaction ends, and the moment.

    Raises NotFound.
    """
    lock_teams(actor)
    team = _deleted(actor).filter(pk=team_id).first()
    if team is None or team.deleted_at is None:
        raise NotFound
    return team, team.deleted_at


def take_away(team: Team, *, by: Actor, now: datetime, also: Changes) -> None:
    """Mark a team as deleted and log it, with what its goals became: the caller has seen to those."""
    was = {name: (value, None) for name, value in team_state(by, team).items() if value and name != "name"}
    team.deleted_at, team.deleted_by_id = now, by.user_id or None
    team.save(update_fields=["deleted_at", "deleted_by"])
    record(actor=by, deed=Deed.DELETED, on=Subject.of(team), now=now, changes={**was, **also})


def bring_back(team: Team, *, by: Actor, now: datetime) -> None:
    """Let a deleted team be there again, with manager and members, and log it.

    Raises InvalidInput when another team has its name.
    """
    if existing_teams(team.company_id).filter(name=team.name).exists():
        raise InvalidInput(
            _("There is another team “%(name)s” by now. Rename that one, then restore this one.")
            % {"name": team.name}
        )
    team.deleted_at, team.deleted_by_id = None, None
    team.save(update_fields=["deleted_at", "deleted_by"])
    now_on = {name: (None, value) for name, value in team_state(by, team).items() if value and name != "name"}
    record(actor=by, deed=Deed.RESTORED, on=Subject.of(team), now=now, changes=now_on)


def _deleted(actor: Actor) -> QuerySet[Team]:
    return Team.objects.filter(company_id=actor.company_id, deleted_at__isnull=False)
