"""Verdicts that one officer proposes and another one checks."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from domains.kernel.clock import now
from domains.kernel.models import Record, one_of
from domains.kyc.models.profile import KYCProfile, RiskCategory
from domains.kyc.models.state_change import REASON_LENGTH_MAX


class Verdict(models.TextChoices):
    """What is proposed."""

    APPROVE = "APPROVE"
    REJECT = "REJECT"


class DecisionOutcome(models.TextChoices):
    """What the checker said; WITHDRAWN when a hold came in between."""

    CONFIRMED = "CONFIRMED"
    RETURNED = "RETURNED"
    WITHDRAWN = "WITHDRAWN"


class KYCDecision(Record):
    """A verdict from its proposal to its check; a profile has one open decision at most."""

    profile = models.ForeignKey(
        KYCProfile, on_delete=models.PROTECT, related_name="decisions", db_index=False
    )
    verdict = models.CharField(max_length=10, choices=Verdict)
    risk_category = models.CharField(max_length=10, choices=RiskCategory)
    reason = models.CharField(max_length=REASON_LENGTH_MAX)
    evidence = ArrayField(models.UUIDField(), default=list, help_text="ids of KYCEvidence")
    maker_id = models.UUIDField(help_text="the user's id")
    maker_name = models.CharField(max_length=200, default="", blank=True)
    proposed_at = models.DateTimeField(default=now)
    outcome = models.CharField(max_length=10, choices=DecisionOutcome, null=True)
    checker_id = models.UUIDField(null=True, help_text="the user's id")
    checker_name = models.CharField(max_length=200, default="", blank=True)
    checker_reason = models.CharField(max_length=REASON_LENGTH_MAX, default="", blank=True)
    checked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            one_of("kyc_decision_verdict_known", "verdict", Verdict.values),
            one_of("kyc_decision_risk_known", "risk_category", RiskCategory.values),
            one_of("kyc_decision_outcome_known", "outcome", DecisionOutcome.values),
            models.UniqueConstraint(
                fields=["profile"], condition=Q(outcome__isnull=True), name="kyc_decision_open_once"
            ),
            models.CheckConstraint(
                name="kyc_decision_two_people",
                condition=Q(checker_id__isnull=True)
                | Q(outcome=DecisionOutcome.WITHDRAWN)
                | ~Q(checker_id=F("maker_id")),
            ),
            models.CheckConstraint(
                name="kyc_decision_checked",
                condition=Q(outcome__isnull=True, checked_at__isnull=True)
                | Q(outcome=DecisionOutcome.WITHDRAWN, checked_at__isnull=False)
                | Q(outcome__isnull=False, checked_at__isnull=False, checker_id__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["profile", "proposed_at", "id"], name="kyc_decision_by_profile")]
