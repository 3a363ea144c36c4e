"""What can be done to KYC profiles."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import strawberry

from domains.kernel.actor import Actor
from domains.kyc import by_hand, decisions, operations, reviews, tasks, verification
from domains.kyc.particulars import PARTICULARS, Particulars
from gateway.declaration import operation
from schema.global_ids import key_of
from schema.kyc.inputs import (
    CreateKYCProfileInput,
    KYCProfileReasonInput,
    KYCProfileVersionInput,
    ProposeKYCDecisionInput,
    RecordKYCEvidenceInput,
    ResolveKYCReviewCaseInput,
    UpdateKYCProfileInput,
)
from schema.kyc.profiles import KYCProfile
from schema.kyc.reviews import KYCReviewCase
from schema.kyc.tasks import KYCTask
from schema.refusals import Problem, refusals_as, told_problems


@strawberry.type(description="A KYC profile after a change, or what was wrong.")
class KYCProfilePayload:
    """A KYC profile after a change, or what was wrong."""

    kyc_profile: KYCProfile | None = strawberry.field(
        default=None, description="The profile; null when refused."
    )
    problems: list[Problem] = told_problems()


@strawberry.type(description="A review case after a change, or what was wrong.")
class KYCReviewCasePayload:
    """A review case after a change, or what was wrong."""

    review_case: KYCReviewCase | None = strawberry.field(
        default=None, description="The case; null when refused."
    )
    problems: list[Problem] = told_problems()


@strawberry.type(description="A task after a change, or what was wrong.")
class KYCTaskPayload:
    """A task after a change, or what was wrong."""

    task: KYCTask | None = strawberry.field(default=None, description="The task; null when refused.")
    problems: list[Problem] = told_problems()


@refusals_as(KYCProfilePayload, places={"id": "customer"})
def create_kyc_profile(actor: Actor, input: CreateKYCProfileInput) -> KYCProfilePayload:
    """Open a profile for a customer."""
    customer_id = key_of(input.customer, entity="Customer", path=("customer",))
    key = operations.create_profile(actor=actor, customer_id=customer_id, particulars=_particulars(input))
    return _done(key)


@refusals_as(KYCProfilePayload)
def update_kyc_profile(actor: Actor, input: UpdateKYCProfileInput) -> KYCProfilePayload:
    """Change what a profile tells."""
    key = operations.update_profile(
        actor=actor, profile_id=_key(input), version=input.version, particulars=_particulars(input)
    )
    return _done(key)


@refusals_as(KYCProfilePayload)
def record_kyc_evidence(actor: Actor, input: RecordKYCEvidenceInput) -> KYCProfilePayload:
    """Record what was found out by hand."""
    key = by_hand.record_by_hand(
        actor=actor,
        profile_id=_key(input),
        version=input.version,
        check=input.check.value,
        finding=input.finding.value,
        reference=input.reference,
        note=input.note,
    )
    return _done(key)


@refusals_as(KYCProfilePayload)
def propose_kyc_decision(actor: Actor, input: ProposeKYCDecisionInput) -> KYCProfilePayload:
    """Propose to approve or reject."""
    key = decisions.propose_decision(
        actor=actor,
        profile_id=_key(input),
        version=input.version,
        verdict=input.verdict.value,
        reason=input.reason,
        risk_category=input.risk_category.value if input.risk_category else None,
    )
    return _done(key)


@refusals_as(KYCReviewCasePayload)
def resolve_kyc_review_case(actor: Actor, input: ResolveKYCReviewCaseInput) -> KYCReviewCasePayload:
    """Say whose a contested PAN is."""
    key = reviews.resolve_review_case(
        actor=actor,
        case_id=key_of(input.id, entity="KYCReviewCase", path=("id",)),
        resolution=input.resolution.value,
        note=input.note,
    )
    return KYCReviewCasePayload(review_case=key)  # type: ignore[arg-type] # the gateway reads it by its key


@refusals_as(KYCTaskPayload)
def claim_kyc_task(actor: Actor, id: strawberry.ID) -> KYCTaskPayload:
    """Take a task."""
    key = tasks.claim_task(actor=actor, task_id=key_of(id, entity="KYCTask", path=("id",)))
    return KYCTaskPayload(task=key)  # type: ignore[arg-type] # the gateway reads it by its key


@refusals_as(KYCTaskPayload)
def release_kyc_task(actor: Actor, id: strawberry.ID) -> KYCTaskPayload:
    """Give a task back."""
    key = tasks.release_task(actor=actor, task_id=key_of(id, entity="KYCTask", path=("id",)))
    return KYCTaskPayload(task=key)  # type: ignore[arg-type] # the gateway reads it by its key


def _versioned(run: Callable[..., UUID]) -> Callable[..., Any]:
    """Return what runs a domain operation on a profile of a version, with its reason if it takes one."""

    @refusals_as(KYCProfilePayload)
    def versioned(actor: Actor, input: KYCProfileVersionInput) -> KYCProfilePayload:
        reason = {"reason": input.reason} if isinstance(input, KYCProfileReasonInput) else {}
        return _done(run(actor=actor, profile_id=_key(input), version=input.version, **reason))

    return versioned


def _key(input: Any) -> UUID:
    return key_of(input.id, entity="KYCProfile", path=("id",))


def _particulars(input: Any) -> Particulars:
    given = {name: getattr(input, name) for name in PARTICULARS}
    return {name: value for name, value in given.items() if value is not strawberry.UNSET}


def _done(key: UUID) -> KYCProfilePayload:
    return KYCProfilePayload(kyc_profile=key)  # type: ignore[arg-type] # the gateway reads it by its key


def _on_profile(description: str, run: Callable[..., UUID], *, with_reason: bool = False) -> Any:
    kind = KYCProfileReasonInput if with_reason else KYCProfileVersionInput
    return operation(description, run=_versioned(run), arguments={"input": kind})


@strawberry.type
class KYCMutations:
    """Mutations of KYC profiles."""

    create_kyc_profile: KYCProfilePayload | None = operation(
        "Open a KYC profile, as a draft, for a customer who has none.",
        run=create_kyc_profile,
        arguments={"input": CreateKYCProfileInput},
        idempotent=True,
    )
    update_kyc_profile: KYCProfilePayload | None = operation(
        "Change what a KYC profile tells; what is left out stays.",
        run=update_kyc_profile,
        arguments={"input": UpdateKYCProfileInput},
    )
    submit_kyc_profile: KYCProfilePayload | None = _on_profile(
        "Hand a draft in for verification.", operations.submit_profile
    )
    verify_kyc_profile: KYCProfilePayload | None = operation(
        "Take a profile into verification: the bureaus are asked, and what they say becomes evidence.",
        run=_versioned(verification.verify_profile),
        arguments={"input": KYCProfileVersionInput},
        idempotent=True,
    )
    record_kyc_evidence: KYCProfilePayload | None = operation(
        "Record, as an officer, what was found out about a check by hand; who did may not check the approval.",
        run=record_kyc_evidence,
        arguments={"input": RecordKYCEvidenceInput},
    )
    propose_kyc_decision: KYCProfilePayload | None = operation(
        "Propose, as the maker, to approve or to reject a profile.",
        run=propose_kyc_decision,
        arguments={"input": ProposeKYCDecisionInput},
    )
    confirm_kyc_decision: KYCProfilePayload | None = _on_profile(
        "Confirm, as the checker, what another officer proposed: it takes effect.", decisions.confirm_decision
    )
    return_kyc_decision: KYCProfilePayload | None = _on_profile(
        "Send back, as the checker, what another officer proposed.",
        decisions.return_decision,
        with_reason=True,
    )
    hold_kyc_profile: KYCProfilePayload | None = _on_profile(
        "Stop everything about a profile.", operations.hold_profile, with_reason=True
    )
    resume_kyc_profile: KYCProfilePayload | None = _on_profile(
        "Let a held profile go on from the state before.", operations.resume_profile, with_reason=True
    )
    renew_kyc_profile: KYCProfilePayload | None = _on_profile(
        "Make a profile a draft again, to be brought up to date; what was verified stands until it is due.",
        operations.renew_profile,
    )
    claim_kyc_task: KYCTaskPayload | None = operation(
        "Take a task of the work queue; nobody else works on the profile meanwhile.",
        run=claim_kyc_task,
        arguments={"id": strawberry.ID},
    )
    release_kyc_task: KYCTaskPayload | None = operation(
        "Give a task of the work queue back.", run=release_kyc_task, arguments={"id": strawberry.ID}
    )
    resolve_kyc_review_case: KYCReviewCasePayload | None = operation(
        "Say whose a contested PAN is: the other profile loses it and goes on hold.",
        run=resolve_kyc_review_case,
        arguments={"input": ResolveKYCReviewCaseInput},
    )
