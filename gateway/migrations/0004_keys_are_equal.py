"""Django adds an index for prefixes (`LIKE 'a%'`) to a text that is a key; nobody asks for one by its beginning.

Each of these cost a write for every mutation under a key, and for every viewer who comes anew.
"""

from django.db import migrations

SCOPE, ALLOWANCE = "gateway_idempotencykey_scope_2b8724ef_like", "gateway_allowance_key_0afbb283_like"


class Migration(migrations.Migration):
    dependencies = [("gateway", "0003_idempotency_keys")]
    operations = [
        migrations.RunSQL(
            f"DROP INDEX IF EXISTS {SCOPE}",
            f"CREATE INDEX {SCOPE} ON gateway_idempotencykey (scope varchar_pattern_ops)",
        ),
        migrations.RunSQL(
            f"DROP INDEX IF EXISTS {ALLOWANCE}",
            f"CREATE INDEX {ALLOWANCE} ON gateway_allowance (key text_pattern_ops)",
        ),
    ]
