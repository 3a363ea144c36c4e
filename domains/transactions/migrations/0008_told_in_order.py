"""Each event holds the number of the database's transaction that wrote it, by which it is told once and not missed.

Events of before have 0, so that a large table is not written anew; the program that is replaced writes on, too.
"""

import django.db.models.functions.comparison
from django.db import migrations, models

COLUMN = """
ALTER TABLE transactions_transactionevent ADD COLUMN written_by bigint NOT NULL DEFAULT 0;
ALTER TABLE transactions_transactionevent ALTER COLUMN written_by SET DEFAULT pg_current_xact_id()::text::bigint;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('transactions', '0007_kept'),
    ]

    operations = [
        migrations.RunSQL(
            COLUMN,
            "ALTER TABLE transactions_transactionevent DROP COLUMN written_by",
            state_operations=[
                migrations.AddField(
                    model_name='transactionevent',
                    name='written_by',
                    field=models.BigIntegerField(db_default=django.db.models.functions.comparison.Cast(django.db.models.functions.comparison.Cast(models.Func(function='pg_current_xact_id'), models.TextField()), models.BigIntegerField()), editable=False),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name='transactionevent',
            index=models.Index(fields=['written_by', 'id'], name='event_as_told'),
        ),
    ]
