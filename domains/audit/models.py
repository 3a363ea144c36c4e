"""What the audit trail holds. Both tables only grow: the database refuses to change or remove a row."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Func

from domains.audit.events import Event as Event
from domains.kernel.actor import ActorKind
from domains.kernel.clock import now
from domains.kernel.models import Record

PENDING_KB_MAX = 65_536  # of the index by subject, before a reader has to tidy it up itself


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
        # The kinds of events and of viewers are held by domains of the database (`audit_event`,
        # `audit_viewer_kind`): a CHECK would be prepared anew for each receipt.
        indexes = [
            GinIndex(fields=["subjects"], name="audit_by_subject", gin_pending_list_limit=PENDING_KB_MAX)
        ]


class ReadShape(models.Model):
    """What a read operation discloses, told once for all its readings.

    `levels` maps a path to {coordinate: [decision for oneself, decision for others]}.
    """

    digest = models.CharField(max_length=64, primary_key=True, help_text="SHA-256 in hex")
    operation = models.TextField(help_text="the normalised document, without literals")
    levels = models.JSONField()
    recorded_at = models.DateTimeField(default=now)


class Leaf(models.Model):
    """The place of one event in the tree, and the hash of what it was when it was sealed."""

    number = models.BigIntegerField(primary_key=True, help_text="counted from 0, without a gap")
    entry_id = models.UUIDField(unique=True, help_text="AuditLog.id")
    recorded_at = models.DateTimeField(
        help_text="the event's, so that its month is known when it was removed"
    )
    hash = models.BinaryField(help_text="SHA-256, 32 bytes")
    form = models.SmallIntegerField(default=1, help_text="of the bytes that were hashed")


class Block(models.Model):
    """The hash over a full block of 256 leaves (level 1), of 65,536 (level 2), …: no proof reads all leaves."""

    pk = models.CompositePrimaryKey("level", "index")
    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField(help_text="SHA-256, 32 bytes")


class TreeHead(models.Model):
    """The tree's size and root at a moment, signed."""

    size = models.BigIntegerField(primary_key=True, help_text="how many leaves there were")
    root = models.BinaryField(help_text="SHA-256, 32 bytes")
    signed_at = models.DateTimeField()
    key_id = models.CharField(max_length=16)
    signature = models.BinaryField(help_text="Ed25519, 64 bytes")
    through_transaction = models.BigIntegerField(help_text="of the last row that was sealed")
    through_id = models.UUIDField(help_text="AuditLog.id of that row")


class Removal(Record):
    """A month of the trail that was archived and taken out of the database; its leaves stay."""

    partition = models.CharField(max_length=63, unique=True)
    since = models.DateTimeField()
    until = models.DateTimeField()
    rows = models.BigIntegerField()
    leaves_digest = models.BinaryField(help_text="SHA-256 over the hashes of its leaves, in order")
    archive_digest = models.BinaryField(help_text="SHA-256 of the archive's file")
    removed_at = models.DateTimeField(default=now)
