"""A PAN that two customers claim: nobody is told, officers look into it."""

from uuid import UUID

import pytest

from domains.kernel.actor import Actor
from domains.kernel.failures import Failure
from domains.kernel.identifiers import new_id
from domains.kyc.decisions import propose_decision
from domains.kyc.models import KYCProfile, KYCReviewCase
from domains.kyc.operations import open_profile, submit_profile, update_profile
from domains.kyc.reviews import resolve_review_case
from domains.kyc.verification import begin_verification
from tests.domains.kyc.conftest import GIVEN, prove
from tests.domains.refusal import breaks


@pytest.fixture
def claimant_id(stranger_id: UUID, draft_id: UUID, officer: Actor) -> UUID:
    return open_profile(actor=officer, customer_id=stranger_id, **GIVEN | {"pan": "aappr8261k"})


def resolve(actor: Actor, resolution: str, case_id: UUID | None = None) -> UUID:
    case_id = case_id or KYCReviewCase.objects.get().id
    return resolve_review_case(actor=actor, case_id=case_id, resolution=resolution, note="Seen in the branch")


def test_the_second_claim_is_taken_and_opens_a_case(claimant_id: UUID, draft_id: UUID) -> None:
    claimant, case = KYCProfile.objects.get(id=claimant_id), KYCReviewCase.objects.get()
    assert (claimant.pan_masked, claimant.pan_contested) == ("AAPPRXXXXK", True)
    assert (case.claimant_id, case.holder_id, case.resolution) == (claimant_id, draft_id, None)
    with breaks("kyc_pan_once"):
        KYCProfile.objects.filter(id=claimant_id).update(pan_contested=False)


def test_another_pan_ends_the_case(claimant_id: UUID, maker: Actor) -> None:
    update_profile(actor=maker, profile_id=claimant_id, version=1, particulars={"pan": "AAPPX1111Z"})
    case = KYCReviewCase.objects.get()
    assert (case.resolution, case.resolved_by) == ("HOLDERS", None)
    assert not KYCProfile.objects.get(id=claimant_id).pan_contested


def test_a_contested_profile_is_not_approved(claimant_id: UUID, maker: Actor) -> None:
    submit_profile(actor=maker, profile_id=claimant_id, version=1)
    begin_verification(actor=maker, profile_id=claimant_id, version=2)
    prove(claimant_id)
    with pytest.raises(Failure) as refused:
        propose_decision(actor=maker, profile_id=claimant_id, version=3, verdict="APPROVE", reason="x")
    assert refused.value.code == "KYC_REVIEW_OPEN"


def test_when_it_is_the_holders_the_claimant_loses_it_and_goes_on_hold(
    claimant_id: UUID, maker: Actor
) -> None:
    submit_profile(actor=maker, profile_id=claimant_id, version=1)
    resolve(maker, "HOLDERS")
    claimant = KYCProfile.objects.get(id=claimant_id)
    assert (claimant.status, claimant.held_status, claimant.pan_masked) == ("ON_HOLD", "SUBMITTED", None)


def test_when_it_is_the_claimants_the_holder_loses_it(
    claimant_id: UUID, draft_id: UUID, maker: Actor
) -> None:
    resolve(maker, "CLAIMANTS")
    claimant, holder = KYCProfile.objects.get(id=claimant_id), KYCProfile.objects.get(id=draft_id)
    assert (claimant.pan_contested, claimant.pan_masked) == (False, "AAPPRXXXXK")
    assert (holder.status, holder.pan_masked, holder.version) == ("DRAFT", None, 2)


def test_a_holder_who_has_another_pan_by_now_keeps_it(
    claimant_id: UUID, draft_id: UUID, maker: Actor
) -> None:
    update_profile(actor=maker, profile_id=draft_id, version=1, particulars={"pan": "AAPPX1111Z"})
    resolve(maker, "CLAIMANTS")
    assert KYCProfile.objects.get(id=draft_id).pan_masked == "AAPPXXXXXZ"
    assert not KYCProfile.objects.get(id=claimant_id).pan_contested


def test_a_case_is_resolved_once_and_tells_by_whom(claimant_id: UUID, maker: Actor, checker: Actor) -> None:
    resolve(maker, "HOLDERS")
    with pytest.raises(Failure) as refused:
        resolve(checker, "CLAIMANTS")
    assert refused.value.code == "KYC_CASE_RESOLVED"
    assert "Meera Nair resolved this case at" in refused.value.message


def test_who_the_case_is_about_learns_nothing_of_it(claimant_id: UUID, owner: Actor, maker: Actor) -> None:
    for actor, case_id in ((owner, None), (maker, new_id())):
        with pytest.raises(Failure) as refused:
            resolve(actor, "HOLDERS", case_id)
        assert refused.value.code == "KYC_CASE_NOT_FOUND"
