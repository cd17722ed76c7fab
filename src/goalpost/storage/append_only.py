"""Append-only models: rows are inserted, never updated or deleted.

Citus rules out triggers and SQLite has no privileges, so the models and querysets themselves refuse.
"""

from typing import Any, NoReturn, TypeVar

from django.db import models

from goalpost.storage.tenancy import TenantModel

_Row_co = TypeVar("_Row_co", bound=models.Model, covariant=True)


class Unchangeable(TypeError):
    """Raised on an attempt to update or delete an append-only row."""


class AppendOnlyQuerySet(models.QuerySet[_Row_co]):
    """Rows that can be read and added to."""

    def update(self, **_values: Any) -> NoReturn:
        raise Unchangeable

    def bulk_update(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise Unchangeable

    def delete(self) -> NoReturn:
        raise Unchangeable


class AppendOnlyModel(TenantModel):
    """A company-owned row that `save` can only add."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise Unchangeable
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise Unchangeable

    def _do_update(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise Unchangeable
