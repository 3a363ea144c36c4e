"""What each reconciliation came to: kept, so that a report can tell what was matched and when."""

from django.db import models

from domains.kernel.clock import now
from domains.kernel.models import Record


class Reconciliation(Record):
    """One reconciliation with one provider; its breaks are cases."""

    provider = models.ForeignKey(
        "providers.Provider", on_delete=models.PROTECT, related_name="reconciliations"
    )
    lines = models.PositiveIntegerField(help_text="settlements that the provider told")
    matched = models.PositiveIntegerField()
    missing_here = models.PositiveIntegerField()
    missing_there = models.PositiveIntegerField()
    differing = models.PositiveIntegerField(help_text="amount, currency or state differ, or told twice")
    new_cases = models.PositiveIntegerField()
    finished_at = models.DateTimeField(default=now)

    class Meta:
        indexes = [
            models.Index(fields=["-finished_at", "-id"], name="reconciliation_newest"),
        ]
