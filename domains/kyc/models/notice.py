"""Notices to customers whose profile is or was due: the evidence that they were told. The table only grows."""

from django.db import models

from domains.kernel.clock import now
from domains.kernel.models import Record, one_of
from domains.kyc.models.profile import KYCProfile


class NoticeChannel(models.TextChoices):
    """How a customer is told."""

    LETTER = "LETTER"
    EMAIL = "EMAIL"
    SMS = "SMS"


class KYCNotice(Record):
    """One notice about one due date: so many days after it, or before it if negative."""

    profile = models.ForeignKey(KYCProfile, on_delete=models.PROTECT, related_name="notices", db_index=False)
    due_on = models.DateField()
    days = models.SmallIntegerField()
    channel = models.CharField(max_length=10, choices=NoticeChannel)
    rule = models.CharField(max_length=50)
    issued_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["profile", "due_on", "days"], name="kyc_notice_once"),
            one_of("kyc_notice_channel_known", "channel", NoticeChannel.values),
        ]
        indexes = [models.Index(fields=["profile", "issued_at", "id"], name="kyc_notice_by_profile")]
