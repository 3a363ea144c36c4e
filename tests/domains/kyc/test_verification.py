"""Verification through the sandbox's bureaus over real HTTP: well, misbehaving, dead and slow."""

from uuid import UUID

import pytest

from domains.customers.operations import update_customer
from domains.jobs.engine import work_one
from domains.jobs.models import Job
from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.kernel.failures import Failure
from domains.kyc.decisions import confirm_decision, propose_decision
from domains.kyc.models import KYCEvidence, KYCProfile
from domains.kyc.operations import hold_profile, submit_profile, update_profile
from domains.kyc.verification import CHECK_JOB, begin_verification, do_check
from domains.providers.models import ProviderState
from tests.conftest import Sandbox
from tests.domains.kyc.conftest import hand_over, version_of
from tests.domains.providers.conftest import MakeProvider
from tests.domains.providers.conftest import make_provider as make_provider

HANDLERS = {CHECK_JOB: do_check}
BANK = {"bank_account": "50100012345678", "bank_ifsc": "HDFC0000001"}


def do_all() -> None:
    while work_one(HANDLERS):
        pass


def found() -> dict[str, tuple[str, str]]:
    rows = KYCEvidence.objects.order_by("obtained_at", "id")
    return {row.check_kind: (row.finding, row.provider_code) for row in rows}


@pytest.fixture
def profile_id(draft_id: UUID, officer: Actor) -> UUID:
    update_profile(actor=officer, profile_id=draft_id, version=1, particulars=BANK)
    return draft_id


@pytest.fixture
def begun(profile_id: UUID, maker: Actor) -> UUID:
    submit_profile(actor=maker, profile_id=profile_id, version=2)
    return begin_verification(actor=maker, profile_id=profile_id, version=3)


def test_every_answer_is_kept_with_provider_time_and_confidence(
    begun: UUID, make_provider: MakeProvider, sandbox: Sandbox
) -> None:
    provider = make_provider("alpha")
    do_all()
    assert found() == dict.fromkeys(
        ["PAN", "AADHAAR_OFFLINE", "BANK_ACCOUNT", "NAME_MATCH", "SCREENING"], ("PASSED", "alpha")
    )
    pan = KYCEvidence.objects.get(check_kind="PAN")
    assert (pan.confidence, pan.code, pan.provider_id) == (1, "OK", provider.id)
    assert pan.exchange_id is not None
    assert {seen.headers["x-correlation-id"] for seen in sandbox.asked("kyc/alpha")} == {"correlation-1"}
    assert not Job.objects.exists()


def test_what_was_found_opens_the_way_to_approval(
    begun: UUID, make_provider: MakeProvider, maker: Actor, checker: Actor
) -> None:
    make_provider("alpha")
    do_all()
    hand_over(begun)
    propose_decision(
        actor=maker, profile_id=begun, version=version_of(begun), verdict="APPROVE", reason="All agree"
    )
    confirm_decision(actor=checker, profile_id=begun, version=version_of(begun))
    assert KYCProfile.objects.get().status == "VERIFIED"


@pytest.mark.parametrize(
    "fault",
    ["dead", "silent", "dribble", "error_200", "error_500", "error_503", "malformed", "half",
     "wrong_signature", "rate_limited"],
)  # fmt: skip
def test_when_a_bureau_misbehaves_the_next_one_answers(
    fault: str, begun: UUID, make_provider: MakeProvider, sandbox: Sandbox
) -> None:
    make_provider("alpha", priority=1)
    make_provider("beta", priority=2)
    sandbox.misbehave(fault, where="kyc/alpha")
    do_all()
    assert set(found().values()) == {("PASSED", "beta")}
    assert len(found()) == 5


def test_with_one_dead_and_one_slow_everything_is_verified(
    begun: UUID, make_provider: MakeProvider, sandbox: Sandbox
) -> None:
    make_provider("alpha", priority=1)
    make_provider("beta", priority=2, read_timeout_ms=1_500, total_timeout_ms=2_000)
    sandbox.misbehave("dead", where="kyc/alpha")
    sandbox.misbehave("slow", where="kyc/beta", seconds=0.5)
    do_all()
    assert set(found().values()) == {("PASSED", "beta")}


def test_what_nobody_can_answer_is_asked_again_and_nothing_is_lost(
    begun: UUID, make_provider: MakeProvider, sandbox: Sandbox
) -> None:
    make_provider("alpha")
    sandbox.misbehave("error_503")
    do_all()
    assert found() == {}
    waiting = Job.objects.filter(kind=CHECK_JOB)
    assert waiting.count() == 4
    assert set(waiting.values_list("failure", flat=True)) == {"CheckUnanswered"}
    sandbox.world.faults.clear()
    ProviderState.objects.all().delete()  # the breaker has opened meanwhile
    waiting.update(due_at=now())
    do_all()
    assert len(found()) == 5


def test_without_any_bureau_the_checks_wait(begun: UUID) -> None:
    do_all()
    assert found() == {}
    assert Job.objects.filter(kind=CHECK_JOB).count() == 4


@pytest.mark.parametrize(
    ("name", "findings"),
    [
        ("Asha Listed", {"SCREENING": "FAILED"}),
        ("Asha Mismatch", {"PAN": "FAILED", "AADHAAR_OFFLINE": "FAILED", "NAME_MATCH": "FAILED"}),
        ("Asha Nobody", {"PAN": "FAILED", "AADHAAR_OFFLINE": "FAILED"}),
    ],
)
def test_what_speaks_against_a_customer_is_kept_too(
    name: str,
    findings: dict[str, str],
    owner_id: UUID,
    begun: UUID,
    officer: Actor,
    make_provider: MakeProvider,
) -> None:
    update_customer(actor=officer, customer_id=owner_id, version=1, full_name=name)
    make_provider("alpha")
    do_all()
    told = {check: finding for check, (finding, _) in found().items()}
    assert findings.items() <= told.items()
    assert KYCProfile.objects.get().status == "IN_VERIFICATION"


def test_a_profile_that_was_held_meanwhile_is_not_asked_about(
    begun: UUID, maker: Actor, make_provider: MakeProvider, sandbox: Sandbox
) -> None:
    make_provider("alpha")
    hold_profile(actor=maker, profile_id=begun, version=4, reason="A court order")
    do_all()
    assert not sandbox.asked("kyc")
    assert not Job.objects.exists()


def test_everything_is_asked_again_on_request_but_not_under_a_decision(
    begun: UUID, maker: Actor, checker: Actor, make_provider: MakeProvider
) -> None:
    make_provider("alpha")
    do_all()
    begin_verification(actor=maker, profile_id=begun, version=4)
    do_all()
    assert KYCEvidence.objects.count() == 10
    hand_over(begun)
    propose_decision(actor=maker, profile_id=begun, version=5, verdict="APPROVE", reason="All agree")
    with pytest.raises(Failure) as refused:
        begin_verification(actor=checker, profile_id=begun, version=6)
    assert refused.value.code == "KYC_DECISION_PENDING"
