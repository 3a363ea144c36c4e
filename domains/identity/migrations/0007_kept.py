"""Users, their keys and their emergencies are never deleted; what Django keeps of rights and kinds is only read."""

from django.db import migrations

KEPT = (
    "identity_user",
    "identity_apikey",
    "identity_emergencyaccess",
)
READ = (
    "auth_group",
    "auth_permission",
    "auth_group_permissions",
    "django_admin_log",
    "django_content_type",
    "identity_user_user_permissions",
)


class Migration(migrations.Migration):
    dependencies = [
        ("kernel", "0002_what_is_kept"),
        ("identity", "0006_second_administrators"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [
        *[migrations.RunSQL(f"SELECT kernel_is_kept('{table}')", migrations.RunSQL.noop) for table in KEPT],
        *[migrations.RunSQL(f"SELECT kernel_is_read('{table}')", migrations.RunSQL.noop) for table in READ],
        # A group is locked while its role is granted, which takes the right to change a column of it: not its name.
        migrations.RunSQL("SELECT kernel_keep_columns('auth_group', '{name}')", migrations.RunSQL.noop),
    ]
