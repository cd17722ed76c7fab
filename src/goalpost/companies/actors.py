"""Builds the `Actor` of a signed-in user: current permissions and teams."""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from goalpost.companies.calendar import today_in
from goalpost.companies.models import Company, PermissionSet, Team, TeamMembership, User
from goalpost.domain.permissions import Actor, Permission


def existing_teams(company_id: int) -> QuerySet[Team]:
    return Team.objects.filter(company_id=company_id, deleted_at__isnull=True)


def known_memberships(company_id: int, at: datetime | None = None) -> QuerySet[TeamMembership]:
    """Return the memberships, past and future ones too, as known now or at a moment."""
    own = TeamMembership.objects.filter(company_id=company_id)
    if at is None:
        return own.filter(superseded_at__isnull=True)
    return own.filter(Q(superseded_at__isnull=True) | Q(superseded_at__gt=at), recorded_at__lte=at)


def memberships_on(company_id: int, day: date | None = None) -> QuerySet[TeamMembership]:
    """Return who is on which existing team on a day, by default today."""
    if day is None:
        day = today_in(Company.objects.get(pk=company_id), timezone.now())
    return on_day(known_memberships(company_id), day).filter(team__deleted_at__isnull=True)


def on_day(memberships: QuerySet[TeamMembership], day: date) -> QuerySet[TeamMembership]:
    return memberships.filter(
        Q(starts_on__isnull=True) | Q(starts_on__lte=day), Q(ends_on__isnull=True) | Q(ends_on__gte=day)
    )


COLUMNS: Mapping[Permission, str] = {
    Permission.SEE_COMPANY_STATISTICS: "sees_company_statistics",
    Permission.SEE_OTHERS_STATISTICS: "sees_other_users_statistics",
    Permission.SEE_OTHERS_RECORDS: "sees_other_users_records",
    Permission.SHARE_DASHBOARDS: "shares_dashboards",
    Permission.EXPORT: "exports",
    Permission.USE_API: "uses_api",
    Permission.EDIT_CLOSED_DATES: "edits_closed_dates",
    Permission.IMPORT: "imports_records",
}


def permissions_of(row: PermissionSet) -> frozenset[Permission]:
    """Return the permissions of the set."""
    return frozenset(permission for permission, column in COLUMNS.items() if getattr(row, column))


def as_columns(permissions: Collection[Permission]) -> dict[str, bool]:
    """Return every permission's column and whether it is granted."""
    return {column: permission in permissions for permission, column in COLUMNS.items()}


def actor_for(user: User, *, address: str = "", now: datetime | None = None) -> Actor:
    """Return the user with their rights and teams as they are today, in three queries at most.

    `address` is the one they ask from, as `signin.client_address` tells it.
    """
    today = today_in(user.company, now or timezone.now())
    managed = frozenset(
        existing_teams(user.company_id).filter(manager_id=user.pk).values_list("id", flat=True)
    )
    members = (
        frozenset(
            memberships_on(user.company_id, today)
            .filter(team_id__in=managed)
            .values_list("user_id", flat=True)
        )
        if managed
        else frozenset()
    )
    return Actor(
        company_id=user.company_id,
        user_id=user.pk,
        is_admin=user.is_admin,
        managed_team_ids=managed,
        managed_user_ids=members,
        permissions=frozenset() if user.permission_set is None else permissions_of(user.permission_set),
        address=address,
    )


def operator_of(company_id: int) -> Actor:
    """Return the server operator as an actor: an admin who is not a user of the company."""
    return Actor(company_id=company_id, user_id=0, is_admin=True)
