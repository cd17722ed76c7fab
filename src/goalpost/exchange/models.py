"""Ids in the programs that files come from."""

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
