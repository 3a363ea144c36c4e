"""Nothing of a transaction is ever deleted, nor what was told of it."""

from django.db import migrations

KEPT = (
    "transactions_transaction",
    "transactions_attempt",
    "transactions_case",
    "transactions_delivery",
    "transactions_deliverytry",
    "transactions_providernotice",
    "transactions_reconciliation",
    "transactions_subscription",
)


class Migration(migrations.Migration):
    dependencies = [("kernel", "0002_what_is_kept"), ("transactions", "0006_reconciliations")]
    operations = [
        *[migrations.RunSQL(f"SELECT kernel_is_kept('{table}')", migrations.RunSQL.noop) for table in KEPT],
    ]
