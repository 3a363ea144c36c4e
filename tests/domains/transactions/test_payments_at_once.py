"""Payments of one customer at the same moment: each is decided by what was committed before it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connection, transaction

from domains.customers.models import Customer
from domains.customers.operations import create_customer
from domains.kernel.actor import Actor
from domains.kernel.failures import Failure
from domains.kernel.identifiers import new_id
from domains.providers.operations import configure, register_provider
from domains.transactions.models import Transaction
from domains.transactions.payments import initiate_payment
from tests.people import verify
from tests.waiting import until

CLERK = Actor.system("test")
AT_ONCE = 6


@pytest.fixture
def payer(own_database: str) -> UUID:
    """Return a customer who may pay 1,000 rupees a day by UPI."""
    register_provider(
        actor=CLERK, code="rail", name="rail", capability="PAYMENT_RAIL", adapter="sandbox_rail",
        base_url="http://127.0.0.1:9/rail/", priority=1, credentials={"api_key": "none"},
    )  # fmt: skip
    configure(actor=CLERK, key="transactions.limits", value={"UPI": {"day": "1000"}})
    customer_id = create_customer(actor=CLERK, full_name="Asha Rao", mobile="+919820011111")
    verify(customer_id)
    return customer_id


def pay(customer_id: UUID) -> str:
    """Pay 400 rupees; return ACCEPTED, or the code of what refused it."""
    actor = Actor(kind=CLERK.kind, id=new_id(), customer_id=customer_id, roles=frozenset({"customer"}))
    try:
        initiate_payment(actor=actor, channel="UPI", amount=Decimal(400), vpa="shop@okbank")
    except Failure as failure:
        return failure.code
    else:
        return "ACCEPTED"
    finally:
        connection.close()


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def test_together_they_never_pay_more_than_the_day_allows(payer: UUID) -> None:
    ready = threading.Barrier(AT_ONCE)

    def together(_: int) -> str:
        connection.ensure_connection()
        ready.wait(60)
        return pay(payer)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(together, range(AT_ONCE)))
    assert sorted(outcomes) == ["ACCEPTED"] * 2 + ["LIMIT_EXCEEDED"] * (AT_ONCE - 2)
    assert Transaction.objects.count() == 2


@pytest.mark.parametrize(("status", "code"), [("FROZEN", "CUSTOMER_FROZEN"), ("CLOSED", "CUSTOMER_CLOSED")])
def test_who_is_frozen_or_closed_while_a_payment_waits_does_not_pay(
    payer: UUID, status: str, code: str
) -> None:
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Customer.objects.select_for_update().get(id=payer)
            outcome = pool.submit(pay, payer)
            until(waits_for_a_lock)
            changed: dict[str, object] = {"status": status}
            if status == "CLOSED":
                changed |= {"mobile": None, "closed_at": "2026-01-01T00:00:00Z"}
            Customer.objects.filter(id=payer).update(**changed)
        assert outcome.result(60) == code
    assert not Transaction.objects.exists()
