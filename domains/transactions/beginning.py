"""What every transaction begins with: itself, its first event and its job are committed together."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from domains.audit.operations import Change, change_row
from domains.jobs.engine import promise
from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.kernel.failures import Invalid
from domains.kernel.identifiers import new_id
from domains.kernel.money import Currency, Money
from domains.kernel.prepared import Answer, Asked, ask, store
from domains.kernel.rows import Row, new_row
from domains.kernel.text import tidy_line
from domains.transactions.deadlines import must_end_by
from domains.transactions.limits import limits_asked, require_within_limits
from domains.transactions.models import (
    Channel,
    Direction,
    NextAction,
    Transaction,
    TransactionKind,
    TransactionStatus,
)
from domains.transactions.moving import event_row
from domains.transactions.subscriptions import subscribers_asked, tell_subscribers

TABLE = "transactions_transaction"
DISPATCH = "transactions.dispatch"
NARRATION_LENGTH_MAX = 500


class InvalidOrder(Invalid):
    """A part that a transaction can't have; `path` names it."""

    code = "INVALID_ORDER"


def beginning_asked(*, customer_id: UUID, channel: Channel, currency: Currency) -> list[Asked]:
    """Return what must be known to begin a transaction of a locked customer."""
    return [
        *limits_asked(customer_id=customer_id, channel=channel, currency=currency),
        subscribers_asked(customer_id),
    ]


def begin(
    *,
    actor: Actor,
    operation_name: str,
    customer_id: UUID,
    kind: TransactionKind,
    direction: Direction,
    channel: Channel,
    money: Money,
    narration: str = "",
    answers: Sequence[Answer] | None = None,
    key: UUID | None = None,
    within_limits: bool = True,
    **columns: Any,
) -> UUID:
    """Store a transaction that the program will carry out, inside the caller's database transaction.

    Return its id. The customer must be locked. `answers` are to `beginning_asked`; without them it is asked here.
    Whatever is refused is refused before anything is written. Raises InvalidOrder or LimitExceeded.
    """
    if money.amount <= 0:
        raise InvalidOrder("An amount is above zero.", path=("amount",))
    *limits, subscribers = answers or ask(
        *beginning_asked(customer_id=customer_id, channel=channel, currency=money.currency)
    )
    if within_limits:
        require_within_limits(limits, channel=channel, amount=money.amount, currency=money.currency)
    new, moment = key or new_id(), now()
    begun = new_row(
        Transaction,
        id=new,
        reference=f"TX{new.hex.upper()}",
        customer_id=customer_id,
        kind=kind,
        direction=direction,
        channel=channel,
        status=TransactionStatus.INITIATED,
        amount=money.amount,
        currency=money.currency,
        narration=_line(narration),
        next_action=NextAction.SEND,
        next_at=moment,
        must_end_by=must_end_by(
            channel=channel, to_merchant=bool(columns.get("to_merchant")), begun_at=moment
        ),
        correlation_id=actor.correlation_id,
        created_at=moment,
        updated_at=moment,
        **columns,
    )
    changes = [
        Change(TABLE, new, "status", None, TransactionStatus.INITIATED, in_clear=True),
        Change(TABLE, new, "amount", None, money.amount),
    ]
    event_id, event = event_row(
        new, before=None, status=TransactionStatus.INITIATED, cause=operation_name, actor=actor
    )
    store(
        begun,
        event,
        change_row(actor=actor, operation_name=operation_name, subjects=[customer_id], changes=changes),
        _dispatch_row(new),
    )
    tell_subscribers(event_id, subscribers)
    return new


def dispatch_soon(transaction_id: UUID, *, at: datetime | None = None) -> None:
    """Promise that the program looks after a transaction, now or at a moment."""
    store(_dispatch_row(transaction_id, at=at))


def _dispatch_row(transaction_id: UUID, *, at: datetime | None = None) -> Row:
    key = str(transaction_id)
    return promise(kind=DISPATCH, key=key, payload={"transaction_id": key}, run_at=at)


def _line(text: str) -> str:
    line = "" if text == "" else tidy_line(text, length_max=NARRATION_LENGTH_MAX)
    if line is None:
        raise InvalidOrder(
            f"A narration has at most {NARRATION_LENGTH_MAX} printable characters.", path=("narration",)
        )
    return line
