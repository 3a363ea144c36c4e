"""A transaction is sent once, asked about until it is answered, and sent again only if certainly not done."""

from decimal import Decimal
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from domains.jobs.engine import Job as Claimed
from domains.jobs.models import Job
from domains.kernel.identifiers import new_id
from domains.providers.models import Provider
from domains.transactions import dispatch
from domains.transactions.models import Attempt, Case, Transaction
from tests.conftest import Sandbox
from tests.domains.transactions.conftest import Pay, attempts, ended, in_state, story, work


def posts(sandbox: Sandbox, place: str) -> int:
    """Return how many instructions came to a rail."""
    return sum(seen.method == "POST" for seen in sandbox.asked(place))


def settled_there(sandbox: Sandbox, *places: str) -> list[str]:
    """Return the references that have moved money at these rails."""
    return [
        entry.reference for place in places for entry in sandbox.world.ledger(place).all() if not entry.reason
    ]


def reference(transaction_id: UUID) -> str:
    return Transaction.objects.get(id=transaction_id).reference


def test_a_payment_is_settled_and_tells_its_story(pay: Pay, rail: str, sandbox: Sandbox) -> None:
    paid = pay()
    assert (story(paid), Job.objects.count()) == (["INITIATED"], 1)
    work(until=ended(paid))
    told = Transaction.objects.get(id=paid)
    assert story(paid) == ["INITIATED", "PROCESSING", "SETTLED"]
    assert (told.status, told.settled_at, told.next_action) == ("SETTLED", told.ended_at, None)
    assert told.must_end_by is not None
    attempt = Attempt.objects.get()
    assert (attempt.outcome, attempt.raw_code, attempt.provider.code) == ("SETTLED", "SETTLED", "first")
    assert attempt.iso_code == "ACSC"
    assert attempt.provider_reference.startswith("SB")
    assert attempt.latency_ms is not None
    (seen,) = sandbox.asked(rail)
    assert seen.headers["idempotency-key"] == told.reference
    work(until=lambda: not Job.objects.exists())


def test_a_rejected_payment_says_why_in_iso_20022(pay: Pay, rail: str) -> None:
    paid = pay(channel="IMPS", vpa=None, account="0000123456", ifsc="HDFC0000001")
    work(until=ended(paid))
    attempt = Attempt.objects.get()
    assert (attempt.outcome, attempt.raw_code, attempt.iso_code) == ("REJECTED", "NO_SUCH_ACCOUNT", "AC01")
    assert story(paid) == ["INITIATED", "PROCESSING", "REJECTED"]


def test_a_pending_payment_is_asked_about_until_it_is_settled(pay: Pay, rail: str, sandbox: Sandbox) -> None:
    paid = pay(channel="NEFT", vpa=None, account="5010001234", ifsc="HDFC0000001")
    work(until=ended(paid))
    assert story(paid) == ["INITIATED", "PROCESSING", "SETTLED"]
    assert posts(sandbox, rail) == 1
    assert Attempt.objects.get().asked_count > 0
    assert Attempt.objects.get().iso_code == "ACSC"


@pytest.mark.parametrize(
    "fault",
    ["silent", "half", "malformed", "wrong_signature", "timeout_then_success", "not_found_then_settled"],
)
def test_what_was_done_and_not_answered_is_unknown_and_then_settled(
    pay: Pay, rail: str, second_rail: str, sandbox: Sandbox, fault: str
) -> None:
    sandbox.misbehave(fault, where=rail, match='"amount"', seconds=2)
    paid = pay()
    work(until=in_state(paid, "UNKNOWN"))
    work(until=ended(paid))
    assert story(paid) == ["INITIATED", "PROCESSING", "UNKNOWN", "SETTLED"]
    assert (posts(sandbox, rail), posts(sandbox, second_rail)) == (1, 0)
    assert settled_there(sandbox, rail, second_rail) == [reference(paid)]


@pytest.mark.parametrize("fault", ["swallowed", "error_500"])
def test_what_was_not_done_is_sent_elsewhere_only_after_the_window(
    pay: Pay, rail: str, second_rail: str, sandbox: Sandbox, fault: str
) -> None:
    sandbox.misbehave(fault, where=rail, match='"amount"', seconds=2)
    paid = pay()
    work(until=in_state(paid, "UNKNOWN"))
    work(until=ended(paid))
    assert story(paid) == ["INITIATED", "PROCESSING", "UNKNOWN", "PENDING", "PROCESSING", "SETTLED"]
    assert attempts(paid) == [("first", "RETRYABLE"), ("second", "SETTLED")]
    first, second = Attempt.objects.order_by("number")
    assert first.expires_at is not None
    assert (second.created_at - first.expires_at).total_seconds() >= 1.5
    assert settled_there(sandbox, rail, second_rail) == [reference(paid)]


