"""Demat accounts and their holders are never deleted."""

from django.db import migrations

KEPT = (
    "demat_demataccount",
    "demat_dematholder",
)


class Migration(migrations.Migration):
    dependencies = [("kernel", "0002_what_is_kept"), ("demat", "0002_plain_text")]
    operations = [
        *[migrations.RunSQL(f"SELECT kernel_is_kept('{table}')", migrations.RunSQL.noop) for table in KEPT],
    ]
