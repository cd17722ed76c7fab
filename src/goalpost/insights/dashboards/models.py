"""Dashboards, their tiles, whom they are shared with, and their public links."""

from typing import ClassVar

from django.db import models

from goalpost.companies.models import Company, Team, User
from goalpost.storage.tenancy import TenantForeignKey, TenantModel, references, row_key

COLUMNS = 12
"""Of the grid that tiles lie on; a tile is `NARROWEST` to all of them wide."""
NARROWEST = 3
TALLEST = 4
MOST_TILES = 25


class Dashboard(TenantModel):
    public_id = models.CharField(max_length=32)
    """32 lower-case hexadecimal characters: the id in addresses."""
    title = models.CharField(max_length=200)
    owner = TenantForeignKey(User, related_name="+")
    everybody = models.CharField(max_length=6, blank=True)
    """What everybody in the company may: a `domain.permissions.Access`, empty for nothing."""
    version = models.PositiveIntegerField(default=1)
    """Grows with every change of its title, its tiles or whom it is shared with."""
    former = models.JSONField(default=list)
    """The tiles before the latest change of them, for undo; empty when there is nothing to undo."""
    undoes = models.PositiveIntegerField(default=0)
    """The version that `former` undoes."""
    is_deleted = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            row_key(),
            *references("owner"),
            models.UniqueConstraint(fields=["company", "public_id"], name="dashboards_dashboard_public_id"),
        ]
        indexes: ClassVar = [models.Index(fields=["company", "owner"], name="dashboards_dashboard_owner")]

    def __str__(self) -> str:
        return self.title


class DashboardTile(TenantModel):
    """A tile: a kind of `insights.tiles` with its settings, its place in the order and its size."""

    dashboard = TenantForeignKey(Dashboard, models.CASCADE, related_name="tiles")
    key = models.CharField(max_length=12)
    """Names the tile on its dashboard, also after it was removed and put back."""
    kind = models.CharField(max_length=20)
    settings = models.JSONField(default=dict)
    place = models.PositiveSmallIntegerField()
    """Its place in the order, from 0."""
    width = models.PositiveSmallIntegerField()
    """In columns."""
    height = models.PositiveSmallIntegerField(default=1)
    """In rows of the grid."""
    added_by = TenantForeignKey(User, related_name="+")

    class Meta:
        constraints: ClassVar = [
            *references("dashboard", "added_by"),
            models.UniqueConstraint(fields=["company", "dashboard", "key"], name="dashboards_tile_key"),
            models.CheckConstraint(
                condition=models.Q(
                    width__gte=NARROWEST, width__lte=COLUMNS, height__gte=1, height__lte=TALLEST
                ),
                name="dashboards_tile_size",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} tile of dashboard {self.dashboard_id}"


class DashboardShare(TenantModel):
    """A person or a team that a dashboard is shared with."""

    dashboard = TenantForeignKey(Dashboard, models.CASCADE, related_name="shares")
    user = TenantForeignKey(User, models.CASCADE, null=True, related_name="+")
    team = TenantForeignKey(Team, models.CASCADE, null=True, related_name="+")
    access = models.CharField(max_length=6)
    """A `domain.permissions.Access`."""

    class Meta:
        constraints: ClassVar = [
            *references("dashboard", "user", "team"),
            models.UniqueConstraint(
                fields=["company", "dashboard", "user"],
                condition=models.Q(user__isnull=False),
                name="dashboards_share_user",
            ),
            models.UniqueConstraint(
                fields=["company", "dashboard", "team"],
                condition=models.Q(team__isnull=False),
                name="dashboards_share_team",
            ),
            models.CheckConstraint(
                condition=models.Q(user__isnull=True, team__isnull=False)
                | models.Q(user__isnull=False, team__isnull=True),
                name="dashboards_share_with",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "user"], name="dashboards_share_of_user"),
            models.Index(fields=["company", "team"], name="dashboards_share_of_team"),
        ]

    def __str__(self) -> str:
        return f"dashboard {self.dashboard_id} for {self.user_id or self.team_id}"


class PublicLink(TenantModel):
    """A link that shows a dashboard's totals to whoever has it, with its maker's rights at each look."""

    dashboard = TenantForeignKey(Dashboard, models.CASCADE, related_name="links")
    name = models.CharField(max_length=100)
    creator = TenantForeignKey(User, related_name="+")
    password = models.CharField(max_length=128, blank=True)
    """Hashed; empty for none."""
    ends_on = models.DateField()
    """The last day it opens, in the company's time zone."""
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [row_key(), *references("dashboard", "creator")]
        indexes: ClassVar = [models.Index(fields=["company", "dashboard"], name="dashboards_link_of")]

    def __str__(self) -> str:
        return self.name


class PublicLinkKey(models.Model):
    """Global: whose link a key opens, looked up before the company is known. Only the hash is kept."""

    key_hash = models.CharField(max_length=64, unique=True)
    company = models.ForeignKey(Company, models.CASCADE, related_name="+")
    link_id = models.BigIntegerField()

    def __str__(self) -> str:
        return f"key of link {self.link_id}"
