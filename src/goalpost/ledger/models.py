"""The ledger's tables.

Postings and entries are the history: appended, never changed. Standings and tallies are sums of them, kept in
the same transaction.

Dimensions are plain numbers, not foreign keys: the history outlives the rows it names. 0 stands for "none" in
`pipeline_id` and `item_id`, so that unique keys work on every engine.
"""

from typing import ClassVar

from django.db import models

from goalpost.companies.models import User
from goalpost.domain.changes import PostingAction
from goalpost.storage.tenancy import TenantForeignKey, TenantModel, references


class SourceKind(models.IntegerChoices):
    """What kind of record an entry comes from."""

    DEAL = 1
    ACTIVITY = 2


class Reason(models.TextChoices):
    """Why a posting was made."""

    EDIT = "edit"
    IMPORT = "import"
    SYNC = "sync"
    RULE = "rule"
    REPAIR = "repair"
    UNDO = "undo"
    """An import was undone."""


class Book(TenantModel):
    """One row per company, locked by every write: the writers of a company run one after another.

    `version` is incremented by every posting; results are a function of it.
    """

    version = models.BigIntegerField(default=0)
    last_posted_at = models.DateTimeField(null=True)
    seal = models.CharField(max_length=64, blank=True)
    """The seal of the last posting (`ledger.seals`); empty before the first."""
    records = models.BigIntegerField(default=0)
    """The sum of all seals of the company's records (`crm.seals`), modulo 2^62."""
    recount_job = models.BigIntegerField(default=0)
    """The job that recounts records for a changed rule (`ledger.staging`); 0 for none."""

    class Meta:
        constraints: ClassVar = [
            *references(),
            models.UniqueConstraint(fields=["company"], name="ledger_book_one_each"),
        ]

    def __str__(self) -> str:
        return f"book of company {self.company_id}"


class Posting(TenantModel):
    """One act that changed what counts: when, by whom, why. Numbered by the book's version, without a gap."""

    version = models.BigIntegerField()
    """The book's version after it: it orders the postings of a company."""
    at = models.DateTimeField()
    """When it happened; for a replayed history, in the source. Never before the previous posting's."""
    recorded_at = models.DateTimeField()
    """When it was written."""
    actor = TenantForeignKey(User, null=True, related_name="+")
    reason = models.CharField(max_length=10, choices=Reason.choices)
    note = models.CharField(max_length=500, blank=True)
    action = models.CharField(
        max_length=10, blank=True, choices=[(one.value, one.value) for one in PostingAction]
    )
    seal = models.CharField(max_length=64)
    """SHA-256 over the seal before it, its own content and its entries (`ledger.seals`)."""

    class Meta:
        constraints: ClassVar = [
            *references("actor"),
            models.UniqueConstraint(fields=["company", "version"], name="ledger_posting_version"),
        ]
        indexes: ClassVar = [models.Index(fields=["company", "at", "version"], name="ledger_posting_at")]

    def __str__(self) -> str:
        return f"{self.reason} at {self.at:%Y-%m-%d %H:%M}"


class Counted(TenantModel):
    """The dimensions and figures that entries and standings share: one contribution of one record."""

    source_kind = models.PositiveSmallIntegerField(choices=SourceKind.choices)
    source_id = models.BigIntegerField()
    measure = models.PositiveSmallIntegerField()
    day = models.DateField()
    owner_id = models.BigIntegerField()
    pipeline_id = models.BigIntegerField()
    item_id = models.BigIntegerField()
    currency = models.CharField(max_length=3, blank=True)
    """The record's own; empty for activities."""
    count = models.SmallIntegerField()
    amount = models.BigIntegerField()
    """Minor units of the company's currency."""
    native_amount = models.BigIntegerField()
    """Minor units of `currency`."""
    unvalued = models.SmallIntegerField()
    """1 (or minus 1) when the record's value in the company's currency is unknown."""

    class Meta:
        abstract = True


class Entry(Counted):
    """One line of a posting, plus or minus. The posting's seal covers it (decision 0021)."""

    version = models.BigIntegerField()
    """The posting's."""

    class Meta:
        indexes: ClassVar = [
            # For changes of a total, latest posting first. A covering index that only grows at its end.
            models.Index(
                fields=[
                    "company",
                    "measure",
                    "version",
                    "source_id",
                    "day",
                    "owner_id",
                    "pipeline_id",
                    "item_id",
                    "currency",
                    "count",
                    "amount",
                    "native_amount",
                    "unvalued",
                ],
                name="ledger_entry_changes",
            ),
            # For some people by their days.
            models.Index(fields=["company", "measure", "owner_id", "day"], name="ledger_entry_owner"),
            # For the history of one record.
            models.Index(fields=["company", "source_kind", "source_id"], name="ledger_entry_source"),
        ]

    def __str__(self) -> str:
        return f"{self.count:+d} {self.measure} on {self.day}"


class Standing(Counted):
    """A contribution as it is now: the net of the entries of one record. Written and deleted with them.

    Its entries prove the company; a foreign key of its own would add one more check per row.
    """

    title_key = models.BinaryField(default=b"")
    """The record's sort key (`domain.alphabet`): bytes, which every engine sorts in the same order."""

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["company", "source_kind", "source_id"], name="ledger_standing_source"),
            # By day, and within each day by title.
            models.Index(
                fields=["company", "measure", "day", "title_key", "source_id"], name="ledger_standing_title"
            ),
            models.Index(fields=["company", "measure", "amount", "source_id"], name="ledger_standing_amount"),
            models.Index(
                fields=[
                    "company",
                    "measure",
                    "owner_id",
                    "day",
                    "pipeline_id",
                    "item_id",
                    "currency",
                    "count",
                    "amount",
                    "native_amount",
                    "unvalued",
                ],
                name="ledger_standing_owner",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure} on {self.day}"


class Staged(Counted):
    """A line of the posting that will end the current recount (`ledger.staging`).

    With measure 0 it marks a record that was written to meanwhile and has to be recounted then.
    """

    title_key = models.BinaryField(default=b"")
    standing_id = models.BigIntegerField(default=0)
    """The standing to be removed; 0 for a contribution to be added."""

    class Meta:
        constraints: ClassVar = [*references()]
        indexes: ClassVar = [
            models.Index(fields=["company", "source_kind", "source_id"], name="ledger_staged_source"),
        ]

    def __str__(self) -> str:
        return f"{self.measure} on {self.day}"


class Tally(TenantModel):
    """Sums of entries by one set of dimensions."""

    measure = models.PositiveSmallIntegerField()
    pipeline_id = models.BigIntegerField()
    item_id = models.BigIntegerField()
    currency = models.CharField(max_length=3, blank=True)
    count = models.BigIntegerField()
    amount = models.BigIntegerField()
    native_amount = models.BigIntegerField()
    unvalued = models.BigIntegerField()

    class Meta:
        abstract = True


class CompanyDayTally(Tally):
    day = models.DateField()

    class Meta:
        constraints: ClassVar = [
            *references(),
            models.UniqueConstraint(
                fields=["company", "measure", "day", "pipeline_id", "item_id", "currency"],
                name="ledger_companydaytally_grain",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure} on {self.day}: {self.count}"


class OwnerMonthTally(Tally):
    owner_id = models.BigIntegerField()
    month = models.DateField()
    """The first day of the calendar month."""

    class Meta:
        constraints: ClassVar = [
            *references(),
            models.UniqueConstraint(
                fields=["company", "measure", "owner_id", "month", "pipeline_id", "item_id", "currency"],
                name="ledger_ownermonthtally_grain",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure} in {self.month:%Y-%m}: {self.count}"
