"""Cases that officers look into without the customers' knowledge."""

from django.db import models
from django.db.models import F, Q

from domains.kernel.clock import now
from domains.kernel.models import Record, one_of
from domains.kyc.models.profile import KYCProfile
from domains.kyc.models.state_change import REASON_LENGTH_MAX


class Resolution(models.TextChoices):
    """Whose the PAN turned out to be."""

    HOLDERS = "HOLDERS"
    CLAIMANTS = "CLAIMANTS"


class KYCReviewCase(Record):
    """A profile that claims the PAN of another customer's profile, until somebody resolved whose it is."""

    claimant = models.ForeignKey(KYCProfile, on_delete=models.PROTECT, related_name="claims_under_review")
    holder = models.ForeignKey(KYCProfile, on_delete=models.PROTECT, related_name="claims_against")
    opened_at = models.DateTimeField(default=now)
    resolution = models.CharField(max_length=10, choices=Resolution, null=True)
    resolved_by = models.UUIDField(null=True, help_text="the user's id")
    resolved_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=REASON_LENGTH_MAX, default="", blank=True)

    class Meta:
        constraints = [
            one_of("kyc_review_resolution_known", "resolution", Resolution.values),
            models.CheckConstraint(name="kyc_review_of_two", condition=~Q(claimant=F("holder"))),
            models.UniqueConstraint(
                fields=["claimant"], condition=Q(resolution__isnull=True), name="kyc_review_open_once"
            ),
            models.CheckConstraint(
                name="kyc_review_resolved_whole",
                condition=Q(resolution__isnull=True, resolved_at__isnull=True)
                | Q(resolution__isnull=False, resolved_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["-opened_at", "-id"], name="kyc_review_newest")]
