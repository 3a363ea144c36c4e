"""Two officers at the same moment, on connections of their own: one wins, the other is told who and when."""

from functools import partial
from uuid import UUID

from domains.customers.operations import create_customer
from domains.kernel.actor import Actor
from domains.kyc.decisions import propose_decision
from domains.kyc.models import KYCDecision, KYCProfile, KYCReviewCase, KYCStateChange
from domains.kyc.operations import hold_profile, open_profile, submit_profile
from domains.kyc.verification import begin_verification
from tests.domains.customers.test_two_at_once import at_once
from tests.domains.kyc.conftest import GIVEN, prove, staff

ROUNDS = 4


def submitted(officer: Actor, number: int) -> UUID:
    customer_id = create_customer(actor=officer, full_name="Asha Rao", mobile=f"+91982001000{number}")
    pan = f"AAPPR826{number}K"
    profile_id = open_profile(actor=officer, customer_id=customer_id, **GIVEN | {"pan": pan})
    return submit_profile(actor=officer, profile_id=profile_id, version=1)


def test_of_three_who_begin_one_profile_one_does(own_database: str, officer: Actor) -> None:
    officers = [staff(f"officer{n}", f"Officer {n}", "kyc_officer") for n in range(3)]
    for number in range(ROUNDS):
        profile_id = submitted(officer, number)
        begin = [partial(begin_verification, actor=a, profile_id=profile_id, version=2) for a in officers]
        outcomes = at_once(*begin)
        assert sorted(map(str, outcomes)) == sorted([str(profile_id), "STALE_VERSION", "STALE_VERSION"])
        changes = KYCStateChange.objects.filter(profile_id=profile_id, action="BEGIN")
        assert changes.count() == 1
        winner = officers[outcomes.index(profile_id)]
        assert changes.get().maker_id == winner.id


def test_a_hold_and_a_proposal_at_once_leave_nothing_half_done(own_database: str, officer: Actor) -> None:
    one, two = (staff(f"officer{n}", f"Officer {n}", "kyc_officer") for n in range(2))
    for number in range(ROUNDS):
        profile_id = submitted(officer, number)
        begin_verification(actor=one, profile_id=profile_id, version=2)
        prove(profile_id)
        outcomes = at_once(
            partial(
                propose_decision, actor=one, profile_id=profile_id, version=3, verdict="APPROVE", reason="x"
            ),
            partial(hold_profile, actor=two, profile_id=profile_id, version=3, reason="x"),
        )
        assert sorted(map(str, outcomes)) == sorted([str(profile_id), "STALE_VERSION"])
        profile = KYCProfile.objects.get(id=profile_id)
        proposed = KYCDecision.objects.filter(profile=profile, outcome=None).exists()
        assert profile.version == 4
        assert proposed == (profile.status == "IN_VERIFICATION")


def test_of_four_who_claim_one_pan_at_once_one_holds_it(own_database: str, officer: Actor) -> None:
    ids = [
        create_customer(actor=officer, full_name=f"Customer {n}", mobile=f"+91982002000{n}") for n in range(4)
    ]
    at_once(*[partial(open_profile, actor=officer, customer_id=each, pan="AAPPR8261K") for each in ids])
    assert KYCProfile.objects.count() == 4
    holder = KYCProfile.objects.get(pan_contested=False)
    assert {case.holder_id for case in KYCReviewCase.objects.all()} == {holder.id}
    assert KYCReviewCase.objects.count() == 3
