"""Creates companies, people and teams. Later changes of people: `accounts.people`."""

from datetime import datetime
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from goalpost.companies.actors import as_columns, existing_teams
from goalpost.companies.checks import checked_name, found_user, free_email, require_admin, set_password
from goalpost.companies.currencies import PRESENT
from goalpost.companies.errors import InvalidInput, NotFound
from goalpost.companies.models import Company, CompanyLock, PermissionSet, Team, User
from goalpost.domain.permissions import AT_FIRST, Actor, Role

BUILT_IN_NAMES = {Role.MANAGER: "Team manager", Role.REGULAR: "Regular user"}


def create_company(*, name: str, currency: str, time_zone: str, now: datetime) -> Company:
    """Create a company with its built-in permission sets. Raises InvalidInput naming the field."""
    name = checked_name(name)
    if currency not in PRESENT:
        raise InvalidInput(
            _("Use a three-letter ISO 4217 currency code such as EUR, not “%(code)s”.") % {"code": currency},
            field="currency",
        )
    if time_zone not in available_timezones():
        raise InvalidInput(
            _("Use a time zone from the IANA list, such as Europe/Stockholm, not “%(zone)s”.")
            % {"zone": time_zone},
            field="time_zone",
        )
    with transaction.atomic():
        company = Company.objects.create(
            name=name, slug=_free_slug(name), currency=currency, time_zone=time_zone, created_at=now
        )
        CompanyLock.objects.create(company=company)
        for role, set_name in BUILT_IN_NAMES.items():
            PermissionSet.objects.create(
                company=company, name=set_name, role=role, is_built_in=True, **as_columns(AT_FIRST)
            )
    return company


def add_user(
    *,
    actor: Actor,
    name: str,
    now: datetime,
    email: str | None = None,
    password: str | None = None,
    is_admin: bool = False,
    is_active: bool = True,
    permission_set: PermissionSet | None = None,
) -> User:
    """Add a person. Without an e-mail address and a password they count but cannot sign in.

    Raises InvalidInput (a taken address, a weak password), NotAllowed.
    """
    require_admin(actor)
    user = User(
        company_id=actor.company_id,
        name=checked_name(name),
        email=free_email(email) if email else None,
        is_admin=is_admin,
        is_active=is_active,
        permission_set=permission_set or _regular_set(actor.company_id),
        created_at=now,
    )
    set_password(user, password)
    user.save(force_insert=True)
    return user


def add_team(*, actor: Actor, name: str, now: datetime, manager_id: int | None = None) -> Team:
    """Add a team, with or without a manager. Raises InvalidInput when the name is taken, NotAllowed."""
    require_admin(actor)
    name = checked_name(name)
    if existing_teams(actor.company_id).filter(name=name).exists():
        raise InvalidInput(_("There is already a team with that name."), field="name")
    if manager_id is not None:
        found_user(actor.company_id, manager_id)
    return Team.objects.create(company_id=actor.company_id, name=name, manager_id=manager_id, created_at=now)


def change_team_manager(*, actor: Actor, team_id: int, manager_id: int | None) -> Team:
    """Set or clear who manages a team. Raises NotFound, InvalidInput, NotAllowed."""
    require_admin(actor)
    team = _found_team(actor.company_id, team_id)
    team.manager_id = None if manager_id is None else found_user(actor.company_id, manager_id).pk
    team.save(update_fields=["manager"])
    return team


def _free_slug(name: str) -> str:
    stem = slugify(name)[:50] or "company"
    taken = set(Company.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    if stem not in taken:
        return stem
    return next(slug for number in range(2, len(taken) + 3) if (slug := f"{stem}-{number}") not in taken)


def _regular_set(company_id: int) -> PermissionSet | None:
    return PermissionSet.objects.filter(company_id=company_id, role=Role.REGULAR, is_built_in=True).first()


def _found_team(company_id: int, team_id: int) -> Team:
    team = existing_teams(company_id).filter(pk=team_id).first()
    if team is None:
        raise NotFound
    return team
