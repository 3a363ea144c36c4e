"""Random sequences of actions by random viewers: no forbidden state is ever reached, nothing is half done.

What is forbidden is written here by hand, not read from the table that the program enforces.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from domains.customers.assignments import assign_customer
from domains.customers.operations import create_customer
from domains.kernel.actor import Actor, ActorKind
from domains.kernel.failures import Failure
from domains.kyc.by_hand import record_by_hand
from domains.kyc.decisions import confirm_decision, propose_decision, return_decision
from domains.kyc.models import (
    Finding,
    KYCDecision,
    KYCEvidence,
    KYCProfile,
    KYCStateChange,
    KYCTask,
)
from domains.kyc.notices import see_to_due_profiles_on
from domains.kyc.operations import (
    hold_profile,
    open_profile,
    renew_profile,
    resume_profile,
    submit_profile,
    update_profile,
)
from domains.kyc.tasks import claim_task, release_task
from domains.kyc.verification import begin_verification
from tests.domains.kyc.conftest import GIVEN, prove, staff

CHANGES = {  # by hand: what may follow upon what
    None: {"DRAFT"},
    "DRAFT": {"SUBMITTED", "ON_HOLD"},
    "SUBMITTED": {"IN_VERIFICATION", "ON_HOLD"},
    "IN_VERIFICATION": {"VERIFIED", "REJECTED", "ON_HOLD"},
    "VERIFIED": {"EXPIRED", "DRAFT", "ON_HOLD"},
    "EXPIRED": {"DRAFT", "ON_HOLD"},
    "REJECTED": {"DRAFT"},
    "ON_HOLD": {"DRAFT", "SUBMITTED", "IN_VERIFICATION", "VERIFIED", "EXPIRED"},
}
OFFICE = {"meera", "arjun", "sanjay"}
FRONT = OFFICE | {"owner", "manager"}
DONE_BY = {  # by hand: who can ever have done what
    "submit": FRONT, "update": FRONT, "renew": FRONT, "begin": OFFICE, "hold": OFFICE, "resume": OFFICE,
    "record": {"meera", "arjun"}, "propose": {"meera", "arjun"}, "confirm": {"meera", "arjun"},
    "return": {"meera", "arjun"},
    "claim": OFFICE, "release": OFFICE,
}  # fmt: skip
NAMES = [
    "owner", "stranger", "manager", "elsewhere", "meera", "arjun", "sanjay", "insider", "auditor", "program"
]  # fmt: skip
ELSEWHERE = "1, FC Road, Pune"
REACHED: set[str] = set()


class Lives(RuleBasedStateMachine):
    """One profile and everybody who may come across it, in a transaction that is rolled back."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        program = Actor.system("test")
        customer_id = create_customer(actor=program, full_name="Asha Rao", mobile="+919820012345")
        other_id = create_customer(actor=program, full_name="Vikram Shah", mobile="+919820054321")
        self.people = {
            "owner": Actor(kind=ActorKind.USER, customer_id=customer_id, roles=frozenset({"customer"})),
            "stranger": Actor(kind=ActorKind.USER, customer_id=other_id, roles=frozenset({"customer"})),
            "manager": staff("kavita", "Kavita", "relationship_manager"),
            "elsewhere": staff("ravi", "Ravi", "relationship_manager"),
            "meera": staff("meera", "Meera", "kyc_officer"),
            "arjun": staff("arjun", "Arjun", "kyc_officer"),
            "sanjay": staff("sanjay", "Sanjay", "operations"),
            "insider": Actor(kind=ActorKind.USER, customer_id=other_id, roles=frozenset({"auditor"})),
            "auditor": staff("farhan", "Farhan", "auditor"),
            "program": program,
        }
        manager = self.people["manager"].id
        assert manager is not None
        assign_customer(actor=program, manager_id=manager, customer_id=customer_id)
        self.profile_id = open_profile(actor=program, customer_id=customer_id, **GIVEN)

    def teardown(self) -> None:
        """Leave nothing behind."""
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    def state(self) -> tuple[Any, ...]:
        """Return all that an action may change."""
        profile = KYCProfile.objects.values().get(id=self.profile_id)
        return (
            tuple((name, bytes(v) if isinstance(v, memoryview) else v) for name, v in profile.items()),
            list(KYCStateChange.objects.order_by("id").values_list("id", flat=True)),
            list(KYCDecision.objects.order_by("id").values_list("id", "outcome")),
            list(KYCTask.objects.order_by("id").values_list("id", "state", "claimed_by")),
        )

    def attempt(self, what: str, who: str, run: Callable[..., UUID], stale: bool, **more: Any) -> None:
        """Let somebody try something: it is done by who may, to the version that is, or nothing is changed."""
        before = self.state()
        version = KYCProfile.objects.get(id=self.profile_id).version
        try:
            with transaction.atomic():
                run(
                    actor=self.people[who],
                    profile_id=self.profile_id,
                    version=version - stale,
                    **more,
                )
        except Failure:
            assert self.state() == before
            return
        assert who in DONE_BY[what], f"{who} could {what}"
        assert not stale
        now = KYCProfile.objects.get(id=self.profile_id).version
        assert now == version + 1 or (what == "update" and self.state() == before)

    who = st.sampled_from(NAMES)
    stale = st.integers(0, 9).map(lambda drawn: drawn == 0)

    @rule(who=who, stale=stale, address=st.sampled_from([ELSEWHERE, GIVEN["address"]]))
    def update(self, who: str, stale: bool, address: str) -> None:
        """Change the address."""
        self.attempt("update", who, update_profile, stale, particulars={"address": address})

    @rule(who=who, stale=stale)
    def submit(self, who: str, stale: bool) -> None:
        """Hand in."""
        self.attempt("submit", who, submit_profile, stale)

    @rule(who=who, stale=stale)
    def begin(self, who: str, stale: bool) -> None:
        """Verify."""
        self.attempt("begin", who, begin_verification, stale)

    @rule(finding=st.sampled_from([Finding.PASSED, Finding.PASSED, Finding.PASSED, Finding.FAILED]))
    def evidence_arrives(self, finding: Finding) -> None:
        """Let the bureaus answer."""
        prove(self.profile_id, SCREENING=finding)

    @rule(who=who, stale=stale, finding=st.sampled_from([Finding.PASSED, Finding.FAILED]))
    def record(self, who: str, stale: bool, finding: Finding) -> None:
        """Find something out by hand."""
        self.attempt(
            "record", who, record_by_hand, stale, check="SCREENING", finding=finding, reference="x", note="x"
        )

    @rule(who=who, stale=stale, verdict=st.sampled_from(["APPROVE", "APPROVE", "REJECT"]))
    def propose(self, who: str, stale: bool, verdict: str) -> None:
        """Make a proposal."""
        self.attempt(
            "propose", who, propose_decision, stale, verdict=verdict, reason="x", risk_category="HIGH"
        )

    @rule(who=who, stale=stale)
    def confirm(self, who: str, stale: bool) -> None:
        """Check a proposal."""
        self.attempt("confirm", who, confirm_decision, stale)

    @rule(who=who, stale=stale)
    def send_back(self, who: str, stale: bool) -> None:
        """Return a proposal."""
        self.attempt("return", who, return_decision, stale, reason="x")

    @rule(who=who, stale=stale)
    def hold(self, who: str, stale: bool) -> None:
        """Hold."""
        self.attempt("hold", who, hold_profile, stale, reason="x")

    @rule(who=who, stale=stale)
    def resume(self, who: str, stale: bool) -> None:
        """Resume."""
        self.attempt("resume", who, resume_profile, stale, reason="x")

    @rule(who=who, stale=stale)
    def renew(self, who: str, stale: bool) -> None:
        """Renew."""
        self.attempt("renew", who, renew_profile, stale)

    @rule(who=who, run=st.sampled_from([claim_task, release_task]))
    def take_work(self, who: str, run: Callable[..., UUID]) -> None:
        """Claim or release what is open."""
        task = KYCTask.objects.exclude(state="DONE").first()
        if task is None:
            return
        before = self.state()
        try:
            with transaction.atomic():
                run(actor=self.people[who], task_id=task.id)
        except Failure:
            assert self.state() == before
            return
        assert who in OFFICE

    @initialize(times=st.sampled_from([0, 2, 3, 4, 5]))
    def begin_somewhere(self, times: int) -> None:
        """Let a life begin at any of its stations."""
        for _ in range(times):
            self.do_next("APPROVE")

    @rule(times=st.integers(1, 5), verdict=st.sampled_from(["APPROVE", "REJECT"]))
    def go_on(self, times: int, verdict: str) -> None:
        """Do the next proper things, so that every state is reached."""
        for _ in range(times):
            self.do_next(verdict)

    def do_next(self, verdict: str) -> None:
        """Do the next proper thing."""
        status = KYCProfile.objects.get(id=self.profile_id).status
        if KYCDecision.objects.filter(outcome=None).exists():
            self.attempt("confirm", "arjun", confirm_decision, False)
            self.attempt("confirm", "meera", confirm_decision, False)
        elif status == "DRAFT":
            self.attempt("submit", "owner", submit_profile, False)
        elif status == "SUBMITTED":
            self.attempt("begin", "sanjay", begin_verification, False)
        elif status == "IN_VERIFICATION":
            prove(self.profile_id)
            self.attempt("propose", "meera", propose_decision, False, verdict=verdict, reason="x")
        elif status == "VERIFIED":
            self.years_pass()

    @rule()
    def wait_for_years(self) -> None:
        """Let the due date go by."""
        self.years_pass()

    def years_pass(self) -> None:
        """Do what a worker does when the due date has gone by."""
        due_on = KYCProfile.objects.get(id=self.profile_id).next_due_on
        if due_on is not None:
            see_to_due_profiles_on(due_on.replace(year=due_on.year + 1))

    @invariant()
    def the_history_tells_the_whole_way(self) -> None:
        """Each change follows upon the one before, and the last one is the present."""
        rows = list(KYCStateChange.objects.order_by("profile_version", "id"))
        before = None
        REACHED.update(row.to_status for row in rows)
        for row in rows:
            assert row.from_status == before
            assert row.to_status in CHANGES[before], f"{before} → {row.to_status}"
            before = row.to_status
        profile = KYCProfile.objects.get(id=self.profile_id)
        assert before == profile.status
        assert (profile.held_status is not None) == (profile.status == "ON_HOLD")

    @invariant()
    def nobody_is_verified_without_two_officers_and_evidence(self) -> None:
        """Two different officers, and every needed check answered and none failed."""
        officers = {self.people[name].id for name in ("meera", "arjun")}
        for row in KYCStateChange.objects.filter(to_status__in=["VERIFIED", "REJECTED"]).exclude(
            action="RESUME"
        ):
            assert row.maker_id != row.checker_id
            assert {row.maker_id, row.checker_id} == officers
            found = {
                each.check_kind: each.finding for each in KYCEvidence.objects.filter(id__in=row.evidence)
            }
            if row.to_status == "VERIFIED":
                by_hand = KYCEvidence.objects.filter(id__in=row.evidence).values_list(
                    "recorded_by", flat=True
                )
                assert row.checker_id not in by_hand
                assert {"PAN", "AADHAAR_OFFLINE", "NAME_MATCH", "SCREENING"} <= set(found)
                assert "FAILED" not in found.values()
        profile = KYCProfile.objects.get(id=self.profile_id)
        if profile.status in ("VERIFIED", "EXPIRED"):
            assert profile.verified_at is not None
            assert profile.next_due_on is not None

    @invariant()
    def what_waits_is_in_the_queue(self) -> None:
        """A decision waits only in verification; the queue shows what is to be done, once."""
        status = KYCProfile.objects.get(id=self.profile_id).status
        pending = KYCDecision.objects.filter(outcome=None).count()
        assert pending <= 1
        assert not pending or status == "IN_VERIFICATION"
        at_work = status in ("SUBMITTED", "IN_VERIFICATION")
        wanted = ["CHECK"] if pending else ["VERIFY"] if at_work else []
        assert list(KYCTask.objects.exclude(state="DONE").values_list("kind", flat=True)) == wanted


def test_no_forbidden_state_is_ever_reached(db: None) -> None:
    checks = list(HealthCheck)
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=25,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=checks,
            database=None,
        ),
    )
    assert {"SUBMITTED", "IN_VERIFICATION", "VERIFIED"} <= REACHED, "what is never reached proves nothing"
