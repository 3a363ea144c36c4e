"""More kinds of events, their code, and which transaction wrote a row."""

from django.db import migrations, models

EVENTS = [
    "READ", "LOOKUP_MISSED", "CHANGE", "LOGIN", "LOGIN_FAILED", "REFUSAL", "CONFIG", "EXPORT", "KEY", "ROLE",
    "LIMIT", "ALERT", "BREAK_GLASS", "RETENTION",
]

# Who reads the trail in order must not pass over a row whose transaction is still running: rows are taken in the
# order of the transactions that wrote them, up to the oldest that runs (`domains.audit.sealing`).
WRITTEN_BY = """
ALTER TABLE audit_auditlog ADD COLUMN written_by xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX audit_by_transaction ON audit_auditlog (written_by, id);
"""


class Migration(migrations.Migration):

    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.RemoveConstraint(model_name="auditlog", name="audit_event_known"),
        migrations.AlterField(
            model_name="auditlog",
            name="event",
            field=models.CharField(choices=[(event, event.replace("_", " ").title()) for event in EVENTS], max_length=20),
        ),
        migrations.AlterField(
            model_name="auditlog",
            name="disclosed",
            field=models.JSONField(
                db_default=models.Value({}, models.JSONField()),
                default=dict,
                help_text="path → ids of subjects, or of records",
            ),
        ),
        migrations.AddField(
            model_name="auditlog",
            name="code",
            field=models.TextField(db_default="", default="", help_text="of a refusal, a limit or an alert"),
        ),
        migrations.AddConstraint(
            model_name="auditlog",
            constraint=models.CheckConstraint(condition=models.Q(("event__in", EVENTS)), name="audit_event_known"),
        ),
        migrations.RunSQL(
            WRITTEN_BY,
            "DROP INDEX audit_by_transaction; ALTER TABLE audit_auditlog DROP COLUMN written_by;",
        ),
    ]
