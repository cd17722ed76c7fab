"""The CRM records that goals count. `crm.actions` and `crm.bulk` are their only writers.

Where only the day of a moment is known, the column `…_is_day` says so, and the moment is the day's beginning
in UTC: it counts on that day in whatever time zone the company is (`columns_of`).
"""

from datetime import UTC, date, datetime
from typing import ClassVar

from django.db import models

from goalpost.companies.models import User
from goalpost.domain.counting import DealStatus, Moment
from goalpost.storage.tenancy import TenantForeignKey, TenantModel, references, row_key


class SealedModel(TenantModel):
    """A row of the records or of what they stand in, whose content is sealed (`crm.seals`)."""

    seal = models.BigIntegerField(default=0, db_default=0)
    """A digest of all its other columns, as they were last written by the product."""

    class Meta:
        abstract = True


class Pipeline(SealedModel):
    name = models.CharField(max_length=200)
    position = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            row_key(),
            *references(),
            models.UniqueConstraint(fields=["company", "name"], name="crm_pipeline_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Stage(SealedModel):
    pipeline = TenantForeignKey(Pipeline, related_name="stages")
    name = models.CharField(max_length=200)
    position = models.PositiveIntegerField()
    probability = models.PositiveSmallIntegerField(null=True, blank=True)
    """Percent, 0 to 100; none counts as 100."""
    rotting_days = models.PositiveSmallIntegerField(null=True, blank=True)
    """An open deal that has been in the stage for longer is marked as rotting; none marks no deal."""

    class Meta:
        constraints: ClassVar = [
            row_key(),
            *references("pipeline"),
            models.UniqueConstraint(fields=["company", "pipeline", "name"], name="crm_stage_name"),
            models.UniqueConstraint(fields=["company", "pipeline", "position"], name="crm_stage_position"),
            models.CheckConstraint(condition=models.Q(probability__lte=100), name="crm_stage_probability"),
        ]

    def __str__(self) -> str:
        return self.name


class LostReason(SealedModel):
    """A reason to choose from when a deal is lost. The deal keeps the words, not the row."""

    name = models.CharField(max_length=200)
    position = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            row_key(),
            *references(),
            models.UniqueConstraint(fields=["company", "name"], name="crm_lostreason_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Deal(SealedModel):
    title = models.CharField(max_length=500)
    owner = TenantForeignKey(User, related_name="+")
    organization = models.CharField(max_length=500, blank=True)
    pipeline = TenantForeignKey(Pipeline, related_name="+")
    stage = TenantForeignKey(Stage, null=True, blank=True, related_name="+")
    """None where only the end of a deal is known: won and lost are statuses."""
    status = models.CharField(max_length=4, choices=[(s.value, s.value) for s in DealStatus])
    value = models.BigIntegerField(default=0)
    """Minor units of `currency`."""
    currency = models.CharField(max_length=3)
    probability = models.PositiveSmallIntegerField(null=True, blank=True)
    """Percent, 0 to 100; none takes the stage's."""
    add_time = models.DateTimeField(null=True, blank=True)
    add_time_is_day = models.BooleanField(default=False)
    won_time = models.DateTimeField(null=True, blank=True)
    won_time_is_day = models.BooleanField(default=False)
    lost_time = models.DateTimeField(null=True, blank=True)
    lost_time_is_day = models.BooleanField(default=False)
    expected_close_date = models.DateField(null=True, blank=True)
    stage_change_time = models.DateTimeField(null=True, blank=True)
    stage_change_time_is_day = models.BooleanField(default=False)
    external_id = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001  unique where known
    import_key = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001  unique where known
    """What an imported row without an external id is known by."""
    is_archived = models.BooleanField(default=False)
    is_deleted = models.BooleanField(default=False)
    is_deleted_at_source = models.BooleanField(default=False)
    """Whether a file or a synchronisation deleted it; that may restore it later."""
    source = models.CharField(max_length=50, blank=True, default="")
    """The program that `external_id` comes from, in lower case; empty if unknown."""
    lost_reason = models.CharField(max_length=200, blank=True, default="", db_default="")
    note = models.TextField(blank=True, default="", db_default="")
    updated_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            row_key(),
            *references("owner", "pipeline", "stage", names_company=False),
            models.UniqueConstraint(fields=["company", "external_id", "source"], name="crm_deal_external_id"),
            models.UniqueConstraint(fields=["company", "import_key"], name="crm_deal_import_key"),
            models.CheckConstraint(condition=models.Q(probability__lte=100), name="crm_deal_probability"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "stage"], name="crm_deal_stage"),
            models.Index(fields=["company", "owner"], name="crm_deal_owner"),
            # A column of the board, the deal changed last first (`crm.board`).
            models.Index(
                fields=["company", "stage", "updated_at", "id"],
                condition=models.Q(status=DealStatus.OPEN.value, is_deleted=False),
                name="crm_deal_board",
            ),
            models.Index(
                fields=["company", "pipeline"],
                condition=models.Q(status=DealStatus.OPEN.value, is_deleted=False, probability__isnull=False),
                name="crm_deal_own_probability",
            ),
            # For the list of deals in an order (`crm.deal_lists`).
            models.Index(fields=["company", "status", "title"], name="crm_deal_by_title"),
            models.Index(fields=["company", "status", "expected_close_date"], name="crm_deal_by_close"),
            models.Index(fields=["company", "status", "currency", "value"], name="crm_deal_by_value"),
            # Partial indexes for the counts of records with unknown dates (`crm.queries`).
            models.Index(
                fields=["company", "owner"],
                condition=models.Q(add_time__isnull=True, is_deleted=False),
                name="crm_deal_no_add_time",
            ),
            models.Index(
                fields=["company", "status", "owner"],
                condition=models.Q(status=DealStatus.WON.value, won_time__isnull=True, is_deleted=False),
                name="crm_deal_no_won_time",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class StageMove(TenantModel):
    """A deal's arrival at a stage, numbered within the deal; the first one, number 1, is its creation.

    The deal's seal covers it.
    """

    deal = TenantForeignKey(Deal, related_name="stage_moves")
    number = models.PositiveIntegerField()
    stage = TenantForeignKey(Stage, related_name="+")
    moved_at = models.DateTimeField(null=True, blank=True)
    moved_at_is_day = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            *references("deal", "stage", names_company=False),
            models.UniqueConstraint(fields=["company", "deal", "number"], name="crm_stagemove_number"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["company", "stage"],
                condition=models.Q(moved_at__isnull=True),
                name="crm_stagemove_no_time",
            ),
        ]

    def __str__(self) -> str:
        return f"deal {self.deal_id} to stage {self.stage_id}"


class ActivityType(SealedModel):
    name = models.CharField(max_length=200)
    key = models.CharField(max_length=200)
    position = models.PositiveIntegerField()
    icon = models.CharField(max_length=30, blank=True, default="", db_default="")
    """The name of an icon of the pages' sprite; empty for the common one."""

    class Meta:
        constraints: ClassVar = [
            row_key(),
            *references(),
            models.UniqueConstraint(fields=["company", "name"], name="crm_activitytype_name"),
            models.UniqueConstraint(fields=["company", "key"], name="crm_activitytype_key"),
        ]

    def __str__(self) -> str:
        return self.name


class Activity(SealedModel):
    subject = models.CharField(max_length=500)
    type = TenantForeignKey(ActivityType, related_name="+")
    owner = TenantForeignKey(User, related_name="+")
    """The assignee."""
    deal = TenantForeignKey(Deal, null=True, blank=True, related_name="+")
    add_time = models.DateTimeField(null=True, blank=True)
    add_time_is_day = models.BooleanField(default=False)
    due_date = models.DateField(null=True, blank=True)
    due_time = models.PositiveSmallIntegerField(null=True, blank=True)
    """Minutes after midnight in the company's time zone, below 1440; none is any time of the day."""
    duration = models.PositiveSmallIntegerField(null=True, blank=True)
    """Minutes; none if unknown."""
    is_done = models.BooleanField(default=False)
    marked_as_done_time = models.DateTimeField(null=True, blank=True)
    marked_as_done_time_is_day = models.BooleanField(default=False)
    external_id = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001  unique where known
    import_key = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001  unique where known
    """What an imported row without an external id is known by."""
    is_deleted = models.BooleanField(default=False)
    is_deleted_at_source = models.BooleanField(default=False)
    """Whether a file or a synchronisation deleted it; that may restore it later."""
    source = models.CharField(max_length=50, blank=True, default="")
    """The program that `external_id` comes from, in lower case; empty if unknown."""
    note = models.TextField(blank=True, default="", db_default="")
    updated_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            *references("type", "owner", "deal", names_company=False),
            models.UniqueConstraint(
                fields=["company", "external_id", "source"], name="crm_activity_external_id"
            ),
            models.UniqueConstraint(fields=["company", "import_key"], name="crm_activity_import_key"),
            models.CheckConstraint(condition=models.Q(due_time__lt=1440), name="crm_activity_due_time"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "deal"], name="crm_activity_deal"),
            models.Index(fields=["company", "owner", "due_date"], name="crm_activity_owner"),
            # What is still to be done, in its order, however much was done before.
            models.Index(
                fields=["company", "owner", "due_date"],
                condition=models.Q(is_done=False, is_deleted=False),
                name="crm_activity_open",
            ),
            models.Index(
                fields=["company", "owner"],
                condition=models.Q(add_time__isnull=True, is_deleted=False),
                name="crm_activity_no_add_time",
            ),
            models.Index(
                fields=["company", "owner"],
                condition=models.Q(is_done=True, marked_as_done_time__isnull=True, is_deleted=False),
                name="crm_activity_no_done_time",
            ),
        ]

    def __str__(self) -> str:
        return self.subject


