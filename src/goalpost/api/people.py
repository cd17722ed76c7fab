"""Users and teams of the caller's company, so that a client finds whom goals can be for.

Every token of a company sees all its users and teams, deactivated ones included: names and ids are needed to
choose and to read assignees. What they have reached stays behind the permissions on goals.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Literal, NotRequired
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from ninja import Path, Router
from typing_extensions import TypedDict

from goalpost.api.errors import REFUSALS
from goalpost.api.lists import One, Whole, one, whole
from goalpost.api.tokens import Caller, caller_of
from goalpost.api.wire import Id
from goalpost.companies.errors import NotFound
from goalpost.companies.memberships import members_of
from goalpost.companies.models import User
from goalpost.companies.people import colleague, everybody
from goalpost.companies.teams import TeamLine, every_team
from goalpost.domain.alphabet import by_name
from goalpost.domain.membership import Stay

router = Router(tags=["People"])

_LOCALES = {"sv": "sv_SE", "en": "en_US"}


_App = Literal["sales", "global"]
_APPS: tuple[_App, ...] = ("sales", "global")


class AppAccess(TypedDict):
    """Rights in one part of the product. Admins need no permission set."""

    app: _App
    admin: bool
    permission_set_id: NotRequired[str]


class UserOnWire(TypedDict):
    """A user. Null is what Goalpost does not keep; a person may have no e-mail address."""

    id: int
    name: str
    email: NotRequired[str]
    default_currency: str
    locale: str
    phone: None
    activated: bool
    created: str
    modified: None
    access: list[AppAccess]
    active_flag: bool
    is_admin: Literal[0, 1]
    timezone_name: str
    timezone_offset: str
    icon_url: None
    is_you: bool
    is_deleted: bool


class Language(TypedDict):
    language_code: str
    country_code: str


class Me(UserOnWire):
    """The caller, with their company. `company_id` is the id that company goals are assigned to."""

    company_id: int
    company_name: str
    company_domain: str
    language: Language


class TeamOnWire(TypedDict):
    """A team. `users` are its members; its manager is one only if they are on it.

    A deleted one has `active_flag` 0 and `deleted_flag` 1: past goals may be its own, and none can be set.
    """

    id: int
    name: str
    description: str
    manager_id: NotRequired[int]
    users: NotRequired[list[int]]
    active_flag: Literal[0, 1]
    deleted_flag: Literal[0, 1]
    add_time: str


class MembershipOnWire(TypedDict):
    """When a user is on a team, first and last day inclusive.

    Without `start` they are on it from the start, without `end` still.
    """

    user_id: int
    start: NotRequired[date]
    end: NotRequired[date]


class TeamOrder(StrEnum):
    ID = "id"
    NAME = "name"
    MANAGER_ID = "manager_id"
    ACTIVE_FLAG = "active_flag"


@router.get("/users", response={200: Whole[UserOnWire], **REFUSALS}, summary="List users")
def list_users(request: HttpRequest) -> Whole[UserOnWire]:
    """Return all users of the company, deactivated ones included, whoever asks."""
    caller = caller_of(request)
    users = sorted(everybody(caller.actor), key=lambda user: user.pk)
    return whole([_user_on_wire(user, caller) for user in users])


@router.get("/users/me", response={200: One[Me], **REFUSALS}, summary="Get the caller")
def get_me(request: HttpRequest) -> One[Me]:
    """Return the user the token belongs to, with `company_id`."""
    caller = caller_of(request)
    locale = _locale(caller.user)
    language, _underscore, country = locale.partition("_")
    return one(
        Me(
            **_user_on_wire(caller.user, caller),
            company_id=caller.company.pk,
            company_name=caller.company.name,
            company_domain=caller.company.slug,
            language=Language(language_code=language, country_code=country),
        )
    )


@router.get("/users/{user_id}", response={200: One[UserOnWire], **REFUSALS}, summary="Get a user")
def get_user(request: HttpRequest, user_id: Path[Id]) -> One[UserOnWire]:
    """Return one user of the company."""
    caller = caller_of(request)
    return one(_user_on_wire(colleague(caller.actor, user_id), caller))


@router.get("/legacyTeams", response={200: Whole[TeamOnWire], **REFUSALS}, summary="List teams")
def list_teams(
    request: HttpRequest,
    order_by: TeamOrder = TeamOrder.ID,
    skip_users: bool = False,  # noqa: FBT001, FBT002  ninja passes it by name
) -> Whole[TeamOnWire]:
    """Return all teams of the company, deleted ones included, whoever asks.

    `skip_users` leaves their members out.
    """
    teams = sorted(every_team(caller_of(request).actor), key=_ORDERS[order_by])
    return whole([_team_on_wire(team, with_users=not skip_users) for team in teams])


@router.get("/legacyTeams/{team_id}", response={200: One[TeamOnWire], **REFUSALS}, summary="Get a team")
def get_team(request: HttpRequest, team_id: Path[Id]) -> One[TeamOnWire]:
    """Return one team of the company, also one that was deleted."""
    team = next((team for team in every_team(caller_of(request).actor) if team.id == team_id), None)
    if team is None:
        raise NotFound
    return one(_team_on_wire(team, with_users=True))


@router.get(
    "/legacyTeams/{team_id}/memberships",
    response={200: Whole[MembershipOnWire], **REFUSALS},
    summary="List the memberships of a team",
)
def list_memberships(request: HttpRequest, team_id: Path[Id]) -> Whole[MembershipOnWire]:
    """Return who is, was or will be on a team, and when: what its results are summed by. An *extension*."""
    actor = caller_of(request).actor
    if all(team.id != team_id for team in every_team(actor)):
        raise NotFound
    members = members_of(actor.company_id, [team_id])[team_id]
    return whole([_membership_on_wire(member.id, stay) for member in members for stay in member.stays])


def _membership_on_wire(user_id: int, stay: Stay) -> MembershipOnWire:
    shape = MembershipOnWire(user_id=user_id)
    if stay.start:
        shape["start"] = stay.start
    if stay.end:
        shape["end"] = stay.end - timedelta(days=1)
    return shape


def _manager_id(team: TeamLine) -> int | None:
    return team.manager.id if team.manager else None


# Who has no manager stands last.
_ORDERS: dict[TeamOrder, Callable[[TeamLine], tuple[object, ...]]] = {
    TeamOrder.ID: lambda team: (team.id,),
    TeamOrder.NAME: lambda team: by_name(team.name, team.id),
    TeamOrder.MANAGER_ID: lambda team: (team.manager is None, _manager_id(team) or 0, team.id),
    TeamOrder.ACTIVE_FLAG: lambda team: (not team.is_deleted, team.id),
}


def _team_on_wire(team: TeamLine, *, with_users: bool) -> TeamOnWire:
    shape = TeamOnWire(
        id=team.id,
        name=team.name,
        description="",
        active_flag=0 if team.is_deleted else 1,
        deleted_flag=1 if team.is_deleted else 0,
        add_time=_moment(team.created_at),
    )
    if team.manager:
        shape["manager_id"] = team.manager.id
    if with_users:
        shape["users"] = sorted(member.id for member in team.members)
    return shape


def _user_on_wire(user: User, caller: Caller) -> UserOnWire:
    zone = ZoneInfo(caller.company.time_zone)
    shape = UserOnWire(
        id=user.pk,
        name=user.name,
        default_currency=caller.company.currency,
        locale=_locale(user),
        phone=None,
        activated=user.has_usable_password(),
        created=_moment(user.created_at),
        modified=None,
        access=[AppAccess(app=app, admin=user.is_admin) for app in _APPS],
        active_flag=user.is_active,
        is_admin=1 if user.is_admin else 0,
        timezone_name=caller.company.time_zone,
        timezone_offset=caller.now.astimezone(zone).isoformat()[-6:],
        icon_url=None,
        is_you=user.pk == caller.user.pk,
        is_deleted=False,
    )
    if user.email is not None:
        shape["email"] = user.email
    if user.permission_set_id is not None:
        for access in shape["access"]:
            access["permission_set_id"] = str(user.permission_set_id)
    return shape


def _locale(user: User) -> str:
    return _LOCALES.get(user.language, _LOCALES["en"])


def _moment(moment: datetime) -> str:
    """Return a moment as v1 writes it: UTC, without saying so."""
    return f"{moment:%Y-%m-%d %H:%M:%S}"
