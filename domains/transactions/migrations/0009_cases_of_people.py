from django.db import migrations, models

# A case that was taken with an API key got the key's id, which nobody can find in a list of users.
OWNERS = """
UPDATE transactions_case AS c SET owner_id = k.owner_id FROM identity_apikey AS k WHERE k.id = c.owner_id;
UPDATE transactions_case AS c SET closed_by = k.owner_id FROM identity_apikey AS k WHERE k.id = c.closed_by;
"""


class Migration(migrations.Migration):
    dependencies = [("identity", "0007_kept"), ("transactions", "0008_told_in_order")]
    operations = [
        migrations.AlterField(
            "case",
            "closed_by",
            models.UUIDField(help_text="the user; null where it closed by itself", null=True),
        ),
        migrations.RunSQL(OWNERS, migrations.RunSQL.noop),
    ]
