"""Portfolios, holdings and securities are never deleted."""

from django.db import migrations

KEPT = (
    "portfolios_portfolio",
    "portfolios_holding",
    "portfolios_security",
)


class Migration(migrations.Migration):
    dependencies = [("kernel", "0002_what_is_kept"), ("portfolios", "0002_plain_text")]
    operations = [
        *[migrations.RunSQL(f"SELECT kernel_is_kept('{table}')", migrations.RunSQL.noop) for table in KEPT],
    ]
