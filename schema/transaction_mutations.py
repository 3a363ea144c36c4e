"""What can be begun and done: payments, transfers, orders; cancelling, retrying, reversing them."""

from enum import Enum
from uuid import UUID

import strawberry

from domains.kernel.actor import Actor
from domains.transactions import changing, orders, payments
from gateway.declaration import operation
from gateway.scalars import ExactDecimal
from schema.global_ids import key_of
from schema.refusals import Problem, refusals_as
from schema.transactions import Transaction

CUSTOMER = "The customer's global id; you yourself when it is left out."
NARRATION = "A text for the other side."

# Where in an input stands what the domains call by another name.
BY_WHOM = {"id": "customerId"}
ORDERED = BY_WHOM | {"securityId": "isin", "dematAccountId": "portfolioId", "units": "quantity"}
FUND_ORDERED = BY_WHOM | {"securityId": "isin", "dematAccountId": "portfolioId", "quantity": "units"}


@strawberry.enum(description="A payment rail.")
class Rail(Enum):
    """A payment rail."""

    UPI = "UPI"
    IMPS = "IMPS"
    NEFT = "NEFT"
    RTGS = "RTGS"


@strawberry.enum(description="What is ordered of a security.")
class OrderKind(Enum):
    """What is ordered of a security."""

    BUY = "BUY"
    SELL = "SELL"


@strawberry.enum(description="What is ordered of a fund.")
class FundOrderKind(Enum):
    """What is ordered of a fund."""

    PURCHASE = "PURCHASE"
    REDEMPTION = "REDEMPTION"


@strawberry.type(description="A transaction that was begun or changed, or what was wrong.")
class TransactionPayload:
    """A transaction that was begun or changed, or what was wrong."""

    transaction: Transaction | None = strawberry.field(
        default=None, description="The transaction; null when refused."
    )
    problems: list[Problem] = strawberry.field(
        default_factory=list, description="Why it was refused; empty when it was done."
    )


@strawberry.input(description="A payment.")
class InitiatePaymentInput:
    """A payment."""

    channel: Rail = strawberry.field(description="The rail that it goes by.")
    amount: ExactDecimal = strawberry.field(description="How much, above zero.")
    currency: str = strawberry.field(default="INR", description="ISO 4217; the rails carry INR.")
    customer_id: strawberry.ID | None = strawberry.field(default=None, description=CUSTOMER)
    vpa: str | None = strawberry.field(default=None, description="The UPI address, for UPI.")
    account: str | None = strawberry.field(default=None, description="The account, for the other rails.")
    ifsc: str | None = strawberry.field(default=None, description="Its branch, for the other rails.")
    to_merchant: bool = strawberry.field(default=False, description="Whether it goes to a merchant.")
    narration: str = strawberry.field(default="", description=NARRATION)


@strawberry.input(description="A transfer; the rail is chosen by the amount.")
class TransferInput:
    """A transfer; the rail is chosen by the amount."""

    amount: ExactDecimal = strawberry.field(description="How much, above zero.")
    account: str = strawberry.field(description="The account that it goes to.")
    ifsc: str = strawberry.field(description="The account's branch.")
    currency: str = strawberry.field(default="INR", description="ISO 4217; the rails carry INR.")
    customer_id: strawberry.ID | None = strawberry.field(default=None, description=CUSTOMER)
    narration: str = strawberry.field(default="", description=NARRATION)


@strawberry.input(description="An order to buy or sell a security.")
class PlaceOrderInput:
    """An order to buy or sell a security."""

    kind: OrderKind = strawberry.field(description="Buy or sell.")
    portfolio_id: strawberry.ID = strawberry.field(description="The portfolio; it must have a demat account.")
    isin: str = strawberry.field(description="The security.")
    quantity: ExactDecimal = strawberry.field(description="How many, whole units.")
    price: ExactDecimal = strawberry.field(description="For how much each.")
    customer_id: strawberry.ID | None = strawberry.field(default=None, description=CUSTOMER)


@strawberry.input(description="An order to buy units of a fund for an amount, or to redeem units.")
class PlaceFundOrderInput:
    """An order to buy units of a fund for an amount, or to redeem units."""

    kind: FundOrderKind = strawberry.field(description="Purchase or redemption.")
    portfolio_id: strawberry.ID = strawberry.field(description="The portfolio.")
    isin: str = strawberry.field(description="The fund.")
    amount: ExactDecimal | None = strawberry.field(default=None, description="For how much, of a purchase.")
    units: ExactDecimal | None = strawberry.field(default=None, description="How many, of a redemption.")
    folio: str = strawberry.field(default="", description="The folio; empty for the only one.")
    customer_id: strawberry.ID | None = strawberry.field(default=None, description=CUSTOMER)


@strawberry.input(description="A transaction to change.")
class TransactionInput:
    """A transaction to change."""

    id: strawberry.ID = strawberry.field(description="The transaction's global id.")


