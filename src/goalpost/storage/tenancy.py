"""Isolation of companies, enforced by the database, and rows that are only ever added.

Every company-owned table bears its company, and every reference between two such tables goes through
`TenantForeignKey` together with a `TenantReference` constraint: FOREIGN KEY (company_id, x_id) REFERENCES
target (company_id, id). A row that points at another company's row is refused by SQLite, PostgreSQL and
Citus alike, whichever code wrote it. The constraints are checked at once, never deferred, so that an error
appears at the statement that made it.
"""

from typing import Any, NoReturn, Self, TypeVar

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models.base import Model
from django.db.models.constraints import BaseConstraint
from django.db.models.fields.related import ForeignKey
from django.db.models.sql.where import WhereNode

_ST = TypeVar("_ST")
_GT = TypeVar("_GT")
_Given = TypeVar("_Given")


class TenantForeignKey(ForeignKey[_ST, _GT]):
    """A foreign key to a row of the same company. Joins and look-ups include `company_id`."""

    def __init__(self, to: type[Model] | str, on_delete: Any = models.PROTECT, **kwargs: Any) -> None:
        # The constraint is TenantReference's; the indexes that are needed are named by each table.
        kwargs.setdefault("db_constraint", False)
        kwargs.setdefault("db_index", False)
        super().__init__(to, on_delete, **kwargs)

    def get_extra_restriction(self, alias: str | None, related_alias: str | None) -> Any:
        here, there = _column(self.model, "company"), _column(self.related_model, "company")
        exact: Any = there.get_lookup("exact")
        return WhereNode([exact(there.get_col(str(related_alias)), here.get_col(str(alias)))])

    def get_extra_descriptor_filter(self, instance: Model) -> dict[str, Any]:
        return {"company_id": instance.company_id}  # type: ignore[attr-defined]  # every TenantModel has one


class TenantReference(BaseConstraint):
    """FOREIGN KEY (company_id, field) REFERENCES target (company_id, id); `company` itself goes by (id).

    On PostgreSQL each is a statement of its own at the end of its migration: every key it refers to is there
    by then, and a table that is made without a reference can still be distributed (Citus).
    """

    def __init__(self, *, field: str, name: str) -> None:
        super().__init__(name=name)
        self.field = field

    def constraint_sql(
        self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> str:
        """Return the clause for CREATE TABLE, empty where the constraint comes later."""
        if _given(schema_editor).connection.vendor == "postgresql":
            return self.create_sql(model, schema_editor)
        return self._clause(_given(model), _given(schema_editor))

    def _clause(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> str:
        field = _column(model, self.field)
        if self.field == "company":
            columns, target_columns = ["company_id"], ["id"]
        else:
            columns, target_columns = ["company_id", str(field.column)], ["company_id", "id"]
        quote = schema_editor.quote_name
        target = _given(field.related_model)._meta.db_table
        return (
            f"CONSTRAINT {quote(str(self.name))} FOREIGN KEY ({', '.join(map(quote, columns))}) "
            f"REFERENCES {quote(target)} ({', '.join(map(quote, target_columns))})"
        )

    def create_sql(self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> str:
        """Defer adding the constraint to the end of the migration. Returns no statement."""
        model, schema_editor = _given(model), _given(schema_editor)
        table = schema_editor.quote_name(model._meta.db_table)
        schema_editor.deferred_sql.append(f"ALTER TABLE {table} ADD {self._clause(model, schema_editor)}")
        return ""

    def remove_sql(self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> str:
        table = _given(schema_editor).quote_name(_given(model)._meta.db_table)
        return f"ALTER TABLE {table} DROP CONSTRAINT {_given(schema_editor).quote_name(str(self.name))}"

    def validate(
        self, model: type[Model], instance: Model, exclude: Any = None, using: str = "default"
    ) -> None:
        """Do nothing: the database checks the constraint on every write, bulk writes included."""

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "field": self.field}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TenantReference):
            return NotImplemented
        return (self.name, self.field) == (other.name, other.field)

    def __hash__(self) -> int:
        return hash((self.name, self.field))


def _given(thing: _Given | None) -> _Given:
    """Assert that Django passed a value where its signature allows None."""
    if thing is None:
        raise TypeError("A tenant reference needs its model and a schema editor.")
    return thing


def _column(model: Any, name: str) -> "models.Field[Any, Any]":
    field = model._meta.get_field(name)
    if not isinstance(field, models.Field):
        raise TypeError(f"{name} is no column of {model}.")
    return field


def references(*fields: str, names_company: bool = True) -> list[BaseConstraint]:
    """Return the constraints of a company-owned table's references: `company` and each of `fields`.

    Without `names_company` the first is left out, which saves a check per row: for large tables whose
    required references already imply that the company exists.
    """
    company = TenantReference(field="company", name="%(app_label)s_%(class)s_company_fk")
    return [
        *([company] if names_company else []),
        *(TenantReference(field=field, name=f"%(app_label)s_%(class)s_{field}_fk") for field in fields),
    ]


def row_key() -> BaseConstraint:
    """Return the key (company, id) that a table needs which others refer to."""
    return models.UniqueConstraint(fields=["company", "id"], name="%(app_label)s_%(class)s_row")


class TenantModel(models.Model):
    """A row that belongs to one company, which never changes."""

    company = models.ForeignKey(
        "companies.Company",
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
        editable=False,
    )

    class Meta:
        abstract = True

    # The stubs are those of Django 6, whose signature has one argument more: hence *rest.
    def _do_update(self, base_qs: models.QuerySet[Self], *rest: Any) -> Any:
        """Update by (company, id), so that `save()` touches one shard and never moves a row."""
        return super()._do_update(base_qs.filter(company_id=self.company_id), *rest)


_Row_co = TypeVar("_Row_co", bound=models.Model, covariant=True)


# Citus rules out triggers and SQLite has no privileges, so the models and querysets themselves refuse.
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
