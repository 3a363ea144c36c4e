"""Verification through providers: each check is a job of its own, so that a slow register delays only itself.

A check asks the bureaus in their order until one answers; the answer is kept as evidence with provider, time and
confidence. What none of them could answer is asked again later, and at last waits for a person as a parked job.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from domains.audit.operations import Change, record_change
from domains.jobs.engine import Job, enqueue
from domains.jobs.queries import Promised, promised
from domains.kernel.actor import Actor
from domains.kernel.failures import Unavailable
from domains.kyc.decisions import refuse_while_pending
from domains.kyc.evidence import checks_needed, digest_of, facts_of, record_evidence
from domains.kyc.models import Action, Check, Finding, KYCProfile, KYCStatus
from domains.kyc.step import begin_step, end_step
from domains.providers.answer import Answer
from domains.providers.operations import ask_any
from domains.providers.queries import candidates
from domains.providers.words import Capability, Outcome

CHECK_JOB = "kyc.check"
WITHIN_MS = 9_000  # two calls of one job end within its lease
PASSED_FROM, DOUBTFUL_FROM = 85, 60  # percent of a bureau's confidence
LISTED_FROM = 90
NOT_FOUND = "IDENTITY_NOT_FOUND"
Facts = Mapping[str, str | None]


class CheckUnanswered(Unavailable):
    """No provider could answer a check now; it is asked again."""

    code = "KYC_CHECK_UNANSWERED"


class BureausAway(Unavailable):
    """No KYC bureau can be asked now: all are off, under maintenance, or failing."""

    code = "KYC_NO_BUREAU"
    retry_after_s = 60

    def __init__(self) -> None:
        super().__init__("No KYC bureau can be asked now; nothing was begun.")


@dataclass(frozen=True, slots=True)
class Question:
    """How a check is asked: the bureau's action, what it is sent, and what an answer means."""

    action: str
    request: Callable[[Facts], dict[str, str]]
    finding: Callable[[Mapping[str, Any]], Finding]


def _belongs(body: Mapping[str, Any]) -> Finding:
    if body["confidence"] >= PASSED_FROM and body["match"]:
        return Finding.PASSED
    return Finding.DOUBTFUL if body["confidence"] >= DOUBTFUL_FROM else Finding.FAILED


def _is_not_listed(body: Mapping[str, Any]) -> Finding:
    if not body["match"]:
        return Finding.PASSED
    return Finding.FAILED if body["confidence"] >= LISTED_FROM else Finding.DOUBTFUL


def _sent(**names: str) -> Callable[[Facts], dict[str, str]]:
    return lambda facts: {sent: facts.get(name) or "" for sent, name in names.items()}


QUESTIONS: Mapping[Check, Question] = {
    Check.PAN: Question("verify_pan", _sent(pan="pan", name="full_name"), _belongs),
    Check.AADHAAR_OFFLINE: Question(
        "verify_aadhaar", _sent(reference="aadhaar_reference", name="full_name"), _belongs
    ),
    Check.BANK_ACCOUNT: Question(
        "verify_bank_account", _sent(account="bank_account", ifsc="bank_ifsc", name="full_name"), _belongs
    ),
    Check.NAME_MATCH: Question("match_names", _sent(one="full_name", other="registered_name"), _belongs),
    Check.SCREENING: Question(
        "screen", _sent(name="full_name", date_of_birth="date_of_birth"), _is_not_listed
    ),
}


def verify_profile(*, actor: Actor, profile_id: UUID, version: int) -> UUID:
    """Begin the verification of a profile if there is a bureau that can be asked, and return the profile's id.

    Raises BureausAway, or what `begin_verification` does.
    """
    if not candidates(capability=Capability.KYC_BUREAU):
        raise BureausAway
    return begin_verification(actor=actor, profile_id=profile_id, version=version)


@transaction.atomic
def begin_verification(*, actor: Actor, profile_id: UUID, version: int) -> UUID:
    """Take a submitted profile into verification, or ask everything again, and return its id.

    The name match follows the answer about the PAN, which brings the registered name. Raises what `begin_step`
    does, or DecisionPending.
    """
    step = begin_step(actor=actor, profile_id=profile_id, version=version, action=Action.BEGIN)
    refuse_while_pending(step.profile)
    for check in checks_needed(step.profile):
        if check is not Check.NAME_MATCH:
            payload = {
                "profile": str(profile_id), "check": check.value, "correlation_id": actor.correlation_id,
            }  # fmt: skip
            enqueue(kind=CHECK_JOB, key=_key(profile_id, check), payload=payload)
    end_step(step, operation_name="begin_verification")
    return profile_id


def checks_promised(profile_ids: Sequence[UUID]) -> list[list[tuple[Check, Promised]]]:
    """Return for each profile the checks that bureaus still have to answer, in the order of the enum."""
    keys = {_key(profile_id, check): (profile_id, check) for profile_id in profile_ids for check in Check}
    found = promised(kind=CHECK_JOB, keys=keys)
    by_profile: dict[UUID, list[tuple[Check, Promised]]] = {}
    for key, (profile_id, check) in keys.items():
        if key in found:
            by_profile.setdefault(profile_id, []).append((check, found[key]))
    return [by_profile.get(profile_id, []) for profile_id in profile_ids]


def do_check(job: Job) -> None:
    """Make one check of a profile that is in verification; of any other, do nothing.

    Raises CheckUnanswered when no provider could answer.
    """
    check, correlation_id = Check(job.payload["check"]), str(job.payload["correlation_id"])
    profile = KYCProfile.objects.filter(
        id=UUID(job.payload["profile"]), status=KYCStatus.IN_VERIFICATION
    ).first()
    if profile is None:
        return
    facts = facts_of(profile)
    answer = _check(profile, check, facts, correlation_id)
    if check is Check.PAN and (registered := answer.body.get("registered_name")):
        _check(profile, Check.NAME_MATCH, {**facts, "registered_name": registered}, correlation_id)


def _key(profile_id: UUID, check: Check) -> str:
    return f"{profile_id}:{check.value}"


def _check(profile: KYCProfile, check: Check, facts: dict[str, str | None], correlation_id: str) -> Answer:
    question = QUESTIONS[check]
    answer = ask_any(
        capability=Capability.KYC_BUREAU,
        action=question.action,
        request=question.request(facts),
        correlation_id=correlation_id,
        within_ms=WITHIN_MS,
    )
    if answer.done:
        finding = question.finding(answer.body)
    elif answer.outcome is Outcome.REJECTED and answer.code == NOT_FOUND:
        finding = Finding.FAILED
    else:
        raise CheckUnanswered(f"{check.value}: {answer.code}")
    _keep(profile, check, finding, digest_of(check, facts), answer, correlation_id)
    return answer


@transaction.atomic
def _keep(
    profile: KYCProfile, check: Check, finding: Finding, about: bytes, answer: Answer, correlation_id: str
) -> None:
    percent = answer.body.get("confidence")
    evidence_id = record_evidence(
        profile_id=profile.id,
        check=check,
        finding=finding,
        about=about,
        confidence=None if percent is None else Decimal(percent) / 100,
        code=answer.code,
        provider_id=answer.provider.id if answer.provider else None,
        provider_code=answer.provider.code if answer.provider else "",
        exchange_id=answer.exchange_id,
    )
    record_change(
        actor=Actor.system("KYC verification", correlation_id=correlation_id),
        operation_name="do_check",
        subjects=[profile.customer_id],
        changes=[Change("kyc_kycevidence", evidence_id, check.value, None, finding, in_clear=True)],
    )
