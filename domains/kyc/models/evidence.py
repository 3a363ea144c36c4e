"""What was found out about a profile's particulars. The table only grows."""

from django.db import models
from django.db.models import Q

from domains.kernel.clock import now
from domains.kernel.models import Record, one_of
from domains.kyc.models.profile import KYCProfile
from domains.kyc.models.state_change import REASON_LENGTH_MAX

REFERENCE_LENGTH_MAX = 100


class Check(models.TextChoices):
    """What is checked."""

    PAN = "PAN"
    AADHAAR_OFFLINE = "AADHAAR_OFFLINE"
    BANK_ACCOUNT = "BANK_ACCOUNT"
    NAME_MATCH = "NAME_MATCH"
    SCREENING = "SCREENING"


class Finding(models.TextChoices):
    """What came of it; DOUBTFUL leaves it to the officers' judgement, with a reason."""

    PASSED = "PASSED"
    DOUBTFUL = "DOUBTFUL"
    FAILED = "FAILED"


class KYCEvidence(Record):
    """One answer to one check. `about_digest` is the keyed digest of the particulars that were checked.

    So evidence of particulars that were changed since proves nothing any more.
    """

    profile = models.ForeignKey(KYCProfile, on_delete=models.PROTECT, related_name="evidence", db_index=False)
    check_kind = models.CharField(max_length=20, choices=Check)
    finding = models.CharField(max_length=10, choices=Finding)
    confidence = models.DecimalField(max_digits=4, decimal_places=3, null=True, help_text="0 to 1")
    code = models.CharField(max_length=100, default="", blank=True, help_text="the standard code")
    provider_id = models.UUIDField(null=True)
    provider_code = models.CharField(max_length=50, default="", blank=True)
    exchange_id = models.UUIDField(null=True, help_text="the stored request and response")
    recorded_by = models.UUIDField(null=True, help_text="the user's id, of what was found by hand")
    recorded_by_name = models.CharField(max_length=200, default="", db_default="", blank=True)
    reference = models.CharField(max_length=REFERENCE_LENGTH_MAX, default="", db_default="", blank=True)
    note = models.CharField(max_length=REASON_LENGTH_MAX, default="", db_default="", blank=True)
    about_digest = models.BinaryField()
    obtained_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name_plural = "evidence"
        constraints = [
            one_of("kyc_evidence_check_known", "check_kind", Check.values),
            one_of("kyc_evidence_finding_known", "finding", Finding.values),
            models.CheckConstraint(
                name="kyc_evidence_confidence_share",
                condition=models.Q(confidence__gte=0, confidence__lte=1),
            ),
            models.CheckConstraint(
                name="kyc_evidence_by_hand_whole",
                condition=Q(recorded_by__isnull=True, reference="", note="")
                | (Q(recorded_by__isnull=False, provider_id__isnull=True) & ~Q(reference="") & ~Q(note="")),
            ),
        ]
        indexes = [models.Index(fields=["profile", "obtained_at", "id"], name="kyc_evidence_by_profile")]
