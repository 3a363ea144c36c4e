"""The history of a profile: every change of its state. The table only grows."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from domains.kernel.actor import ActorKind
from domains.kernel.clock import now
from domains.kernel.models import Record, one_of
from domains.kyc.models.profile import KYCProfile, KYCStatus, RiskCategory

REASON_LENGTH_MAX = 500


class Action(models.TextChoices):
    """What can be done to a profile; `domains.kyc.machine` says by whom, in which state."""

    OPEN = "OPEN"
    UPDATE = "UPDATE"
    ATTACH = "ATTACH"
    SUBMIT = "SUBMIT"
    BEGIN = "BEGIN"
    RECORD = "RECORD"
    PROPOSE = "PROPOSE"
    APPROVE = "APPROVE"
    REJECT = "REJECT"
    RETURN = "RETURN"
    HOLD = "HOLD"
    RESUME = "RESUME"
    RENEW = "RENEW"
    EXPIRE = "EXPIRE"


class KYCStateChange(Record):
    """One change of state: who made it, who checked it, why, and on which evidence.

    Risk and due date stand as they were after the change, so that the profile can be read as of any date.
    """

    profile = models.ForeignKey(KYCProfile, on_delete=models.PROTECT, related_name="history", db_index=False)
    action = models.CharField(max_length=10, choices=Action)
    from_status = models.CharField(max_length=20, choices=KYCStatus, null=True)
    to_status = models.CharField(max_length=20, choices=KYCStatus)
    maker_kind = models.CharField(max_length=10, choices=ActorKind)
    maker_id = models.UUIDField(null=True, help_text="the user's id")
    maker_name = models.CharField(max_length=200, default="", blank=True)
    checker_id = models.UUIDField(null=True, help_text="the user's id")
    checker_name = models.CharField(max_length=200, default="", blank=True)
    reason = models.CharField(max_length=REASON_LENGTH_MAX, default="", blank=True)
    evidence = ArrayField(models.UUIDField(), default=list, help_text="ids of KYCEvidence")
    risk_category = models.CharField(max_length=10, choices=RiskCategory)
    verified_at = models.DateTimeField(null=True)
    next_due_on = models.DateField(null=True)
    profile_version = models.PositiveIntegerField()
    recorded_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            one_of("kyc_change_action_known", "action", Action.values),
            one_of("kyc_change_from_known", "from_status", KYCStatus.values),
            one_of("kyc_change_to_known", "to_status", KYCStatus.values),
            one_of("kyc_change_maker_known", "maker_kind", ActorKind.values),
            one_of("kyc_change_risk_known", "risk_category", RiskCategory.values),
            models.CheckConstraint(
                name="kyc_change_two_people",
                condition=Q(checker_id__isnull=True) | ~Q(checker_id=F("maker_id")),
            ),
            models.CheckConstraint(
                name="kyc_change_verdict_checked",
                condition=~Q(action__in=["APPROVE", "REJECT"]) | Q(checker_id__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["profile", "recorded_at", "id"], name="kyc_change_by_profile")]
