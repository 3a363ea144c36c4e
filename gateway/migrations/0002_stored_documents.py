from django.db import migrations, models

import domains.kernel.clock


class Migration(migrations.Migration):
    dependencies = [("gateway", "0001_allowances")]
    operations = [
        migrations.CreateModel(
            name="StoredDocument",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("digest", models.CharField(help_text="SHA-256 of the text, in hex", max_length=64)),
                ("text", models.TextField()),
                ("name", models.TextField(help_text="The names of its operations")),
                ("origin", models.TextField(help_text="The file that it came from")),
                ("stored_at", models.DateTimeField(default=domains.kernel.clock.now)),
            ],
            options={"indexes": [models.Index(fields=["digest"], name="stored_document_digest")]},
        ),
    ]