class ExchangeRate(SealedModel):
    """What one unit of `currency` was worth in the company's currency from `day` on.

    Of one day, the row recorded last holds. Rows are only added: what was known stays known.
    """

    currency = models.CharField(max_length=3)
    day = models.DateField()
    rate = models.DecimalField(max_digits=24, decimal_places=12)
    recorded_at = models.DateTimeField()
    recorded_by = TenantForeignKey(User, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            *references("recorded_by"),
            models.UniqueConstraint(
                fields=["company", "currency", "day", "recorded_at"], name="crm_exchangerate_day"
            ),
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="crm_exchangerate_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} on {self.day}: {self.rate}"


class SavedFilter(TenantModel):
    """Filters of a list of deals that somebody saved under a name: those of the list's address."""

    class Place(models.TextChoices):
        """The page whose filters they are; the values are the names of its address."""

        BOARD = "pipeline"
        DEALS = "deals"

    user = TenantForeignKey(User, related_name="+")
    place = models.CharField(max_length=10, choices=Place.choices)
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=1000)
    """The query string of the address, without its question mark."""

    class Meta:
        constraints: ClassVar = [
            *references("user"),
            models.UniqueConstraint(fields=["company", "user", "place", "name"], name="crm_savedfilter_name"),
        ]

    def __str__(self) -> str:
        return self.name


Columns = tuple[datetime | None, bool]
"""A moment as stored in two columns."""


def columns_of(moment: Moment | None) -> Columns:
    """Return a moment or a day as its two columns. A day is kept as its beginning in UTC."""
    if moment is None or isinstance(moment, datetime):
        return moment, False
    return datetime(moment.year, moment.month, moment.day, tzinfo=UTC), True


def moment_of(moment: datetime | None, is_day: bool) -> Moment | None:  # noqa: FBT001  a column
    """Return the moment or day stored in two columns, or None."""
    return moment.date() if is_day and moment is not None else moment


def is_before(one: Moment, other: Moment) -> bool:
    """Whether one is certainly before the other: a plain day may differ from UTC's by hours."""
    if isinstance(one, datetime) and isinstance(other, datetime):
        return one < other
    return _day(one) < _day(other)


def _day(moment: Moment) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
