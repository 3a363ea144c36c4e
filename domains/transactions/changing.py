"""What may still be done to a transaction that was begun: cancel, retry, reverse, each where its state allows."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from domains.audit.operations import Change, record_change
from domains.customers.operations import require_open_customer
from domains.jobs.operations import release_by_key
from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.kernel.money import Currency, Money
from domains.kernel.violations import refused_as
from domains.transactions.beginning import DISPATCH, TABLE, begin, dispatch_soon
from domains.transactions.models import (
    Channel,
    Direction,
    NextAction,
    Transaction,
    TransactionKind,
    TransactionStatus,
)
from domains.transactions.moving import StateForbids, TransactionNotFound, locked, move
from domains.transactions.permission import ON_BEHALF, customer_for
from domains.transactions.states import ENDED, NOT_DONE, NOT_SENT

REVERSIBLE_FOR = timedelta(days=30)
REVERSIBLE = (TransactionKind.PAYMENT, TransactionKind.TRANSFER)


class ReversedAlready(StateForbids):
    """Its money was returned, or is on its way back."""

    code = "REVERSED_ALREADY"

    def __init__(self) -> None:
        super().__init__("Its money is on its way back already.", path=("id",))


@transaction.atomic
def cancel(*, actor: Actor, transaction_id: UUID) -> UUID:
    """Cancel a transaction that was not sent yet, and return its id.

    What was sent may have been done, so it can't be cancelled any more. Raises TransactionNotFound or
    StateForbids.
    """
    cancelled = _locked(actor, transaction_id)
    if cancelled.status not in NOT_SENT or cancelled.source:
        raise StateForbids(
            f"It is {cancelled.status}: only what was not sent yet can be cancelled.", path=("id",)
        )
    before = cancelled.status
    move(cancelled, TransactionStatus.CANCELLED, cause="cancelled on request", actor=actor)
    _tell(actor, "cancel", cancelled, before)
    return cancelled.id


@transaction.atomic
def retry(*, actor: Actor, transaction_id: UUID) -> UUID:
    """Do now what is due next for a transaction that is not over, also if its job was parked; return its id.

    It never sends what may have been done: then the next step is to ask. Raises TransactionNotFound or
    StateForbids.
    """
    retried = _locked(actor, transaction_id)
    if retried.status in ENDED or retried.source:
        raise StateForbids(f"It is {retried.status}: nothing is due. Begin a new one.", path=("id",))
    release_by_key(kind=DISPATCH, key=str(retried.id))
    dispatch_soon(retried.id)
    action = NextAction(retried.next_action or NextAction.SEND)
    status = TransactionStatus(retried.status)
    move(retried, status, cause="", next_action=action, next_at=now())
    _tell(actor, "retry", retried, status)
    return retried.id


@refused_as({"transaction_reversed_once": ReversedAlready})
@transaction.atomic
def reverse(*, actor: Actor, transaction_id: UUID, narration: str = "") -> UUID:
    """Begin the return of a settled payment by who carried it, and return the new transaction's id.

    The payment is REVERSED when the return is settled. Raises TransactionNotFound, StateForbids,
    ReversedAlready, CustomerClosed or InvalidOrder.
    """
    original = Transaction.objects.filter(id=transaction_id).first()
    if original is None:
        raise TransactionNotFound
    owner = customer_for(actor=actor, customer_id=original.customer_id)
    require_open_customer(owner)  # to whom is frozen money may come back
    original = _locked(actor, transaction_id)
    if original.kind not in REVERSIBLE or original.reverses_id is not None or original.source:
        raise StateForbids("Only payments and transfers made here can be reversed.", path=("id",))
    if original.status != TransactionStatus.SETTLED or original.settled_at is None:
        raise StateForbids(f"It is {original.status}: only what is settled can be reversed.", path=("id",))
    if original.settled_at < now() - REVERSIBLE_FOR:
        raise StateForbids(
            f"It was settled more than {REVERSIBLE_FOR.days} days ago: ask for a new payment.", path=("id",)
        )
    # Asked, not left to the index that holds it: an insertion would wait there for whoever settles the first
    # return, and they wait for the original.
    if Transaction.objects.filter(reverses=original).exclude(status__in=NOT_DONE).exists():
        raise ReversedAlready
    return begin(
        actor=actor,
        operation_name="reverse",
        customer_id=owner,
        kind=TransactionKind(original.kind),
        direction=Direction.CREDIT,
        channel=Channel(original.channel),
        money=Money(original.amount, Currency(original.currency)),
        narration=narration,
        within_limits=False,
        reverses_id=original.id,
    )


def _locked(actor: Actor, transaction_id: UUID) -> Transaction:
    """Return the transaction, locked, if the actor may act for its customer."""
    found = locked(transaction_id)
    if found.customer_id != actor.customer_id and not actor.roles & ON_BEHALF:
        raise TransactionNotFound
    return found


def _tell(actor: Actor, operation_name: str, changed: Transaction, before: str) -> None:
    change = Change(TABLE, changed.id, "status", before, changed.status, in_clear=True)
    record_change(
        actor=actor, operation_name=operation_name, subjects=[changed.customer_id], changes=[change]
    )
