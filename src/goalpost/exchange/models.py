"""Ids in the programs that files come from."""

from typing import ClassVar

from django.db import models

from goalpost.companies.models import User
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
