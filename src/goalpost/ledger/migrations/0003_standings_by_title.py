from django.db import migrations, models


class Migration(migrations.Migration):
    """Give standings what their records are sorted by. `crm.0003` fills it in."""

    dependencies = [("ledger", "0002_deeds_and_what_changed")]

    operations = [
        migrations.AddField("standing", "title_key", models.BinaryField(default=b"")),
        migrations.RemoveIndex("standing", "ledger_standing_day"),
        migrations.AddIndex(
            "standing",
            models.Index(
                fields=["company", "measure", "day", "title_key", "source_id"], name="ledger_standing_title"
            ),
        ),
    ]