def test_it_fails_over_at_once_when_it_is_certain_that_nothing_was_done(
    pay: Pay, rail: str, second_rail: str
) -> None:
    Provider.objects.filter(code="first").update(base_url="http://127.0.0.1:9/")
    paid = pay()
    work(until=ended(paid))
    assert attempts(paid) == [("first", "RETRYABLE"), ("second", "SETTLED")]
    assert story(paid) == ["INITIATED", "PROCESSING", "PENDING", "PROCESSING", "SETTLED"]


def test_with_nobody_to_send_to_it_waits_and_goes_on(pay: Pay, rail: str) -> None:
    paid = pay()
    Provider.objects.update(enabled=False)
    work(until=in_state(paid, "PENDING"))
    assert attempts(paid) == []
    Provider.objects.update(enabled=True)
    work(until=ended(paid))
    assert attempts(paid) == [("first", "SETTLED")]


def test_an_attempt_that_began_is_asked_about_and_never_sent_again(
    pay: Pay, rail: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the worker had been killed between the commit of the attempt and the sending."""
    paid = pay()
    step = dispatch._next_step(paid)
    assert step is not None
    assert step.request is not None
    again = dispatch._next_step(paid)
    assert again is not None
    assert (again.attempt.id, again.request) == (step.attempt.id, None)
    work(until=ended(paid))
    assert attempts(paid) == [("first", "RETRYABLE"), ("first", "SETTLED")]
    assert posts(sandbox, rail) == 1


def test_a_worker_that_was_held_up_does_not_send(pay: Pay, rail: str, sandbox: Sandbox) -> None:
    """A paused process comes back when its instruction is nearly expired."""
    paid = pay()
    step = dispatch._next_step(paid)
    assert step is not None
    assert step.request is not None
    assert step.attempt.sent_at is not None
    step.attempt.sent_at -= dispatch.EXPIRES_AFTER
    dispatch._send(step, step.request)
    assert posts(sandbox, rail) == 0
    assert Transaction.objects.get(id=paid).status == "UNKNOWN"


def test_what_arrives_after_its_time_is_not_done(pay: Pay, rail: str, sandbox: Sandbox) -> None:
    paid = pay()
    step = dispatch._next_step(paid)
    assert step is not None
    assert step.request is not None
    late = {**step.request, "expires_at": "2026-01-01T00:00:00+00:00"}
    dispatch._send(step, late)
    assert attempts(paid) == [("first", "RETRYABLE")]
    assert settled_there(sandbox, rail) == []


def test_the_database_refuses_a_second_attempt_while_one_may_have_been_done(pay: Pay, rail: str) -> None:
    paid = pay()
    provider = Provider.objects.get()
    first = Attempt.objects.create(transaction_id=paid, provider=provider, number=1)
    for outcome in (None, "UNKNOWN", "ACCEPTED", "SETTLED"):
        Attempt.objects.filter(id=first.id).update(outcome=outcome)
        with pytest.raises(IntegrityError, match="attempt_one_may_be_done"), transaction.atomic():
            Attempt.objects.create(transaction_id=paid, provider=provider, number=2)
    Attempt.objects.filter(id=first.id).update(outcome="RETRYABLE")
    Attempt.objects.create(transaction_id=paid, provider=provider, number=2)


def test_what_settles_with_another_amount_settles_nothing_here(pay: Pay, rail: str, sandbox: Sandbox) -> None:
    sandbox.misbehave("silent", where=rail, match='"amount"', seconds=2)
    paid = pay()
    work(until=in_state(paid, "UNKNOWN"))
    (entry,) = sandbox.world.ledger(rail).all()
    entry.settled = {"amount": "9999.00"}
    work(until=Case.objects.exists)
    case = Case.objects.get()
    assert (case.kind, case.transaction_id, case.reference) == ("CONTRADICTS", paid, reference(paid))
    assert Transaction.objects.get(id=paid).status == "UNKNOWN"


def test_a_question_that_is_refused_says_nothing_of_the_payment(
    pay: Pay, rail: str, sandbox: Sandbox
) -> None:
    """A 404 or 400 to the question is not the rejection of the payment."""
    sandbox.misbehave("silent", where=rail, match='"amount"', seconds=2)
    paid = pay()
    work(until=in_state(paid, "UNKNOWN"))
    Provider.objects.update(base_url=f"{sandbox.url}/nowhere/at-all/")
    work(until=lambda: Attempt.objects.get().asked_count >= 2)
    assert Transaction.objects.get(id=paid).status == "UNKNOWN"
    Provider.objects.update(base_url=f"{sandbox.url}/{rail}/")
    work(until=ended(paid))
    assert story(paid)[-1] == "SETTLED"


def test_the_same_job_twice_changes_nothing_after_the_end(pay: Pay, rail: str, sandbox: Sandbox) -> None:
    paid = pay(amount=Decimal("1.00"))
    work(until=ended(paid))
    for attempt in range(3):
        payload = {"transaction_id": str(paid)}
        dispatch.dispatch(Claimed(new_id(), "transactions.dispatch", str(paid), payload, attempt))
    assert posts(sandbox, rail) == 1
    assert story(paid) == ["INITIATED", "PROCESSING", "SETTLED"]
