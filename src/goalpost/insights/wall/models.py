"""Screens on a wall: their keys, their scenes.

WallKey is a global table: a screen is looked up by its key before it is known which company is meant.
"""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from goalpost.companies.models import Company, User
from goalpost.storage.tenancy import TenantForeignKey, TenantModel, references, row_key


class WallKey(models.Model):
    """What a paired screen proves itself with. Only its SHA-256 is stored; the key has 256 random bits.

    It never expires. It shows the wall and opens nothing else.
    """

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    """Who paired the screen: it shows what they may see."""
    screen_id = models.BigIntegerField()
    key_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "screen_id"], name="wall_wallkey_screen"),
        ]

    def __str__(self) -> str:
        return f"key of screen {self.screen_id}"


class Celebration(models.TextChoices):
    """What a screen does when a goal is reached."""

    FULL = "full", _("Full screen for 20 seconds, then a green tile")
    TILE = "tile", _("Green tile only")
    NONE = "none", _("Nothing special")


class WallScreen(TenantModel):
    """A paired screen, until it is unpaired."""

    user = TenantForeignKey(User, models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    celebration = models.CharField(max_length=4, choices=Celebration.choices, default=Celebration.FULL)
    names_people = models.BooleanField(default=True)
    """Whether it says who reached a goal."""
    has_confetti = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)
    """Raised with every change of the screen or its scenes."""
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    """When it last asked, exact to the minute; none before its first time."""

    class Meta:
        constraints: ClassVar = [row_key(), *references("user")]

    def __str__(self) -> str:
        return self.name


class WallScene(TenantModel):
    """What a screen shows for some seconds, in turn: up to `screens.MOST_TILES` goals."""

    screen = TenantForeignKey(WallScreen, models.CASCADE, related_name="scenes")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=100)
    goals = models.JSONField(default=list)
    """The goals' public ids, in order; of a dashboard its own tiles are shown."""
    dashboard = models.CharField(max_length=32, blank=True)
    """A dashboard's public id, in place of goals."""
    seconds = models.PositiveSmallIntegerField(default=20)
    is_shown = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            *references("screen"),
            models.UniqueConstraint(fields=["company", "screen", "position"], name="wall_wallscene_position"),
        ]

    def __str__(self) -> str:
        return self.title
