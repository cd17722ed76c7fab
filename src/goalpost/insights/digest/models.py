"""Who wants a digest and when, and what their last one said."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from goalpost.companies.models import User
from goalpost.goals.models import Goal
from goalpost.storage.tenancy import TenantForeignKey, TenantModel, references

MILESTONES = (50, 90, 100)
"""Per cent of a target that are told at once, where chosen."""


class Rhythm(models.TextChoices):
    OFF = "off", _("Not sent")
    DAILY = "daily", _("Every working day")
    WEEKLY = "weekly", _("Every week")


class About(models.TextChoices):
    """The goals that a digest is about, of those its reader may see."""

    MINE = "mine", _("My own goals and those of teams I manage")
    ALL = "all", _("All goals I may see")


class Digest(TenantModel):
    """One person's choice. Without a row nothing is sent."""

    user = TenantForeignKey(User, models.CASCADE, related_name="+")
    rhythm = models.CharField(max_length=6, choices=Rhythm.choices, default=Rhythm.OFF)
    weekday = models.PositiveSmallIntegerField(default=0)
    """Of a weekly one: 0 is Monday."""
    hour = models.PositiveSmallIntegerField(default=8)
    """In the company's time zone."""
    about = models.CharField(max_length=4, choices=About.choices, default=About.MINE)
    milestones = models.JSONField(default=list)
    """Which of `MILESTONES` are told at once."""
    last_day = models.DateField(null=True)
    """The day of the last digest, or of the last on which there was nothing to tell."""
    reported = models.JSONField(default=dict)
    """What it said: results by goal (public id) and first day of a period."""
    book_version = models.BigIntegerField(default=0)
    """The ledger's version when milestones were last looked for."""

    class Meta:
        constraints: ClassVar = [
            *references("user"),
            models.UniqueConstraint(fields=["company", "user"], name="digest_digest_once"),
            models.CheckConstraint(
                condition=models.Q(hour__lte=23, weekday__lte=6), name="digest_digest_when"
            ),
        ]

    def __str__(self) -> str:
        return f"digest of user {self.user_id}"


class MilestoneReached(TenantModel):
    """A milestone of a goal's period that a person was told of, or had passed when they chose it."""

    user = TenantForeignKey(User, models.CASCADE, related_name="+")
    goal = TenantForeignKey(Goal, models.CASCADE, related_name="+")
    starts_on = models.DateField()
    """The first day of the period."""
    percent = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            *references("user", "goal"),
            models.UniqueConstraint(
                fields=["company", "user", "goal", "starts_on", "percent"], name="digest_milestone_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.percent} % of goal {self.goal_id}"
