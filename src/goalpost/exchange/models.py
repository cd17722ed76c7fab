"""Ids in the programs that files come from, stage histories, and the imports that were made."""

from typing import ClassVar

from django.db import models

from goalpost.companies.models import User
from goalpost.crm.models import Deal, Stage
from goalpost.storage.tenancy import TenantForeignKey, TenantModel, references


class PersonId(TenantModel):
    """A person's id in the source program of a file: ids of different programs are independent."""

    user = TenantForeignKey(User, related_name="+")
    source = models.CharField(max_length=50, blank=True)
    """The program, in lower case; empty if unknown."""
    external_id = models.CharField(max_length=200)

    class Meta:
        constraints: ClassVar = [
            *references("user", names_company=False),
            models.UniqueConstraint(
                fields=["company", "source", "external_id"], name="exchange_personid_key"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source}:{self.external_id}"


class StageEvent(TenantModel):
    """A deal's arrival in a stage as a file of history told it: the deal's moves are made of all of them.

    They are a set: in which order, in how many files and how often they came makes no difference.
    """

    deal = TenantForeignKey(Deal, related_name="+")
    stage = TenantForeignKey(Stage, related_name="+")
    moment = models.DateTimeField()
    moment_is_day = models.BooleanField(default=False)
    previous = TenantForeignKey(Stage, null=True, related_name="+")
    """The stage it came from, where that was told."""

    class Meta:
        constraints: ClassVar = [
            *references("deal", "stage", "previous", names_company=False),
            models.UniqueConstraint(
                fields=["company", "deal", "moment", "stage"], name="exchange_stageevent_once"
            ),
        ]

    def __str__(self) -> str:
        return f"deal {self.deal_id} in stage {self.stage_id}"


class ImportState(models.TextChoices):
    DRAFT = "draft"
    WAITING = "waiting"
    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"
    UNDONE = "undone"


class Import(TenantModel):
    """A file that is brought in, numbered within the company: who, when, what came of it."""

    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10)
    file_name = models.CharField(max_length=255)
    state = models.CharField(max_length=7, choices=ImportState.choices)
    made_by = TenantForeignKey(User, null=True, related_name="+")
    """None for the server's operator."""
    created_at = models.DateTimeField()
    touched_at = models.DateTimeField()
    """When it last wrote something, or a draft was last changed."""
    finished_at = models.DateTimeField(null=True)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    options = models.JSONField(default=dict)
    """How a draft's file is read: the command's options."""
    summary = models.JSONField(default=dict)
    """What its report says: `lines`, and the names it created by their kind."""
    note = models.CharField(max_length=500, blank=True)
    """Why it stopped."""
    job_id = models.BigIntegerField(default=0)
    """The job that runs it; 0 for none."""
    upload = models.CharField(max_length=64, blank=True)
    """The name of the uploaded file in the data folder; empty where there is none."""
    undone_at = models.DateTimeField(null=True)
    undone_by = TenantForeignKey(User, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            *references("made_by", "undone_by"),
            models.UniqueConstraint(fields=["company", "number"], name="exchange_import_number"),
        ]

    def __str__(self) -> str:
        return f"import {self.number} of {self.file_name}"


class ImportBatch(TenantModel):
    """What one transaction of an import changed: what it takes to undo it. Deleted when that is done."""

    import_number = models.PositiveIntegerField()
    number = models.PositiveIntegerField()
    """Batches are undone from the last to the first."""
    source_kind = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    """The `updated_at` that the batch gave to its records: one with another was changed since."""
    content = models.BinaryField()
    """The records created, and what the others were before (`exchange.journal`)."""

    class Meta:
        constraints: ClassVar = [
            *references(),
            models.UniqueConstraint(
                fields=["company", "import_number", "number"], name="exchange_importbatch_number"
            ),
        ]

    def __str__(self) -> str:
        return f"batch {self.number} of import {self.import_number}"
