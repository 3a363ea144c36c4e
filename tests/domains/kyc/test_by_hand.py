"""What officers find out by hand counts as evidence, names them, and is not theirs to check."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from domains.audit.models import AuditLog
from domains.kernel.actor import Actor
from domains.kernel.failures import Failure
from domains.kyc.by_hand import record_by_hand
from domains.kyc.decisions import confirm_decision, propose_decision, return_decision
from domains.kyc.models import Check, KYCEvidence, KYCProfile
from domains.kyc.operations import update_profile
from tests.domains.kyc.conftest import hand_over, prove, staff, version_of
from tests.domains.refusal import breaks

SEEN = {"finding": "PASSED", "reference": "Branch file 7/2026", "note": "The original was seen in the branch"}


@pytest.fixture
def profile_id(maker: Actor, in_verification: Callable[[Actor], UUID]) -> UUID:
    return in_verification(maker)


def record(actor: Actor, profile_id: UUID, check: str = "PAN", **more: Any) -> UUID:
    return record_by_hand(
        actor=actor,
        profile_id=profile_id,
        **{"version": version_of(profile_id), "check": check, **SEEN, **more},
    )


def refusal(run: Callable[..., Any], *args: Any, **more: Any) -> Failure:
    with pytest.raises(Failure) as caught:
        run(*args, **more)
    return caught.value


def test_it_names_who_recorded_it_and_is_audited(maker: Actor, profile_id: UUID) -> None:
    record(maker, profile_id)
    row = KYCEvidence.objects.get()
    assert (row.recorded_by, row.recorded_by_name) == (maker.id, "Meera Nair")
    assert (row.finding, row.reference, row.note) == tuple(SEEN.values())
    assert (row.provider_id, row.confidence) == (None, None)
    assert AuditLog.objects.filter(operation_name="record_by_hand", viewer_id=maker.id).exists()
    assert version_of(profile_id) == 4


def test_an_approval_may_rest_on_it_and_another_officer_checks(
    maker: Actor, checker: Actor, profile_id: UUID
) -> None:
    hand_over(profile_id)
    for check in set(Check) - {Check.BANK_ACCOUNT}:
        record(maker, profile_id, check)
    propose_decision(
        actor=maker, profile_id=profile_id, version=version_of(profile_id), verdict="APPROVE", reason="x"
    )
    confirm_decision(actor=checker, profile_id=profile_id, version=version_of(profile_id))
    assert KYCProfile.objects.get().status == "VERIFIED"


def test_who_recorded_it_can_return_the_approval_but_not_confirm_it(
    maker: Actor, checker: Actor, profile_id: UUID
) -> None:
    prove(profile_id)
    record(checker, profile_id)
    propose_decision(actor=maker, profile_id=profile_id, version=4, verdict="APPROVE", reason="x")
    told = refusal(confirm_decision, actor=checker, profile_id=profile_id, version=5)
    assert told.code == "KYC_OWN_EVIDENCE"
    third = staff("lata", "Lata Joshi", "kyc_officer")
    confirm_decision(actor=third, profile_id=profile_id, version=5)
    assert KYCProfile.objects.get().status == "VERIFIED"


def test_what_a_later_answer_replaced_binds_nobody(maker: Actor, checker: Actor, profile_id: UUID) -> None:
    record(checker, profile_id)
    prove(profile_id)
    propose_decision(actor=maker, profile_id=profile_id, version=4, verdict="APPROVE", reason="x")
    confirm_decision(actor=checker, profile_id=profile_id, version=5)
    assert KYCProfile.objects.get().status == "VERIFIED"


def test_a_rejection_may_be_checked_by_who_recorded_it(
    maker: Actor, checker: Actor, profile_id: UUID
) -> None:
    record(checker, profile_id, finding="FAILED")
    propose_decision(actor=maker, profile_id=profile_id, version=4, verdict="REJECT", reason="x")
    confirm_decision(actor=checker, profile_id=profile_id, version=5)
    assert KYCProfile.objects.get().status == "REJECTED"


def test_it_proves_nothing_of_other_particulars(maker: Actor, profile_id: UUID) -> None:
    prove(profile_id)
    record(maker, profile_id)
    update_profile(actor=maker, profile_id=profile_id, version=4, particulars={"date_of_birth": "1985-07-25"})
    told = refusal(
        propose_decision, actor=maker, profile_id=profile_id, version=5, verdict="APPROVE", reason="x"
    )
    assert told.code == "KYC_EVIDENCE_MISSING"


def test_under_a_decision_nothing_is_recorded(maker: Actor, checker: Actor, profile_id: UUID) -> None:
    prove(profile_id)
    propose_decision(actor=maker, profile_id=profile_id, version=3, verdict="APPROVE", reason="x")
    assert refusal(record, checker, profile_id).code == "KYC_DECISION_PENDING"
    return_decision(actor=checker, profile_id=profile_id, version=4, reason="x")
    record(checker, profile_id)


@pytest.mark.parametrize(
    ("wrong", "code", "path"),
    [
        ({"check": "HOROSCOPE"}, "INVALID_CHOICE", "check"),
        ({"finding": "MAYBE"}, "INVALID_CHOICE", "finding"),
        ({"reference": " "}, "INVALID_REFERENCE", "reference"),
        ({"reference": "x" * 101}, "INVALID_REFERENCE", "reference"),
        ({"note": ""}, "INVALID_REASON", "note"),
        ({"note": "x" * 501}, "INVALID_REASON", "note"),
        ({"version": 1}, "STALE_VERSION", "version"),
    ],
)
def test_what_is_wrong_is_told_by_its_place(
    maker: Actor, profile_id: UUID, wrong: dict[str, Any], code: str, path: str
) -> None:
    told = refusal(record, maker, profile_id, **wrong)
    assert (told.code, told.path) == (code, (path,))
    assert not KYCEvidence.objects.exists()


def test_only_officers_record(profile_id: UUID) -> None:
    operator = staff("sanjay", "Sanjay Kulkarni", "operations")
    assert refusal(record, operator, profile_id).code == "KYC_NOT_ALLOWED"


def test_the_database_takes_it_only_whole(maker: Actor, profile_id: UUID) -> None:
    with breaks("kyc_evidence_by_hand_whole"):
        KYCEvidence.objects.create(
            profile_id=profile_id, check_kind="PAN", finding="PASSED", about_digest=b"x", recorded_by=maker.id
        )
