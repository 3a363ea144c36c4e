"""The work queue: what opens and closes tasks, and who may claim them."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest

from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.kernel.failures import Failure
from domains.kyc.decisions import confirm_decision, propose_decision, return_decision
from domains.kyc.models import KYCTask
from domains.kyc.operations import hold_profile, open_profile, submit_profile
from domains.kyc.tasks import claim_task, release_task
from domains.kyc.verification import begin_verification
from tests.domains.customers.test_two_at_once import at_once
from tests.domains.kyc.conftest import GIVEN, prove, staff, version_of
from tests.domains.kyc.test_two_officers_at_once import submitted

Bring = Callable[[Actor], UUID]


def open_kinds() -> list[str]:
    return sorted(KYCTask.objects.exclude(state="DONE").values_list("kind", flat=True))


def code(run: Callable[..., UUID], **arguments: object) -> str:
    with pytest.raises(Failure) as refused:
        run(**arguments)
    return refused.value.code


def test_tasks_open_and_close_with_the_states(
    draft_id: UUID, maker: Actor, checker: Actor, stranger_id: UUID, officer: Actor
) -> None:
    assert open_kinds() == []
    submit_profile(actor=maker, profile_id=draft_id, version=1)
    begin_verification(actor=maker, profile_id=draft_id, version=2)
    assert open_kinds() == ["VERIFY"]
    prove(draft_id)
    propose_decision(actor=maker, profile_id=draft_id, version=3, verdict="APPROVE", reason="x")
    assert open_kinds() == ["CHECK"]
    return_decision(actor=checker, profile_id=draft_id, version=4, reason="x")
    assert open_kinds() == ["VERIFY"]
    propose_decision(actor=maker, profile_id=draft_id, version=5, verdict="APPROVE", reason="x")
    confirm_decision(actor=checker, profile_id=draft_id, version=6)
    assert open_kinds() == []
    open_profile(actor=officer, customer_id=stranger_id, **GIVEN)
    assert open_kinds() == ["REVIEW"]
    assert KYCTask.objects.filter(state="DONE", done_at__isnull=False).count() == 4


def test_a_claim_keeps_others_off_the_profile(maker: Actor, checker: Actor, in_verification: Bring) -> None:
    profile_id = in_verification(maker)
    task_id = claim_task(actor=maker, task_id=KYCTask.objects.get().id)
    with pytest.raises(Failure) as refused:
        claim_task(actor=checker, task_id=task_id)
    assert refused.value.code == "KYC_TASK_CLAIMED"
    assert refused.value.message.startswith("Meera Nair has claimed this work at ")
    assert code(begin_verification, actor=checker, profile_id=profile_id, version=3) == "KYC_TASK_CLAIMED"
    assert code(release_task, actor=checker, task_id=task_id) == "KYC_TASK_CLAIMED"
    release_task(actor=maker, task_id=task_id)
    claim_task(actor=checker, task_id=task_id)
    hold_profile(actor=maker, profile_id=profile_id, version=version_of(profile_id), reason="A court order")
    assert code(claim_task, actor=maker, task_id=task_id) == "KYC_TASK_DONE"


def test_a_claim_lapses(maker: Actor, checker: Actor, in_verification: Bring) -> None:
    in_verification(maker)
    task_id = claim_task(actor=maker, task_id=KYCTask.objects.get().id)
    KYCTask.objects.update(claimed_at=now() - timedelta(hours=9))
    claim_task(actor=checker, task_id=task_id)
    assert KYCTask.objects.get().claimed_by_name == "Arjun Deshpande"


def test_the_check_of_ones_own_proposal_can_not_be_claimed(
    maker: Actor, checker: Actor, in_verification: Bring
) -> None:
    profile_id = in_verification(maker)
    propose_decision(actor=maker, profile_id=profile_id, version=3, verdict="REJECT", reason="x")
    task_id = KYCTask.objects.get(kind="CHECK").id
    assert code(claim_task, actor=maker, task_id=task_id) == "KYC_SAME_PERSON"
    assert code(claim_task, actor=staff("sanjay", "", "operations"), task_id=task_id) == "KYC_TASK_NOT_FOUND"
    claim_task(actor=checker, task_id=task_id)


def test_customers_know_nothing_of_tasks(owner: Actor, maker: Actor, in_verification: Bring) -> None:
    in_verification(maker)
    task_id = KYCTask.objects.get().id
    for run in (claim_task, release_task):
        assert code(run, actor=owner, task_id=task_id) == "KYC_TASK_NOT_FOUND"


def test_of_three_who_claim_one_task_at_once_one_gets_it(own_database: str, officer: Actor) -> None:
    officers = [staff(f"officer{n}", f"Officer {n}", "kyc_officer") for n in range(3)]
    profile_id = submitted(officer, 0)
    task = KYCTask.objects.get(profile_id=profile_id)
    outcomes = at_once(*[partial(claim_task, actor=each, task_id=task.id) for each in officers])
    assert sorted(map(str, outcomes)) == sorted([str(task.id), "KYC_TASK_CLAIMED", "KYC_TASK_CLAIMED"])
