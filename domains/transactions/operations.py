"""Recording transactions that happened elsewhere. Those that happen here have a life of their own."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from django.db import models, transaction

from domains.audit.operations import Change, record_change
from domains.customers.operations import require_open_customer
from domains.demat.queries import require_holder
from domains.kernel.actor import Actor
from domains.kernel.clock import now
from domains.kernel.failures import Conflict, Invalid
from domains.kernel.identifiers import mask_bank_account, new_id, parse_bank_account
from domains.kernel.money import Money, parse_currency
from domains.kernel.numbers import require_exact
from domains.kernel.text import tidy_line
from domains.transactions.models import (
    Channel,
    Direction,
    Transaction,
    TransactionEvent,
    TransactionKind,
    TransactionStatus,
)
from domains.vault.sealing import sealed_columns

TABLE = "transactions_transaction"
NARRATION_LENGTH_MAX = 500
Word = TypeVar("Word", bound=models.TextChoices)


class InvalidTransaction(Invalid):
    """A part that a transaction can't have; `path` names it."""

    code = "INVALID_TRANSACTION"


class TransactionDiffers(Conflict):
    """The source told this transaction before, with another amount, currency or direction."""

    code = "TRANSACTION_DIFFERS"

    def __init__(self) -> None:
        super().__init__("This transaction is known with another amount.", path=("sourceReference",))


@transaction.atomic
def record_transaction(
    *,
    actor: Actor,
    customer_id: UUID,
    source: str,
    source_reference: str,
    kind: str,
    direction: str,
    amount: Decimal,
    currency: str,
    occurred_at: datetime,
    channel: str = "OTHER",
    value_date: date | None = None,
    demat_account_id: UUID | None = None,
    security_id: UUID | None = None,
    quantity: Decimal | None = None,
    price: Decimal | None = None,
    counterparty_account: str | None = None,
    narration: str = "",
) -> tuple[UUID, bool]:
    """Record a settled transaction that a source tells; return its id and whether it is new.

    A transaction is known by customer, source and the source's reference: told again it changes nothing, told
    with another amount it raises TransactionDiffers. Also raises InvalidTransaction, InvalidCurrency,
    InvalidNumber, InvalidBankAccount, CustomerNotFound, CustomerClosed or DematAccountNotHeld.
    """
    new, money = new_id(), _parse_money(amount, currency)
    told = Transaction(
        id=new,
        reference=f"TX{new.hex.upper()}",
        customer_id=customer_id,
        kind=_parse_word(TransactionKind, kind, "kind"),
        direction=_parse_word(Direction, direction, "direction"),
        channel=_parse_word(Channel, channel, "channel"),
        status=TransactionStatus.SETTLED,
        amount=money.amount,
        currency=money.currency,
        demat_account_id=demat_account_id,
        security_id=security_id,
        quantity=_parse_number(quantity, places=6, field="quantity"),
        price=_parse_number(price, places=4, field="price"),
        narration=_parse_line(narration, "narration", NARRATION_LENGTH_MAX) if narration else "",
        source=_parse_line(source, "source", 100),
        source_reference=_parse_line(source_reference, "sourceReference", 200),
        value_date=value_date,
        settled_at=occurred_at,
        created_at=occurred_at,
        updated_at=now(),
        **_sealed_account(counterparty_account, pk=new),
    )
    require_open_customer(customer_id)
    known = _known(told)
    if known is not None:
        return known.id, False
    if demat_account_id:
        require_holder(customer_id=customer_id, account_id=demat_account_id)
    _append(told, actor)
    return told.id, True


def _known(told: Transaction) -> Transaction | None:
    known = Transaction.objects.filter(
        customer_id=told.customer_id, source=told.source, source_reference=told.source_reference
    ).first()
    if known is not None and (known.amount, known.currency, known.direction) != (
        told.amount,
        told.currency,
        told.direction,
    ):
        raise TransactionDiffers
    return known


def _append(told: Transaction, actor: Actor) -> None:
    told.save(force_insert=True)
    TransactionEvent.objects.create(
        transaction=told,
        to_status=told.status,
        cause=f"told by {told.source}",
        actor_kind=actor.kind,
        actor_id=actor.id,
    )
    changes = [
        Change(TABLE, told.id, "status", None, told.status, in_clear=True),
        Change(TABLE, told.id, "amount", None, told.amount),
    ]
    subjects = [told.customer_id]
    record_change(actor=actor, operation_name="record_transaction", subjects=subjects, changes=changes)


def _parse_money(amount: Decimal, currency: str) -> Money:
    money = Money(amount, parse_currency(currency, path=("currency",)))
    if money.amount <= 0:
        raise InvalidTransaction("An amount is above zero; the direction tells its way.", path=("amount",))
    return money


def _parse_word(words: type[Word], text: str, field: str) -> Word:
    try:
        return words(text)
    except ValueError:
        raise InvalidTransaction("This is not one of the words that stand here.", path=(field,)) from None


def _parse_number(number: Decimal | None, *, places: int, field: str) -> Decimal | None:
    if number is not None and require_exact(number, digits=20, places=places, path=(field,)) < 0:
        raise InvalidTransaction("This is not below zero; the direction tells the way.", path=(field,))
    return number


def _parse_line(text: str, field: str, length_max: int) -> str:
    line = tidy_line(text, length_max=length_max)
    if line is None:
        raise InvalidTransaction(f"This has 1 to {length_max} printable characters.", path=(field,))
    return line


def _sealed_account(number: str | None, *, pk: UUID) -> dict[str, Any]:
    account = number and parse_bank_account(number, path=("counterpartyAccount",))
    return sealed_columns(
        table=TABLE, column="counterparty_account", pk=pk, value=account or None, mask=mask_bank_account
    )
