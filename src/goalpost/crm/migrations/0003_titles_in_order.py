"""Tell the ledger what the records that are there are sorted by."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from goalpost.domain.alphabet import sort_key

_AT_ONCE = 5_000
_UPDATE = (
    "UPDATE ledger_standing SET title_key = %s WHERE company_id = %s AND source_kind = %s AND source_id = %s"
)


def fill(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Give every standing its record's key, some thousands of records at a time."""
    for kind, (name, text) in enumerate((("Deal", "title"), ("Activity", "subject")), start=1):
        model, last = apps.get_model("crm", name), 0
        while some := _after(model, last, text):
            with editor.connection.cursor() as cursor:
                cursor.executemany(_UPDATE, [(sort_key(said), company, kind, pk) for pk, company, said in some])
            last = some[-1][0]
    with editor.connection.cursor() as cursor:
        # SQLite made the table anew and lost what it knew of it; PostgreSQL knows nothing of the new column.
        cursor.execute("ANALYZE ledger_standing")


def _after(model: type[models.Model], last: int, text: str) -> list[tuple[int, int, str]]:
    records = model._default_manager.filter(pk__gt=last).order_by("pk")
    return list(records.values_list("pk", "company_id", text)[:_AT_ONCE])


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0002_records_of_unknown_date"),
        ("ledger", "0003_standings_by_title"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
