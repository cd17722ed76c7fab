"""Goals and their targets. Results come from the ledger."""

from typing import ClassVar

from django.db import models

from goalpost.companies.models import Team, User
from goalpost.crm.models import ActivityType, Pipeline, Stage
from goalpost.domain.calendar import Interval
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import AssigneeKind
from goalpost.storage.tenancy import AppendOnlyModel, TenantForeignKey, TenantModel, references, row_key


class Goal(TenantModel):
    public_id = models.CharField(max_length=32)
    """32 lower-case hexadecimal characters: the id in addresses and on the wire."""
    report_id = models.CharField(max_length=32)
    title = models.CharField(max_length=200)
    creator = TenantForeignKey(User, related_name="+")
    measure = models.PositiveSmallIntegerField(choices=[(m.value, m.wire) for m in Measure.of_goals()])
    assignee_kind = models.CharField(max_length=7, choices=[(k.value, k.value) for k in AssigneeKind])
    assignee_user = TenantForeignKey(User, null=True, blank=True, related_name="+")
    assignee_team = TenantForeignKey(Team, null=True, blank=True, related_name="+")
    stage = TenantForeignKey(Stage, null=True, blank=True, related_name="+")
    """The stage that a progress goal counts deals into; none for every other kind."""
    interval = models.CharField(max_length=9, choices=[(i.value, i.value) for i in Interval])
    metric = models.CharField(max_length=8, choices=[(m.value, m.value) for m in Metric])
    currency = models.CharField(max_length=3, blank=True)
    """The currency of the targets of a goal by value; empty for a goal by count."""
    target = models.BigIntegerField()
    """The target of periods without their own: a count, or minor units of `currency`."""
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    """The last day, inclusive; None for an open-ended goal."""
    result_colour = models.PositiveSmallIntegerField(default=1, db_default=1)
    target_colour = models.PositiveSmallIntegerField(null=True, blank=True)
    reached_colour = models.PositiveSmallIntegerField(null=True, blank=True)
    """Of the chart: the number of a ChartColour; none is the theme's own."""
    colours_by_result = models.BooleanField(default=False, db_default=False)
    shows_projection = models.BooleanField(default=True, db_default=True)
    body_hash = models.CharField(max_length=64, blank=True, default="")
    """The SHA-256 of the request that made the goal, where that had an idempotency key."""
    is_deleted = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            row_key(),
            *references("creator", "assignee_user", "assignee_team", "stage"),
            models.UniqueConstraint(fields=["company", "public_id"], name="goals_goal_public_id"),
            models.CheckConstraint(condition=models.Q(target__gt=0), name="goals_goal_target"),
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(result_colour__gte=1, result_colour__lte=6),
                    models.Q(target_colour__isnull=True)
                    | models.Q(target_colour__gte=1, target_colour__lte=6),
                    models.Q(reached_colour__isnull=True)
                    | models.Q(reached_colour__gte=1, reached_colour__lte=6),
                ),
                name="goals_goal_colours",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_on__isnull=True) | models.Q(ends_on__gte=models.F("starts_on")),
                name="goals_goal_duration",
            ),
            models.CheckConstraint(
                condition=(
                    models.Q(assignee_kind="person", assignee_user__isnull=False, assignee_team__isnull=True)
                    | models.Q(assignee_kind="team", assignee_user__isnull=True, assignee_team__isnull=False)
                    | models.Q(
                        assignee_kind="company", assignee_user__isnull=True, assignee_team__isnull=True
                    )
                ),
                name="goals_goal_assignee",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "is_deleted", "ends_on"], name="goals_goal_running"),
        ]

    def __str__(self) -> str:
        return self.title


class GoalPipeline(TenantModel):
    """A pipeline that a goal is limited to. A goal without any counts all pipelines."""

    goal = TenantForeignKey(Goal, models.CASCADE, related_name="pipeline_links")
    pipeline = TenantForeignKey(Pipeline, related_name="+")

    class Meta:
        constraints: ClassVar = [
            *references("goal", "pipeline"),
            models.UniqueConstraint(fields=["company", "goal", "pipeline"], name="goals_goalpipeline_once"),
        ]

    def __str__(self) -> str:
        return f"goal {self.goal_id} in pipeline {self.pipeline_id}"


class GoalActivityType(TenantModel):
    """An activity type that a goal is limited to. A goal without any counts all types."""

    goal = TenantForeignKey(Goal, models.CASCADE, related_name="activity_type_links")
    activity_type = TenantForeignKey(ActivityType, related_name="+")

    class Meta:
        constraints: ClassVar = [
            *references("goal", "activity_type"),
            models.UniqueConstraint(
                fields=["company", "goal", "activity_type"], name="goals_goalactivitytype_once"
            ),
        ]

    def __str__(self) -> str:
        return f"goal {self.goal_id} for type {self.activity_type_id}"


class PeriodTarget(TenantModel):
    """A target of its own for the period that starts on `starts_on`. A seasonal goal has one for each.

    Zero is none: a month of holidays.
    """

    goal = TenantForeignKey(Goal, models.CASCADE, related_name="period_targets")
    starts_on = models.DateField()
    target = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            *references("goal"),
            models.UniqueConstraint(fields=["company", "goal", "starts_on"], name="goals_periodtarget_once"),
            models.CheckConstraint(condition=models.Q(target__gte=0), name="goals_periodtarget_target"),
        ]

    def __str__(self) -> str:
        return f"{self.target} from {self.starts_on}"


class GoalAction(models.TextChoices):
    """What was done to a goal."""

    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"
    RESTORED = "restored"


class GoalChange(AppendOnlyModel):
    """An entry of a goal's history. Append-only."""

    goal = TenantForeignKey(Goal, models.CASCADE, related_name="changes")
    number = models.PositiveIntegerField()
    """The goal's version after it; it orders the history, since ids do not."""
    actor = TenantForeignKey(User, related_name="+")
    at = models.DateTimeField()
    address = models.CharField(max_length=45, blank=True)
    """The network address it came from, for the audit log."""
    action = models.CharField(max_length=8, choices=GoalAction.choices)
    details = models.JSONField(default=dict)
    """For a change: the former and new value of each changed detail (`goals.history`)."""

    class Meta(AppendOnlyModel.Meta):
        constraints: ClassVar = [
            *references("goal", "actor"),
            models.UniqueConstraint(fields=["company", "goal", "number"], name="goals_goalchange_number"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "at", "goal", "number"], name="goals_goalchange_at"),
        ]

    def __str__(self) -> str:
        return f"goal {self.goal_id} {self.action}"
