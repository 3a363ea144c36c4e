"""Transactions that are carried out by the sandbox, over real HTTP, one step of the worker at a time."""

import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from banking_project.jobs import HANDLERS
from domains.jobs.engine import work_one
from domains.jobs.models import Job
from domains.kernel.actor import Actor, ActorKind
from domains.kernel.identifiers import new_id
from domains.providers.models import Provider
from domains.providers.operations import register_provider
from domains.transactions import dispatch
from domains.transactions.models import Transaction
from domains.transactions.payments import initiate_payment
from tests.conftest import Sandbox
from tests.people import verify

KEY = "key-of-the-sandbox"


@pytest.fixture
def customer(owner_id: UUID) -> Actor:
    """Return the owner as one who is signed in, with a KYC that holds today."""
    verify(owner_id)
    return Actor(kind=ActorKind.USER, id=new_id(), customer_id=owner_id, roles=frozenset({"customer"}))


def register(
    sandbox: Sandbox, code: str, *, capability: str, adapter: str, place: str, priority: int
) -> UUID:
    provider_id = register_provider(
        actor=Actor.system("test"),
        code=code,
        name=code,
        capability=capability,
        adapter=adapter,
        base_url=f"{sandbox.url}/{place}/",
        priority=priority,
        credentials={"api_key": KEY},
    )
    Provider.objects.filter(id=provider_id).update(
        connect_timeout_ms=700, read_timeout_ms=700, total_timeout_ms=1500
    )
    return provider_id


@pytest.fixture
def rail(db: None, sandbox: Sandbox) -> str:
    """Return the code of a rail at a place of the sandbox that nobody has used before."""
    place = f"rail/{new_id().hex}"
    register(sandbox, "first", capability="PAYMENT_RAIL", adapter="sandbox_rail", place=place, priority=1)
    return place


@pytest.fixture
def second_rail(rail: str, sandbox: Sandbox) -> str:
    place = f"rail/{new_id().hex}"
    register(sandbox, "second", capability="PAYMENT_RAIL", adapter="sandbox_rail", place=place, priority=2)
    return place


@pytest.fixture
def venue(db: None, sandbox: Sandbox) -> str:
    place = f"venue/{new_id().hex}"
    register(sandbox, "venue", capability="ORDER_VENUE", adapter="sandbox_venue", place=place, priority=1)
    return place


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let instructions expire soon, so that a test need not wait for the window."""
    monkeypatch.setattr(dispatch, "EXPIRES_AFTER", timedelta(seconds=2))
    monkeypatch.setattr(dispatch, "SEND_WITHIN", timedelta(seconds=1))


Pay = Callable[..., UUID]


@pytest.fixture
def pay(customer: Actor) -> Pay:
    """Return what begins a payment of the customer by UPI; keywords replace its parts."""

    def begin(**given: object) -> UUID:
        parts: dict[str, object] = {"channel": "UPI", "amount": Decimal("250.00"), "vpa": "shop@okbank"}
        return initiate_payment(actor=customer, **(parts | given))  # type: ignore[arg-type]

    return begin


def work(*, until: Callable[[], bool], within_s: float = 60.0) -> None:
    """Do jobs as they fall due until a condition holds."""
    deadline = time.monotonic() + within_s
    while not until():
        assert time.monotonic() < deadline, list(Job.objects.values("kind", "state", "due_at", "failure"))
        if not work_one(HANDLERS):
            time.sleep(0.02)


def ended(transaction_id: UUID) -> Callable[[], bool]:
    return lambda: Transaction.objects.get(id=transaction_id).ended_at is not None


def in_state(transaction_id: UUID, *states: str) -> Callable[[], bool]:
    return lambda: Transaction.objects.get(id=transaction_id).status in states


def story(transaction_id: UUID) -> list[str]:
    """Return the states that a transaction went through."""
    told = Transaction.objects.get(id=transaction_id)
    return list(told.events.order_by("recorded_at", "id").values_list("to_status", flat=True))


def attempts(transaction_id: UUID) -> list[tuple[str, str | None]]:
    """Return the attempts as (provider, outcome)."""
    told = Transaction.objects.get(id=transaction_id)
    return list(told.attempts.order_by("number").values_list("provider__code", "outcome"))
