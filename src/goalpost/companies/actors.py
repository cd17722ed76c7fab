"""From a signed-in user to the `Actor` that every rule asks about: permissions and teams as they are now."""

from collections.abc import Collection, Mapping

from django.db.models import QuerySet

from goalpost.companies.models import PermissionSet, Team, TeamMembership, User
from goalpost.domain.permissions import Actor, Permission


def existing_teams(company_id: int) -> QuerySet[Team]:
    return Team.objects.filter(company_id=company_id, deleted_at__isnull=True)


def existing_memberships(company_id: int) -> QuerySet[TeamMembership]:
    """Return who is on which team, of those that are there."""
    return TeamMembership.objects.filter(company_id=company_id, team__deleted_at__isnull=True)


COLUMNS: Mapping[Permission, str] = {
    Permission.SEE_COMPANY_STATISTICS: "sees_company_statistics",
    Permission.SEE_OTHERS_STATISTICS: "sees_other_users_statistics",
    Permission.SEE_OTHERS_RECORDS: "sees_other_users_records",
    Permission.SHARE_DASHBOARDS: "shares_dashboards",
    Permission.EXPORT: "exports",
    Permission.USE_API: "uses_api",
    Permission.EDIT_CLOSED_DATES: "edits_closed_dates",
}


def permissions_of(row: PermissionSet) -> frozenset[Permission]:
    """Return what the set holds."""
    return frozenset(permission for permission, column in COLUMNS.items() if getattr(row, column))


def as_columns(permissions: Collection[Permission]) -> dict[str, bool]:
    """Return every permission's column and whether it is held."""
    return {column: permission in permissions for permission, column in COLUMNS.items()}


def actor_for(user: User, *, address: str = "") -> Actor:
    """Return the user with their rights and teams as they are now, in three queries at most.

    `address` is the one they ask from, as `signin.client_address` tells it.
    """
    managed = frozenset(
        existing_teams(user.company_id).filter(manager_id=user.pk).values_list("id", flat=True)
    )
    members = (
        frozenset(
            TeamMembership.objects.filter(company_id=user.company_id, team_id__in=managed).values_list(
                "user_id", flat=True
            )
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
    """Return whoever runs the server, at its command line: an admin who is no user of the company."""
    return Actor(company_id=company_id, user_id=0, is_admin=True)
