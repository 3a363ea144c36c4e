"""Approving and rejecting by two people: a maker proposes, a checker who is somebody else confirms or returns."""

from uuid import UUID

from django.db import transaction

from domains.audit.operations import Change
from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.kernel.days import business_day
from domains.kernel.failures import raise_all
from domains.kyc.document_rules import faults_of_documents
from domains.kyc.duties import due_after
from domains.kyc.evidence import checks_needed, faults_for_approval, standing
from domains.kyc.failures import (
    DecisionPending,
    InvalidChoice,
    NoDecision,
    OwnEvidence,
    ReviewOpen,
    SamePerson,
)
from domains.kyc.models import (
    Action,
    Check,
    DecisionOutcome,
    KYCDecision,
    KYCEvidence,
    KYCProfile,
    KYCReviewCase,
    RiskCategory,
    Verdict,
)
from domains.kyc.particulars import TABLE
from domains.kyc.people import Person
from domains.kyc.step import Step, begin_step, end_step

_DECISIONS = "kyc_kycdecision"


@transaction.atomic
def propose_decision(
    *,
    actor: Actor,
    profile_id: UUID,
    version: int,
    verdict: str,
    reason: str,
    risk_category: str | None = None,
) -> UUID:
    """Propose to approve or to reject a profile and return its id; approval takes evidence and documents.

    `risk_category` is the one that the customer is given by approval; None keeps the present one. Raises what
    `begin_step` does, InvalidChoice, DecisionPending, EvidenceMissing, EvidenceAgainst,
    DocumentMissing or ReviewOpen.
    """
    if verdict not in Verdict.values:
        raise InvalidChoice("This is not a verdict.", path=("verdict",))
    if risk_category is not None and risk_category not in RiskCategory.values:
        raise InvalidChoice("This is not a risk category.", path=("riskCategory",))
    step = begin_step(
        actor=actor, profile_id=profile_id, version=version, action=Action.PROPOSE, reason=reason
    )
    profile = step.profile
    pending = pending_decision(profile)
    if pending is not None:
        raise DecisionPending(changed_by=pending.maker_name, changed_at=pending.proposed_at)
    found = standing(profile)
    risk = RiskCategory(risk_category or profile.risk_category)
    if verdict == Verdict.APPROVE:
        _require_approvable(profile, risk, found)
    decision = KYCDecision.objects.create(
        profile=profile,
        verdict=verdict,
        risk_category=risk,
        reason=step.reason,
        evidence=[row.id for row in found.values()],
        maker_id=_person_of(step),
        maker_name=step.person.name,
    )
    change = Change(_DECISIONS, decision.id, "verdict", None, verdict, in_clear=True)
    end_step(step, operation_name="propose_decision", changes=[change])
    return profile.id


@transaction.atomic
def confirm_decision(*, actor: Actor, profile_id: UUID, version: int) -> UUID:
    """Confirm the proposed decision, which takes effect now, and return the profile's id.

    Raises what `begin_step` does, NoDecision, SamePerson; for an approval OwnEvidence, or what speaks against it.
    """
    pending = KYCDecision.objects.filter(profile_id=profile_id, outcome=None).first()
    approves = pending is None or pending.verdict == Verdict.APPROVE
    action = Action.APPROVE if approves else Action.REJECT
    step = begin_step(actor=actor, profile_id=profile_id, version=version, action=action)
    profile, decision = step.profile, _decision_to_check(step)
    before = {"risk_category": profile.risk_category, "next_due_on": profile.next_due_on}
    if decision.verdict == Verdict.APPROVE:
        found = standing(profile)
        if step.person.id in {row.recorded_by for row in found.values()}:
            raise OwnEvidence
        _require_approvable(profile, RiskCategory(decision.risk_category), found)
        profile.risk_category = decision.risk_category
        profile.verified_at = now()
        profile.next_due_on = due_after(
            business_day(profile.verified_at), RiskCategory(decision.risk_category)
        )
    else:
        profile.verified_at = profile.next_due_on = None
    _close(decision, DecisionOutcome.CONFIRMED, step)
    end_step(
        step,
        operation_name="confirm_decision",
        changes=[
            Change(TABLE, profile.id, name, value, getattr(profile, name), in_clear=name == "next_due_on")
            for name, value in before.items()
            if value != getattr(profile, name)
        ],
        evidence=decision.evidence,
        maker=Person(decision.maker_id, decision.maker_name),
        reason=decision.reason,
    )
    return profile.id


@transaction.atomic
def return_decision(*, actor: Actor, profile_id: UUID, version: int, reason: str) -> UUID:
    """Send the proposed decision back to its maker with a reason and return the profile's id.

    Raises what `begin_step` does, NoDecision or SamePerson.
    """
    step = begin_step(
        actor=actor, profile_id=profile_id, version=version, action=Action.RETURN, reason=reason
    )
    decision = _decision_to_check(step)
    _close(decision, DecisionOutcome.RETURNED, step)
    change = Change(_DECISIONS, decision.id, "outcome", None, DecisionOutcome.RETURNED, in_clear=True)
    end_step(step, operation_name="return_decision", changes=[change])
    return step.profile.id


def pending_decision(profile: KYCProfile) -> KYCDecision | None:
    """Return the decision that waits to be checked, or None."""
    return KYCDecision.objects.filter(profile=profile, outcome=None).first()


def withdraw_pending(step: Step) -> None:
    """Withdraw the decision that a hold overtakes."""
    decision = pending_decision(step.profile)
    if decision is not None:
        _close(decision, DecisionOutcome.WITHDRAWN, step)


def refuse_while_pending(profile: KYCProfile) -> None:
    """Raise DecisionPending when a decision waits to be checked: what it is about may not change under it."""
    pending = pending_decision(profile)
    if pending is not None:
        raise DecisionPending(changed_by=pending.maker_name, changed_at=pending.proposed_at)


def _decision_to_check(step: Step) -> KYCDecision:
    decision = KYCDecision.objects.select_for_update().filter(profile=step.profile, outcome=None).first()
    if decision is None:
        raise NoDecision
    if decision.maker_id == step.person.id:
        raise SamePerson
    return decision


def _close(decision: KYCDecision, outcome: DecisionOutcome, step: Step) -> None:
    decision.outcome, decision.checked_at = outcome, now()
    decision.checker_id, decision.checker_name = step.person.id, step.person.name
    decision.checker_reason = step.reason
    decision.save(force_update=True)


def _require_approvable(profile: KYCProfile, risk: RiskCategory, found: dict[Check, KYCEvidence]) -> None:
    if profile.pan_contested or KYCReviewCase.objects.filter(claimant=profile, resolution=None).exists():
        raise ReviewOpen
    raise_all([*faults_for_approval(checks_needed(profile), found), *faults_of_documents(profile, risk)])


def _person_of(step: Step) -> UUID:
    if step.person.id is None:
        raise SamePerson  # a decision takes a person: nobody could tell them from their checker
    return step.person.id