@refusals_as(TransactionPayload, places=BY_WHOM)
def initiate_payment(actor: Actor, input: InitiatePaymentInput) -> TransactionPayload:
    """Begin a payment."""
    begun = payments.initiate_payment(
        actor=actor,
        channel=input.channel.value,
        amount=input.amount,
        currency=input.currency,
        customer_id=_customer(input.customer_id),
        account=input.account,
        ifsc=input.ifsc,
        vpa=input.vpa,
        to_merchant=input.to_merchant,
        narration=input.narration,
    )
    return _done(begun)


@refusals_as(TransactionPayload, places=BY_WHOM)
def transfer(actor: Actor, input: TransferInput) -> TransactionPayload:
    """Begin a transfer."""
    begun = payments.transfer(
        actor=actor,
        amount=input.amount,
        currency=input.currency,
        customer_id=_customer(input.customer_id),
        account=input.account,
        ifsc=input.ifsc,
        narration=input.narration,
    )
    return _done(begun)


@refusals_as(TransactionPayload, places=ORDERED)
def place_order(actor: Actor, input: PlaceOrderInput) -> TransactionPayload:
    """Begin an order for a security."""
    begun = orders.place_order(
        actor=actor,
        kind=input.kind.value,
        portfolio_id=key_of(input.portfolio_id, entity="Portfolio", path=("portfolioId",)),
        isin=input.isin,
        quantity=input.quantity,
        price=input.price,
        customer_id=_customer(input.customer_id),
    )
    return _done(begun)


@refusals_as(TransactionPayload, places=FUND_ORDERED)
def place_fund_order(actor: Actor, input: PlaceFundOrderInput) -> TransactionPayload:
    """Begin an order for a fund."""
    begun = orders.place_fund_order(
        actor=actor,
        kind=input.kind.value,
        portfolio_id=key_of(input.portfolio_id, entity="Portfolio", path=("portfolioId",)),
        isin=input.isin,
        amount=input.amount,
        units=input.units,
        folio=input.folio,
        customer_id=_customer(input.customer_id),
    )
    return _done(begun)


@refusals_as(TransactionPayload)
def cancel(actor: Actor, input: TransactionInput) -> TransactionPayload:
    """Cancel what was not sent yet."""
    return _done(changing.cancel(actor=actor, transaction_id=_key(input)))


@refusals_as(TransactionPayload)
def retry(actor: Actor, input: TransactionInput) -> TransactionPayload:
    """Do now what is due next."""
    return _done(changing.retry(actor=actor, transaction_id=_key(input)))


@refusals_as(TransactionPayload)
def reverse(actor: Actor, input: TransactionInput) -> TransactionPayload:
    """Begin the return of a settled payment."""
    return _done(changing.reverse(actor=actor, transaction_id=_key(input)))


def _key(input: TransactionInput) -> UUID:
    return key_of(input.id, entity="Transaction", path=("id",))


def _customer(global_id: strawberry.ID | None) -> UUID | None:
    return None if global_id is None else key_of(global_id, entity="Customer", path=("customerId",))


def _done(key: UUID) -> TransactionPayload:
    return TransactionPayload(transaction=key)  # type: ignore[arg-type] # the gateway reads the entity by its key


@strawberry.type
class TransactionMutations:
    """Mutations of transactions."""

    initiate_payment: TransactionPayload | None = operation(
        "Begin a payment by a rail. It is accepted and durable when this answers; it is settled later.",
        run=initiate_payment,
        arguments={"input": InitiatePaymentInput},
        idempotent=True,
    )
    transfer: TransactionPayload | None = operation(
        "Begin a transfer; the rail is chosen by the amount.",
        run=transfer,
        arguments={"input": TransferInput},
        idempotent=True,
    )
    place_order: TransactionPayload | None = operation(
        "Begin an order to buy or sell a security.",
        run=place_order,
        arguments={"input": PlaceOrderInput},
        idempotent=True,
    )
    place_fund_order: TransactionPayload | None = operation(
        "Begin an order for units of a fund.",
        run=place_fund_order,
        arguments={"input": PlaceFundOrderInput},
        idempotent=True,
    )
    cancel_transaction: TransactionPayload | None = operation(
        "Cancel a transaction that was not sent yet.",
        run=cancel,
        arguments={"input": TransactionInput},
        idempotent=True,
    )
    retry_transaction: TransactionPayload | None = operation(
        "Do now what is due next for a transaction, also if its job was parked. Nothing is sent twice.",
        run=retry,
        arguments={"input": TransactionInput},
        idempotent=True,
    )
    reverse_transaction: TransactionPayload | None = operation(
        "Begin the return of a settled payment; answers the new transaction.",
        run=reverse,
        arguments={"input": TransactionInput},
        idempotent=True,
    )
