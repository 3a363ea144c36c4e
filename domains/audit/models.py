"""What the audit trail holds. Both tables only grow: the database refuses to change or remove a row."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Func

from domains.audit.events import Event as Event
from domains.kernel.actor import ActorKind
from domains.kernel.clock import now
from domains.kernel.models import Record, one_of


class AuditLog(Record):
    """One event. Never a value that was read: subjects, coordinates and decisions only.

    The table is partitioned by month of `recorded_at` (see the migration); ids are UUIDv7, so ordering by
    `id` is ordering by time and uses the primary key. No foreign keys: they would lock customers.
    One column is the database's own and not here: `written_by`, the transaction that wrote the row.
    """

    recorded_at = models.DateTimeField(
        db_default=Func(function="clock_timestamp", output_field=models.DateTimeField())
    )
    event = models.CharField(max_length=20, choices=Event)
    viewer_kind = models.CharField(max_length=10, choices=ActorKind)
    viewer_id = models.UUIDField(null=True)
    viewer_customer_id = models.UUIDField(null=True)
    roles = ArrayField(models.TextField(), default=list)
    purpose = models.TextField(default="", db_default="")
    operation_name = models.TextField(default="", db_default="")
    document_id = models.TextField(default="", db_default="", help_text="SHA-256 of the document, in hex")
    field = models.TextField(default="", db_default="", help_text="the answer's root field")
    code = models.TextField(default="", db_default="", help_text="of a refusal, a limit or an alert")
    shape_id = models.CharField(max_length=64, null=True, help_text="ReadShape.digest")
    subjects = ArrayField(
        models.UUIDField(), default=list, db_default=models.Value([], ArrayField(models.UUIDField()))
    )
    disclosed = models.JSONField(
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        help_text="path → ids of subjects, or of records",
    )
    row_count = models.IntegerField(null=True)
    sought_digest = models.BinaryField(null=True, help_text="keyed digest of the key that found nothing")
    changes = models.JSONField(null=True)
    correlation_id = models.TextField()
    trace_id = models.TextField(default="", db_default="")
    address = models.GenericIPAddressField(null=True)

    class Meta:
        constraints = [
            one_of("audit_event_known", "event", Event.values),
            one_of("audit_viewer_kind_known", "viewer_kind", ActorKind.values),
        ]
        indexes = [GinIndex(fields=["subjects"], name="audit_by_subject")]


class ReadShape(models.Model):
    """What a read operation discloses, told once for all its readings.

    `levels` maps a path to {coordinate: [decision for oneself, decision for others]}.
    """

    digest = models.CharField(max_length=64, primary_key=True, help_text="SHA-256 in hex")
    operation = models.TextField(help_text="the normalised document, without literals")
    levels = models.JSONField()
    recorded_at = models.DateTimeField(default=now)
