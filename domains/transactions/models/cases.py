"""Breaks between a provider's book and ours, and what stays open too long: cases that somebody owns and closes."""

from django.db import models
from django.db.models import Q

from domains.kernel.clock import now
from domains.kernel.models import Record, one_of
from domains.transactions.models.transaction import Transaction


class CaseKind(models.TextChoices):
    """What does not tie out."""

    MISSING_HERE = "MISSING_HERE"
    MISSING_THERE = "MISSING_THERE"
    AMOUNT_DIFFERS = "AMOUNT_DIFFERS"
    STATUS_DIFFERS = "STATUS_DIFFERS"
    CONTRADICTS = "CONTRADICTS"
    UNKNOWN_TOO_LONG = "UNKNOWN_TOO_LONG"  # after the provider should have known
    OVERDUE = "OVERDUE"  # open after the day on which the rules say that it must have ended


class Case(Record):
    """One break, open until somebody closes it with a reason; `due_at` is when it should have been closed."""

    provider = models.ForeignKey(
        "providers.Provider", on_delete=models.PROTECT, null=True, related_name="cases"
    )  # null: of a transaction that was sent to nobody
    transaction = models.ForeignKey(
        Transaction, on_delete=models.PROTECT, null=True, related_name="cases", db_index=False
    )
    reference = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=CaseKind)
    ours = models.TextField(default="", blank=True)
    theirs = models.TextField(default="", blank=True)
    owner_id = models.UUIDField(null=True, help_text="the user who looks after it")
    resolution = models.TextField(default="", blank=True)
    closed_by = models.UUIDField(null=True, help_text="the user; null where it closed by itself")
    closed_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    opened_at = models.DateTimeField(default=now)
    seen_at = models.DateTimeField(default=now, help_text="when it was last found")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "reference", "kind"],
                condition=Q(closed_at=None),
                nulls_distinct=False,
                name="case_open_once",
            ),
            one_of("case_kind_known", "kind", CaseKind.values),
            models.CheckConstraint(
                name="case_closed_with_reason", condition=Q(closed_at=None) | ~Q(resolution="")
            ),
        ]
        indexes = [
            models.Index(fields=["-opened_at", "-id"], name="case_newest"),
            models.Index(
                fields=["transaction"], name="case_by_transaction", condition=Q(transaction__isnull=False)
            ),
        ]
