"""Notices that providers send of their own accord, kept as they came."""

from django.db import models

from domains.kernel.clock import now
from domains.kernel.models import Record, one_of


class NoticeState(models.TextChoices):
    """What came of it. UNMATCHED and CONTRADICTS wait for a person."""

    RECEIVED = "RECEIVED"
    APPLIED = "APPLIED"
    IGNORED = "IGNORED"
    UNMATCHED = "UNMATCHED"
    CONTRADICTS = "CONTRADICTS"


class ProviderNotice(Record):
    """One notice, known by provider and the provider's id of it: told again it is the same one.

    `body` holds the few values that are understood; the rest of what came is not kept.
    """

    provider = models.ForeignKey("providers.Provider", on_delete=models.PROTECT, related_name="notices")
    event_id = models.CharField(max_length=200)
    reference = models.CharField(max_length=64)
    body = models.JSONField()
    state = models.CharField(max_length=12, choices=NoticeState, default=NoticeState.RECEIVED)
    times = models.PositiveIntegerField(default=1)
    received_at = models.DateTimeField(default=now)
    handled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "event_id"], name="notice_once"),
            one_of("notice_state_known", "state", NoticeState.values),
        ]
        indexes = [models.Index(fields=["reference"], name="notice_by_reference")]
