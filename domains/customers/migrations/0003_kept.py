"""Customers and the history of their numbers are never deleted; guardian's own tables are not used."""

from django.db import migrations

KEPT = (
    "customers_customer",
    "customers_mobiletenure",
)
READ = (
    "guardian_groupobjectpermission",
    "guardian_userobjectpermission",
)


class Migration(migrations.Migration):
    dependencies = [
        ("kernel", "0002_what_is_kept"),
        ("customers", "0002_assignments"),
        ("guardian", "0003_remove_groupobjectpermission_guardian_gr_content_ae6aec_idx_and_more"),
    ]
    operations = [
        *[migrations.RunSQL(f"SELECT kernel_is_kept('{table}')", migrations.RunSQL.noop) for table in KEPT],
        *[migrations.RunSQL(f"SELECT kernel_is_read('{table}')", migrations.RunSQL.noop) for table in READ],
    ]
