"""The one place where a transaction changes its state: checked, told as an event, with what is due next.

An end closes the cases that waited for it, in the same transaction.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import UUIDField

from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.kernel.failures import NotFound, Refused
from domains.kernel.identifiers import new_id
from domains.kernel.prepared import Records, Slot, ask, store
from domains.kernel.rows import Row, changed_row, new_row
from domains.transactions.cases import close_ended
from domains.transactions.models import NextAction, Transaction, TransactionEvent, TransactionStatus
from domains.transactions.states import ENDED, may_move
from domains.transactions.subscriptions import subscribers_asked, tell_subscribers

PROGRAM = Actor.system("dispatch of transactions")


class TransactionNotFound(NotFound):
    """There is no such transaction, or none that the actor may know of."""

    code = "TRANSACTION_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("There is no such transaction.", path=("id",))


class StateForbids(Refused):
    """The state that the transaction is in does not allow this."""

    code = "STATE_FORBIDS"


_LOCKED = Records(lambda: Transaction.objects.select_for_update().filter(id=Slot("id", UUIDField())))


def locked(transaction_id: UUID) -> Transaction:
    """Return the transaction, locked until the database transaction ends; raise TransactionNotFound."""
    found = _LOCKED.about(id=transaction_id)
    if not found:
        raise TransactionNotFound
    return found[0]


def move(
    moved: Transaction,
    target: TransactionStatus,
    *,
    cause: str,
    actor: Actor = PROGRAM,
    next_action: NextAction | None = None,
    next_at: datetime | None = None,
    along: Sequence[Row] = (),
) -> None:
    """Bring a locked transaction into another state, and say why; raise StateForbids where none leads there.

    Its present state is no change: then only what is due next is set. Rows that come `along` are stored with it.
    """
    before = moved.status
    if before != target and not may_move(before, target):
        raise StateForbids(f"What is {before} does not become {target}.", path=("id",))
    moment = now()
    moved.next_action, moved.next_at, moved.updated_at = next_action, next_at, moment
    changed = ["next_action", "next_at", "updated_at"]
    if before != target:
        moved.status, moved.version = target, moved.version + 1
        changed += ["status", "version"]
        if target == TransactionStatus.SETTLED:
            moved.settled_at = moment
            changed.append("settled_at")
        if target in ENDED and moved.ended_at is None:
            moved.ended_at = moment
            changed.append("ended_at")
    rows = [*along, changed_row(moved, *changed)]
    if before == target:
        store(*rows)
        return
    tell(moved, before=before, cause=cause, actor=actor, along=rows)
    if target in ENDED:
        close_ended(moved, actor=actor, cause=cause)


def tell(
    told: Transaction, *, before: str | None, cause: str, actor: Actor, along: Sequence[Row] = ()
) -> None:
    """Append the event of a state that a transaction came into, and promise it to subscribers."""
    event_id, event = event_row(told.id, before=before, status=told.status, cause=cause, actor=actor)
    (subscribers,) = ask(subscribers_asked(told.customer_id))
    store(*along, event)
    tell_subscribers(event_id, subscribers)


def event_row(
    transaction_id: UUID, *, before: str | None, status: str, cause: str, actor: Actor
) -> tuple[UUID, Row]:
    """Return the event of a state that a transaction came into, to be stored by the caller, and its id."""
    event_id = new_id()
    row = new_row(
        TransactionEvent,
        id=event_id,
        transaction_id=transaction_id,
        from_status=before,
        to_status=status,
        cause=cause,
        actor_kind=actor.kind,
        actor_id=actor.id,
    )
    return event_id, row
