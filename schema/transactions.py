"""Transactions: the type, the states that they went through, and the attempts made with providers."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from domains.transactions import models
from gateway.classification import Classification as C
from gateway.connections import Connection
from gateway.declaration import (
    argument,
    column,
    embedded,
    entity,
    global_id,
    listing,
    lookup,
    sealed,
    to_many,
    to_one,
)
from gateway.filters import DateTimeLookup, DecimalLookup, EnumLookup, SortDirection, TextLookup, filter_on
from gateway.scalars import Date, DateTime, ExactDecimal
from schema.demat import DematAccount
from schema.money import Currency, Money
from schema.node import Node
from schema.portfolios import Security
from schema.providers import Provider
from schema.words import ActorKind, Outcome

if TYPE_CHECKING:
    from schema.customers import Customer

TransactionKind = models.TransactionKind
strawberry.enum(TransactionKind, name="TransactionKind", description="What is done.")
TransactionDirection = models.Direction
strawberry.enum(
    TransactionDirection,
    name="TransactionDirection",
    description="Which way the money goes, seen from the customer.",
)
Channel = models.Channel
strawberry.enum(Channel, name="Channel", description="The way that the money takes.")
TransactionStatus = models.TransactionStatus
strawberry.enum(TransactionStatus, name="TransactionStatus", description="Where a transaction stands.")


@entity(
    models.Transaction,
    name="Transaction",
    description="One movement of a customer's money, with what it was for.",
    subject="customer_id",
)
class Transaction(Node):
    """One movement of a customer's money, with what it was for."""

    id: strawberry.ID = global_id()
    reference: str | None = column(C.FINANCIAL, "Our reference; providers get it as their idempotency key.")
    kind: TransactionKind = column(C.PUBLIC, "What is done.")
    direction: TransactionDirection = column(C.PUBLIC, "Which way the money goes.")
    channel: Channel = column(C.PUBLIC, "The way that it takes.")
    status: TransactionStatus = column(C.PUBLIC, "Where it stands.")
    amount: Money | None = embedded(C.FINANCIAL, "How much.", value="amount", currency="currency")
    quantity: ExactDecimal | None = column(C.FINANCIAL, "How many units, if it is of units.")
    price: ExactDecimal | None = column(C.FINANCIAL, "The price of one unit.")
    counterparty_account: str | None = sealed(C.FINANCIAL, "The account on the other side.")
    narration: str | None = column(C.PERSONAL, "The text that came with it.")
    value_date: Date | None = column(C.PUBLIC, "The day from which the money counts.")
    settled_at: DateTime | None = column(C.PUBLIC, "When it was settled.")
    version: int = column(C.PUBLIC, "Rises with each change.")
    created_at: DateTime = column(C.PUBLIC, "When it was made, or when its source says so.")
    updated_at: DateTime = column(C.PUBLIC, "When it was last changed.")
    customer: Annotated["Customer", strawberry.lazy("schema.customers")] | None = to_one(
        C.PUBLIC, "Whose transaction it is."
    )
    demat_account: DematAccount | None = to_one(C.PUBLIC, "The demat account that it moves units of.")
    security: Security | None = to_one(C.FINANCIAL, "The security that it moves units of.")
    events: Connection[Annotated["TransactionEvent", strawberry.lazy("schema.transactions")]] = to_many(
        C.PUBLIC, "The states that it went through, first to last.", order="recorded_at"
    )
    attempts: Connection[Annotated["Attempt", strawberry.lazy("schema.transactions")]] = to_many(
        C.PUBLIC, "The calls made to providers for it, first to last.", order="number"
    )


@entity(
    models.TransactionEvent,
    name="TransactionEvent",
    description="One change of a transaction's state.",
    subject="transaction__customer_id",
)
class TransactionEvent(Node):
    """One change of a transaction's state."""

    id: strawberry.ID = global_id()
    from_status: TransactionStatus | None = column(C.PUBLIC, "The state before; none for the first.")
    to_status: TransactionStatus = column(C.PUBLIC, "The state after.")
    cause: str = column(C.PUBLIC, "Why it changed.")
    actor_kind: ActorKind = column(C.PUBLIC, "What kind of principal changed it.")
    recorded_at: DateTime = column(C.PUBLIC, "When it changed.")
    transaction: Transaction | None = to_one(C.PUBLIC, "What changed.")


@entity(
    models.Attempt,
    name="Attempt",
    description="One call to one provider for one transaction.",
    subject="transaction__customer_id",
)
class Attempt(Node):
    """One call to one provider for one transaction."""

    id: strawberry.ID = global_id()
    number: int = column(C.PUBLIC, "1 for the first.")
    outcome: Outcome | None = column(C.PUBLIC, "What it came to; null while it is on its way.")
    raw_code: str = column(C.PUBLIC, "The provider's own code.")
    iso_code: str = column(C.PUBLIC, "The ISO 20022 code that it means.")
    sent_at: DateTime | None = column(C.PUBLIC, "When it was sent.")
    answered_at: DateTime | None = column(C.PUBLIC, "When it was answered.")
    created_at: DateTime = column(C.PUBLIC, "When it was begun.")
    provider: Provider | None = to_one(C.PUBLIC, "Who was called.")
    transaction: Transaction | None = to_one(C.PUBLIC, "For what.")


@strawberry.input(description="Which transactions; all conditions must hold.")
class TransactionFilter:
    """Which transactions; all conditions must hold."""

    status: EnumLookup[TransactionStatus] | None = filter_on("By where they stand.")
    kind: EnumLookup[TransactionKind] | None = filter_on("By what is done.")
    channel: EnumLookup[Channel] | None = filter_on("By the way that the money takes.")
    direction: EnumLookup[TransactionDirection] | None = filter_on("By which way the money goes.")
    currency: EnumLookup[Currency] | None = filter_on("By currency.", coordinate="Transaction.amount")
    amount: DecimalLookup | None = filter_on("By amount.")
    reference: TextLookup | None = filter_on("By our reference.")
    created_at: DateTimeLookup | None = filter_on("By when they were made.")
    and_: list["TransactionFilter"] | None = strawberry.field(
        name="and", default=strawberry.UNSET, description="All of these."
    )
    or_: list["TransactionFilter"] | None = strawberry.field(
        name="or", default=strawberry.UNSET, description="At least one of these."
    )
    not_: "TransactionFilter | None" = strawberry.field(
        name="not", default=strawberry.UNSET, description="Not this."
    )


@strawberry.enum(description="What transactions can be ordered by.")
class TransactionOrderField(Enum):
    """What transactions can be ordered by: the column."""

    CREATED_AT = "created_at"
    AMOUNT = "amount"


@strawberry.input(description="The order of transactions.")
class TransactionOrder:
    """The order of transactions."""

    field: TransactionOrderField = strawberry.field(description="What to order by.")
    direction: SortDirection = strawberry.field(
        default=SortDirection.ASC, description="Which end comes first."
    )


@strawberry.type
class TransactionQueries:
    """Ways in to transactions."""

    transaction: Transaction | None = lookup(
        "The transaction of a reference.", arguments={"reference": argument(str, "Our reference.")}
    )
    transactions: Connection[Transaction] = listing(
        "Transactions, newest first.",
        order="-created_at",
        filter=TransactionFilter,
        order_by=TransactionOrder,
    )
