"""The wall between companies as the models and the database hold it: ARCHITECTURE section 2."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, models, transaction

from goalpost.accounts.models import ApiToken, BrowserSession, Invitation
from goalpost.companies.models import Company, PermissionSet, TeamMembership, User
from goalpost.crm.models import Activity, Deal, Stage, StageMove
from goalpost.insights.dashboards.models import PublicLinkKey
from goalpost.insights.wall.models import WallKey
from goalpost.jobs.models import Job
from goalpost.ledger.models import Entry, Posting, Standing
from goalpost.storage.bulk_rows import insert_rows, overwrite_rows
from goalpost.storage.tenancy import TenantForeignKey, TenantModel, TenantReference
from tests.crm.records import add_activity, add_deal
from tests.people import NOW, make_company

GLOBAL: set[type[models.Model]] = {
    Company,
    User,
    PermissionSet,
    ApiToken,
    Invitation,
    BrowserSession,
    PublicLinkKey,
    WallKey,
}
"""Looked up before it is known which company is meant. Small, and copied to every node."""

LOCAL: set[type[models.Model]] = {Job}
"""Neither spread by company nor copied: on one node, where rows may be locked (decision 0019)."""

postgresql_only = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="asks PostgreSQL's catalogue what it holds"
)


def own_models() -> list[type[models.Model]]:
    """Return the models of the product itself, many-to-many tables included."""
    return [
        model
        for config in apps.get_app_configs()
        if config.name.startswith("goalpost.")
        for model in config.get_models(include_auto_created=True)
    ]


def owned_models() -> list[type[models.Model]]:
    return [model for model in own_models() if model not in GLOBAL | LOCAL]


each_own = pytest.mark.parametrize("model", own_models(), ids=lambda model: model.__name__)
each_owned = pytest.mark.parametrize("model", owned_models(), ids=lambda model: model.__name__)


def references_of(model: type[models.Model]) -> Iterator["models.ForeignKey[object, object]"]:
    for field in model._meta.get_fields():
        if isinstance(field, models.ForeignKey) and field.name != "company":
            yield field


@each_owned
def test_every_table_bears_its_company(model: type[models.Model]) -> None:
    assert issubclass(model, TenantModel)
    company = model._meta.get_field("company")
    assert isinstance(company, models.ForeignKey)
    assert not company.null
    assert not company.editable


@each_owned
def test_every_unique_key_and_index_starts_with_the_company(model: type[models.Model]) -> None:
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            assert constraint.fields[0] == "company", constraint.name
    for index in model._meta.indexes:
        assert index.fields[0] == "company", index.name
    for field in model._meta.local_fields:
        assert field.primary_key or not field.unique, field.name
        assert not (isinstance(field, models.ForeignKey) and field.deconstruct()[3].get("db_index", True))
    assert not model._meta.unique_together


@each_owned
def test_every_reference_is_held_with_its_company(model: type[models.Model]) -> None:
    held = {c.field for c in model._meta.constraints if isinstance(c, TenantReference)}
    wanted = {"company"}
    for field in references_of(model):
        if field.related_model is not Company:
            assert isinstance(field, TenantForeignKey), field.name
            assert field.deconstruct()[3]["db_constraint"] is False
            wanted.add(field.name)
    required = any(not field.null for field in references_of(model) if isinstance(field, TenantForeignKey))
    # Entries and standings are written with their posting only; a required reference proves the company too.
    assert held == wanted or (held == wanted - {"company"} and (required or model in {Entry, Standing}))


@each_own
def test_ids_are_numbers_that_javascript_clients_hold_exactly(model: type[models.Model]) -> None:
    # A session is found by its key alone, and spread by it; no client is told of another id of it.
    if model is BrowserSession:
        assert BrowserSession._meta.pk.name == "session_key"
    else:
        assert isinstance(model._meta.pk, models.BigAutoField)


@pytest.mark.django_db
@each_owned
def test_the_database_itself_has_those_indexes(model: type[models.Model]) -> None:
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, model._meta.db_table)
    for name, held in found.items():
        if (held["index"] or held["unique"]) and not held["primary_key"]:
            assert held["columns"][0] == "company_id", name


@postgresql_only
@pytest.mark.django_db
def test_no_constraint_of_the_product_waits_for_the_end_of_a_transaction() -> None:
    tables = [model._meta.db_table for model in owned_models()]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE condeferrable AND conrelid = ANY(%s::regclass[])",
            [tables],
        )
        assert cursor.fetchall() == []


@postgresql_only
@pytest.mark.django_db
def test_nothing_in_the_database_acts_by_itself() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
        assert cursor.fetchall() == []
        cursor.execute(
            "SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace "
            "WHERE nspname = current_schema()"
        )
        assert cursor.fetchall() == []


@pytest.mark.django_db
def test_the_database_refuses_rows_that_refer_to_another_company() -> None:
    cast, other = make_company("Nordlys"), make_company("Baltica")
    deal, their_deal = add_deal(cast), add_deal(other)
    add_activity(cast)
    ours, our_type = cast.company_id, cast.activity_type().pk
    deal_columns = (
        "company",
        "title",
        "owner",
        "organization",
        "pipeline",
        "stage",
        "status",
        "value",
        "currency",
        "is_archived",
        "is_deleted",
        "updated_at",
    )
    activity_columns = ("company", "subject", "type", "owner", "deal", "is_done", "is_deleted", "updated_at")

    def deal_row(owner: int, pipeline: int, stage: int) -> tuple[object, ...]:
        return ours, "Oars", owner, "", pipeline, stage, "open", 0, "EUR", False, False, NOW

    def activity_row(kind: int, owner: int, of_deal: int | None) -> tuple[object, ...]:
        return ours, "Ring", kind, owner, of_deal, False, False, NOW

    cilla, pipeline, stage = cast.cilla.pk, cast.pipeline.pk, cast.stages[0].pk
    rows: list[tuple[type[models.Model], tuple[str, ...], tuple[object, ...]]] = [
        (Deal, deal_columns, deal_row(other.cilla.pk, pipeline, stage)),
        (Deal, deal_columns, deal_row(cilla, other.pipeline.pk, stage)),
        (Deal, deal_columns, deal_row(cilla, pipeline, other.stages[0].pk)),
        (Activity, activity_columns, activity_row(other.activity_type().pk, cilla, None)),
        (Activity, activity_columns, activity_row(our_type, other.cilla.pk, None)),
        (Activity, activity_columns, activity_row(our_type, cilla, their_deal.pk)),
        (StageMove, ("company", "deal", "stage"), (ours, their_deal.pk, stage)),
        (StageMove, ("company", "deal", "stage"), (ours, deal.pk, other.stages[0].pk)),
        (Stage, ("company", "pipeline", "name", "position"), (ours, other.pipeline.pk, "Lead", 9)),
        (TeamMembership, ("company", "team", "user"), (ours, other.nordic.pk, cilla)),
        (TeamMembership, ("company", "team", "user"), (ours, cast.nordic.pk, other.cilla.pk)),
        (Posting, ("company", "at", "actor", "reason", "note"), (ours, NOW, other.cilla.pk, "edit", "")),
        (Posting, ("company", "at", "actor", "reason", "note"), (999_999_999, NOW, None, "edit", "")),
    ]
    for model, columns, row in rows:
        before = model._default_manager.count()
        with pytest.raises(IntegrityError), transaction.atomic():
            insert_rows(model, columns, [row])  # type: ignore[list-item]  # rows of several shapes
        assert model._default_manager.count() == before, columns


@pytest.mark.django_db
def test_the_database_refuses_a_user_with_another_companys_permission_set() -> None:
    cast, other = make_company("Nordlys"), make_company("Baltica")
    theirs = PermissionSet.objects.get(company_id=other.company_id, name="Regular user")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=cast.cilla.pk).update(permission_set=theirs)


@pytest.mark.django_db
def test_overwriting_never_reaches_another_companys_row() -> None:
    cast, other = make_company("Nordlys"), make_company("Baltica")
    deal, theirs = add_deal(cast), add_deal(other)
    rows = [(cast.company_id, deal.pk, "Mine"), (cast.company_id, theirs.pk, "Mine")]
    with pytest.raises(LookupError), transaction.atomic():
        overwrite_rows(Deal, ("company", "id", "title"), rows)
    assert set(Deal.objects.values_list("title", flat=True)) == {"Oars"}


@pytest.mark.django_db
def test_a_row_never_moves_to_another_company() -> None:
    cast, other = make_company("Nordlys"), make_company("Baltica")
    deal = add_deal(cast)
    deal.company = other.company
    with pytest.raises(DatabaseError), transaction.atomic():
        deal.save(force_update=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        deal.save()
    assert Deal.objects.get(pk=deal.pk).company_id == cast.company_id


@pytest.mark.django_db
def test_joins_carry_the_company_along() -> None:
    cast = make_company()
    add_activity(cast, deal_id=add_deal(cast).pk)
    linked = Activity.objects.filter(company_id=cast.company_id, deal__pipeline_id=1)
    assert '"crm_activity"."company_id" = ("crm_deal"."company_id")' in str(linked.query)
    through = Deal.objects.filter(company_id=cast.company_id, stage__pipeline__name="Sales")
    assert '"crm_deal"."company_id" = ("crm_stage"."company_id")' in str(through.query)
    assert '"crm_stage"."company_id" = ("crm_pipeline"."company_id")' in str(through.query)
