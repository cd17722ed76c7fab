"""Where each permission stands in a permission set's row."""

from collections.abc import Collection, Mapping

from goalpost.companies.models import PermissionSet
from goalpost.domain.permissions import Permission

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
