"""Providers and configured values are never deleted: they are disabled, and have versions."""

from django.db import migrations

KEPT = (
    "providers_provider",
    "providers_systemconfig",
)


class Migration(migrations.Migration):
    dependencies = [("kernel", "0002_what_is_kept"), ("providers", "0005_order_venue")]
    operations = [
        *[migrations.RunSQL(f"SELECT kernel_is_kept('{table}')", migrations.RunSQL.noop) for table in KEPT],
    ]
