"""What was accepted and waits does not go out when the customer may not have it made any more."""

from collections.abc import Callable
from uuid import UUID

import pytest

from domains.customers.models import Customer
from domains.customers.operations import close_customer
from domains.kernel.actor import Actor
from domains.providers.models import Provider
from domains.transactions.changing import reverse
from domains.transactions.models import Attempt, Transaction, TransactionEvent
from tests.conftest import Sandbox
from tests.domains.transactions.conftest import Pay, ended, in_state, story, work
from tests.people import verify


def freeze(customer_id: UUID) -> None:
    Customer.objects.filter(id=customer_id).update(status="FROZEN")


def close(customer_id: UUID) -> None:
    close_customer(actor=Actor.system("test"), customer_id=customer_id)


def hold(customer_id: UUID) -> None:
    verify(customer_id, status="ON_HOLD")


@pytest.mark.parametrize(
    ("change", "code"), [(freeze, "CUSTOMER_FROZEN"), (close, "CUSTOMER_CLOSED"), (hold, "KYC_FORBIDS")]
)
def test_a_queued_payment_of_one_who_may_not_pay_any_more_is_rejected_unsent(
    pay: Pay, rail: str, sandbox: Sandbox, owner_id: UUID, change: Callable[[UUID], None], code: str
) -> None:
    paid = pay()
    change(owner_id)
    work(until=ended(paid))
    assert (story(paid), Attempt.objects.count(), sandbox.asked(rail)) == (["INITIATED", "REJECTED"], 0, [])
    cause = TransactionEvent.objects.get(transaction_id=paid, to_status="REJECTED").cause
    assert f"({code})" in cause
    assert cause.endswith("Nothing was done.")


def test_what_failed_at_one_provider_is_not_sent_to_the_next(
    pay: Pay, rail: str, second_rail: str, sandbox: Sandbox, owner_id: UUID
) -> None:
    """The freeze comes between two attempts."""
    Provider.objects.filter(code="second").update(enabled=False)
    Provider.objects.filter(code="first").update(base_url="http://127.0.0.1:9/")
    paid = pay()
    work(until=in_state(paid, "PENDING"))
    freeze(owner_id)
    Provider.objects.filter(code="second").update(enabled=True)
    work(until=ended(paid))
    assert story(paid)[-2:] == ["PENDING", "REJECTED"]
    assert sandbox.asked(second_rail) == []


def test_what_was_sent_is_asked_about_all_the_same(
    pay: Pay, rail: str, sandbox: Sandbox, owner_id: UUID
) -> None:
    """A freeze does not undo what the provider may have done."""
    sandbox.misbehave("silent", where=rail, match='"amount"', seconds=2)
    paid = pay()
    work(until=in_state(paid, "UNKNOWN"))
    freeze(owner_id)
    work(until=ended(paid))
    assert story(paid)[-1] == "SETTLED"


def test_money_comes_back_to_one_who_is_frozen(pay: Pay, rail: str, owner_id: UUID, customer: Actor) -> None:
    paid = pay()
    work(until=ended(paid))
    returned = reverse(actor=customer, transaction_id=paid)
    freeze(owner_id)
    work(until=ended(returned))
    assert Transaction.objects.get(id=paid).status == "REVERSED"
