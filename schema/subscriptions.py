"""Webhooks for subscribers: addresses that are told, what was delivered, and telling it again."""

import strawberry

from domains.kernel.actor import Actor
from domains.transactions import models, subscriptions
from gateway.classification import Classification as C
from gateway.connections import Connection
from gateway.declaration import column, entity, global_id, listing, operation, to_many, to_one
from gateway.filters import EnumLookup, filter_input, filter_on
from gateway.scalars import DateTime
from schema.global_ids import key_of
from schema.node import Node
from schema.refusals import Problem, refusals_as
from schema.transactions import TransactionEvent

DeliveryState = models.DeliveryState
strawberry.enum(DeliveryState, name="DeliveryState", description="Where the telling of an event stands.")


@entity(
    models.DeliveryTry,
    name="DeliveryTry",
    description="One request to a subscriber, and what it answered.",
)
class DeliveryTry(Node):
    """One request to a subscriber, and what it answered."""

    id: strawberry.ID = global_id()
    number: int = column(C.PUBLIC, "1 for the first.")
    http_status: int | None = column(C.PUBLIC, "The HTTP status; null when there was no answer.")
    failure: str = column(C.PUBLIC, "Why there was no answer, empty if there was one.")
    latency_ms: int = column(C.PUBLIC, "How long it took, in milliseconds.")
    sent_at: DateTime = column(C.PUBLIC, "When it was sent.")


@entity(models.Delivery, name="Delivery", description="One event that is told to one subscriber.")
class Delivery(Node):
    """One event that is told to one subscriber."""

    id: strawberry.ID = global_id()
    state: DeliveryState = column(C.PUBLIC, "Where it stands; FAILED was given up and can be replayed.")
    tries: int = column(C.PUBLIC, "How often it was tried since it was begun or replayed.")
    next_at: DateTime | None = column(C.PUBLIC, "When it is tried next.")
    created_at: DateTime = column(C.PUBLIC, "When it was begun.")
    delivered_at: DateTime | None = column(C.PUBLIC, "When it was taken.")
    event: TransactionEvent | None = to_one(C.PUBLIC, "What is told.")
    log: Connection[DeliveryTry] = to_many(C.PUBLIC, "Every request, first to last.", order="number")


@entity(models.Subscription, name="Subscription", description="An address that is told of changes.")
class Subscription(Node):
    """An address that is told of changes."""

    id: strawberry.ID = global_id()
    url: str = column(C.PUBLIC, "The address.")
    active: bool = column(C.PUBLIC, "Whether it is told.")
    created_at: DateTime = column(C.PUBLIC, "When it was made.")
    ended_at: DateTime | None = column(C.PUBLIC, "When it was ended.")
    deliveries: Connection[Delivery] = to_many(
        C.PUBLIC, "What it was told, newest first.", order="-created_at"
    )


@filter_input(description="Which deliveries; all conditions must hold.")
class DeliveryFilter:
    """Which deliveries; all conditions must hold."""

    state: EnumLookup[DeliveryState] | None = filter_on("By where they stand.")


@strawberry.type
class SubscriptionQueries:
    """Ways in to subscriptions and deliveries."""

    subscriptions: Connection[Subscription] = listing("Subscriptions, newest first.", order="-created_at")
    deliveries: Connection[Delivery] = listing(
        "Deliveries, newest first.", order="-created_at", filter=DeliveryFilter
    )


@strawberry.type(description="A subscription after a change, or what was wrong.")
class SubscriptionPayload:
    """A subscription after a change, or what was wrong."""

    subscription: Subscription | None = strawberry.field(
        default=None, description="The subscription; null when refused."
    )
    secret: str | None = strawberry.field(
        default=None,
        description="What messages are signed with (Standard Webhooks), when it was made just now; never again.",
    )
    problems: list[Problem] = strawberry.field(
        default_factory=list, description="Why it was refused; empty when it was done."
    )


@strawberry.type(description="A delivery that is told again, or what was wrong.")
class DeliveryPayload:
    """A delivery that is told again, or what was wrong."""

    delivery: Delivery | None = strawberry.field(default=None, description="The delivery; null when refused.")
    problems: list[Problem] = strawberry.field(
        default_factory=list, description="Why it was refused; empty when it was done."
    )


@strawberry.input(description="An address to tell.")
class SubscribeInput:
    """An address to tell."""

    url: str = strawberry.field(description="Where to send changes: https in production.")


@strawberry.input(description="A subscription to end.")
class UnsubscribeInput:
    """A subscription to end."""

    id: strawberry.ID = strawberry.field(description="The subscription's global id.")


@strawberry.input(description="A delivery to tell again.")
class ReplayDeliveryInput:
    """A delivery to tell again."""

    id: strawberry.ID = strawberry.field(description="The delivery's global id.")


@refusals_as(SubscriptionPayload)
def subscribe(actor: Actor, input: SubscribeInput) -> SubscriptionPayload:
    """Tell an address of changes."""
    key, secret = subscriptions.subscribe(actor=actor, url=input.url)
    return SubscriptionPayload(subscription=key, secret=secret)  # type: ignore[arg-type] # read by its key


@refusals_as(SubscriptionPayload)
def unsubscribe(actor: Actor, input: UnsubscribeInput) -> SubscriptionPayload:
    """Tell an address no more."""
    key = key_of(input.id, entity="Subscription", path=("id",))
    ended = subscriptions.unsubscribe(actor=actor, subscription_id=key)
    return SubscriptionPayload(subscription=ended)  # type: ignore[arg-type] # read by its key


@refusals_as(DeliveryPayload)
def replay(actor: Actor, input: ReplayDeliveryInput) -> DeliveryPayload:
    """Tell an event again."""
    key = key_of(input.id, entity="Delivery", path=("id",))
    return DeliveryPayload(delivery=subscriptions.replay(actor=actor, delivery_id=key))  # type: ignore[arg-type] # read by its key


@strawberry.type
class SubscriptionMutations:
    """Mutations of subscriptions."""

    subscribe: SubscriptionPayload | None = operation(
        "Tell an address of changes of transactions: a customer's own, everybody's for operations.",
        run=subscribe,
        arguments={"input": SubscribeInput},
    )
    unsubscribe: SubscriptionPayload | None = operation(
        "Tell an address no more.", run=unsubscribe, arguments={"input": UnsubscribeInput}
    )
    replay_delivery: DeliveryPayload | None = operation(
        "Tell an event once more.", run=replay, arguments={"input": ReplayDeliveryInput}
    )
