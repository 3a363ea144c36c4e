"""Two people decide: what each may, what they need, and what comes of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domains.customers.operations import update_customer
from domains.identity.keys import create_key
from domains.kernel.actor import Actor, ActorKind
from domains.kernel.clock import now
from domains.kernel.failures import Failure
from domains.kyc.decisions import confirm_decision, propose_decision, return_decision
from domains.kyc.models import Finding, KYCDecision, KYCEvidence, KYCProfile, KYCStateChange
from domains.kyc.operations import hold_profile, update_profile
from tests.domains.kyc.conftest import hand_over, prove, staff
from tests.domains.refusal import breaks

Bring = Callable[[Actor], UUID]
REASON = "All checks agree"


@pytest.fixture
def profile_id(maker: Actor, in_verification: Bring) -> UUID:
    return in_verification(maker)


def codes(run: Callable[..., Any], **arguments: Any) -> list[str]:
    with pytest.raises(Failure) as caught:
        run(**arguments)
    return [each.code for each in (caught.value, *caught.value.also)]


def propose(actor: Actor, profile_id: UUID, verdict: str = "APPROVE", version: int = 3, **more: Any) -> UUID:
    return propose_decision(
        actor=actor, profile_id=profile_id, version=version, verdict=verdict, reason=REASON, **more
    )


def test_an_approval_takes_two_and_tells_both(maker: Actor, checker: Actor, profile_id: UUID) -> None:
    prove(profile_id)
    propose(maker, profile_id, risk_category="HIGH")
    assert KYCProfile.objects.get().status == "IN_VERIFICATION"
    confirm_decision(actor=checker, profile_id=profile_id, version=4)
    profile = KYCProfile.objects.get()
    assert (profile.status, profile.risk_category) == ("VERIFIED", "HIGH")
    assert profile.verified_at is not None
    assert profile.next_due_on is not None
    assert profile.next_due_on.year == profile.verified_at.year + 2
    change = KYCStateChange.objects.get(action="APPROVE")
    assert (change.maker_name, change.checker_name, change.reason) == (
        "Meera Nair",
        "Arjun Deshpande",
        REASON,
    )
    assert set(change.evidence) == set(KYCEvidence.objects.values_list("id", flat=True))
    assert (change.risk_category, change.next_due_on) == ("HIGH", profile.next_due_on)


def test_nobody_checks_their_own_proposal_whichever_way_they_come(maker: Actor, profile_id: UUID) -> None:
    prove(profile_id)
    propose(maker, profile_id)
    assert codes(confirm_decision, actor=maker, profile_id=profile_id, version=4) == ["KYC_SAME_PERSON"]
    service = replace(maker, roles=frozenset({"service", "kyc_officer"}))
    key = create_key(actor=service, name="x", scopes=["kyc:write"])
    as_key = Actor(kind=ActorKind.API_KEY, id=key.id, roles=maker.roles)
    assert codes(confirm_decision, actor=as_key, profile_id=profile_id, version=4) == ["KYC_SAME_PERSON"]
    assert codes(return_decision, actor=maker, profile_id=profile_id, version=4, reason="x") == [
        "KYC_SAME_PERSON"
    ]
    with breaks("kyc_decision_two_people"):
        KYCDecision.objects.update(outcome="CONFIRMED", checked_at=now(), checker_id=maker.id)


def test_of_missing_evidence_every_check_is_told(maker: Actor, profile_id: UUID) -> None:
    hand_over(profile_id)
    assert codes(propose, actor=maker, profile_id=profile_id) == ["KYC_EVIDENCE_MISSING"] * 4
    assert not KYCDecision.objects.exists()
    propose(maker, profile_id, verdict="REJECT")


def test_evidence_that_speaks_against_it_stops_an_approval(maker: Actor, profile_id: UUID) -> None:
    prove(profile_id, SCREENING=Finding.FAILED, NAME_MATCH=Finding.DOUBTFUL)
    with pytest.raises(Failure) as refused:
        propose(maker, profile_id)
    assert (refused.value.code, refused.value.path) == ("KYC_EVIDENCE_AGAINST", ("evidence", "SCREENING"))


def test_evidence_of_other_particulars_or_too_old_proves_nothing(
    maker: Actor, profile_id: UUID, owner_id: UUID, officer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    prove(profile_id)
    update_customer(actor=officer, customer_id=owner_id, version=1, full_name="Asha Iyer")
    assert codes(propose, actor=maker, profile_id=profile_id) == ["KYC_EVIDENCE_MISSING"] * 3
    prove(profile_id)
    monkeypatch.setattr("domains.kyc.evidence.now", lambda: now() + timedelta(days=91))
    assert codes(propose, actor=maker, profile_id=profile_id) == ["KYC_EVIDENCE_MISSING"] * 4


def test_the_checker_looks_at_the_evidence_again(
    maker: Actor, checker: Actor, profile_id: UUID, owner_id: UUID, officer: Actor
) -> None:
    prove(profile_id)
    propose(maker, profile_id)
    prove(profile_id, PAN=Finding.FAILED)
    assert codes(confirm_decision, actor=checker, profile_id=profile_id, version=4) == [
        "KYC_EVIDENCE_AGAINST"
    ]
    return_decision(actor=checker, profile_id=profile_id, version=4, reason="The PAN is not theirs")
    assert KYCDecision.objects.get().outcome == "RETURNED"
    propose(maker, profile_id, verdict="REJECT", version=5)
    confirm_decision(actor=checker, profile_id=profile_id, version=6)
    profile = KYCProfile.objects.get()
    assert (profile.status, profile.verified_at, profile.next_due_on) == ("REJECTED", None, None)


def test_while_a_decision_waits_nothing_changes_under_it(
    maker: Actor, checker: Actor, profile_id: UUID
) -> None:
    prove(profile_id)
    propose(maker, profile_id)
    changed = {"address": "1, FC Road, Pune"}
    assert codes(update_profile, actor=checker, profile_id=profile_id, version=4, particulars=changed) == [
        "KYC_DECISION_PENDING"
    ]
    assert codes(propose, actor=checker, profile_id=profile_id, version=4) == ["KYC_DECISION_PENDING"]


def test_a_hold_withdraws_what_was_proposed(maker: Actor, profile_id: UUID) -> None:
    prove(profile_id)
    propose(maker, profile_id)
    hold_profile(actor=maker, profile_id=profile_id, version=4, reason="A court order")
    assert KYCDecision.objects.get().outcome == "WITHDRAWN"


def test_there_must_be_something_to_check(checker: Actor, profile_id: UUID) -> None:
    assert codes(confirm_decision, actor=checker, profile_id=profile_id, version=3) == ["KYC_NO_DECISION"]


def test_operations_decide_nothing(profile_id: UUID) -> None:
    sanjay = staff("sanjay", "Sanjay Kulkarni", "operations")
    assert codes(propose, actor=sanjay, profile_id=profile_id, verdict="REJECT") == ["KYC_NOT_ALLOWED"]


@pytest.mark.parametrize(
    ("wrong", "path"), [({"verdict": "MAYBE"}, "verdict"), ({"risk_category": "NONE"}, "riskCategory")]
)
def test_words_that_are_none_are_refused(
    maker: Actor, profile_id: UUID, wrong: dict[str, str], path: str
) -> None:
    with pytest.raises(Failure) as refused:
        propose(maker, profile_id, **{"verdict": "REJECT", **wrong})
    assert (refused.value.code, refused.value.path) == ("INVALID_CHOICE", (path,))
