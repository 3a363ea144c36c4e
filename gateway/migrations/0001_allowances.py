from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = [("kernel", "0001_application_role")]
    operations = [
        migrations.CreateModel(
            name="Allowance",
            fields=[
                ("key", models.TextField(primary_key=True, serialize=False)),
                ("full_at", models.DateTimeField()),
                (
                    "granted",
                    models.FloatField(help_text="The block taken last, in points; 0 when it was refused"),
                ),
            ],
        ),
        # Counters that may be lost in a crash need no write-ahead log. Half of each page is left free, so that
        # a changed row stays on its page and no index is touched.
        migrations.RunSQL(
            "ALTER TABLE gateway_allowance SET UNLOGGED; ALTER TABLE gateway_allowance SET (fillfactor = 50)",
            "ALTER TABLE gateway_allowance RESET (fillfactor); ALTER TABLE gateway_allowance SET LOGGED",
        ),
    ]
