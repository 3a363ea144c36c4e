from django.db import migrations, models

import domains.kernel.clock


class Migration(migrations.Migration):
    dependencies = [("gateway", "0002_stored_documents")]
    operations = [
        migrations.CreateModel(
            name="IdempotencyKey",
            fields=[
                (
                    "scope",
                    models.CharField(
                        help_text="SHA-256 of viewer, mutation and key, in hex",
                        max_length=64,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("mutation", models.TextField()),
                ("input_digest", models.BinaryField(help_text="keyed digest of the input")),
                ("outcome", models.JSONField(help_text="keys and typed results")),
                ("created_at", models.DateTimeField(default=domains.kernel.clock.now)),
            ],
            options={"indexes": [models.Index(fields=["created_at"], name="idempotency_key_oldest")]},
        ),
    ]
