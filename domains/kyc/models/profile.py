"""What is known of a customer. Identity numbers stand sealed, with their masked form beside."""

from django.db import models
from django.db.models import Q

from domains.kernel.clock import now
from domains.kernel.models import Record, one_of, sealed_together


class KYCStatus(models.TextChoices):
    """Where the verification stands."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    IN_VERIFICATION = "IN_VERIFICATION"
    VERIFIED = "VERIFIED"
    REJECTED = "REJECTED"
    ON_HOLD = "ON_HOLD"
    EXPIRED = "EXPIRED"


class RiskCategory(models.TextChoices):
    """How closely a customer is watched (RBI Master Direction on KYC: low, medium, high)."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"


class KYCProfile(Record):
    """One per customer. The Aadhaar number is never kept: its last four digits and UIDAI's reference are."""

    customer = models.OneToOneField(
        "customers.Customer", on_delete=models.PROTECT, related_name="kyc_profile"
    )
    status = models.CharField(max_length=20, choices=KYCStatus, default=KYCStatus.DRAFT)
    risk_category = models.CharField(max_length=10, choices=RiskCategory, default=RiskCategory.LOW)
    pan_sealed = models.BinaryField(null=True)
    pan_masked = models.CharField(max_length=20, null=True)
    pan_digest = models.BinaryField(null=True)
    aadhaar_last_four = models.CharField(max_length=4, null=True)
    aadhaar_reference_sealed = models.BinaryField(null=True)
    aadhaar_reference_masked = models.CharField(max_length=40, null=True)
    date_of_birth_sealed = models.BinaryField(null=True)
    date_of_birth_masked = models.CharField(max_length=20, null=True)
    address_sealed = models.BinaryField(null=True)
    address_masked = models.CharField(max_length=40, null=True)
    bank_account_sealed = models.BinaryField(null=True)
    bank_account_masked = models.CharField(max_length=40, null=True)
    bank_ifsc = models.CharField(max_length=11, null=True)
    pan_contested = models.BooleanField(
        default=False, db_default=False, help_text="another customer's profile holds this PAN"
    )
    held_status = models.CharField(
        max_length=20, choices=KYCStatus, null=True, help_text="the state that a hold interrupted"
    )
    verified_at = models.DateTimeField(null=True)
    next_due_on = models.DateField(null=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)
    updated_by = models.UUIDField(null=True, help_text="the user's id")

    class Meta:
        verbose_name = "KYC profile"
        constraints = [
            one_of("kyc_status_known", "status", KYCStatus.values),
            one_of("kyc_risk_known", "risk_category", RiskCategory.values),
            models.UniqueConstraint(
                fields=["pan_digest"], condition=Q(pan_contested=False), name="kyc_pan_once"
            ),
            models.CheckConstraint(
                name="kyc_contested_has_pan", condition=Q(pan_contested=False) | Q(pan_digest__isnull=False)
            ),
            one_of("kyc_held_status_known", "held_status", KYCStatus.values),
            models.CheckConstraint(
                name="kyc_held_only_on_hold",
                condition=Q(held_status__isnull=True) | Q(status=KYCStatus.ON_HOLD),
            ),
            models.CheckConstraint(
                name="kyc_aadhaar_last_four", condition=Q(aadhaar_last_four__regex="^[0-9]{4}$")
            ),
            sealed_together("kyc_pan_sealed", "pan", digested=True),
            sealed_together("kyc_aadhaar_reference_sealed", "aadhaar_reference"),
            sealed_together("kyc_date_of_birth_sealed", "date_of_birth"),
            sealed_together("kyc_address_sealed", "address"),
            sealed_together("kyc_bank_account_sealed", "bank_account"),
        ]
        indexes = [models.Index(fields=["pan_digest"], name="kyc_by_pan")]
