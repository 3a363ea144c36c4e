"""What the gateway itself keeps: allowances of points, documents that are stored, outcomes of mutations by key."""

from django.db import models

from domains.kernel.clock import now


class Allowance(models.Model):
    """How much a viewer or an address may still ask: nothing is owed any more at `full_at`.

    Written by one statement only (see `rates.postgres`); the table is unlogged.
    """

    key = models.TextField(primary_key=True)
    full_at = models.DateTimeField()
    granted = models.FloatField(help_text="The block taken last, in points; 0 when it was refused")


class StoredDocument(models.Model):
    """A document that was stored by `manage.py store_documents`; it never changes."""

    id = models.TextField(primary_key=True)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the text, in hex")
    text = models.TextField()
    name = models.TextField(help_text="The names of its operations")
    origin = models.TextField(help_text="The file that it came from")
    stored_at = models.DateTimeField(default=now)

    class Meta:
        indexes = [models.Index(fields=["digest"], name="stored_document_digest")]


class IdempotencyKey(models.Model):
    """What a mutation came to under a key of its caller's; kept in the transaction of what it did."""

    scope = models.CharField(
        max_length=64, primary_key=True, help_text="SHA-256 of viewer, mutation and key, in hex"
    )
    mutation = models.TextField()
    input_digest = models.BinaryField(help_text="keyed digest of the input")
    outcome = models.JSONField(help_text="keys and typed results")
    created_at = models.DateTimeField(default=now)

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="idempotency_key_oldest")]
