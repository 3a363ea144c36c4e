"""Transactions: the type, the states that they went through, and the attempts made with providers."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from domains.kernel.clock import now
from domains.providers.meanings import iso_codes
from domains.transactions import models
from domains.transactions.deadlines import compensation
from domains.transactions.states import ISO_STATUS
from gateway.classification import Classification as C
from gateway.connections import Connection
from gateway.declaration import (
    argument,
    batch,
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
from gateway.filters import (
    DateTimeLookup,
    DecimalLookup,
    EnumLookup,
    SortDirection,
    TextLookup,
    filter_input,
    filter_on,
)
from gateway.scalars import Date, DateTime, ExactDecimal
from schema.demat import DematAccount
from schema.money import Currency, Money
from schema.node import Node
from schema.portfolios import Security
from schema.providers import Provider, ProviderExchange
from schema.words import ActorKind, Outcome

if TYPE_CHECKING:
    from schema.cases import Case
    from schema.customers import Customer


def iso_statuses(rows: Sequence[tuple[Any, ...]]) -> list[str]:
    """Return ISO 20022's names of states."""
    return [ISO_STATUS[models.TransactionStatus(status)] for (status,) in rows]


def iso_meanings(rows: Sequence[tuple[Any, ...]]) -> list[str | None]:
    """Return ISO 20022's definitions of reason codes."""
    return [iso_codes().get(code) for (code,) in rows]


def compensations(rows: Sequence[tuple[Any, ...]]) -> list[str]:
    """Return what is owed now, for each last day and end."""
    moment = now()
    return [
        str(
            compensation(
                must_end_by=None if day is None else date.fromisoformat(day),
                ended_at=None if ended is None else datetime.fromisoformat(ended),
                moment=moment,
            )
        )
        for day, ended in rows
    ]


NextAction = models.NextAction
strawberry.enum(NextAction, name="NextAction", description="What the program does next of its own accord.")
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
    iso_status: str | None = batch(
        C.PUBLIC, "What ISO 20022 calls its state.", columns=("status",), compute=iso_statuses
    )
    amount: Money | None = embedded(C.FINANCIAL, "How much.", value="amount", currency="currency")
    quantity: ExactDecimal | None = column(C.FINANCIAL, "How many units, if it is of units.")
    price: ExactDecimal | None = column(C.FINANCIAL, "The price of one unit.")
    counterparty_account: str | None = sealed(C.FINANCIAL, "The account on the other side.")
    narration: str | None = column(C.PERSONAL, "The text that came with it.")
    value_date: Date | None = column(C.PUBLIC, "The day from which the money counts.")
    settled_at: DateTime | None = column(C.PUBLIC, "When it was settled.")
    counterparty_ifsc: str | None = column(
        C.FINANCIAL, "The branch on the other side, empty if there is none."
    )
    to_merchant: bool = column(C.PUBLIC, "Whether it goes to a merchant.")
    next_action: NextAction | None = column(C.PUBLIC, "What the program does next; null when nothing is due.")
    next_at: DateTime | None = column(C.PUBLIC, "When it does so.")
    must_end_by: Date | None = column(
        C.PUBLIC, "The last day on which it may be open: after it the customer is compensated (RBI, TAT)."
    )
    compensation: ExactDecimal | None = batch(
        C.FINANCIAL,
        "What the customer is owed for the delay so far, in rupees: so much for each day after the last one.",
        columns=("must_end_by", "ended_at"),
        compute=compensations,
    )
    ended_at: DateTime | None = column(C.PUBLIC, "When it came to its end, whichever.")
    version: int = column(C.PUBLIC, "Rises with each change.")
    created_at: DateTime = column(C.PUBLIC, "When it was made, or when its source says so.")
    updated_at: DateTime = column(C.PUBLIC, "When it was last changed.")
    customer: Annotated["Customer", strawberry.lazy("schema.customers")] | None = to_one(
        C.PUBLIC, "Whose transaction it is."
    )
    demat_account: DematAccount | None = to_one(C.PUBLIC, "The demat account that it moves units of.")
    security: Security | None = to_one(C.FINANCIAL, "The security that it moves units of.")
    reverses: Annotated["Transaction", strawberry.lazy("schema.transactions")] | None = to_one(
        C.PUBLIC, "The payment that this one returns."
    )
    reversals: Connection[Annotated["Transaction", strawberry.lazy("schema.transactions")]] = to_many(
        C.PUBLIC, "The returns of this payment, refused ones too.", order="created_at"
    )
    cases: Connection[Annotated["Case", strawberry.lazy("schema.cases")]] = to_many(
        C.PUBLIC, "What did not tie out about it.", order="-opened_at"
    )
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
    iso_meaning: str | None = batch(
        C.PUBLIC, "ISO 20022's definition of the code.", columns=("iso_code",), compute=iso_meanings
    )
    message: str = column(C.PUBLIC, "What it means, in a sentence.")
    provider_reference: str | None = column(C.FINANCIAL, "The provider's own reference.")
    latency_ms: int | None = column(C.PUBLIC, "How long the answer took, in milliseconds.")
    expires_at: DateTime | None = column(C.PUBLIC, "After this the provider must not do it any more.")
    asked_count: int = column(C.PUBLIC, "How often its status was asked for.")
    asked_at: DateTime | None = column(C.PUBLIC, "When its status was last asked for.")
    sent_at: DateTime | None = column(C.PUBLIC, "When it was sent.")
    answered_at: DateTime | None = column(C.PUBLIC, "When it was answered.")
    created_at: DateTime = column(C.PUBLIC, "When it was begun.")
    exchange: ProviderExchange | None = to_one(C.PUBLIC, "The request and its answer, masked.")
    provider: Provider | None = to_one(C.PUBLIC, "Who was called.")
    transaction: Transaction | None = to_one(C.PUBLIC, "For what.")


@filter_input(description="Which transactions; all conditions must hold.")
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
    next_at: DateTimeLookup | None = filter_on("By when something is due.")


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
